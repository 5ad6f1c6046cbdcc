package tlsstack

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
	"github.com/quectel-sim/qsim/tlsstack/internal/testwire"
)

// This file changes what a server sends, record by record, and has Dial meet it:
// crypto/tls as it answers, with either finisher (TestDialFlights), and the
// recorded flights, which have SSL 3.0 among them (TestRecordedChanges).

// dialEnd is what came of a Dial.
type dialEnd struct {
	*testwire.Mutator
	state State
	err   error
	data  []byte
}

// dialKind is a handshake to be changed.
type dialKind struct {
	version, suite uint16
	cert           *testpki.Cert
}

// dialKinds are the key exchanges that crypto/tls has, and the versions.
func dialKinds(t testing.TB) []dialKind {
	ec := testpki.Issue(t, testpki.Spec{DNS: []string{server}}, nil)
	quick := testpki.Issue(t, testpki.Spec{DNS: []string{server}, Key: testpki.RSA(t, 1024)}, nil)
	return []dialKind{{TLS10, 0xc009, ec}, {TLS11, 0x002f, quick}, {TLS12, 0xc02f, quick}}
}

// through has Dial meet crypto/tls through changes.
func (k dialKind) through(finisher string, changes ...testwire.Change) dialEnd {
	client, raw := testwire.Pair()
	end := dialEnd{Mutator: testwire.Mutate(raw, changes...)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer raw.Close()
		s := tls.Server(end.Mutator, &tls.Config{
			Certificates: []tls.Certificate{k.cert.Server()}, ClientAuth: tls.RequestClientCert, CurvePreferences: fastCurve,
			MinVersion: k.version, MaxVersion: k.version, CipherSuites: []uint16{k.suite},
		})
		if _, err := s.Write([]byte(flightData)); err == nil {
			_ = s.CloseWrite() // to a client that may be gone
		}
	}()
	c, err := Dial(context.Background(), client, Config{Finisher: finisher, Suites: []uint16{k.suite}})
	if end.err = err; err == nil {
		end.state = c.State()
		end.data, _ = io.ReadAll(c) // any error is as good as another
		c.Close()
	}
	client.Close()
	<-done
	return end
}

// dialOutcome says what a change of a good stream of records comes to.
type dialOutcome string

const (
	dials  dialOutcome = "dial"
	fails  dialOutcome = "fail"
	either dialOutcome = "dial or fail"
)

func outcomeOfDial(seen []testwire.Seen, c testwire.Change) dialOutcome {
	finished := 0
	for !seen[finished].Sealed {
		finished++
	}
	r := seen[c.Record]
	plain := r.Kind == recordHandshake && !r.Sealed
	switch {
	case c.Record > finished, c.Op == testwire.Double && c.Record == finished:
		return dials // what comes of the data is the connection's
	case c.Op == testwire.Split && plain:
		return dials
	case c.Op == testwire.Coalesce && plain && seen[c.Record+1].Kind == recordHandshake && r.Body[0] != 14:
		return dials // with the next of the same flight
	case c.Op == testwire.RecordVersion && !r.Sealed && (c.Value <= 3 || c.Record == 0):
		return either // utls wants the version that was agreed on, once it is
	case c.Op == testwire.Insert && !r.Sealed:
		switch testwire.Extras[c.Value].Name {
		case "warning":
			return dials
		case "HelloRequest", "empty data":
			return either // our own client takes them in their place, utls does not
		}
	}
	return fails
}

// TestDialFlights changes one record of a good handshake after the other.
func TestDialFlights(t *testing.T) {
	for _, k := range dialKinds(t) {
		for _, finisher := range finishers {
			t.Run(fmt.Sprintf("%s/%04x/%s", VersionName(k.version), k.suite, finisher), func(t *testing.T) {
				t.Parallel()
				good := k.through(finisher)
				if good.err != nil || string(good.data) != flightData || good.Changed() {
					t.Fatalf("unchanged: %v, read %q", good.err, good.data)
				}
				for i := range good.Seen {
					for _, change := range testwire.All(i, good.Seen[i]) {
						end := k.through(finisher, change)
						want := outcomeOfDial(good.Seen, change)
						if !end.Changed() {
							want = dials
						}
						if want == dials && end.err != nil || want == fails && end.err == nil {
							t.Errorf("%v: want it to %s, got %v", change, want, end.err)
						}
						checkDialError(t, end.err)
						if !bytes.HasPrefix([]byte(flightData), end.data) {
							t.Errorf("%v: read %q", change, end.data)
						}
						if end.err == nil && (end.state.Finisher != finisher || end.state.Version != k.version) {
							t.Errorf("%v: state %+v", change, end.state)
						}
					}
				}
			})
		}
	}
}

// FuzzDialFlights makes any mixture of such changes. In a handshake that came to
// its end the server has said everything of it.
func FuzzDialFlights(f *testing.F) {
	kinds := dialKinds(f)
	for i := range 2 * len(kinds) {
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{byte(testwire.Split), 1, 0, byte(testwire.Insert), 1, 2, byte(testwire.Coalesce), 2, 0})
		f.Add(uint8(i), []byte{byte(testwire.Double), 6, 0, byte(testwire.CutInside), 8, 128})
		f.Add(uint8(i), []byte{byte(testwire.Insert), 5, 0, byte(testwire.MessageKind), 4, 22})
	}
	f.Fuzz(func(t *testing.T, which uint8, ops []byte) {
		k, finisher := kinds[int(which)%len(kinds)], finishers[int(which)/len(kinds)%len(finishers)]
		end := k.through(finisher, testwire.Changes(ops, maxOps)...)
		checkDialError(t, end.err)
		if end.err != nil {
			return
		}
		finished := slices.ContainsFunc(end.Seen, func(r testwire.Seen) bool { return r.Sealed })
		if !finished || !bytes.HasPrefix([]byte(flightData), end.data) || end.state.Version != k.version || end.state.Suite != k.suite {
			t.Errorf("connected, Finished sent: %v, read %q, state %+v", finished, end.data, end.state)
		}
	})
}

// checkDialError wants nil or a proper *Error, and no panic of utls: those that
// are known are kept from it.
func checkDialError(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var e *Error
	if !errors.As(err, &e) || e.Kind < KindHandshake || e.Kind > KindClosed || e.Reason == "" {
		t.Fatalf("error %v", err)
	}
	if errors.Is(e, errUTLSPanic) {
		t.Fatal(e.Err)
	}
}

// TestRecordedChanges changes one record of the recorded flights after the other.
// Those that resume a session come to data, the others cannot come to an end.
func TestRecordedChanges(t *testing.T) {
	t.Parallel()
	for _, f := range recordedFlights(t) {
		if strings.HasSuffix(f.name, "ECDHE") {
			continue // TestDialFlights has them
		}
		for i, r := range testwire.Records(f.bytes) {
			for _, change := range testwire.All(i, r) {
				wire := &played{rest: testwire.Stream(f.bytes, change)}
				c, err := Dial(context.Background(), wire, f.config(""))
				if checkDialError(t, err); err != nil {
					if !wire.closed {
						t.Errorf("%s: %v: the connection is still open", f.name, change)
					}
					continue
				}
				got, _ := io.ReadAll(c) // any error is as good as another
				if f.session == nil || !bytes.HasPrefix([]byte(flightData), got) {
					t.Errorf("%s: %v: connected, read %q", f.name, change, got)
				}
				c.Close()
			}
		}
	}
}
