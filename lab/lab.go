package lab

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Options are the settings of a lab. The zero value is fine.
type Options struct {
	// Interval is the time between two lines of the service Unasked, by the
	// wall's clock; 0 means one second. Where the modem's time runs faster it
	// should be shorter accordingly (ruling 20).
	Interval time.Duration
}

// Lab is a set of running servers. It is safe for concurrent use.
type Lab struct {
	servers  []*server
	udp      []*udpServer
	files    map[string][]byte
	interval time.Duration
	running  sync.WaitGroup // accept loops and connections

	mu     sync.Mutex
	closed bool
	open   map[*net.TCPConn]struct{}
	modem  map[uint16]string // where the modem listens, by its own port
}

// Start starts every server, on TCP and UDP ports of 127.0.0.1 that the machine chooses.
// It fails when the machine gives none.
func Start(options Options) (*Lab, error) {
	files, err := ufsFiles()
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	l := &Lab{files: files, interval: options.Interval, open: map[*net.TCPConn]struct{}{}, modem: map[uint16]string{}}
	if l.interval <= 0 {
		l.interval = time.Second
	}
	for _, spec := range specs {
		server, err := listen(spec)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lab service %s: %w", spec.name, err), l.Close())
		}
		l.servers = append(l.servers, server)
		l.running.Go(func() { l.accept(server) })
	}
	for _, spec := range udpSpecs {
		s, err := openUDP(spec)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("lab service %s: %w", spec.name, err), l.Close())
		}
		l.udp = append(l.udp, s)
		l.running.Go(s.serve)
	}
	return l, nil
}

// Close ends all connections and servers, and returns when they have ended.
// What Services and Connections tell stays. Closing again does nothing.
func (l *Lab) Close() error {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	for conn := range l.open {
		_ = conn.Close() // it may be closing by itself
	}
	l.mu.Unlock()

	var failures []error
	if first {
		for _, server := range l.servers {
			failures = append(failures, server.listener.Close())
		}
		for _, s := range l.udp {
			failures = append(failures, s.conn.Close())
		}
	}
	l.running.Wait()
	return errors.Join(failures...)
}

// Services lists the servers in the order of the package comment.
func (l *Lab) Services() []Service {
	var services []Service
	for _, server := range l.servers {
		services = append(services, server.service())
	}
	for _, s := range l.udp {
		services = append(services, s.service())
	}
	return services
}

// Service is the server called name; ok is false when there is none.
func (l *Lab) Service(name string) (service Service, ok bool) {
	if server := l.byName(name); server != nil {
		return server.service(), true
	}
	for _, s := range l.udp {
		if s.spec.name == name {
			return s.service(), true
		}
	}
	return Service{}, false
}

// Connections tells of the latest connections to the service called name, the
// oldest first; at most 128 are remembered. Services over UDP have none.
func (l *Lab) Connections(name string) []Connection {
	if server := l.byName(name); server != nil {
		return server.connections()
	}
	return nil
}

// Files are the files that a modem needs on its UFS to meet the lab, under
// their names there: cacert.pem to check the servers with (seed 3.2), client.pem
// and user_key.pem for ClientCert. The caller owns the contents.
func (l *Lab) Files() map[string][]byte {
	files := map[string][]byte{}
	for name, pem := range l.files {
		files[name] = slices.Clone(pem)
	}
	return files
}

func (l *Lab) byName(name string) *server {
	for _, server := range l.servers {
		if server.spec.name == name {
			return server
		}
	}
	return nil
}

// byAddress is the server that a modem means by address.
func (l *Lab) byAddress(address netip.AddrPort) *server {
	for _, server := range l.servers {
		if addresses[server.spec.host] == address.Addr() && server.spec.port == address.Port() {
			return server
		}
	}
	return nil
}

// udpAt is the server over UDP that a modem means by address; nil: there is none.
func (l *Lab) udpAt(address netip.AddrPort) *udpServer {
	for _, s := range l.udp {
		if s.place() == address {
			return s
		}
	}
	return nil
}

// enter remembers an open connection so that Close ends it, too; false means
// that the lab is closed.
func (l *Lab) enter(conn *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.open[conn] = struct{}{}
	}
	return !l.closed
}

func (l *Lab) leave(conn *net.TCPConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, conn)
}

func (l *Lab) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}
