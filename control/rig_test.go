package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a modem with its host and its control interface on a Unix socket.
type rig struct {
	t      *testing.T
	target control.Target
	server *control.Server
	http   *http.Client
	host   *port.PipeHost
}

// limits vary the server; the zero value is the usual one.
type limits struct {
	request, alive                    time.Duration
	connections, streams, rules, kept int
	speed                             float64
	scenario                          string  // rules that are there from the start: {faults: [...]}
	files                             *vfs.FS // nil: 64 KiB in memory
}

// fanOut tells several.
type fanOut []emulator.Observer

func (f fanOut) Event(e emulator.Event) {
	for _, o := range f {
		o.Event(e)
	}
}

func newRig(t *testing.T, l limits) *rig {
	t.Helper()
	r := &rig{t: t}
	var scenario struct {
		Faults []fault.Rule `yaml:"faults"`
	}
	r.must(decl.Decode("", []byte(l.scenario), &scenario).Err())
	files := l.files
	if files == nil {
		files = vfs.NewMemory(1 << 16)
	}
	log := journal.New(l.kept)
	engine := fault.New(scenario.Faults, fault.Options{Seed: 1, Journal: log.Fault})
	m, err := emulator.New(emulator.Options{
		Seed: 1, Clock: clock.New(max(l.speed, 1)), Network: network.Offline{}, Files: files, Events: fanOut{log, engine},
	})
	r.must(err)
	t.Cleanup(func() { r.must(m.Close()) })
	r.must(engine.Attach(m))
	r.must(log.Follow(m, engine))
	p, host := port.Pipe()
	r.must(m.Attach(p))
	r.host = host
	t.Cleanup(func() { host.Close() })
	r.target = control.Target{Modem: m, Faults: engine, Files: files, Journal: log}
	r.server, err = control.ServeWithin("unix:"+filepath.Join(t.TempDir(), "s"), r.target, nil,
		l.request, l.alive, l.connections, l.streams, l.rules)
	r.must(err)
	t.Cleanup(func() { r.must(r.server.Close()) })
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return r.dial() }}
	r.http = &http.Client{Transport: transport, Timeout: 20 * time.Second}
	t.Cleanup(transport.CloseIdleConnections)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) dial() (net.Conn, error) {
	return net.Dial("unix", strings.TrimPrefix(r.server.Address(), "unix:"))
}

// call makes a request and returns the status and the body.
func (r *rig) call(method, path, body string) (int, []byte) {
	r.t.Helper()
	req, err := http.NewRequest(method, "http://qsim"+path, strings.NewReader(body))
	r.must(err)
	res, err := r.http.Do(req)
	r.must(err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	r.must(err)
	return res.StatusCode, data
}

// ok makes a request that must be done, and reads the answer into v.
func (r *rig) ok(method, path, body string, v any) {
	r.t.Helper()
	status, data := r.call(method, path, body)
	if status >= 300 {
		r.t.Fatalf("%s %s %s: %d %s", method, path, body, status, data)
	}
	if v != nil {
		r.must(json.Unmarshal(data, v))
	}
}

// refused makes a request that must be refused, and returns why.
func (r *rig) refused(method, path, body string, status int) control.Error {
	r.t.Helper()
	got, data := r.call(method, path, body)
	var e control.Error
	r.must(json.Unmarshal(data, &e))
	if got != status || e.Code == "" || e.Message == "" {
		r.t.Fatalf("%s %s %.60s: %d %s, want %d", method, path, body, got, data, status)
	}
	return e
}

// state is how the modem stands.
func (r *rig) state() (s control.State) {
	r.t.Helper()
	r.ok("GET", "/v1/state", "", &s)
	return s
}

// at sends a command line as the host, and returns what comes up to the final
// result, the echo left out.
func (r *rig) at(line string) string {
	r.t.Helper()
	_, err := r.host.Write([]byte(line + "\r"))
	r.must(err)
	said := r.hears("\r\nOK\r\n", "\r\nERROR\r\n", "\r\n+CME ERROR:")
	return strings.TrimPrefix(said, line+"\r")
}

// drain drops what the host hears until it is quiet.
func (r *rig) drain() {
	r.t.Helper()
	r.must(r.host.SetReadDeadline(time.Now().Add(200 * time.Millisecond)))
	if _, err := io.Copy(io.Discard, r.host); !errors.Is(err, os.ErrDeadlineExceeded) {
		r.t.Fatal(err)
	}
}

// hears is what the host hears up to one of the ends.
func (r *rig) hears(ends ...string) string {
	r.t.Helper()
	r.must(r.host.SetReadDeadline(time.Now().Add(10 * time.Second)))
	var said []byte
	buf := make([]byte, 256)
	for {
		for _, end := range ends {
			if bytes.Contains(said, []byte(end)) {
				return string(said)
			}
		}
		n, err := r.host.Read(buf)
		if err != nil {
			r.t.Fatalf("%v after %q", err, said)
		}
		said = append(said, buf[:n]...)
	}
}
