package judge_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/judge"
	"github.com/quectel-sim/qsim/scenarios/report"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run has a host say lines to a modem, and returns what a judge makes of it.
func run(t *testing.T, expect, host string) []report.Check {
	t.Helper()
	s, problems := scenario.Parse("s.yaml", []byte(expect), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	e := fault.New(s.Faults, fault.Options{Seed: 1})
	m, err := emulator.New(emulator.Options{Seed: 1, Network: network.Offline{}, Events: e})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := e.Attach(m); err != nil {
		t.Fatal(err)
	}
	j := judge.New(s.Expect, 1)
	if err := j.Attach(m, e); err != nil {
		t.Fatal(err)
	}
	p, dev := port.Pipe()
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	script, err := chat.Parse("host", []byte(host))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chat.Play(context.Background(), dev, script, chat.Options{Timeout: 5 * time.Second, Settle: 10 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	var checks []report.Check
	err = m.Do(func(l emulator.Levers) error {
		checks = j.Verdict(l.State(), e.Marks())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

func TestVerdicts(t *testing.T) {
	const open = "> AT+QIACT=1\n< OK\n"
	tests := []struct {
		name, expect, host, want string
	}{
		{
			"met", `
expect:
  - {after: {event: pdp.activated}, host: {command: QIACT, form: read}, within: 5s}`,
			open + "> AT+QIACT?\n< +QIACT: 1,1,1,\"10.7.157.1\"\n< OK\n",
			"AT+QIACT (read) after pdp.activated: passed",
		},
		{
			"not met", `
expect:
  - name: looks
    after: {event: pdp.activated}
    host: {command: QIACT, form: read}`,
			open + "> AT+CSQ;+CSQ\n< +CSQ: 24,99\n< +CSQ: 24,99\n< OK\n> AT+GMM\n< EC200S\n< OK\n",
			"looks: failed: the run was over without AT+QIACT (read) after pdp.activated; what came was AT+CSQ, AT+GMM",
		},
		{
			"its moment never came", `
expect:
  - {name: a, after: {event: pdp.activated}, host: {command: CSQ}}
  - {name: b, after: {event: pdp.activated}, host: {command: CSQ}, optional: true}`,
			"> AT+CSQ\n< +CSQ: 24,99\n< OK\n",
			"a: not reached: its moment never came: pdp.activated\nb: skipped: its moment never came: pdp.activated",
		},
		{
			"too late", `
expect:
  - {name: a, host: {command: CSQ}, within: 100ms}`,
			"> AT\n< OK\n@wait 200ms\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n",
			"a: failed: AT+CSQ came, but later than within 100ms; before it came ATE0",
		},
		{
			"out of time", `
expect:
  - {name: a, host: {command: CSQ}, within: 50ms, message: Ask for the signal.}`,
			"> AT+GMM\n< EC200S\n< OK\n@wait 100ms\n> AT+GMI\n< Quectel\n< OK\n",
			"a: failed: Ask for the signal. (no AT+CSQ within 50ms; what came was ATE0, AT+GMM, AT+GMI)",
		},
		{
			"each time", `
expect:
  - {name: a, after: {command: CSQ}, host: {command: GMM}, each: true}
  - {name: b, after: {command: CSQ}, host: {command: GMM}}`,
			"> AT+CSQ\n< +CSQ: 24,99\n< OK\n> AT+GMM\n< EC200S\n< OK\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n",
			"a: failed: the run was over without AT+GMM after AT+CSQ; what came was nothing\nb: passed",
		},
		{
			"never", `
expect:
  - {name: a, never: {command: QPOWD}}
  - {name: b, never: {command: GMM}}
  - {name: c, never: {command: GMM}, after: {command: CSQ}, until: {command: GMI}}
  - {name: d, never: {command: GMM}, after: {command: GSN}}`,
			"> AT+GMM\n< EC200S\n< OK\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n> AT+GMI\n< Quectel\n< OK\n> AT+GMM\n< EC200S\n< OK\n",
			"a: passed\nb: failed: AT+GMM came, which must not be\nc: passed\nd: not reached: its moment never came: AT+GSN",
		},
		{
			"what the module does not know was said all the same", `
expect:
  - {name: a, never: {command: QGPS}}
  - {name: b, host: {command: CSQ, args: {}}}`,
			"> AT+QGPS=1,\"x\"\n< ERROR\n> AT+CSQ=1\n< ERROR\n",
			"a: failed: AT+QGPS=1,\"x\" came, which must not be\nb: passed",
		},
		{
			"in order", `
expect:
  - {name: a, order: [{command: GMI}, {command: GMM}, {command: CSQ}]}
  - {name: b, order: [{command: CSQ}, {command: GMI}]}
  - {name: c, order: [{command: GMR}, {command: GMI}]}`,
			"> AT+GMI\n< Quectel\n< OK\n> AT\n< OK\n> AT+GMM;+CSQ\n< EC200S\n< +CSQ: 24,99\n< OK\n",
			"a: passed\nb: failed: after AT+CSQ there never came AT+GMI\nc: failed: AT+GMR never came",
		},
		{
			"counted", `
expect:
  - {name: a, count: {command: CSQ}, is: 2}
  - {name: b, count: {command: CSQ}, is: 3+}
  - {count: {command: CSQ, result: OK}, is: 1-4}`,
			"> AT+CSQ\n< +CSQ: 24,99\n< OK\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n",
			"a: passed\nb: failed: AT+CSQ came 2 times, not 3+\nAT+CSQ with OK comes 1-4 times: passed",
		},
		{
			"finally", `
faults:
  - {on: {command: GMM}, do: {mark: asked}}
expect:
  - {name: a, finally: {pdp: {1: active}, sim: ready}}
  - {name: b, finally: {ssl: {4: connected}}}
  - {name: c, finally: {mark: asked}}
  - {name: d, finally: {not: {pdp: {1: active}}}}`,
			open + "> AT+GMM\n< EC200S\n< OK\n",
			"a: passed\nb: failed: at the end SSL client 4 is initial, not connected\nc: passed\nd: failed: at the end what must not hold does",
		},
		{
			"a time", `
expect:
  - {name: a, after: {at: 1ms}, host: {command: CSQ}}`,
			"@wait 50ms\n> AT+CSQ\n< +CSQ: 24,99\n< OK\n", "a: passed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, c := range run(t, strings.TrimPrefix(tt.expect, "\n"), "> ATE0\n< OK\n@echo off\n"+tt.host) {
				line := fmt.Sprintf("%s: %s", c.Name, c.Status)
				if c.Message != "" {
					line += ": " + c.Message
				}
				if c.File != "s.yaml" || c.Line < 2 {
					t.Errorf("%s stands at %s:%d", c.Name, c.File, c.Line)
				}
				got = append(got, line)
			}
			if text := strings.Join(got, "\n"); text != tt.want {
				t.Errorf("got\n%s\nwant\n%s", text, tt.want)
			}
		})
	}
}
