package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// errNoICMP: the machine has no ICMP socket for us.
var errNoICMP = errors.New("no ICMP")

// echoSeq is the number of the one request that a socket of ours sends.
const echoSeq = 1

// icmpProtocol is ICMP (RFC 792) or ICMPv6 (RFC 4443) as icmp.ParseMessage
// wants it.
type icmpProtocol struct {
	network, listen string
	number          int
	request, reply  icmp.Type
}

var (
	icmp4 = icmpProtocol{"udp4", "0.0.0.0", 1, ipv4.ICMPTypeEcho, ipv4.ICMPTypeEchoReply}
	icmp6 = icmpProtocol{"udp6", "::", 58, ipv6.ICMPTypeEchoRequest, ipv6.ICMPTypeEchoReply}
)

// icmpEcho sends an echo request and waits for its answer. The error wraps
// errNoICMP where the machine does not let us, and is that of ctx when it ended.
func icmpEcho(ctx context.Context, addr netip.Addr, size int) (Echo, error) {
	proto := icmp4
	if addr.Is6() {
		proto = icmp6
	}
	conn, err := icmp.ListenPacket(proto.network, proto.listen)
	if err != nil {
		return Echo{}, fmt.Errorf("%w: %w", errNoICMP, err)
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0)) // fails only when it is closed
	})
	defer stop()

	data := bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz"), size/26+1)[:size]
	request := icmp.Message{Type: proto.request, Body: &icmp.Echo{Seq: echoSeq, Data: data}}
	p, err := request.Marshal(nil) // the kernel fills in the id, and the sum of ICMPv6
	if err != nil {
		return Echo{}, err
	}
	if _, err := conn.WriteTo(p, &net.UDPAddr{IP: addr.AsSlice(), Zone: addr.Zone()}); err != nil {
		if errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EHOSTUNREACH) {
			err = fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		return Echo{}, fmt.Errorf("ping %v: %w", addr, err)
	}
	for buf := make([]byte, 1500); ; {
		n, ttl, err := readEcho(conn, proto, buf)
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return Echo{}, fmt.Errorf("ping %v: %w", addr, err)
		}
		m, err := icmp.ParseMessage(proto.number, buf[:n])
		if err != nil || m.Type != proto.reply {
			continue
		}
		if body, ok := m.Body.(*icmp.Echo); ok && body.Seq == echoSeq && bytes.Equal(body.Data, data) {
			return Echo{TTL: ttl}, nil
		}
	}
}

// readEcho reads one message and the hops it had left, 0 where the machine does
// not tell.
func readEcho(conn *icmp.PacketConn, proto icmpProtocol, buf []byte) (n, ttl int, err error) {
	if proto == icmp6 {
		p := conn.IPv6PacketConn()
		_ = p.SetControlMessage(ipv6.FlagHopLimit, true) // without it the hops are not known
		n, cm, _, err := p.ReadFrom(buf)
		if cm != nil {
			ttl = cm.HopLimit
		}
		return n, ttl, err
	}
	p := conn.IPv4PacketConn()
	_ = p.SetControlMessage(ipv4.FlagTTL, true) // as above
	n, cm, _, err := p.ReadFrom(buf)
	if cm != nil {
		ttl = cm.TTL
	}
	return n, ttl, err
}
