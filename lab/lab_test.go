package lab

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/emulator/network"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long anything may take that is expected to happen.
const patience = 30 * time.Second

// seedText is what the host program sends in seed 3.3.2: 18 bytes.
const seedText = "Test data from SSL"

func start(t *testing.T) *Lab {
	t.Helper()
	l, err := Start(Options{Interval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// dial connects to a service as a modem does, by way of the network.
func dial(t *testing.T, l *Lab, name string) net.Conn {
	t.Helper()
	service, ok := l.Service(name)
	if !ok {
		t.Fatalf("no service %s", name)
	}
	n := l.Network(network.Offline{})
	addrs, err := n.Resolve(t.Context(), network.Query{Host: service.Host, Port: service.Port})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := n.Dial(t.Context(), network.Target{Host: service.Host, Addr: netip.AddrPortFrom(addrs[0], service.Port)})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // most tests close it themselves
	return conn
}

// shake connects to a service and shakes hands.
func shake(t *testing.T, l *Lab, name string, config *tls.Config) (*tls.Conn, error) {
	t.Helper()
	conn := tls.Client(dial(t, l, name), config)
	return conn, conn.HandshakeContext(t.Context())
}

// careless is a client that takes every certificate.
func careless() *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true,
		MinVersion:         tls.VersionTLS10,
		CipherSuites:       allSuites(),
	}
}

// careful is a client that trusts the lab's CA and checks the name.
func careful(t *testing.T, l *Lab) *tls.Config {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(l.Files()["cacert.pem"]) {
		t.Fatal("cacert.pem holds no certificate")
	}
	config := careless()
	config.InsecureSkipVerify = false
	config.RootCAs = roots
	config.ServerName = labHost
	config.Time = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	return config
}

// exchange sends text and reads it back.
func exchange(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Fatalf("the echo is %q, %v; want %q", got, err, text)
	}
}

// last is what a service remembers of its latest connection.
func last(t *testing.T, l *Lab, name string) Connection {
	t.Helper()
	all := l.Connections(name)
	if len(all) == 0 {
		t.Fatalf("%s remembers no connection", name)
	}
	return all[len(all)-1]
}

func TestServices(t *testing.T) {
	l := start(t)
	manual, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	names, places := map[string]bool{}, map[string]bool{}
	for _, s := range l.Services() {
		place := fmt.Sprint(s.Address, s.Port, s.UDP)
		if names[s.Name] || places[place] {
			t.Errorf("%s at %s is there twice", s.Name, place)
		}
		names[s.Name], places[place] = true, true
		if !s.Loopback.Addr().IsLoopback() || s.Loopback.Port() == 0 {
			t.Errorf("%s listens at %v", s.Name, s.Loopback)
		}
		if !bytes.Contains(manual, fmt.Appendf(nil, "//\t%-23s %6d  %-13s  ", s.Name, s.Port, s.Identity)) {
			t.Errorf("the package comment does not tell of %s on port %d with identity %s", s.Name, s.Port, s.Identity)
		}
		if got, ok := l.Service(s.Name); !ok || got != s {
			t.Errorf("Service(%q) = %+v, %v", s.Name, got, ok)
		}
	}
	if len(names) != 27 {
		t.Errorf("%d services; want 27", len(names))
	}
	if _, ok := l.Service("nothing"); ok || l.Connections("nothing") != nil {
		t.Error("there is a service called nothing")
	}

	data, err := json.Marshal(l.Services()[1])
	want := `{"name":"echo","host":"echo.lab","port":4433,"address":"192.0.2.10","loopback":"127.0.0.1:`
	if err != nil || !strings.HasPrefix(string(data), want) {
		t.Errorf("a service is %s, %v; want %s...", data, err, want)
	}
}

func TestFilesAreTheCallers(t *testing.T) {
	l := start(t)
	for name, want := range map[string]string{
		"cacert.pem":   "-----BEGIN CERTIFICATE-----\n",
		"client.pem":   "-----BEGIN CERTIFICATE-----\n",
		"user_key.pem": "-----BEGIN RSA PRIVATE KEY-----\n",
	} {
		data := l.Files()[name]
		if !bytes.HasPrefix(data, []byte(want)) {
			t.Errorf("%s begins %.40q", name, data)
			continue
		}
		data[0] = 0
		if l.Files()[name][0] == 0 {
			t.Errorf("%s of the lab changed with the caller's", name)
		}
	}
	if n := len(l.Files()); n != 3 {
		t.Errorf("%d files; want 3", n)
	}
}

// Close ends what is open, whatever state it is in; goleak sees what stays.
func TestCloseEndsEverything(t *testing.T) {
	l, err := Start(Options{})
	if err != nil {
		t.Fatal(err)
	}
	var conns []net.Conn
	for _, s := range l.Services() {
		if s.UDP {
			continue // has no connections
		}
		conns = append(conns, dial(t, l, s.Name)) // says nothing
		if s.Identity == "none" || s.Name == ClientCert {
			continue
		}
		conn, err := shake(t, l, s.Name, careless())
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		conns = append(conns, conn)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for _, conn := range conns {
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("a connection outlived the lab: %v", err)
		}
	}
	for _, s := range l.Services() {
		for _, c := range l.Connections(s.Name) {
			if c.Open {
				t.Errorf("%s says that a connection is open: %+v", s.Name, c)
			}
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

func TestRemembersTheLatestConnections(t *testing.T) {
	l := start(t)
	server := l.byName(Plain)
	conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(server.service().Loopback))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	exchange(t, conn, "x") // the server has remembered it

	var newest *record
	for range 2 * remembered {
		newest = server.remember(conn)
	}
	newest.update(func(c *Connection) { c.ServerName = "newest" })
	all := l.Connections(Plain)
	if len(all) != remembered || all[len(all)-1].ServerName != "newest" {
		t.Errorf("%d connections remembered, the last %+v; want %d and the newest", len(all), all[len(all)-1], remembered)
	}
}

// The silent server takes the hello and leaves its client to its own timeout.
func TestSilentServer(t *testing.T) {
	l := start(t)
	raw := dial(t, l, Silent).(*net.TCPConn)
	if err := raw.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := tls.Client(raw, careless()).HandshakeContext(t.Context()); !isTimeout(err) {
		t.Errorf("the handshake ended with %v; want a timeout", err)
	}
	if err := errors.Join(raw.CloseWrite(), raw.SetReadDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(raw); err != nil || len(got) != 0 {
		t.Errorf("after our end the server sends %q, %v; want its end", got, err)
	}
	if c := last(t, l, Silent); c.Received == 0 || c.Sent != 0 || c.Err != nil {
		t.Errorf("the server remembers %+v", c)
	}
}
