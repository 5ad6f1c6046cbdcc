package atengine

import (
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
