package control_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/emulator"
)

// TestSMS: a message reaches the module, and what the module sends can be seen.
func TestSMS(t *testing.T) {
	r := newRig(t, limits{speed: 100})
	r.at("ATE0")
	r.ok("POST", "/v1/sms", `{"from": "+8613912345678", "text": "hello"}`, nil)
	if got := r.hears("1\r\n"); got != "\r\n+CMTI: \"ME\",1\r\n" {
		t.Errorf("%q", got)
	}
	r.ok("POST", "/v1/sms", `{"pdu": "0891683108200105F00405810180F600001280520121432302E834"}`, nil)
	r.hears("2\r\n")
	r.at("AT+CMGF=1")
	if got := r.at(`AT+CMGL="ALL"`); !strings.Contains(got, "\"+8613912345678\"") ||
		!strings.Contains(got, "\r\nhello\r\n") || !strings.Contains(got, "\"10086\",,\"21/08/25,10:12:34+32\"\r\nhi\r\n") {
		t.Errorf("%q", got)
	}
	r.host.Write([]byte("AT+CMGS=\"+8613912345678\"\r"))
	r.hears("> ")
	r.host.Write([]byte("you, too\x1a"))
	r.hears("OK\r\n")
	var m control.Messages
	r.ok("GET", "/v1/sms", "", &m)
	want := control.Messages{Sent: []emulator.SentSMS{{
		To: "+8613912345678", Text: "you, too", Alphabet: "gsm7",
	}}}
	if diff := cmp.Diff(want, m, cmpopts.IgnoreFields(control.Messages{}, "Number"), cmpopts.IgnoreFields(emulator.SentSMS{}, "Time", "PDU")); diff != "" {
		t.Error(diff)
	}
	r.host.Write([]byte("AT+CMGS=\"" + m.Number + "\"\r"))
	r.hears("> ")
	r.host.Write([]byte("to me\x1a"))
	r.hears("OK\r\n")
	if got := r.hears("3\r\n"); got != "\r\n+CMTI: \"ME\",3\r\n" {
		t.Errorf("%q", got)
	}
	r.ok("POST", "/v1/network", `{"registration": "none"}`, nil)
	r.ok("POST", "/v1/sms", `{"text": "later"}`, nil)
	if r.ok("GET", "/v1/sms", "", &m); m.Waiting != 1 {
		t.Errorf("%d wait", m.Waiting)
	}
}

// TestRefusedSMS: a message that cannot be is refused, and so is one too many.
func TestRefusedSMS(t *testing.T) {
	r := newRig(t, limits{})
	for _, c := range []struct{ body, says string }{
		{`{}`, "says nothing"},
		{`{"from": "Quectel"}`, "says nothing"},
		{`{"text": "x", "pdu": "00"}`, "a PDU has a sender"},
		{`{"pdu": "0"}`, "hexadecimal"},
		{`{"pdu": "0001000A810180F600000161"}`, "the PDU: "},
		{`{"text": "x", "class": 4}`, "class"},
		{`{"text": "x", "alphabet": "utf8"}`, "alphabet"},
		{`{"text": "你", "alphabet": "gsm7"}`, "invalid utf8"},
		{`{"text": "x", "from": "far too long a name"}`, "is no sender"},
	} {
		if e := r.refused("POST", "/v1/sms", c.body, http.StatusBadRequest); !strings.Contains(e.Message+e.Hint, c.says) {
			t.Errorf("%s: %+v, want %q", c.body, e, c.says)
		}
	}
	r.ok("POST", "/v1/network", `{"registration": "none"}`, nil)
	long := strings.Repeat("0123456789", 3800) // 249 parts
	for range 4 {
		r.ok("POST", "/v1/sms", `{"text": "`+long+`"}`, nil)
	}
	e := r.refused("POST", "/v1/sms", `{"text": "`+long+`"}`, http.StatusConflict)
	if !strings.Contains(e.Message, "996 messages wait") {
		t.Errorf("%+v", e)
	}
	if e := r.refused("POST", "/v1/sms", `{"text": "`+long+long+`"}`, http.StatusBadRequest); !strings.Contains(e.Message, "no more than 255") {
		t.Errorf("%+v", e)
	}
}
