package emulator_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
)

// samples are strings for parameters that are more than a length.
var samples = map[string]string{
	"time": "21/08/25,12:00:00+32", "urcportvalue": "usbmodem", "name_pattern": "UFS",
	"PDP_type": "IP", "PDP_addr": "0.0.0.0", "L2P": "IPV6", "pridnsaddr": "192.0.2.1", "secdnsaddr": "192.0.2.2",
	"service_type": "UDP", "host": "echo.lab", "remote_IP": "192.0.2.1", "hex_string": "3031",
}

// sample is a value of p as a host types it.
func sample(p atengine.Param) string {
	switch p.Kind {
	case atengine.Text:
		if s, ok := samples[p.Name]; ok {
			return strconv.Quote(s)
		}
		return strconv.Quote(strings.Repeat("x", max(p.Min, 1)))
	case atengine.Hex:
		return fmt.Sprintf("0X%04X", p.Values[0])
	}
	return strconv.Itoa(p.Min)
}

// probe is one command line of a generated test.
type probe struct {
	line  string
	param atengine.Param
}

// probes are command lines in which parameter i takes each of values, for every
// numeric parameter of every row that has a form with parameters.
func probes(row *emulator.Command, values func(atengine.Param) []int) []probe {
	var list []probe
	add := func(head string, params []atengine.Param) {
		for i, p := range params {
			if p.Kind != atengine.Integer {
				continue
			}
			for _, v := range values(p) {
				if v < 0 && !strings.HasSuffix(head, "=") && !strings.HasSuffix(head, ",") {
					continue // no digit: what follows ATI- is another command
				}
				args := make([]string, len(params))
				for j, q := range params {
					args[j] = sample(q)
				}
				args[i] = strconv.Itoa(v)
				list = append(list, probe{head + strings.Join(args, ","), p})
			}
		}
	}
	switch {
	case row.Name == "S": // its ranges depend on the register: testdata/line.chat
	case row.Variants != nil:
		for _, v := range row.Variants {
			add(fmt.Sprintf("AT%s=%q,", row.Name, v.Key), v.Params)
		}
	case row.Write != nil || row.Query != nil:
		add("AT"+row.Name+"=", row.Params)
	case row.Exec != nil && !strings.HasPrefix(row.Name, "+"):
		add("AT"+row.Name, row.Params)
	}
	return list
}

// eachRow runs f for every row that is built, with a modem of its own.
func eachRow(t *testing.T, f func(t *testing.T, group string, row *emulator.Command, h *host)) {
	for _, g := range emulator.Groups() {
		for _, row := range g.Commands {
			t.Run(g.Name+"/"+row.Name, func(t *testing.T) {
				_, h := newModem(t, having(row.Name))
				f(t, g.Name, row, h)
			})
		}
	}
}

// TestOutOfRange: each number one below its range and one above is an ERROR, and
// for the commands of the stack the result code is 552.
func TestOutOfRange(t *testing.T) {
	count := 0
	eachRow(t, func(t *testing.T, group string, row *emulator.Command, h *host) {
		for _, p := range probes(row, func(p atengine.Param) []int { return []int{p.Min - 1, p.Max + 1} }) {
			count++
			want := "\r\nERROR\r\n"
			if group == "Files" {
				want = "\r\n+CME ERROR: 425\r\n"
			}
			if got := h.ask(p.line); got != want {
				t.Errorf("%s: %q, want %q", p.line, got, want)
			}
			if group != "SSL" && group != "TCP/IP" || row.Name == "O" {
				continue
			}
			if got := h.ask("AT+QIGETERROR"); got != "\r\n+QIGETERROR: 552,invalid parameters\r\n\r\nOK\r\n" {
				t.Errorf("%s: then %q", p.line, got)
			}
			h.ask("AT+QISDE?") // a success: 0 again
		}
	})
	if count < 100 {
		t.Errorf("only %d numbers were tried: the generator is broken", count)
	}
}

// idle are answers to commands that cannot succeed on a modem that is idle,
// though nothing is wrong with their numbers: by command, a pattern of the whole
// answer, or the result code that AT+QIGETERROR tells after an ERROR.
var idle = map[string]string{}

// onIdle declares what commands answer on a modem that is idle. It stands in the
// test file of the commands' family.
func onIdle(answer string, names ...string) struct{} {
	for _, name := range names {
		idle[name] = answer
	}
	return struct{}{}
}

var (
	_ = onIdle("567", "+QSSLSEND", "+QSSLRECV", "+QISWTMD")
	_ = onIdle("561", "+QIDNSCFG", "+QSSLOPEN")
	_ = onIdle("572", "+QIACT")                                // active already
	_ = onIdle("\r\nNO CARRIER\r\n", "O")                      // nothing to go back to
	_ = onIdle("\r\nERROR\r\n", "+IFC", "+CFUN")               // not alike; only the full function goes with a reboot
	_ = onIdle(`\r\n(CONNECT|\+CME ERROR: 423)\r\n`, "+QFUPL") // 423: larger than the store
)

// TestBoundariesAccepted: no number at the end of its range is refused as a
// parameter. What else may be wrong with the command on a modem that is idle is
// another error.
func TestBoundariesAccepted(t *testing.T) {
	eachRow(t, func(t *testing.T, group string, row *emulator.Command, h *host) {
		ends := func(p atengine.Param) []int { return []int{p.Min, p.Max} }
		if row.Name == "Q" || row.Name == "V" {
			t.Skip("they change the answer itself: testdata/line.chat")
		}
		want := idle[row.Name]
		for _, p := range probes(row, ends) {
			got := h.ask(p.line)
			switch _, err := strconv.Atoi(want); {
			case strings.HasSuffix(got, "\r\nOK\r\n"):
			case want == "":
				t.Errorf("%s: %q", p.line, got)
			case err == nil && got == "\r\nERROR\r\n":
				if e := h.ask("AT+QIGETERROR"); !strings.Contains(e, want) {
					t.Errorf("%s: %q %q", p.line, got, e)
				}
			case err == nil || !regexp.MustCompile("^("+want+")$").MatchString(got):
				t.Errorf("%s: %q", p.line, got)
			}
			switch {
			case got == "\r\nCONNECT\r\n":
				h.send("x")
				h.take(final)
				h.ask(`AT+QFDEL="x"`)
			case (row.Name == "+QSSLOPEN" || row.Name == "+QIOPEN") && strings.HasSuffix(got, "OK\r\n"):
				h.take(openURC)
			}
		}
	})
}

// TestTestForms: the test form of every extended command answers what derives
// from its row; a basic command has none.
func TestTestForms(t *testing.T) {
	eachRow(t, func(t *testing.T, _ string, row *emulator.Command, h *host) {
		want := "\r\nOK\r\n"
		if lines := row.TestLines(); len(lines) > 0 {
			want = "\r\n" + strings.Join(lines, "\r\n") + "\r\n" + want
		}
		if !strings.HasPrefix(row.Name, "+") {
			want = "\r\nERROR\r\n"
		}
		if row.Name == "+COPS" {
			t.Skip("it listens for networks first: testdata/operator.chat")
		}
		if got := h.ask("AT" + row.Name + "=?"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// TestFormsDeclared: a form that a row lacks is an ERROR, one that it has is not
// unknown; and every row says what it is and where that stands.
func TestFormsDeclared(t *testing.T) {
	eachRow(t, func(t *testing.T, group string, row *emulator.Command, h *host) {
		if row.Summary == "" || row.Source == "" {
			t.Error("no summary, or no source")
		}
		failed := "\r\nERROR\r\n"
		if group == "Files" {
			failed = "\r\n+CME ERROR: 425\r\n"
		}
		if !strings.HasPrefix(row.Name, "+") {
			return
		}
		got := h.ask("AT" + row.Name + "?")
		if (row.Read == nil) != (got == failed) {
			t.Errorf("read: %q", got)
		}
		got = h.ask("AT" + row.Name)
		if (row.Exec == nil) != (got == failed) {
			t.Errorf("exec: %q", got)
		}
	})
}
