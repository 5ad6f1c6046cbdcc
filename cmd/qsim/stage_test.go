package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/scenarios/chat"
)

// act is something that happens on a stage.
type act func(*stage)

func host(p string) act  { return func(s *stage) { s.pass(chat.Host, []byte(p), "S") } }
func modem(p string) act { return func(s *stage) { s.pass(chat.Modem, []byte(p), "S") } }
func note(text string) act {
	return func(s *stage) { s.note(text) }
}

func TestStage(t *testing.T) {
	tests := []struct {
		name string
		acts []act
		want string
	}{
		{
			"the echo is not shown twice",
			[]act{host("AT\r"), modem("AT\r"), modem("\r\nOK\r\n"), host("ATI\r"), modem("A"), modem("TI\r\r\nx\r\ny\r\n\r\nOK\r\n")},
			"> AT\n< OK\n> ATI\n< x\n< y\n< OK\n",
		},
		{
			"what only began like the echo is shown",
			[]act{host("ATE0\r"), modem("AT!\r\n"), modem("\r\nOK\r\n")},
			"> ATE0\n< AT!\n< OK\n",
		},
		{
			"no echo, as after ATE0",
			[]act{host("AT\r"), modem("\r\nOK\r\n"), host("AT\r"), modem("\r\nOK\r\n")},
			"> AT\n< OK\n> AT\n< OK\n",
		},
		{
			"a prompt, and a payload that is echoed but for its Ctrl-Z",
			[]act{modem("\r\n> "), host("data\x1a"), modem("data\r\nSEND OK\r\n")},
			"< > \n> data<CTRL+Z>\n< SEND OK\n",
		},
		{
			"in data mode nothing is an echo",
			[]act{modem("\r\nCONNECT\r\n"), host("data"), modem("data"), host("+++"), modem("\r\nOK\r\n"), host("AT\r"), modem("AT\r\r\nOK\r\n")},
			"< CONNECT\n> data\n< data\n> +++\n< OK\n> AT\n< OK\n",
		},
		{
			"of a file the first line",
			[]act{modem("\r\nCONNECT\r\n"), host("first\nsecond\n"), host("third\n"), modem("\r\n+QFUPL: 19,0\r\n\r\nOK\r\n")},
			"< CONNECT\n> first ... and 14 bytes\n< +QFUPL: 19,0\n< OK\n",
		},
		{
			"a note waits for the end of the line",
			[]act{note("before"), modem("\r\n+QSSL"), note("meanwhile"), modem("OPEN: 4,0\r\n"), note("after")},
			"  before\n< +QSSLOPEN: 4,0\n  meanwhile\n  after\n",
		},
		{
			"control bytes are spelt out",
			[]act{modem("\x00\x1b\x7f\r\n")},
			"< \\x00<ESC>\\x7f\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			s := newStage(&b, false)
			for _, a := range tt.acts {
				a(s)
			}
			s.verdict(true, "fine")
			got := strings.Replace(b.String(), "\n== S\n", "", 1)
			if diff := cmp.Diff(tt.want+"\nPASS: fine\n", got); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStageColours(t *testing.T) {
	var b strings.Builder
	s := newStage(&b, true)
	host("AT\r")(s)
	modem("AT\r\r\nERROR\r\n")(s)
	s.verdict(false, "why")
	want := "\n\x1b[1m== S\x1b[m\n\x1b[36m> AT\x1b[m\n\x1b[33m< ERROR\x1b[m\n\n\x1b[1;31mFAIL\x1b[m: why\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

// broken is a writer that is gone.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestStageKeepsTheFirstError(t *testing.T) {
	s := newStage(broken{}, false)
	host("AT\r")(s)
	if err := s.failure(); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
}
