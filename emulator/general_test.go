package emulator_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
)

// TestCLAC: AT+CLAC lists what the module has, each command once and in order,
// and nothing that it lacks.
func TestCLAC(t *testing.T) {
	for name, o := range map[string]emulator.Options{
		"EC200S": {}, "EC200T": {Module: "EC200T"}, "none": {Quirks: map[string]string{"iccid": "none"}},
	} {
		lacks := []string{"+CCID", "+QCSQ", "+QFTUCAT", "+QFFLUSH"}
		if name != "EC200T" {
			lacks = append(lacks, "+QTEMP")
		}
		if name == "none" {
			lacks = append(lacks, "+ICCID")
		}
		var want []string
		for _, g := range emulator.Groups() {
			for _, row := range g.Commands {
				if !slices.Contains(lacks, row.Name) {
					want = append(want, "AT"+row.Name)
				}
			}
		}
		slices.Sort(want)
		_, h := newModem(t, o)
		got := h.ask("AT+CLAC")
		if got != "\r\n"+strings.Join(want, "\r\n")+"\r\n\r\nOK\r\n" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSensors: the same seed measures the same; what is measured scatters around
// a value that the module can work with.
func TestSensors(t *testing.T) {
	const reads = 20
	measure := func(seed uint64) (all []string) {
		_, h := newModem(t, emulator.Options{Module: "EC200T", Seed: seed})
		for range reads {
			all = append(all, h.ask("AT+CBC;+QADC=0;+QADC=1;+QTEMP"))
		}
		return all
	}
	first := measure(7)
	if again := measure(7); !slices.Equal(first, again) {
		t.Errorf("the same seed: %q and %q", first, again)
	}
	if other := measure(8); slices.Equal(first, other) {
		t.Errorf("another seed: %q", other)
	}
	shape := regexp.MustCompile(`^\r\n\+CBC: 0,0,(\d+)\r\n\r\n\+QADC: 1,(\d+)\r\n\r\n\+QADC: 1,(\d+)\r\n\r\n\+QTEMP: (\d+),255,255\r\n\r\nOK\r\n$`)
	ranges := [][3]int{{3692, 4008, 16}, {198, 1002, 4}, {198, 1002, 4}, {33, 43, 2}} // from, to, apart at most
	var seen [4][]int
	for _, answer := range first {
		m := shape.FindStringSubmatch(answer)
		if m == nil {
			t.Fatalf("%q", answer)
		}
		for i, text := range m[1:] {
			n, _ := strconv.Atoi(text)
			seen[i] = append(seen[i], n)
		}
	}
	for i, r := range ranges {
		lo, hi := slices.Min(seen[i]), slices.Max(seen[i])
		if lo < r[0] || hi > r[1] || hi-lo > r[2] || hi == lo {
			t.Errorf("sensor %d: %v", i, seen[i])
		}
	}
}

// cmeTable are the numbers and texts of AT+CMEE=2 as 27.007 9.2 and the manuals
// of the family have them.
var cmeTable = map[int]string{
	0: "phone failure", 1: "no connection to phone", 2: "phone-adaptor link reserved", 3: "operation not allowed",
	4: "operation not supported", 5: "PH-SIM PIN required", 6: "PH-FSIM PIN required", 7: "PH-FSIM PUK required",
	10: "SIM not inserted", 11: "SIM PIN required", 12: "SIM PUK required", 13: "SIM failure", 14: "SIM busy",
	15: "SIM wrong", 16: "incorrect password", 17: "SIM PIN2 required", 18: "SIM PUK2 required", 20: "memory full",
	21: "invalid index", 22: "not found", 23: "memory failure", 24: "text string too long",
	25: "invalid characters in text string", 26: "dial string too long", 27: "invalid characters in dial string",
	30: "no network service", 31: "network timeout", 32: "network not allowed - emergency calls only",
	40: "network personalization PIN required", 41: "network personalization PUK required",
	42: "network subset personalization PIN required", 43: "network subset personalization PUK required",
	44: "service provider personalization PIN required", 45: "service provider personalization PUK required",
	46: "corporate personalization PIN required", 47: "corporate personalization PUK required",
	50: "incorrect parameters", 100: "unknown", 148: "unspecified GPRS error",
	901: "audio unknown error", 902: "audio invalid parameters", 903: "audio operation not supported", 904: "audio device busy",
}

// TestCMETexts: each error of the table shows its text, and with AT+CMEE=1 its
// number; one without a text, as 58, shows its number in both.
func TestCMETexts(t *testing.T) {
	for n, text := range cmeTable {
		if got := emulator.CME(n).String(); got != text {
			t.Errorf("%d: %q, want %q", n, got, text)
		}
	}
	if got := emulator.CME(58).String(); got != "58" {
		t.Errorf("58: %q", got)
	}
	m, h := newModem(t, emulator.Options{})
	err := m.Do(func(l emulator.Levers) error { l.SetSIM(emulator.SIMAbsent); return nil })
	if err != nil {
		t.Fatal(err)
	}
	for mee, want := range []string{"ERROR", "+CME ERROR: 10", "+CME ERROR: SIM not inserted"} {
		h.ask(fmt.Sprintf("AT+CMEE=%d", mee))
		for _, line := range []string{
			"AT+CPIN?", "AT+CIMI", "AT+QCCID", "AT+ICCID", "AT+CNUM", `AT+CLCK="SC",2`, `AT+CPWD="SC",1234,4321`,
			"AT+QPINC?", "AT+CRSM=176,28514,0,0,0", "AT+CPBS?", `AT+CPBS="SM"`, "AT+CPIN=1234",
		} {
			if got := h.ask(line); got != "\r\n"+want+"\r\n" {
				t.Errorf("AT+CMEE=%d, %s: %q", mee, line, got)
			}
		}
	}
}
