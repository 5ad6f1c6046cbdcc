package lab

import (
	"errors"
	"net"
	"net/netip"
	"time"
)

// A udpSpec is what makes a service over UDP: what it answers to a datagram that
// comes at now; nil is nothing.
type udpSpec struct {
	name   string
	host   string
	port   uint16
	answer func(datagram []byte, now time.Time) []byte
	does   string
}

const udpMutePort = 7054

// udpSpecs are the services over UDP.
var udpSpecs = append([]udpSpec{
	{UDPEcho, labHost, 7, func(datagram []byte, _ time.Time) []byte { return datagram }, "sends each datagram back"},
	{UDPMute, labHost, udpMutePort, func([]byte, time.Time) []byte { return nil }, "takes datagrams, never sends one"},
}, ntpSpecs...)

// A udpServer is a udpSpec that listens.
type udpServer struct {
	spec udpSpec
	conn *net.UDPConn
}

func openUDP(spec udpSpec) (*udpServer, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	return &udpServer{spec: spec, conn: conn}, nil
}

func (s *udpServer) service() Service {
	return Service{
		Name:     s.spec.name,
		Host:     s.spec.host,
		Port:     s.spec.port,
		UDP:      true,
		Address:  addresses[s.spec.host],
		Loopback: s.loopback(),
		Identity: none.name,
		Does:     s.spec.does,
	}
}

// place is where a modem finds the service.
func (s *udpServer) place() netip.AddrPort {
	return netip.AddrPortFrom(addresses[s.spec.host], s.spec.port)
}

// loopback is where it really listens.
func (s *udpServer) loopback() netip.AddrPort { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// maxDatagram is the largest there can be.
const maxDatagram = 64 << 10

// serve answers until the lab closes.
func (s *udpServer) serve() {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			continue // of an earlier answer that nobody took
		}
		if answer := s.spec.answer(buf[:n], time.Now()); answer != nil {
			_, _ = s.conn.WriteToUDPAddrPort(answer, from) // datagrams may get lost
		}
	}
}
