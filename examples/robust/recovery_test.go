package main

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// once makes a twist of what happens the first time that a line begins like this.
func once(head string, do func(f *fake, line string)) func(*fake, string, int) bool {
	done := false
	return func(f *fake, line string, _ int) bool {
		if done || !strings.HasPrefix(line, head) {
			return false
		}
		done = true
		do(f, line)
		return true
	}
}

// say makes a twist's action of an answer.
func say(text string) func(*fake, string) { return func(f *fake, _ string) { f.say(text) } }

const allEchoed = "message 1: 200 bytes echoed\nmessage 2: 200 bytes echoed\nmessage 3: 200 bytes echoed\n"

// Each misbehaviour is survived, and by the way that was meant.
func TestRecovery(t *testing.T) {
	second := "DATA " + string(message(2, 200))
	tests := []struct {
		name   string
		f      *fake
		report []string // what was reported, in part; nil: nothing
		sent   []string // commands that were sent, in this order among others
		change func(*config, *timing)
	}{
		{name: "healthy", f: &fake{}, sent: []string{"ATE0", "AT+QIACT=1", "AT+QSSLSTATE", "AT+QSSLCLOSE=4", "AT+QIDEACT=1"}},
		{
			name: "the recv URC is lost",
			f: &fake{twist: once(second, func(f *fake, line string) {
				f.data = []byte(line[5:])
				f.say("\r\nSEND OK\r\n")
			})},
			report: []string{"no URC told of them, but 200 bytes were there"},
		},
		{
			name: "closed comes before the data is read",
			f: &fake{twist: once(second, func(f *fake, line string) {
				f.data, f.open = []byte(line[5:]), false
				f.say("\r\nSEND OK\r\n")
				f.urc(`+QSSLURC: "closed",4`)
			})},
			report: []string{"the connection was closed: closing the client"},
			sent:   []string{second, "AT+QSSLRECV=4,1500", "AT+QSSLCLOSE=4", "AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0"},
		},
		{
			name: "closed, and the message did not get through",
			f: &fake{twist: once(second, func(f *fake, _ string) {
				f.open = false
				f.say("\r\nSEND OK\r\n")
				f.urc(`+QSSLURC: "closed",4`)
			})},
			report: []string{"the connection was closed"},
			sent:   []string{second, "AT+QSSLCLOSE=4", second},
		},
		{
			name: "reboot in the middle of a send",
			f: &fake{twist: once(second, func(f *fake, _ string) {
				f.boot()
			})},
			report: []string{"RDY: setting it up again"},
			sent:   []string{second, "ATE0", "AT+QISDE=0", "AT+QIACT=1", `AT+QSSLCFG="sni",1,1`, second},
		},
		{
			name: "reboot that no URC tells of",
			f: &fake{twist: once(second, func(f *fake, _ string) {
				f.echo, f.active, f.open = true, false, false
				f.say("\r\nERROR\r\n")
			})},
			report: []string{"closing the client"},
			sent:   []string{second, "ATE0", "AT+QIACT=1", second},
		},
		{
			name: "the context is deactivated",
			f: &fake{twist: once(second, func(f *fake, _ string) {
				f.active, f.open = false, false
				f.say("\r\nSEND OK\r\n")
				f.urc(`+QIURC: "pdpdeact",1`)
			})},
			report: []string{"the PDP context was deactivated"},
			sent:   []string{second, "AT+QIDEACT=1", "AT+QIACT=1", second},
		},
		{
			name: "debug output around everything",
			f:    &fake{bend: func(text string) string { return "%DBG<88>task\r\n" + text + "%DBG<99>idle\r\n" }},
		},
		{
			name: "single line ends, and no blank in the prompt",
			f: &fake{bend: func(text string) string {
				return strings.ReplaceAll(strings.ReplaceAll(strings.TrimPrefix(text, "\r\n"), "\r\n\r\n", "\r\n"), "> ", ">")
			}},
		},
		{
			name: "echo cannot be switched off, and SEND OK is glued to it",
			f: &fake{
				twist: func(f *fake, line string, _ int) bool {
					if line == "ATE0" {
						f.ok()
					}
					return line == "ATE0"
				},
				bend: func(text string) string { return strings.ReplaceAll(text, "SEND OK\r\n", "SEND OK") },
			},
		},
		{
			name: "a URC in the echo, before the prompt and before the body",
			f: &fake{twist: func(f *fake, line string, n int) bool {
				switch {
				case line == "AT+QSSLSEND=4" && n == 2:
					f.say("AT+QSS\r\n+QIND: \"csq\",9,99\r\nLSEND=4\r\r\n+QSSLURC: \"recv\",4\r\n")
				case strings.HasPrefix(line, "AT+QSSLRECV") && len(f.data) > 0:
					data := string(f.data)
					f.data = nil
					f.say("\r\n+QSSLRECV: 200\r\n\r\n+QSSLURC: \"recv\",4\r\n" + data + "\r\n\r\nOK\r\n")
					return true
				}
				return false
			}},
		},
		{
			name:   "SEND FAIL",
			f:      &fake{twist: once(second, say("\r\nSEND FAIL\r\n"))},
			report: []string{"no room for the message, waiting"},
			sent:   []string{second, second},
		},
		{
			name: "SEND OK is lost",
			f: &fake{twist: once(second, func(f *fake, line string) {
				f.data = []byte(line[5:])
			})},
			report: []string{"no SEND OK, waiting for the echo all the same"},
		},
		{
			name:   "the prompt does not come",
			f:      &fake{twist: once("AT+QSSLSEND=4", func(f *fake, _ string) { f.prompt = true })},
			report: []string{"AT+QSSLSEND=4: no answer"},
		},
		{
			name: "a damaged echo",
			f: &fake{twist: once(second, func(f *fake, line string) {
				f.obey(strings.Replace(line, "a", "b", 1))
			})},
			report: []string{"what came back is not what was sent"},
			sent:   []string{second, "AT+QSSLCLOSE=4", second},
		},
		{
			name: "an echo in pieces, with one URC for all",
			f: &fake{twist: func(f *fake, line string, _ int) bool {
				if strings.HasPrefix(line, "AT+QSSLRECV") && len(f.data) > 90 {
					data := string(f.data[:90])
					f.data = f.data[90:]
					f.info("+QSSLRECV: 90\r\n" + data)
					return true
				}
				return false
			}},
		},
		{
			name: "the id is in use from before",
			f: &fake{twist: once("AT+QSSLOPEN", func(f *fake, line string) {
				f.open = true
				f.obey(line)
			})},
			report: []string{"the open failed (563): closing the client"},
			sent:   []string{"AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0", "AT+QSSLCLOSE=4", "AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0"},
		},
		{
			name: "only a restart helps",
			f: func() *fake {
				booted := false
				return &fake{twist: func(f *fake, line string, _ int) bool {
					booted = booted || line == "AT+CFUN=1,1"
					if booted {
						return false
					}
					switch {
					case strings.HasPrefix(line, "AT+QSSLOPEN"):
						f.ok()
						f.urc("+QSSLOPEN: 4,552")
						return true
					case strings.HasPrefix(line, "AT+QIDEACT"):
						f.say("\r\nERROR\r\n")
						return true
					}
					return false
				}}
			}(),
			report: []string{"invalid parameters (552)", "restarting the module"},
			sent:   []string{"AT+QIDEACT=1", "AT+CFUN=1,1", "ATE0"},
		},
		{
			name: "the result of the open is lost",
			f: &fake{twist: once("AT+QSSLOPEN", func(f *fake, _ string) {
				f.open = true
				f.ok()
			})},
			report: []string{"no +QSSLOPEN came, but the state says connected"},
		},
		{
			name: "the result of an open that was given up comes late",
			f: &fake{twist: func(f *fake, line string, n int) bool {
				switch {
				case strings.HasPrefix(line, "AT+QSSLOPEN") && n == 1:
					// No answer at all; then the state is "not there" twice.
					return true
				case strings.HasPrefix(line, "AT+QSSLOPEN") && n == 2:
					f.ok()
					f.urc("+QSSLOPEN: 4,566")
					f.open = true
					return true
				case line == "AT+QSSLSTATE" && n == 3:
					f.info(`+QSSLSTATE: 4,"SSLClient","192.0.2.10",4433,0,1,1,4,0,"usbmodem",1`)
					return true
				}
				return false
			}},
			report: []string{"AT+QSSLOPEN: it ended without +QSSLOPEN", "+QSSLOPEN: 4,566 belongs to an attempt that was given up", "the state says connected"},
			sent:   []string{"AT+QSSLCLOSE=4", "AT+QSSLSTATE", "AT+QSSLSTATE", second},
		},
		{
			name: "an OK that comes when the command was given up",
			f: &fake{twist: func(f *fake, line string, n int) bool {
				if line == "AT+QIACT=1" {
					f.active = true
					return true
				}
				if line == "AT" && n == 2 {
					f.ok() // of AT+QIACT
				}
				return false
			}},
			change: func(_ *config, limit *timing) { limit.scale = 1000 },
			report: []string{"AT+QIACT=1: no answer", "answers are late, not lost", "the context is active after all"},
		},
		{
			name: "the module refuses to restart",
			f: &fake{twist: func(f *fake, line string, n int) bool {
				switch {
				case strings.HasPrefix(line, "AT+QSSLOPEN") && n < 6:
					f.ok()
					f.urc("+QSSLOPEN: 4,553")
				case strings.HasPrefix(line, "AT+CFUN"):
					f.say("\r\n+CME ERROR: 3\r\n")
				default:
					return false
				}
				return true
			}},
			report: []string{"restarting the module did not work"},
			sent:   []string{"AT+QIDEACT=1", "AT+CFUN=1,1"},
		},
		{
			name: "the result of another's open comes first",
			f: &fake{twist: once("AT+QSSLOPEN", func(f *fake, line string) {
				f.urc("+QSSLOPEN: 14,566")
				f.urc("+QSSLOPEN: 5,566")
				f.obey(line)
			})},
		},
		{
			name: "an activation that says ERROR and works",
			f: &fake{twist: once("AT+QIACT=1", func(f *fake, _ string) {
				f.active = true
				f.say("\r\nERROR\r\n")
			})},
			report: []string{"the context is active after all"},
		},
		{
			name:   "the OK of another command",
			f:      &fake{twist: once("AT+CEREG?", func(f *fake, line string) { f.ok(); f.obey(line) })},
			report: []string{"got the answer to something else"},
		},
		{
			name: "the module has not booted yet, and the rate is wrong",
			f: &fake{twist: func(f *fake, line string, n int) bool {
				if line != "AT" || n > 2 {
					return false
				}
				f.say("\xfe\x00K\xcb\r")
				return true
			}},
		},
		{
			name: "an upload that loses bytes",
			f: &fake{file: []byte("x"), twist: once("FILE ", func(f *fake, line string) {
				f.file = []byte(line[5:70])
				f.say("\r\n+QFUPL: 65,1234\r\n+CME ERROR: 421\r\n")
			})},
			change: withCA,
			report: []string{"has 1 bytes instead of 100", "the module got 65 of 100 bytes"},
			sent:   []string{`AT+QFDEL="UFS:cacert.pem"`, `AT+QFUPL="UFS:cacert.pem",100,3`, `AT+QFDEL="UFS:cacert.pem"`, `AT+QFUPL="UFS:cacert.pem",100,3`},
		},
		{
			name:   "an upload that damages bytes",
			f:      &fake{file: []byte("x"), twist: once("FILE ", func(f *fake, line string) { f.obey(strings.Replace(line, "c", "d", 1)) })},
			change: withCA,
			report: []string{"the module got 100,"},
		},
		{
			name: "the clock was never set, and the certificate looks too new",
			f: &fake{twist: func(f *fake, line string, _ int) bool {
				if !strings.HasPrefix(line, "AT+QSSLOPEN") || f.clock != "" {
					return false
				}
				f.ok()
				f.urc("+QSSLOPEN: 4,566")
				return true
			}},
			report: []string{`the clock shows "70/01/01,00:00:09+00": setting it`},
			sent:   []string{`AT+QSSLCFG="ignorelocaltime",1,0`, "AT+QSSLCLOSE=4", "AT+CCLK?", `AT+CCLK="26/01/01,00:00:00+00"`, second},
		},
		{
			name: "another context is in the only place there is",
			f: func() *fake {
				taken := true
				return &fake{twist: func(f *fake, line string, _ int) bool {
					switch {
					case line == "AT+QIDEACT=2":
						taken = false
						f.ok()
					case taken && line == "AT+QIACT?":
						f.info(`+QIACT: 2,1,1,"10.0.0.2"`)
					case taken && line == "AT+QIACT=1":
						f.say("\r\nERROR\r\n")
					case taken && line == "AT+QIGETERROR":
						f.info("+QIGETERROR: 572,operation not allowed")
					default:
						return false
					}
					return true
				}}
			}(),
			report: []string{"deactivating context 2, which is in the way"},
			sent:   []string{"AT+QIACT=1", "AT+QIDEACT=2", "AT+QIACT=1", second},
		},
		{
			name: "deaf until the device is opened anew",
			f: func() *fake {
				var deaf net.Conn
				return &fake{twist: func(f *fake, line string, n int) bool {
					switch {
					case line == second && n == 1:
						deaf = f.conn
					case deaf == nil:
						return false
					case f.conn != deaf:
						deaf = nil
						f.boot()
						return false
					}
					return true
				}}
			}(),
			change: func(_ *config, limit *timing) { limit.scale = 1000 },
			report: []string{"the module does not answer: opening the device again"},
			sent:   []string{second, "ATE0", "AT+QIACT=1", second},
		},
		{
			name:   "the certificate is there already",
			f:      &fake{file: []byte(certificate)},
			change: withCA,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := drive(t, tt.f, tt.change)
			if got.err != nil || got.out != allEchoed {
				t.Fatalf("ended with %v, printed %q\n%s\n%s", got.err, got.out, got.report, strings.Join(got.sent, "\n"))
			}
			if tt.report == nil && got.report != "" {
				t.Errorf("reported %q", got.report)
			}
			for _, text := range tt.report {
				if !strings.Contains(got.report, text) {
					t.Errorf("did not report %q but\n%s", text, got.report)
				}
			}
			rest := got.sent
			for _, line := range tt.sent {
				i := slices.Index(rest, line)
				if i < 0 {
					t.Fatalf("did not send %q in its place, but\n%s", line, strings.Join(got.sent, "\n"))
				}
				rest = rest[i+1:]
			}
		})
	}
}

var certificate = strings.Repeat("-----cert\n", 10)

func withCA(c *config, _ *timing) { c.ca = []byte(certificate) }

// What nothing helps against ends in time, with a reason.
func TestGivesUp(t *testing.T) {
	tests := []struct {
		name  string
		twist func(f *fake, line string, n int) bool
		want  string
	}{
		{"deaf", func(*fake, string, int) bool { return true }, "gave up at sync"},
		{"PIN", func(f *fake, line string, _ int) bool {
			if line == "AT+CPIN?" {
				f.info("+CPIN: SIM PIN")
			}
			return line == "AT+CPIN?"
		}, "SIM: it wants SIM PIN; unlock it first"},
		{"never registered", func(f *fake, line string, _ int) bool {
			if strings.HasSuffix(line, "REG?") {
				f.info("+" + strings.Trim(line, "AT+?") + ": 0,2")
				return true
			}
			return false
		}, "gave up at network"},
		{"no certificate", func(f *fake, line string, _ int) bool {
			f.file = nil
			return false
		}, "UFS:cacert.pem: it is not on the module; give it with -ca FILE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			got := drive(t, &fake{twist: tt.twist}, func(_ *config, limit *timing) { *limit = newTiming(100, 3*time.Second) })
			if got.err == nil || !strings.Contains(got.err.Error(), tt.want) {
				t.Errorf("got %v, want %q\n%s", got.err, tt.want, got.report)
			}
			if d := time.Since(start); d > 10*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

// The same module gets the same bytes.
func TestSameBytes(t *testing.T) {
	run := func() []string {
		f := &fake{twist: once("DATA ", func(f *fake, _ string) { f.boot() })}
		return drive(t, f, nil).sent
	}
	if diff := cmp.Diff(run(), run()); diff != "" {
		t.Error(diff)
	}
}
