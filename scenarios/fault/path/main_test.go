package path_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/scenarios/fault/path"
	"github.com/quectel-sim/qsim/tlsstack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newPath is a path on a clock of the given speed, with the chance of seed 7.
func newPath(speed float64) *path.Path {
	return path.New(clock.New(speed), clock.Random(7).Float64)
}

func newPathSeeded(seed uint64) *path.Path {
	return path.New(clock.New(1), clock.Random(seed).Float64)
}

// testContext ends long before the test is killed.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// layer is a network of two functions.
type layer struct {
	resolve func(context.Context, network.Query) ([]netip.Addr, error)
	dial    func(context.Context, network.Target) (net.Conn, error)
}

func (l layer) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	return l.resolve(ctx, q)
}

func (l layer) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	return l.dial(ctx, t)
}

var (
	real0  = netip.MustParseAddr("192.0.2.1")
	query  = network.Query{Host: "host.test", Port: 443}
	target = network.Target{Host: "host.test", Addr: netip.AddrPortFrom(real0, 443)}
)

// over is a network that resolves all to real0 and whose only connection is c.
func over(c net.Conn) network.Network {
	return layer{
		resolve: func(context.Context, network.Query) ([]netip.Addr, error) { return []netip.Addr{real0}, nil },
		dial:    func(context.Context, network.Target) (net.Conn, error) { return c, nil },
	}
}

// dial opens p over c, which is a connection already.
func dial(t testing.TB, p *path.Path, c net.Conn) net.Conn {
	t.Helper()
	conn, err := p.Open(over(c)).Dial(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// pair is a TCP connection: the client's end, which the test closes through what
// it puts above it, and the server's.
func pair(t testing.TB) (client, server *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	return c.(*net.TCPConn), s.(*net.TCPConn)
}

// startLab runs the lab until the test ends.
func startLab(t testing.TB) (*lab.Lab, network.Network) {
	t.Helper()
	l, err := lab.Start(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, l.Network(network.Offline{})
}

// reach resolves and connects as a modem does.
func reach(ctx context.Context, way network.Network, host string, port uint16) (net.Conn, error) {
	addrs, err := way.Resolve(ctx, network.Query{Host: host, Port: port})
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	for _, addr := range addrs {
		conn, err = way.Dial(ctx, network.Target{Host: host, Addr: netip.AddrPortFrom(addr, port)})
		if err == nil {
			break
		}
	}
	return conn, err
}

// secure is a TLS connection to the lab's service on port, through p.
func secure(t *testing.T, p *path.Path, below network.Network, port uint16) (*tlsstack.Conn, net.Conn) {
	t.Helper()
	ctx := testContext(t)
	tcp, err := reach(ctx, p.Open(below), "echo.lab", port)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tlsstack.Dial(ctx, tcp, tlsstack.Config{ServerName: "echo.lab"})
	if err != nil {
		t.Fatal(err)
	}
	p.Connected()
	t.Cleanup(func() { tcp.Close() })
	return conn, tcp
}
