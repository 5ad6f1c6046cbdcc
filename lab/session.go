package lab

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"time"
)

// Connection is what a server remembers of one of its connections.
type Connection struct {
	Began      time.Time
	Remote     net.Addr
	Version    uint16 // as in crypto/tls; 0 while there is no TLS
	Suite      uint16 // as in crypto/tls
	ServerName string // what the client sent as SNI
	Resumed    bool   // by a session ticket
	ClientCert string // the common name of the client's certificate
	Received   int64  // bytes of payload
	Sent       int64  // bytes of payload
	Open       bool   // not closed by the server yet
	Err        error  // how it ended, when not in order
}

// record is a Connection in the making.
type record struct {
	mu sync.Mutex
	c  Connection
}

func (r *record) update(f func(*Connection)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.c)
}

func (r *record) snapshot() Connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.c
}

// lingering is how long a server waits for the client's end of the connection
// after it has closed its own.
const lingering = 5 * time.Second

// stream is a *tls.Conn or a *net.TCPConn.
type stream interface {
	net.Conn
	CloseWrite() error
}

// A session is a server's view of a connection. Read and Write count.
type session struct {
	lab      *Lab
	tcp      *net.TCPConn
	stream   stream // over tcp, or tcp itself
	record   *record
	version  uint16        // of TLS; 0: none
	interval time.Duration // of Unasked
	reset    bool          // end with RST
}

// run shakes hands where there is TLS, and behaves.
func (s *session) run(config *tls.Config, behave behaviour) error {
	if config != nil {
		conn := tls.Server(s.tcp, config)
		s.stream = conn
		if err := conn.HandshakeContext(context.Background()); err != nil {
			return err
		}
		state := conn.ConnectionState()
		s.version = state.Version
		s.record.update(func(c *Connection) {
			c.Version, c.Suite = state.Version, state.CipherSuite
			c.ServerName, c.Resumed = state.ServerName, state.DidResume
			if len(state.PeerCertificates) > 0 {
				c.ClientCert = state.PeerCertificates[0].Subject.CommonName
			}
		})
	}
	return behave(s)
}

func (s *session) Read(p []byte) (int, error) {
	n, err := s.stream.Read(p)
	s.record.update(func(c *Connection) { c.Received += int64(n) })
	return n, err
}

func (s *session) Write(p []byte) (int, error) {
	n, err := s.stream.Write(p)
	s.record.update(func(c *Connection) { c.Sent += int64(n) })
	return n, err
}

// close ends the connection. Its errors say that the client has gone already,
// which is what it is about.
func (s *session) close() {
	if s.reset {
		_ = s.tcp.SetLinger(0) // Close now sends RST
		_ = s.tcp.Close()
		return
	}
	// Close alone would send RST where something unread has come, and what the
	// client has not read yet would be lost. So: close_notify and FIN, then
	// read until the client's own FIN, then Close.
	_ = s.stream.CloseWrite()
	_ = s.tcp.CloseWrite()
	_ = s.tcp.SetReadDeadline(time.Now().Add(lingering))
	_, _ = io.Copy(io.Discard, s.tcp)
	_ = s.tcp.Close()
}

// abort makes all reads and writes fail.
func (s *session) abort() { _ = s.tcp.Close() }
