package fault_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// TestStateWords: the words of a state that the modem can tell are those that it
// knows.
func TestStateWords(t *testing.T) {
	known := map[string]func(word string) error{
		"SIM":          func(w string) error { _, err := emulator.ParseSIMState(w); return err },
		"Registration": func(w string) error { _, err := emulator.ParseRegistration(w); return err },
		"Power":        func(w string) error { var p emulator.Phase; return p.UnmarshalText([]byte(w)) },
	}
	for name, parse := range known {
		f, ok := reflect.TypeFor[fault.State]().FieldByName(name)
		if !ok {
			t.Fatalf("a state has no %s", name)
		}
		for word := range strings.SplitSeq(f.Tag.Get("is"), "|") {
			if err := parse(word); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		err := parse("none of them")
		for word := range strings.SplitSeq(f.Tag.Get("is"), "|") {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, which lacks %s", name, err, word)
			}
		}
	}
}

// TestTriggerProblems: each is told, also beside others.
func TestTriggerProblems(t *testing.T) {
	for _, tt := range []struct{ trigger, want string }{
		{"{command: qsslopen, form: write, args: {CLIENTID: 4}}", ""},
		{"{command: AT+QSSLCFG, args: {key: [sni, /^ca/], SSL_ctxID: 1}}", ""},
		{"{event: tls.sent, client: {not: 4}, bytes: 100, port: usbat}", ""},
		{"{command: '&D'}", ""},
		{"{comand: QIACT}", `1:6: on: unknown key "comand"
  hint: did you mean command?`},
		{"{command: [QIACT]}", `1:15: on.command: wants text, not a list`},
		{"{event: {a: b}}", `1:13: on.event: wants text, not a mapping`},
		{"{event: tls.closed, bytes: 3, client: 16}", `1:32: bytes goes with tls.sent, tls.received, socket.sent and socket.received
1:43: on.client: wants one of the numbers 0-15, not 16`},
		{"{command: QIATC, nth: x}", `1:15: there is no command "QIATC"
  hint: did you mean QIACT?
1:27: on.nth: wants a number 1-1000000, not "x"`},
		{"{command: QSSLCFG, args: {key: {not: snii}}}", `1:42: on.args.key.not: wants one of sslversion, ciphersuite, cacert, cacertex, clientcert, clientkey, seclevel, ignorelocaltime, negotiatetime, sni, closetimemode, ignoremulticertchainverify, ignoreinvalidcertsign, session_cache, not "snii"
  hint: did you mean sni?`},
		{"{command: QIACT, form: exec}", `1:28: AT+QIACT has no form exec
  hint: it has test, read, write`},
		{"{at: 3s, port: usbat}", `1:14: port goes with command or line or event or urc, not with at`},
	} {
		var v struct {
			On fault.Trigger `yaml:"on"`
		}
		if got := decl.Decode("", []byte("on: "+tt.trigger), &v).Error(); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.trigger, got, tt.want)
		}
	}
}
