package control_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/control"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestFaultsWhileAHostWorks: a fault acts from the next command on, and does no
// more as soon as it is removed.
func TestFaultsWhileAHostWorks(t *testing.T) {
	r := newRig(t, limits{})
	const fine, failed = "\r\n+CSQ: 24,99\r\n\r\nOK\r\n", "\r\nERROR\r\n"
	if got := r.at("AT+CSQ"); got != fine {
		t.Fatalf("%q", got)
	}
	var first, second control.Fault
	r.ok("POST", "/v1/faults", `{"on": {"command": "CSQ"}, "do": {"result": "ERROR"}}`, &first)
	if got := r.at("AT+CSQ"); got != failed {
		t.Errorf("armed: %q", got)
	}
	if got := r.at("ATI"); strings.HasSuffix(got, failed) {
		t.Errorf("another command: %q", got)
	}
	r.ok("POST", "/v1/faults", "on: {command: CSQ, form: exec}\ndo: {delay: 1ms}\n", &second)
	var list control.Faults
	r.ok("GET", "/v1/faults", "", &list)
	want := control.Faults{Faults: []control.Fault{
		{ID: first.ID, On: "AT+CSQ", Hits: 1, Rule: json.RawMessage(`{"on":{"command":"+CSQ"},"do":{"result":"ERROR"}}`)},
		{ID: second.ID, On: "AT+CSQ (exec)", Rule: json.RawMessage(`{"on":{"command":"+CSQ","form":"exec"},"do":{"delay":"1ms"}}`)},
	}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	r.ok("DELETE", "/v1/faults/"+itoa(first.ID), "", nil)
	if got := r.at("AT+CSQ"); got != fine {
		t.Errorf("removed: %q", got)
	}
	var removed control.Removed
	r.ok("DELETE", "/v1/faults", "", &removed)
	if removed.Removed != 1 {
		t.Errorf("%+v", removed)
	}
	r.refused("DELETE", "/v1/faults/"+itoa(first.ID), "", http.StatusNotFound)
	r.refused("DELETE", "/v1/faults/x", "", http.StatusNotFound)
}

// TestRuleComesBack: what is listed of a rule can be sent, and is the same rule.
func TestRuleComesBack(t *testing.T) {
	r := newRig(t, limits{})
	for _, rule := range []string{
		`{on: {command: QSSLOPEN, args: {clientID: {not: 1}}, every: 2, chance: 0.5}, do: {error: {code: 572, stored: 0}}}`,
		`{name: "1", on: {urc: '/^\+QIND/'}, while: {ssl: {4: connected}, not: {mark: m}}, do: [{wait: 2s}, {mark: m}, {urc: '+QIND: "csq",99,99'}]}`,
		`{on: {line: {commands: 3+}}, do: {order: [2, 3, 1]}}`,
		`{on: {command: QSSLRECV}, do: [{cut: {keep: 3, part: line 2}}, {raw: {bytes: '\x00"\\', part: body, where: inside, detached: true}}]}`,
		`{on: {event: tls.sent, bytes: 4096}, do: {wire: {dir: out, split: {size: 1, gap: 5ms}, bytes: 64KiB}}}`,
		`{on: {at: 10s}, do: [{pdp: deactivate}, {hang}, {set: {rtc: "2021-08-25T12:00:00+08:00"}}]}`,
	} {
		rule = strings.Replace(rule, "{hang}", "{hang: modem}", 1)
		status, data := r.call("POST", "/v1/faults", rule)
		if status != http.StatusCreated {
			t.Errorf("%s: %s", rule, data)
			continue
		}
		var one, two control.Fault
		r.must(json.Unmarshal(data, &one))
		r.ok("POST", "/v1/faults", string(one.Rule), &two)
		if string(one.Rule) != string(two.Rule) || len(one.Rule) < len(`{"on":{},"do":{}}`)+10 {
			t.Errorf("%s\nis shown as %s\nand then as %s", rule, one.Rule, two.Rule)
		}
	}
}

// TestRefusedRules: all that is wrong is told, at its place.
func TestRefusedRules(t *testing.T) {
	r := newRig(t, limits{})
	e := r.refused("POST", "/v1/faults", `{"on": {"command": "QSSLOPN", "nht": 1}, "do": {"error": 575}}`, http.StatusBadRequest)
	want := []control.Problem{
		{Line: 1, Col: 20, Message: `there is no command "QSSLOPN"`, Hint: "did you mean QSSLOPEN?"},
		{Line: 1, Col: 31, Message: `on: unknown key "nht"`, Hint: "did you mean nth?"},
		{Line: 1, Col: 58, Message: "error: wants a number 550-574, not 575"},
	}
	if diff := cmp.Diff(want, e.Problems); diff != "" {
		t.Error(diff)
	}
	if e.Code != "invalid" || e.Message != `1:20: there is no command "QSSLOPN" (and 2 more)` || e.Hint != "did you mean QSSLOPEN?" {
		t.Errorf("%+v", e)
	}
	for _, body := range []string{"", "{}", "[]", "null", "{", "\x00", "on: {command: CSQ}", strings.Repeat("[", 5000), "&a *a"} {
		r.refused("POST", "/v1/faults", body, http.StatusBadRequest)
	}
	if e := r.refused("POST", "/v1/faults", strings.Repeat(" ", 1<<20+1), http.StatusRequestEntityTooLarge); e.Code != "too_large" {
		t.Errorf("%+v", e)
	}
	if s := r.state(); len(s.Faults) != 0 {
		t.Errorf("armed: %+v", s.Faults)
	}
}

// TestMostRules: there is an end to what is armed.
func TestMostRules(t *testing.T) {
	r := newRig(t, limits{rules: 2})
	const rule = `{on: {command: CSQ}, do: {delay: 1ms}}`
	r.ok("POST", "/v1/faults", rule, nil)
	r.ok("POST", "/v1/faults", rule, nil)
	r.refused("POST", "/v1/faults", rule, http.StatusConflict)
}

// TestReset: what a scenario began with is there again, and nothing else.
func TestReset(t *testing.T) {
	r := newRig(t, limits{scenario: `
faults:
  - {on: {command: CSQ, nth: 2}, do: [{result: ERROR}, {mark: seen}]}
  - {on: {command: CGMM}, do: {result: ERROR}}
`})
	r.at("AT+CSQ")
	if got := r.at("AT+CSQ"); got != "\r\nERROR\r\n" {
		t.Fatalf("%q", got)
	}
	r.ok("DELETE", "/v1/faults/2", "", nil)
	r.ok("POST", "/v1/faults", `{on: {command: CSQ}, do: [{files: full}, {memory: exhausted}, {wire: {dir: out, baud: true}}]}`, nil)
	if _, err := r.host.Write([]byte("AT+CSQ\r")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { s := r.state(); return len(s.Faults) == 2 && s.Faults[1].Hits == 1 })
	var files control.Files
	r.ok("GET", "/v1/files", "", &files)
	if s := r.state(); files.Free != 0 || len(s.Marks) != 1 {
		t.Fatalf("marks %v, free %d", s.Marks, files.Free)
	}

	var s control.State
	r.ok("POST", "/v1/reset", "", &s)
	if len(s.Marks) != 0 || len(s.Faults) != 2 || s.Faults[0].Hits != 0 || s.Faults[1].ID != 2 {
		t.Errorf("%+v", s.Faults)
	}
	if r.ok("GET", "/v1/files", "", &files); files.Free != files.Total {
		t.Errorf("free: %+v", files)
	}
	r.drain() // what was garbled, or came before that
	for i, want := range []string{"\r\n+CSQ: 24,99\r\n\r\nOK\r\n", "\r\nERROR\r\n"} {
		if got := r.at("AT+CSQ"); !strings.HasSuffix(got, want) {
			t.Errorf("%d: %q, want %q", i, got, want)
		}
	}
	if got := r.at("AT+CGMM"); got != "\r\nERROR\r\n" {
		t.Errorf("%q", got)
	}
}
