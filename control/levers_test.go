package control_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/emulator"
)

// waitFor waits until something holds that comes by itself.
func waitFor(t *testing.T, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come")
		}
	}
}

// TestLevers: each does what it says, and answers how the modem stands then.
func TestLevers(t *testing.T) {
	r := newRig(t, limits{speed: 100})
	post := func(path, body string) (s control.State) {
		t.Helper()
		r.ok("POST", path, body, &s)
		return s
	}
	r.at("AT+QIACT=1")

	post("/v1/urc", `{"text": "+QIND: \"\u20ac\ud83d\ude00\",99"}`)
	if got := r.hears("99\r\n"); got != "\r\n+QIND: \"€😀\",99\r\n" {
		t.Errorf("urc: %q", got)
	}
	post("/v1/urc", `{"text": "HELLO", "port": "usbmodem"}`)
	if got := r.hears("LO\r\n"); got != "\r\nHELLO\r\n" {
		t.Errorf("urc by a port: %q", got)
	}
	if s := post("/v1/network", `{"signal": 7, "pdp": "deactivate"}`); s.Signal != 7 || s.PDP[0].State != "broken" {
		t.Errorf("signal %d, %+v", s.Signal, s.PDP)
	}
	if got := r.hears("1\r\n"); got != "\r\n+QIURC: \"pdpdeact\",1\r\n" {
		t.Errorf("pdp: %q", got)
	}
	post("/v1/network", `{"pdp": {"what": "refuse", "code": 572, "times": 1}}`)
	r.at("AT+QIDEACT=1")
	if got := r.at("AT+QIACT=1"); got != "\r\nERROR\r\n" {
		t.Errorf("refused: %q", got)
	}
	if got := r.at("AT+QIGETERROR"); !strings.HasPrefix(got, "\r\n+QIGETERROR: 572,") {
		t.Errorf("refused: %q", got)
	}
	if got := r.at("AT+QIACT=1"); got != "\r\nOK\r\n" {
		t.Errorf("once only: %q", got)
	}
	if s := post("/v1/network", `{"pdp": {"what": "drift"}}`); s.PDP[0].State != "drifted" {
		t.Errorf("%+v", s.PDP)
	}
	post("/v1/network", `{"apn": "required"}`)
	if got := r.at("AT+QIACT=2"); got != "\r\nERROR\r\n" {
		t.Errorf("without an APN: %q", got)
	}
	post("/v1/network", `{"apn": "optional", "pdp": "accept"}`)
	if got := r.at("AT+QIACT=2"); got != "\r\nOK\r\n" {
		t.Errorf("without an APN: %q", got)
	}
	if s := post("/v1/rtc", `{"to": "2021-08-25T12:00:00+08:00"}`); s.RTC.Year() != 2021 {
		t.Errorf("%v", s.RTC)
	}
	if got := r.at("AT+CCLK?"); !strings.HasPrefix(got, "\r\n+CCLK: \"21/08/25,12:0") || !strings.Contains(got, "+32") {
		t.Errorf("rtc: %q", got)
	}
	if s := post("/v1/rtc", `to: now`); s.RTC.Year() < 2024 {
		t.Errorf("%v", s.RTC)
	}
	if s := post("/v1/network", `{"registration": "denied"}`); s.Registration != emulator.Denied {
		t.Errorf("%v", s.Registration)
	}
	if s := post("/v1/sim", `{"to": "pin"}`); s.SIM != emulator.SIMPIN {
		t.Errorf("%v", s.SIM)
	}
	if s := post("/v1/power", `{"to": "off"}`); s.Power || s.Boot != emulator.PhaseOff {
		t.Errorf("%v", s.Boot)
	}
	r.refused("POST", "/v1/urc", `{"text": "X"}`, http.StatusConflict)
	r.refused("POST", "/v1/urc", `{"text": "X", "port": "usbmodem"}`, http.StatusConflict)
	if s := post("/v1/power", `{"to": "on"}`); !s.Power {
		t.Errorf("%v", s.Boot)
	}
	r.hears("RDY\r\n")
	if s := post("/v1/power", `{"to": "reboot"}`); s.Boot != emulator.PhaseBooting {
		t.Errorf("%v", s.Boot)
	}
	r.hears("RDY\r\n")
}

// TestRefusedLevers: what cannot be is refused, and nothing of it is done.
func TestRefusedLevers(t *testing.T) {
	r := newRig(t, limits{})
	for _, c := range []struct {
		path, body string
		says       string
		status     int
	}{
		{"/v1/power", `{"to": "up"}`, "to: wants on, off or reboot", 400},
		{"/v1/power", `{"to": "off", "when": "now"}`, `"when"`, 400},
		{"/v1/power", ``, `to`, 400},
		{"/v1/power", `{"to": "off"} {"to": "on"}`, ``, 400},
		{"/v1/sim", `{"to": "gone"}`, "to: wants", 400},
		{"/v1/urc", `{"text": 1, "prt": "usbat"}`, `"prt"`, 400},
		{"/v1/urc", `{"text": "X", "port": "usbat"}`, `there is no port "usbat": there is usbmodem`, 409},
		{"/v1/dtr", `{"drop": false}`, "drop", 400},
		{"/v1/dtr", `{"drop": true, "to": "off"}`, "drop: to says", 400},
		{"/v1/dtr", `{"to": "low"}`, "to", 400},
		{"/v1/dtr", `{"to": "off", "port": "uart1"}`, `there is no port "uart1"`, 409},
		{"/v1/dtr", `{"port": "uart1"}`, `there is no port "uart1"`, 409},
		{"/v1/network", `{}`, "it changes nothing", 400},
		{"/v1/network", `{"signal": 32, "registration": "home"}`, "signal", 400},
		{"/v1/network", `{"pdp": {"what": "drift", "context": 16}}`, "context", 400},
		{"/v1/network", `{"walk": {"low": 20, "high": 5}}`, "low is above high", 400},
		{"/v1/rtc", `{"to": "1969-12-31T23:59:59Z"}`, "1969", 400},
		{"/v1/rtc", `{"to": "2021-08-25T12:00:00"}`, "to: wants a time", 400},
		{"/v1/reset", `{}`, "takes no body", 400},
		{"/v1/reset?hard=1", ``, `no query parameter "hard"`, 400},
	} {
		if e := r.refused("POST", c.path, c.body, c.status); !strings.Contains(e.Message+e.Hint, c.says) {
			t.Errorf("%s %s: %+v, want %q", c.path, c.body, e, c.says)
		}
	}
	if s := r.state(); s.Boot != emulator.PhaseReady || s.SIM != emulator.SIMReady || s.Signal != 24 {
		t.Errorf("something was done: %+v", s)
	}
}

// TestDTR: a drop takes the port back from an upload, unless AT&D0. How much of the
// file is there by then is a matter of who is first, the drop or the bytes.
func TestDTR(t *testing.T) {
	r := newRig(t, limits{})
	r.at("ATE0")
	for _, c := range []struct{ setting, after string }{{"AT&D1", "\r\n+QFUPL: "}, {"AT&D0", ""}} {
		r.at(c.setting)
		r.host.Write([]byte("AT+QFUPL=\"f" + c.setting[4:] + "\",4\r"))
		r.hears("CONNECT\r\n")
		r.host.Write([]byte("ab"))
		r.ok("POST", "/v1/dtr", "", nil)
		if c.after == "" {
			r.host.Write([]byte("cd"))
			c.after = "\r\n+QFUPL: 4,"
		}
		if got := r.hears("OK\r\n"); !strings.HasPrefix(got, c.after) {
			t.Errorf("%s: %q", c.setting, got)
		}
	}
}

// TestDTRStays: DTR that is off lets the port sleep, until it is on.
func TestDTRStays(t *testing.T) {
	r := newRig(t, limits{})
	r.at("ATE0")
	r.at("AT+QSCLK=1")
	r.ok("POST", "/v1/dtr", `{"to": "off"}`, nil)
	r.host.Write([]byte("AT+LOST\r"))
	waitFor(t, func() bool { // until it has been lost, not only sent
		_, body := r.call("GET", "/v1/journal", "")
		return bytes.Contains(body, []byte("the module is asleep: 8 bytes"))
	})
	r.ok("POST", "/v1/urc", `{"text": "+X: 1"}`, nil)
	r.ok("POST", "/v1/dtr", `{"to": "on", "port": "usbmodem"}`, nil)
	r.host.Write([]byte("AT+CSQ\r"))
	if got := r.hears("OK\r\n"); got != "\r\n+X: 1\r\n\r\n+CSQ: 24,99\r\n\r\nOK\r\n" {
		t.Errorf("%q", got)
	}
}

// TestClosedModem: a modem that has ended is told as such.
func TestClosedModem(t *testing.T) {
	r := newRig(t, limits{})
	r.must(r.target.Modem.Close())
	for _, row := range control.Rows() {
		switch row.ID {
		case "journal", "events", "openapi", "listFiles", "getFile", "listModems":
			continue // these need no modem
		}
		e := r.refused(row.Method, paths.Replace(row.Path), row.Example, http.StatusServiceUnavailable)
		if e.Code != "unavailable" {
			t.Errorf("%s: %+v", row.ID, e)
		}
	}
}
