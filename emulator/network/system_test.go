package network

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// dnsServer is a DNS server on a loopback address that knows a few names.
type dnsServer struct {
	asked atomic.Int32 // questions that came
}

// serveDNS answers at address until the test ends and returns the port. Names
// beginning with "mute" get no answer, with "fail" SERVFAIL, those that records
// does not hold NXDOMAIN.
func serveDNS(t *testing.T, address string, records map[string]string) (*dnsServer, netip.AddrPort) {
	t.Helper()
	conn, err := net.ListenPacket("udp", address)
	if err != nil && strings.HasPrefix(address, "127.0.0.1:") {
		t.Fatal(err)
	}
	if err != nil {
		t.Skipf("this machine has no second loopback address: %v", err)
	}
	s, ended := &dnsServer{}, make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 512)
		for {
			n, peer, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			s.asked.Add(1)
			if reply := answer(buf[:n], records); reply != nil {
				if _, err := conn.WriteTo(reply, peer); err != nil {
					return
				}
			}
		}
	}()
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return s, conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// answer builds the reply to one question; nil means silence.
func answer(question []byte, records map[string]string) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	name := strings.TrimSuffix(q.Name.String(), ".")
	switch {
	case strings.HasPrefix(name, "mute"):
		return nil
	case strings.HasPrefix(name, "fail"):
		m.RCode = dnsmessage.RCodeServerFailure
	case records[name] == "":
		m.RCode = dnsmessage.RCodeNameError
	}
	for s := range strings.FieldsSeq(records[name]) {
		addr := netip.MustParseAddr(s)
		header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 60}
		switch {
		case addr.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	reply, err := m.Pack()
	if err != nil {
		return nil
	}
	return reply
}

// Ruling 33: the servers of the query are asked.
func TestSystemAsksTheServersOfTheQuery(t *testing.T) {
	_, at := serveDNS(t, "127.0.0.1:0", map[string]string{
		"host.test":  "192.0.2.1",
		"both.test":  "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2",
		"six.test":   "2001:db8::1",
		"fail.test":  "192.0.2.1",
		"plain":      "192.0.2.9",
		"-odd-.test": "192.0.2.8",
	})
	for _, tt := range []struct {
		host    string
		want    []netip.Addr // sorted; IPv4 before IPv6
		missing bool         // the name does not exist
		timeout bool         // the failure is silence
	}{
		{host: "host.test", want: addrs("192.0.2.1")},
		{host: "host.test.", want: addrs("192.0.2.1")},
		{host: "plain", want: addrs("192.0.2.9")},
		{host: "both.test", want: addrs("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")},
		{host: "six.test", want: addrs("2001:db8::1")},
		{host: "192.0.2.55", want: addrs("192.0.2.55")},
		{host: "no.test", missing: true},
		{host: "", missing: true},
		{host: "a name", missing: true},
		{host: "fail.test"},
		{host: "mute.test", timeout: true},
	} {
		system := System{DNSPort: at.Port(), DNSTimeout: time.Minute}
		if tt.timeout {
			system.DNSTimeout = 50 * time.Millisecond
		}
		got, err := system.Resolve(t.Context(), Query{Host: tt.host, Servers: []netip.Addr{at.Addr()}})
		if tt.want != nil {
			four := slices.IndexFunc(got, netip.Addr.Is6)
			slices.SortFunc(got, netip.Addr.Compare) // within a family the order is DNS's
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Resolve(%q) = %v, %v; want %v", tt.host, got, err, tt.want)
			}
			if want := slices.IndexFunc(tt.want, netip.Addr.Is6); four != want {
				t.Errorf("Resolve(%q): the first IPv6 address is number %d, want %d", tt.host, four, want)
			}
			continue
		}
		if err == nil || errors.Is(err, ErrNotFound) != tt.missing {
			t.Errorf("Resolve(%q) = %v, %v; want missing = %v", tt.host, got, err, tt.missing)
		}
		var dns *net.DNSError
		if !tt.missing && (!errors.As(err, &dns) || dns.IsTimeout != tt.timeout) {
			t.Errorf("Resolve(%q): %v; want timeout = %v", tt.host, err, tt.timeout)
		}
	}
}

func TestSystemAsksServersInOrder(t *testing.T) {
	first, at := serveDNS(t, "127.0.0.1:0", map[string]string{"known.test": "192.0.2.1"})
	second, _ := serveDNS(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.2"), at.Port()).String(),
		map[string]string{"known.test": "192.0.2.2", "fail.test": "192.0.2.2", "no.test": "192.0.2.2"})
	system := System{DNSPort: at.Port(), DNSTimeout: time.Minute}
	servers := addrs("127.0.0.1", "127.0.0.2")

	got, err := system.Resolve(t.Context(), Query{Host: "known.test", Servers: servers})
	if err != nil || !slices.Equal(got, addrs("192.0.2.1")) {
		t.Errorf("known.test: %v, %v; want the first server's answer", got, err)
	}
	if _, err := system.Resolve(t.Context(), Query{Host: "no.test", Servers: servers}); !errors.Is(err, ErrNotFound) {
		t.Errorf("no.test: %v; want ErrNotFound", err)
	}
	if n := second.asked.Load(); n != 0 {
		t.Errorf("the second server was asked %d times though the first had answered", n)
	}

	slices.Reverse(servers)
	got, err = system.Resolve(t.Context(), Query{Host: "known.test", Servers: servers})
	if err != nil || !slices.Equal(got, addrs("192.0.2.2")) {
		t.Errorf("known.test: %v, %v; want the other server's answer", got, err)
	}

	// Silent or failing servers give way to the next; the error tells of all.
	system.DNSTimeout = 500 * time.Millisecond
	for _, name := range []string{"mute.test", "fail.test"} {
		before, after := first.asked.Load(), second.asked.Load()
		_, err := system.Resolve(t.Context(), Query{Host: name, Servers: servers})
		if err == nil || errors.Is(err, ErrNotFound) || strings.Count(err.Error(), "lookup ") != 2 || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v; want the failures of both servers on one line", name, err)
		}
		if err != nil && !strings.Contains(err.Error(), netip.AddrPortFrom(servers[1], at.Port()).String()) {
			t.Errorf("%s: %v; want the servers' addresses in it", name, err)
		}
		if first.asked.Load() == before || second.asked.Load() == after {
			t.Errorf("%s: not both servers were asked", name)
		}
	}
}

func TestSystemResolveEndsWithItsContext(t *testing.T) {
	_, at := serveDNS(t, "127.0.0.1:0", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := System{DNSPort: at.Port(), DNSTimeout: time.Hour}.Resolve(ctx,
		Query{Host: "mute.test", Servers: addrs("127.0.0.1", "127.0.0.1", "127.0.0.1")})
	if err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("Resolve: %v; want a timeout", err)
	}
}

func TestSystemDials(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := Target{Host: "here.test", Addr: listener.Addr().(*net.TCPAddr).AddrPort()}
	conn, err := System{}.Dial(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}

	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = System{}.Dial(t.Context(), target)
	if !errors.Is(err, syscall.ECONNREFUSED) || !strings.Contains(err.Error(), "here.test") {
		t.Errorf("Dial of a closed port: %v; want a refusal that names the host", err)
	}
}
