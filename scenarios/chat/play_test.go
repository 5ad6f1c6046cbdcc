package chat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// session is a script with all that a player can do without a reopen.
const session = `@section one
> AT+QSSLSTATE
< +QSSLSTATE: 4,"{ip:any}",{port}
< OK
> AT+X={port}
<| x
@section two
@echo off
@size size pem
> AT+QFUPL="pem",{size}
< CONNECT
@file pem
< +QFUPL: {size},{sum:hex}
@wait 1.1s
>> +++
@quiet 900ms
< OK
`

func TestPlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		script := mustParse(t, session)
		files := fstest.MapFS{"pem": {Data: bytes.Repeat([]byte("-pem-\n"), 1000)}}
		flow, err := script.Flow(map[string]string{"ip": "10.7.157.1", "port": "65344", "sum": "4f64"}, files)
		if err != nil {
			t.Fatal(err)
		}
		host, modem := pipe(t)
		last := len(flow) - 1
		done := make(chan error, 1)
		go func() {
			err := <-mirror(modem, flow[:last])
			time.Sleep(time.Second) // the guard time after +++
			if err == nil {
				err = <-mirror(modem, flow[last:])
			}
			done <- err
		}()
		start := time.Now()
		var seen []Chunk
		result, err := Play(t.Context(), host, script, Options{
			Files: files,
			Observe: func(dir Dir, p []byte, section string) {
				if n := len(seen) - 1; n >= 0 && seen[n].Dir == dir && seen[n].Line == len(section) {
					seen[n].Bytes = append(seen[n].Bytes, p...)
				} else {
					seen = append(seen, Chunk{dir, bytes.Clone(p), len(section)})
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if want := 2*time.Second + 100*time.Millisecond + DefaultSettle; time.Since(start) != want {
			t.Errorf("took %v, want %v", time.Since(start), want)
		}
		var sent, received, seenHost, seenModem []byte
		for _, c := range flow {
			if c.Dir == Host {
				sent = append(sent, c.Bytes...)
			} else {
				received = append(received, c.Bytes...)
			}
		}
		for _, c := range seen {
			if c.Dir == Host {
				seenHost = append(seenHost, c.Bytes...)
			} else {
				seenModem = append(seenModem, c.Bytes...)
			}
		}
		if !bytes.Equal(seenHost, sent) || !bytes.Equal(seenModem, received) {
			t.Errorf("observed %q and %q", seenHost, seenModem)
		}
		want := Result{
			Steps: len(script.Steps), Sent: len(sent), Received: len(received),
			Vars: map[string]string{"ip": "10.7.157.1", "port": "65344", "sum": "4f64", "size": "6000"},
		}
		if diff := cmp.Diff(want, result); diff != "" {
			t.Error(diff)
		}
	})
}

// A Session plays several scripts on one device; a value of one is not known in
// the next, and no byte between them is lost.
func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		s := NewSession(host)
		defer s.Close()
		for _, n := range []string{"1", "22"} {
			done := mirror(modem, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r\r\n+N: " + n + "\r\n"), 1}})
			result, err := s.Play(t.Context(), mustParse(t, "> AT\n< +N: {n}\n"), Options{})
			if err != nil || result.Vars["n"] != n {
				t.Errorf("%v, %v; want n=%s", result, err, n)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// The device is left fit for use: a second Play on it reads every byte.
func TestPlayLeavesDeviceUsable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		for range 3 {
			done := mirror(modem, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r\r\nOK\r\n"), 1}})
			if _, err := Play(t.Context(), host, mustParse(t, "> AT\n< OK\n"), Options{}); err != nil {
				t.Error(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

// The messages, as people see them.
func TestMismatch(t *testing.T) {
	tests := []struct {
		name, script string
		modem        []said
		reason       Reason
	}{
		{"differs", "> AT+QSSLRECV=4,1500\n< +QSSLRECV: 18\n", []said{{0, "AT+QSSLRECV=4,1500\r\r\n+QSSLRECV: 17\r\nTest data"}}, Differs},
		{"echo is off", "> AT\n< OK\n", []said{{0, "\r\nOK\r\n"}}, Differs},
		{"echo is on", "@echo off\n> AT\n< OK\n", []said{{0, "AT\r\r\nOK\r\n"}}, Differs},
		{"silence", "> AT\n# nothing will come\n< OK\n", []said{{0, "AT\r"}}, Missing},
		{"incomplete", "@timeout 300ms\n> AT\n< OK\n", []said{{0, "AT\r\r\nO"}}, Missing},
		{"not a digit", "< +N: {n}\n", []said{{0, "\r\n+N: x\r\n"}}, Differs},
		{"another value", "< +N: {n}\n< +N: {n}\n", []said{{0, "\r\n+N: 17\r\n\r\n+N: 18\r\n"}}, Differs},
		{"extra", "> AT\n< OK\n\n# end\n", []said{{0, "AT\r\r\nOK\r\n"}, {50 * time.Millisecond, "\r\nRING\r\n"}}, Extra},
		{"extra of nothing", "", []said{{50 * time.Millisecond, "\x00"}}, Extra},
		{"noise", ">> +++\n@quiet 1s\n< OK\n", []said{{700 * time.Millisecond, "\r\nOK\r\n"}}, Noise},
		{"order", "< SEND OK\n< +QSSLURC: \"recv\",4\n", []said{{0, "\r\n+QSSLURC: \"recv\",4\r\n\r\nSEND OK\r\n"}}, Differs},
		{"cut in pieces", "< OK\n", []said{{0, "\r"}, {time.Second, "\nO"}, {time.Second, "J\r"}, {10 * time.Millisecond, "\n"}}, Differs},
		{"long", "<< " + strings.Repeat("é", 200) + "!\n", []said{{0, strings.Repeat("é", 200) + "?" + strings.Repeat("-", 300)}}, Differs},
		{"binary", `<< \x00\x01\x02` + "\n", []said{{0, "\x00\x01\xff{\t"}}, Differs},
	}
	var all bytes.Buffer
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			host, modem := pipe(t)
			defer talker(modem, tt.modem...)()
			_, err := Play(t.Context(), host, mustParse(t, tt.script), Options{})
			var m *Mismatch
			if !errors.As(err, &m) {
				t.Fatalf("%s: error %v, want a Mismatch", tt.name, err)
			}
			if m.Reason != tt.reason {
				t.Errorf("%s: reason %s, want %s", tt.name, m.Reason, tt.reason)
			}
			fmt.Fprintf(&all, "-- %s --\n%v\n\n", tt.name, err)
		})
	}
	golden(t, "mismatch.txt", all.Bytes())
}

// Errors that are not the modem's disobedience.
func TestPlayErrors(t *testing.T) {
	tests := []struct {
		name, script string
		device       func(host, modem net.Conn) io.ReadWriter
		want         string
	}{
		{"unknown value", "# x\n> AT+X={y}\n", nil, "test.chat:2: {y} has no value yet"},
		{"no files", "@file a\n", nil, `test.chat:1: file "a": the script was given no files`},
		{"no file", "@size n a\n", nil, `test.chat:1: file "a": the script was given no files`},
		{"cannot reopen", "@reopen\n", nil, "test.chat:1: this device cannot be closed and opened again"},
		{"does not read", "> AT\n", nil, "test.chat:1: the device takes no bytes: 3 bytes of the host waited 5s"},
		{"gone", "< OK\n", func(host, modem net.Conn) io.ReadWriter {
			modem.Close()
			return host
		}, "test.chat:1: the device is gone: EOF"},
		{"gone while waiting", "@wait 1s\n", func(host, modem net.Conn) io.ReadWriter {
			modem.Close()
			return host
		}, "test.chat:1: the device is gone: EOF"},
		{"gone before a write", "> AT\n", func(host, modem net.Conn) io.ReadWriter {
			modem.Close()
			return host
		}, "test.chat:1: io: read/write on closed pipe"},
		{"reopen fails", "# a\n@reopen\n", func(host, modem net.Conn) io.ReadWriter {
			return &reopener{Conn: host, open: func() (net.Conn, error) { return nil, errors.New("no device") }}
		}, "test.chat:2: no device"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			host, modem := pipe(t)
			var dev io.ReadWriter = host
			if tt.device != nil {
				dev = tt.device(host, modem)
			}
			_, err := Play(t.Context(), dev, mustParse(t, tt.script), Options{})
			var m *Mismatch
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || errors.As(err, &m) {
				t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
			}
		})
	}
}

func TestPlayCancel(t *testing.T) {
	for _, text := range []string{"@wait 1h\n", "< OK\n", "@quiet 1h\n", "> AT\n"} {
		synctest.Test(t, func(t *testing.T) {
			host, _ := pipe(t)
			why := errors.New("enough")
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
			defer cancel()
			if _, err := Play(ctx, host, mustParse(t, text), Options{}); !errors.Is(err, why) {
				t.Errorf("%q: error %v, want the cause", text, err)
			}
		})
	}
}

// reopener is a pipe whose Reopen leads to a new one.
type reopener struct {
	net.Conn
	open func() (net.Conn, error)
}

func (r *reopener) Reopen() error {
	r.Conn.Close()
	conn, err := r.open()
	if err == nil {
		r.Conn = conn
	}
	return err
}

// plainReopener is a Device without deadlines.
type plainReopener struct {
	current atomic.Pointer[plainPipe]
	next    net.Conn
}

func (r *plainReopener) Read(p []byte) (int, error)  { return r.current.Load().Read(p) }
func (r *plainReopener) Write(p []byte) (int, error) { return r.current.Load().Write(p) }
func (r *plainReopener) Reopen() error {
	r.current.Swap(&plainPipe{r.next}).ReadWriter.(io.Closer).Close()
	return nil
}

// A device without deadlines, whose Read ends only when Reopen closes it.
func TestReopenWithoutDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, modem1 := pipe(t)
		second, modem2 := pipe(t)
		dev := &plainReopener{next: second}
		dev.current.Store(&plainPipe{first})
		done1 := mirror(modem1, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r"), 1}})
		done2 := mirror(modem2, []Chunk{{Host, []byte("ATI\r"), 1}, {Modem, []byte("ATI\r"), 1}})
		s := NewSession(dev)
		if _, err := s.Play(t.Context(), mustParse(t, "> AT\n@reopen\n> ATI\n"), Options{}); err != nil {
			t.Error(err)
		}
		if err := errors.Join(<-done1, <-done2); err != nil {
			t.Error(err)
		}
		second.Close()
		s.Close()
	})
}

// After a script that ended because the device took no bytes, the next one's
// bytes come behind those that were waiting.
func TestSessionAfterStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		s := NewSession(host)
		defer s.Close()
		if _, err := s.Play(t.Context(), mustParse(t, ">> one\n"), Options{}); !errors.Is(err, errStuck) {
			t.Fatalf("error %v, want %v", err, errStuck)
		}
		done := mirror(modem, []Chunk{{Host, []byte("onetwo"), 1}})
		if _, err := s.Play(t.Context(), mustParse(t, ">> two\n"), Options{}); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestReopen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, modem1 := pipe(t)
		second, modem2 := pipe(t)
		dev := &reopener{Conn: first, open: func() (net.Conn, error) { return second, nil }}
		done1 := mirror(modem1, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r"), 1}})
		done2 := mirror(modem2, []Chunk{{Host, []byte("ATI\r"), 1}, {Modem, []byte("ATI\r"), 1}})
		if _, err := Play(t.Context(), dev, mustParse(t, "> AT\n@reopen\n> ATI\n"), Options{}); err != nil {
			t.Error(err)
		}
		if err := errors.Join(<-done1, <-done2); err != nil {
			t.Error(err)
		}
	})
}

// What the modem said before the reopen and nobody expected is a mismatch.
func TestReopenUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		defer talker(modem, said{0, "\r\nRING\r\n"})()
		dev := &reopener{Conn: host, open: func() (net.Conn, error) { return host, nil }}
		_, err := Play(t.Context(), dev, mustParse(t, "@wait 1s\n@reopen\n"), Options{})
		var m *Mismatch
		if !errors.As(err, &m) || m.Reason != Extra || m.Line != 2 {
			t.Errorf("error %v, want Extra at line 2", err)
		}
	})
}

// A host that sends while the modem echoes faster than anybody asks must not
// come to a standstill, and memory stays bounded.
func TestPlayAgainstFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		go func() { // echoes every byte at once, and takes none before
			buf := make([]byte, 64)
			for {
				n, err := modem.Read(buf)
				if err != nil {
					return
				}
				if _, err := modem.Write(buf[:n]); err != nil {
					return
				}
			}
		}()
		big := strings.Repeat("0123456789abcde\n", 20_000)
		script := mustParse(t, "@file f\n@file f\n@file f\n@file f\n")
		s := NewSession(host)
		defer s.Close()
		_, err := s.Play(t.Context(), script, Options{Settle: -1, Files: fstest.MapFS{"f": {Data: []byte(big)}}})
		if !errors.Is(err, errStuck) {
			t.Errorf("error %v, want %v: the modem was to be pushed back", err, errStuck)
		}
		if limit := maxPending + (readAhead+1)*readSize; len(s.pending) > limit {
			t.Errorf("%d bytes pending, want at most %d", len(s.pending), limit)
		}
		modem.Close()
	})
}

// plainPipe is a device without deadlines.
type plainPipe struct{ io.ReadWriter }

func TestPlayWithoutDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := pipe(t)
		done := mirror(modem, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r\r\nOK\r\n"), 1}})
		s := NewSession(plainPipe{host})
		if _, err := s.Play(t.Context(), mustParse(t, "> AT\n< OK\n"), Options{}); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		start := time.Now()
		host.Close() // the device first, then the session
		s.Close()
		if d := time.Since(start); d != 0 {
			t.Errorf("Close took %v", d)
		}
	})
}
