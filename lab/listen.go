package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"

	"github.com/quectel-sim/qsim/emulator/network"
)

var _ network.Host = (*labNetwork)(nil)

// Ring connects to a port at which a modem listens, by way of Network.
func (l *Lab) Ring(ctx context.Context, port uint16) (net.Conn, error) {
	l.mu.Lock()
	where, ok := l.modem[port]
	l.mu.Unlock()
	if !ok {
		return nil, fmt.Errorf("the modem does not listen on port %d", port)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", where)
}

// Listen is the network's below, or where that has none, a port of loopback that
// the machine chooses.
func (n *labNetwork) Listen(ctx context.Context, port uint16) (net.Listener, error) {
	listener, err := network.Listen(ctx, n.next, port)
	if errors.Is(err, network.ErrUnreachable) {
		listener, err = net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	}
	if err != nil {
		return nil, err
	}
	if !n.lab.register(port, listener.Addr().String()) {
		taken := &net.OpError{Op: "listen", Net: "tcp", Addr: listener.Addr(), Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
		return nil, errors.Join(taken, listener.Close())
	}
	return &listening{Listener: listener, lab: n.lab, port: port}, nil
}

// register notes where the modem listens. It reports false where it does so
// already.
func (l *Lab) register(port uint16, where string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, taken := l.modem[port]; taken {
		return false
	}
	l.modem[port] = where
	return true
}

// listening is a port of the modem's that Ring knows.
type listening struct {
	net.Listener
	lab  *Lab
	port uint16
	once sync.Once
}

// Close ends the listening.
func (l *listening) Close() error {
	l.once.Do(func() {
		l.lab.mu.Lock()
		defer l.lab.mu.Unlock()
		delete(l.lab.modem, l.port)
	})
	return l.Listener.Close()
}

// ListenPacket is the network's below, or as with Listen. Datagrams to and from
// the lab's servers bear the addresses by which the modem knows them.
func (n *labNetwork) ListenPacket(ctx context.Context, port uint16) (net.Conn, error) {
	conn, err := network.ListenPacket(ctx, n.next, port)
	if errors.Is(err, network.ErrUnreachable) {
		var udp *net.UDPConn
		if udp, err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}); err == nil {
			conn = network.Datagrams(udp)
		}
	}
	if err != nil {
		return nil, err
	}
	return labDatagrams{conn, n.lab}, nil
}

// labDatagrams translates the addresses of the lab's servers.
type labDatagrams struct {
	net.Conn
	lab *Lab
}

func (c labDatagrams) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err != nil {
		return n, err
	}
	peer, _ := network.CutPeer(p[:n])
	for _, s := range c.lab.udp {
		if s.loopback() == peer {
			network.AppendPeer(p[:0], s.place())
		}
	}
	return n, nil
}

func (c labDatagrams) Write(p []byte) (int, error) {
	peer, data := network.CutPeer(p)
	if s := c.lab.udpAt(peer); s != nil {
		if _, err := c.Conn.Write(append(network.AppendPeer(nil, s.loopback()), data...)); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	return c.Conn.Write(p)
}
