package atengine

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"
)

// sink is an output that a host reads at once.
type sink struct{ n int }

func (s *sink) Write(p []byte) { s.n += len(p) }
func (s *sink) Room() int      { return 1 << 14 }

// wall is the real time; nothing measured here arms a timer.
type wall struct{}

func (wall) Now() time.Time                          { return time.Now() }
func (wall) AfterFunc(time.Duration, func()) Stopper { return nil }

func benchLine(tb testing.TB) (*Line[*module], *sink) {
	some := Response{Lines: []string{"+NUM: 1"}}
	table, err := NewTable(append(Basics[*module](),
		&row{
			Name: "+NUM", Params: []Param{Int("n", 1, 16), Int("m", 0, 3).Opt()},
			Read:  func(*module, *Call[*module]) Response { return some },
			Write: func(*module, *Call[*module]) Response { return Response{} },
		},
		&row{
			Name: "+CFG",
			Variants: []Variant[*module]{{
				Key: "version", Params: []Param{Int("ctx", 0, 5), Int("v", 0, 4)},
				Write: func(*module, *Call[*module]) Response { return Response{} },
			}},
		})...)
	if err != nil {
		tb.Fatal(err)
	}
	out, m := &sink{}, &module{}
	l := NewLine(Config[*module]{Owner: m, Table: table, Output: out, Timers: wall{}, Policy: m, Hooks: &Hooks[*module]{Before: m, After: m}})
	return l, out
}

func BenchmarkDispatch(b *testing.B) {
	for _, command := range []string{"AT", "AT+NUM?", "AT+NUM=5,1", `AT+CFG="version",1,4`, "ATE1"} {
		b.Run(command, func(b *testing.B) {
			l, _ := benchLine(b)
			host := []byte(command + "\r")
			b.ReportAllocs()
			for b.Loop() {
				l.Feed(host)
			}
		})
	}
}

// BenchmarkLine is a host that types ahead: bytes of command lines, whole and in
// pieces, with echo.
func BenchmarkLine(b *testing.B) {
	host := bytes.Repeat([]byte("AT\rAT+NUM?\rat+num=5 , 1;+num?\r\nAT+CFG=\"version\",1,4\r"), 16)
	for _, piece := range []int{1, 64, len(host)} {
		b.Run(fmt.Sprintf("pieces of %d", piece), func(b *testing.B) {
			l, _ := benchLine(b)
			b.SetBytes(int64(len(host)))
			b.ReportAllocs()
			for b.Loop() {
				for p := range slices.Chunk(host, piece) {
					l.Feed(p)
				}
			}
		})
	}
}

// BenchmarkResponse writes what commands answer: lines, and a body as
// AT+QSSLRECV has.
func BenchmarkResponse(b *testing.B) {
	for _, c := range []struct {
		name string
		r    Response
	}{
		{"one line", Response{Lines: []string{"+CSQ: 31,99"}}},
		{"twelve lines", Response{Lines: slices.Repeat([]string{"+QSSLSTATE: 0,\"SSLClient\",\"192.0.2.1\",8883,65344,2,1,0,1,\"usbmodem\",1"}, 12)}},
		{"body of 1500", Response{Lines: []string{"+QSSLRECV: 1500"}, Body: make([]byte, 1500)}},
	} {
		b.Run(c.name, func(b *testing.B) {
			l, out := benchLine(b)
			l.state = running
			b.ReportAllocs()
			for b.Loop() {
				l.info(c.r)
				l.flush()
			}
			b.SetBytes(int64(out.n / b.N))
		})
	}
}

func BenchmarkURC(b *testing.B) {
	l, out := benchLine(b)
	b.ReportAllocs()
	for b.Loop() {
		l.URC("+QSSLURC: \"recv\",4")
	}
	if out.n == 0 {
		b.Fatal("no URC")
	}
}

// BenchmarkPush is direct push mode's frame around 1500 bytes.
func BenchmarkPush(b *testing.B) {
	l, _ := benchLine(b)
	data := make([]byte, 1500)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if !l.Push("+QSSLURC: \"recv\",4,1500", data) {
			b.Fatal("the line is not free")
		}
	}
}

// BenchmarkFromNetwork is what a transparent connection receives.
func BenchmarkFromNetwork(b *testing.B) {
	l, _ := benchLine(b)
	l.begin(&Transparent{Send: func(p []byte) int { return len(p) }})
	chunk := make([]byte, 1500)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		l.FromNetwork(chunk)
	}
}

func BenchmarkTransparent(b *testing.B) {
	l, _ := benchLine(b)
	l.begin(&Transparent{Send: func(p []byte) int { return len(p) }})
	chunk := make([]byte, 4096)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		l.Feed(chunk)
	}
}

// A line that nothing waits for allocates nothing to answer.
func TestDispatchDoesNotAllocate(t *testing.T) {
	for command, most := range map[string]float64{"AT": 0, "AT+NUM?": 0, "AT+NUM=5,1": 0, "ATE1": 0} {
		l, out := benchLine(t)
		host := []byte(command + "\r")
		if n := testing.AllocsPerRun(100, func() { l.Feed(host) }); n > most {
			t.Errorf("%s: %v allocations", command, n)
		}
		if out.n == 0 {
			t.Errorf("%s: no answer", command)
		}
	}
}
