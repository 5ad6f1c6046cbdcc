package lab

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// remembered is how many connections a server tells of.
const remembered = 128

// A server is a spec that listens.
type server struct {
	spec     spec
	config   *tls.Config // nil: no TLS
	listener *net.TCPListener

	mu  sync.Mutex
	log []*record
}

func listen(spec spec) (*server, error) {
	config, err := spec.identity.config()
	if err != nil {
		return nil, err
	}
	listener, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	return &server{spec: spec, config: config, listener: listener}, nil
}

func (s *server) service() Service {
	return Service{
		Name:     s.spec.name,
		Host:     s.spec.host,
		Port:     s.spec.port,
		Address:  addresses[s.spec.host],
		Loopback: s.listener.Addr().(*net.TCPAddr).AddrPort(),
		Identity: s.spec.identity.name,
		Does:     s.spec.does,
	}
}

// accept takes connections until the lab closes.
func (l *Lab) accept(s *server) {
	const pause = 50 * time.Millisecond
	for {
		conn, err := s.listener.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			// Out of descriptors, or the client went away: neither is for good.
			time.Sleep(pause)
		default:
			l.running.Go(func() { l.serve(s, conn) })
		}
	}
}

// serve sees one connection to its end.
func (l *Lab) serve(s *server, conn *net.TCPConn) {
	session := &session{lab: l, tcp: conn, stream: conn, record: s.remember(conn), interval: l.interval}
	defer session.record.update(func(c *Connection) { c.Open = false })
	if !l.enter(conn) {
		session.abort()
		return
	}
	defer l.leave(conn)

	// The outcome is told before the client can see the end, so that a test
	// that has seen the end finds the outcome.
	err := session.run(s.config, s.spec.behave)
	session.record.update(func(c *Connection) { c.Err = err })
	session.close()
}

// remember opens the log's entry for a new connection.
func (s *server) remember(conn *net.TCPConn) *record {
	r := &record{c: Connection{Began: time.Now(), Remote: conn.RemoteAddr(), Open: true}}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.log) == remembered {
		s.log = append(s.log[:0], s.log[1:]...)
	}
	s.log = append(s.log, r)
	return r
}

func (s *server) connections() []Connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Connection
	for _, r := range s.log {
		all = append(all, r.snapshot())
	}
	return all
}

// String names the server in messages as a modem would.
func (s *server) String() string {
	return fmt.Sprintf("%s:%d", s.spec.host, s.spec.port)
}
