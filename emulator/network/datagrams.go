package network

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// PeerSize is how many bytes AppendPeer adds.
const PeerSize = 18

// AppendPeer adds an address and a port to b, in binary: how a datagram of a UDP
// service begins, to the modem and from it.
func AppendPeer(b []byte, peer netip.AddrPort) []byte {
	addr := peer.Addr().As16()
	return binary.BigEndian.AppendUint16(append(b, addr[:]...), peer.Port())
}

// CutPeer parts a datagram from its peer. One too short for a peer has none.
func CutPeer(p []byte) (peer netip.AddrPort, data []byte) {
	if len(p) < PeerSize {
		return netip.AddrPort{}, nil
	}
	addr := netip.AddrFrom16([16]byte(p)).Unmap()
	return netip.AddrPortFrom(addr, binary.BigEndian.Uint16(p[16:])), p[PeerSize:]
}

// Datagrams is conn as UDP is to a module: what cannot be sent is lost, and that
// nobody listens at the other end, which a machine tells its programs, is not
// known. Where conn has no peer, each datagram has its own in front.
func Datagrams(conn *net.UDPConn) net.Conn {
	if conn.RemoteAddr() == nil {
		return udpService{conn}
	}
	return udpSocket{conn}
}

// udpSocket has one peer.
type udpSocket struct{ *net.UDPConn }

func (c udpSocket) Read(p []byte) (int, error) {
	for {
		n, err := c.UDPConn.Read(p)
		if !errors.Is(err, syscall.ECONNREFUSED) {
			return n, err
		}
	}
}

func (c udpSocket) Write(p []byte) (int, error) {
	n, err := c.UDPConn.Write(p)
	if errors.Is(err, syscall.ECONNREFUSED) { // of an earlier one
		n, err = c.UDPConn.Write(p)
	}
	return lost(p, n, err)
}

// udpService has as many peers as there are.
type udpService struct{ *net.UDPConn }

func (c udpService) Read(p []byte) (int, error) {
	if len(p) < PeerSize {
		return 0, errors.New("no room for a datagram's peer")
	}
	n, peer, err := c.ReadFromUDPAddrPort(p[PeerSize:])
	if err != nil {
		return 0, err
	}
	AppendPeer(p[:0], peer)
	return PeerSize + n, nil
}

func (c udpService) Write(p []byte) (int, error) {
	peer, data := CutPeer(p)
	n, err := c.WriteToUDPAddrPort(data, peer)
	return lost(p, PeerSize+n, err)
}

// lost is what a Write of p comes to: whether a datagram has left nobody knows.
func lost(p []byte, n int, err error) (int, error) {
	if err == nil || errors.Is(err, net.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	return len(p), nil
}
