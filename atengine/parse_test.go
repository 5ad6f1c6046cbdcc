package atengine

import (
	"strings"
	"testing"
)

func TestParser(t *testing.T) {
	talks(t, map[string]string{
		"case does not matter": `
			> at+csq
			< +CSQ: 28,99
			< OK
			> aT+CsQ
			< +CSQ: 28,99
			< OK
			> ATe0v1
			< OK`,
		"blanks": `
			>    AT  +CSQ ;  +GSN \s
			< +CSQ: 28,99
			< 863593057609372
			< OK
			> AT E0 V 1
			< OK
			> AT+NUM = 5
			< OK
			= +NUM write 5
			> AT+NUM ?
			< OK
			= +NUM read
			> AT+NUM =?
			< +NUM: (1-16)
			< OK
			> AT+CS Q
			< ERROR
			> AT+NUM=1 2
			< ERROR`,
		"ruling 14: blanks after = and , are skipped outside quotes": `
			> AT+OPEN= 1, "a b", 2 ,9, 1
			< OK
			= +OPEN write 1 "a b" 2 9 1`,
		"glued basic commands": `
			> ATE0V1
			< OK
			> ATV1E0Q0S0=1X4
			< OK
			> ATS0?E0S12?
			< 001
			< 050
			< OK`,
		"nothing after Z is executed": `
			> AT&FZE0&W
			< OK
			= &F exec -0
			= Z exec -0
			> AT&FE0&W
			< OK
			= &F exec -0
			= &W exec -0`,
		"semicolons": `
			> AT+CSQ;+GSN;&C1
			< +CSQ: 28,99
			< 863593057609372
			< OK
			> AT+NUM=1;&W
			< OK
			= +NUM write 1
			= &W exec -0
			> AT;;+CSQ;;
			< +CSQ: 28,99
			< OK`,
		"wvdial": `
			> ATQ0 V1 E1 S0=0 &C1 &D2 +CMEE=1
			< OK
			> ATE0
			<< ATE0\r
			< OK
			> AT S7=45 S0=0 X4 &c1 Q0
			< OK
			> ATS7?
			< 045
			< OK`,
		"Quectel's chat script": `
			> ATI;+CSQ;+CMEE?;&D2
			< Quectel\r\nEC200S\r\nRevision: EC200SCNAAR01A05M16
			< +CSQ: 28,99
			< +CMEE: 1
			< OK`,
		"quoted commas and semicolons": `
			> AT+FILE="a,b;c=?";+CSQ
			< +CSQ: 28,99
			< OK
			= +FILE write "a,b;c=?"`,
		"an unterminated quote": `
			> AT+FILE="abc;+CSQ
			< ERROR
			> AT+FILE="
			< ERROR
			> AT+CSQ
			< +CSQ: 28,99
			< OK`,
		"garbage before AT": `
			> xyz!?AT+CSQ
			< +CSQ: 28,99
			< OK
			> +++AT
			< OK
			> \EAT
			< OK
			> \E
			> AAAT
			< OK
			> \0\xff#AT
			< OK
			> A
			> hello
			> AT
			< OK`,
		"malformed": `
			> AT+
			< ERROR
			> AT&
			< ERROR
			> AT=
			< ERROR
			> AT?
			< ERROR
			> AT+NUM?1
			< ERROR
			> AT+NUM=?1
			< ERROR
			> AT+NUM=
			< ERROR
			> AT+NUM+GSN
			< ERROR
			> AT"
			< ERROR
			> ATE2
			< ERROR
			> ATE99999999999999999999
			< ERROR
			> AT1
			< ERROR`,
		"the form of a basic command with a mark is none, and does nothing": `
			! echo
			> ATE?
			<< ATE?\r\r\nERROR\r\n
			> ATE=0
			<< ATE=0\r\r\nERROR\r\n
			> ATE =?
			<< ATE =?\r\r\nERROR\r\n`,
		"a form that the command lacks": `
			> AT+CSQ?
			< ERROR
			> AT+CSQ=1
			< ERROR
			> AT+NUM
			< ERROR
			> AT+CSQ=?
			< OK`,
		"backspace": `
			>> AT+CSX\bQ\r
			< +CSQ: 28,99
			< OK
			! echo
			>> \b
			>> AX\bT\r
			<< AX\b \bT\r\r\nOK\r\n`,
		"A/ repeats the last line without a CR": `
			> AT+CSQ;+NUM=3
			< +CSQ: 28,99
			< OK
			>> A/
			< +CSQ: 28,99
			< OK
			= +NUM write 3
			= +NUM write 3
			>> a/AT\r
			< +CSQ: 28,99
			< OK
			< OK
			! echo
			>> A/
			<< A/\r\nOK\r\n`,
		"A/ with nothing to repeat": `
			>> A/
			< OK`,
		"A/ repeats a line that failed": `
			> AT+FAIL=3
			< +CME ERROR: 3
			>> A/
			< +CME ERROR: 3`,
		"a slash within a line is only a slash": `
			> AT+FILE="a/b"
			< OK
			= +FILE write "a/b"`,
	})
}

func TestLongLine(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       string
	}{
		{"as long as may be", "AT" + strings.Repeat(" ", MaxLine-6) + "+CSQ", "\r\n+CSQ: 28,99\r\n\r\nOK\r\n"},
		{"one too long", "AT" + strings.Repeat(" ", MaxLine-5) + "+CSQ", "\r\nERROR\r\n"},
		{"far too long", "AT+FILE=\"" + strings.Repeat("x", 100_000), "\r\nERROR\r\n"},
		{"too long and no command", strings.Repeat("x", 100_000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.feed(c.line + "\r")
			if got := string(r.out.buf); got != c.want {
				t.Fatalf("%q, not %q", got, c.want)
			}
			if n := cap(r.line.buf); n > 2*MaxLine {
				t.Errorf("the line holds %d bytes", n)
			}
			r.out.buf = nil
			r.play("> AT\n< OK")
		})
	}
	t.Run("A/ after an overlong beginning is no long line", func(t *testing.T) {
		r := newRig(t)
		r.feed(strings.Repeat("x", MaxLine-1) + "ab" + "\b\b" + "a/AT\r")
		if got, want := string(r.out.buf), "\r\nOK\r\n\r\nOK\r\n"; got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	})
}

func TestRegisters(t *testing.T) {
	talks(t, map[string]string{
		"factory values": `
			> ATS0?S3?S4?S5?S6?S7?S8?S10?S12?
			< 000
			< 013
			< 010
			< 008
			< 002
			< 000
			< 002
			< 015
			< 050
			< OK`,
		"there is no S1, S2, S9, S11, S13, S": `
			> ATS1?
			< ERROR
			> ATS2=1
			< ERROR
			> ATS9?
			< ERROR
			> ATS11=1
			< ERROR
			> ATS13?
			< ERROR
			> ATS?
			< ERROR
			> ATS=5
			< ERROR
			> ATS
			< ERROR
			> ATS3
			< ERROR
			> ATS99999999999999999999?
			< ERROR`,
		"a missing value is 0 (V.250 5.3.2)": `
			> ATS0=1S0=S0?
			< 000
			< OK
			> ATS6=
			< ERROR`,
		"S3 ends lines, and its own line's answer has the new one": `
			> ATS3=30
			<< \x1e\nOK\x1e\n
			>> AT\x1e
			<< \x1e\nOK\x1e\n
			>> AT\r\x1e
			<< \x1e\nOK\x1e\n
			>> ATS3=13\x1e
			< OK`,
		"S3 may be LF": `
			> ATS3=10
			<< \n\nOK\n\n
			>> AT\nAT\n
			<< \n\nOK\n\n\n\nOK\n\n`,
		"S4 ends what S3 does not": `
			> ATS4=33
			<< \r!OK\r!`,
		"S5 is the backspace": `
			> ATS5=35
			< OK
			> ATX#+CSQ
			< +CSQ: 28,99
			< OK`,
	})
}

func TestRegisterRanges(t *testing.T) {
	for _, reg := range registers {
		for v := -1; v <= 256; v++ {
			s := Factory()
			ok := s.SetS(reg.n, v)
			if want := v >= reg.min && v <= reg.max; ok != want {
				t.Errorf("S%d=%d: %v", reg.n, v, ok)
			}
			want := reg.factory
			if ok {
				want = v
			}
			if got, _ := s.S(reg.n); got != want {
				t.Errorf("S%d is %d after %d", reg.n, got, v)
			}
		}
	}
}
