package atengine

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParams(t *testing.T) {
	const refused = "ERROR"
	for _, c := range []struct{ command, want string }{
		// Integers: the range and what is no number.
		{`+NUM=0`, refused},
		{`+NUM=1`, `+NUM write 1`},
		{`+NUM=16`, `+NUM write 16`},
		{`+NUM=17`, refused},
		{`+NUM=016`, `+NUM write 16`},
		{`+NUM=`, refused},
		{`+NUM=,`, refused},
		{`+NUM=1,`, refused},
		{`+NUM=1,2`, refused},
		{`+NUM="1"`, refused},
		{`+NUM=-1`, refused},
		{`+NUM=+1`, refused},
		{`+NUM=0x1`, refused},
		{`+NUM=1_6`, refused},
		{`+NUM=1.0`, refused},
		{`+NUM=a`, refused},
		{`+NUM=18446744073709551617`, refused},
		// Ruling 13: a number that may be quoted.
		{`+QUOTED=1`, `+QUOTED write 1`},
		{`+QUOTED="1"`, `+QUOTED write 1`},
		{`+QUOTED="3"`, refused},
		{`+QUOTED=""`, refused},
		{`+QUOTED="1`, refused},
		{`+QUOTED=1"`, refused},
		{`+QUOTED="x"`, refused},
		// One of a list, and a string of 1-8 bytes.
		{`+OPEN=1,"a",0`, `+OPEN write 1 "a" 0 -0 -3`},
		{`+OPEN=1,"12345678",4`, `+OPEN write 1 "12345678" 4 -0 -3`},
		{`+OPEN=1,"123456789",4`, refused},
		{`+OPEN=1,"",4`, refused},
		{`+OPEN=1,a,4`, refused},
		{`+OPEN=1,"a",1`, refused},
		{`+OPEN=1,"a",-1`, refused},
		{`+OPEN=1,"a",5`, refused},
		{`+OPEN=1,"a"`, refused},
		{`+OPEN=1,,0`, refused},
		{`+OPEN=,"a",0`, refused},
		// Ruling 15: odd but whole quoting is taken, malformed is not.
		{`+OPEN=1,"","a",0`, refused},
		{`+OPEN=1,"a"b",0`, refused},
		{`+OPEN=1,"a""b",0`, refused},
		{`+OPEN=1,"a"b,0`, refused},
		{`+OPEN=1,a"b",0`, refused},
		{`+OPEN=1,"a,0`, refused},
		// Optional ones.
		{`+OPEN=1,"a",0,65535`, `+OPEN write 1 "a" 0 65535 -3`},
		{`+OPEN=1,"a",0,65536`, refused},
		{`+OPEN=1,"a",0,`, `+OPEN write 1 "a" 0 -0 -3`},
		{`+OPEN=1,"a",0,,`, `+OPEN write 1 "a" 0 -0 -3`},
		{`+OPEN=1,"a",0,,5`, `+OPEN write 1 "a" 0 -0 5`},
		{`+OPEN=1,"a",0,1,5`, `+OPEN write 1 "a" 0 1 5`},
		{`+OPEN=1,"a",0,1,6`, refused},
		{`+OPEN=1,"a",0,1,5,`, refused},
		{`+PAIR=`, `+PAIR write -0 -0`},
		{`+PAIR=,1`, `+PAIR write -0 1`},
		// Ruling 38: four hexadecimal digits in any case.
		{`+HEX=0XC02F`, `+HEX write 0XC02F`},
		{`+HEX=0xc02f`, `+HEX write 0XC02F`},
		{`+HEX=0x0035`, `+HEX write 0X0035`},
		{`+HEX=0xFFFF`, `+HEX write 0XFFFF`},
		{`+HEX=0x10000`, refused},
		{`+HEX=0xC030`, refused},
		{`+HEX=C02F`, refused},
		{`+HEX=49199`, refused},
		{`+HEX=0x`, refused},
		{`+HEX=0xC0_2F`, refused},
		{`+HEX=0xFFFFFFFFFFFFFFFFFFFF`, refused},
		{`+HEX="0XC02F"`, refused},
		{`+HEX=`, refused},
		// A string that may be bare.
		{`+BARE=""`, `+BARE write ""`},
		{`+BARE=abcd`, `+BARE write "abcd"`},
		{`+BARE="abcd"`, `+BARE write "abcd"`},
		{`+BARE=abcde`, refused},
		{`+BARE=`, refused},
		{`+BARE=a"b`, refused},
		{`+BARE="`, refused},
		// Quotes keep what is between them.
		{`+FILE=" a, b "`, `+FILE write " a, b "`},
		{`+FILE="a=?;b?"`, `+FILE write "a=?;b?"`},
		// A write form that may be a query.
		{`+GET=1`, `+GET write 1 -0 (query)`},
		{`+GET=1,`, `+GET write 1 -0 (query)`},
		{`+GET=1,2`, `+GET write 1 2`},
		{`+GET=6`, refused},
		{`+GET=`, refused},
		{`+GET=,2`, refused},
		// Variants.
		{`+CFG="version",1,3`, `+CFG:version write 1 3`},
		{`+CFG="VERSION",1,3`, `+CFG:version write 1 3`},
		{`+CFG="version",1`, `+CFG:version write 1 -0 (query)`},
		{`+CFG="version"`, refused},
		{`+CFG="version",6`, refused},
		{`+CFG="version",1,5`, refused},
		{`+CFG="version",1,3,1`, refused},
		{`+CFG="cacertex"`, `+CFG:cacertex write -0 - (query)`},
		{`+CFG="cacertex",5`, `+CFG:cacertex write 5 - (query)`},
		{`+CFG="cacertex",5,"a.pem"`, `+CFG:cacertex write 5 "a.pem"`},
		{`+CFG="only"`, refused},
		{`+CFG="only",1`, `+CFG:only write 1`},
		{`+CFG="bare"`, `+CFG:bare write (query)`},
		{`+CFG="bare",1`, refused},
		{`+CFG="none",1`, refused},
		{`+CFG=version,1`, refused},
		{`+CFG=""`, refused},
		{`+CFG=`, refused},
		{`+CFG`, refused},
		{`+CFG?`, refused},
		// A dial string is the rest of the line.
		{`D*99***1#`, `D exec "*99***1#"`},
		{`DT123;E0`, `D exec "T123;E0"`},
		{`D T 1,23 ;`, `D exec "T 1,23 ;"`},
		{`D"ann, bob"`, `D exec "\"ann, bob\""`},
		{`D`, refused},
		{`D123456789012345678901`, refused},
		// Omitted parameters of an exec form have their defaults too.
		{`+EXEC`, `+EXEC exec -7`},
		{`+EXEC=1`, `+EXEC write 1`},
	} {
		t.Run(c.command, func(t *testing.T) {
			r := newRig(t)
			r.feed("AT" + c.command + "\r")
			got := strings.Join(r.m.notes, "\n")
			if s := string(r.out.buf); s != "\r\nOK\r\n" {
				got += strings.TrimSpace(s)
			}
			if got != c.want {
				t.Errorf("%q, not %q", got, c.want)
			}
		})
	}
}

func TestParamErrors(t *testing.T) {
	for line, want := range map[string]string{
		"+NUM=17":                    "AT+NUM: <n>: 17 is outside 1-16",
		"+NUM=1,2":                   "AT+NUM: takes at most 1 parameters",
		"+NUM=":                      "AT+NUM: <n>: is missing",
		`+OPEN=1,"a",3`:              "AT+OPEN: <mode>: 3 is not one of (0,2,4)",
		`+OPEN=1,"",2`:               "AT+OPEN: <host>: 0 bytes long, outside 1-8",
		`+CFG="x"`:                   `AT+CFG: <key>: "x" is not known`,
		"S3=200":                     "ATS: <value>: 200 is out of range",
		"E2":                         "ATE: <value>: 2 is outside 0-1",
		"+DIAL=1":                    "AT+DIAL: <number>: does not answer",
		"+NONE":                      "unknown command",
		"+CSQ?":                      "the command has no such form",
		"+NUM?x":                     "malformed command line",
		strings.Repeat("x", MaxLine): "command line too long",
	} {
		r := newRig(t)
		var got error
		r.line.cfg.Policy = policyFunc(func(_ Result, err error) { got = err })
		r.feed("AT" + line + "\r")
		if got == nil || got.Error() != want {
			t.Errorf("%.20q: %v, not %s", line, got, want)
		}
		var p *ParamError
		if errors.As(got, &p) != strings.HasPrefix(want, "AT") {
			t.Errorf("%.20q: %T", line, got)
		}
	}
}

type policyFunc func(Result, error)

func (f policyFunc) Result(_ *module, _ *Call[*module], r Result, err error) Result {
	f(r, err)
	return Error
}

func TestTestForm(t *testing.T) {
	r := newRig(t)
	for name, want := range map[string][]string{
		"+NUM":   {"+NUM: (1-16)"},
		"+OPEN":  {"+OPEN: (1-16),<host>,(0,2,4)[,(0-65535)[,(0-5)]]"},
		"+PAIR":  {"+PAIR: [(0,1)[,(0,1)]]"},
		"+HEX":   {"+HEX: (0X0035,0XC02F,0XFFFF)"},
		"+FILE":  nil,
		"+DIAL":  {"+DIAL: 1", "+DIAL: 2"},
		"+PLAIN": {"+PLAIN: (0-2),(0-2)"},
		"+CSQ":   nil,
		"+CMEE":  {"+CMEE: (0-2)"},
		"+CFG": {
			`+CFG: "version",(0-5),(0-4)`,
			`+CFG: "cacertex",(0-5),<path>`,
			`+CFG: "level",(0-5),(0-4)`,
			`+CFG: "only",(0,1)`,
			`+CFG: "bare"`,
		},
	} {
		if diff := cmp.Diff(want, r.line.cfg.Table.Lookup(name).TestLines()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	r.play(`
		> AT+PLAIN=?;+FILE=?;+NUM=?
		< +PLAIN: (0-2),(0-2)
		< +NUM: (1-16)
		< OK
		> AT+STATE=?
		< +STATE: (0-0)
		< OK
		> AT+STATE=5
		< OK
		> AT+STATE=?
		< +STATE: (0-1)
		< OK
		= +STATE write 5`)
	for _, c := range []struct {
		p    Param
		want string
	}{
		{Int("n", 5, 5), "(5)"},
		{Int("n", 0, 1), "(0,1)"},
		{OneOf("n", 7), "(7)"},
		{Int("n", 1, 9).Named(), "<n>"},
		{Int("n", 1, 9).As("(1-3,9)"), "(1-3,9)"},
	} {
		if got := c.p.Range(); got != c.want {
			t.Errorf("%s, not %s", got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	if _, err := NewTable(&row{Name: "+A"}, &row{Name: "+a"}); err == nil {
		t.Error("two rows of one name are taken")
	}
	if _, err := NewTable(&row{Name: "+A", QueryArgs: 1}); err == nil {
		t.Error("a query past the parameters is taken")
	}
	if _, err := NewTable(&row{Name: "+A", Variants: []Variant[*module]{{Key: "k", QueryArgs: 1}}}); err == nil {
		t.Error("a variant's query past the parameters is taken")
	}
	table, err := NewTable(rows()...)
	if err != nil {
		t.Fatal(err)
	}
	if table.Without() != table {
		t.Error("Without nothing is another table")
	}
	without := table.Without("+csq", "I")
	if without.Lookup("+CSQ") != nil || without.Lookup("i") != nil || without.Lookup("+gsn") == nil {
		t.Error("Without leaves the wrong rows")
	}
	if table.Lookup("+csq") == nil || len(without.Commands()) != len(table.Commands())-2 {
		t.Error("Without changes the table it is taken from")
	}
	other, extra := &row{Name: "+csq", Summary: "other"}, &row{Name: "+EXTRA"}
	with := table.With(other).With(extra)
	if with.Lookup("+CSQ") != other || with.Lookup("+EXTRA") != extra || len(with.Commands()) != len(table.Commands())+1 ||
		!slices.Contains(with.Commands(), other) {
		t.Error("With puts rows in the wrong place")
	}
	if table.Lookup("+CSQ") == other || table.Lookup("+EXTRA") != nil || slices.Contains(table.Commands(), other) {
		t.Error("With changes the table it is taken from")
	}
	for name, want := range map[string][]Form{
		"+NUM": {Test, Read, Write}, "+CSQ": {Test, Exec}, "I": {Exec}, "S": {Read, Write}, "+CFG": {Test, Write},
	} {
		if diff := cmp.Diff(want, table.Lookup(name).Forms()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
