package atengine

import "testing"

// talks runs each script on a line of its own.
func talks(t *testing.T, scripts map[string]string) {
	t.Helper()
	for name, script := range scripts {
		t.Run(name, func(t *testing.T) { play(t, script) })
	}
}

func TestFraming(t *testing.T) {
	talks(t, map[string]string{
		"AT with echo": `
			! factory
			> AT
			<< AT\r\r\nOK\r\n`,
		"AT without echo": `
			> AT
			<< \r\nOK\r\n`,
		"ATE0 is echoed, the next command is not": `
			! factory
			> ATE0
			<< ATE0\r\r\nOK\r\n
			> AT
			<< \r\nOK\r\n`,
		"ATE1 is not echoed, the next command is": `
			> ATE1
			<< \r\nOK\r\n
			> AT
			<< AT\r\r\nOK\r\n`,
		"echo comes byte by byte": `
			! factory
			>> A
			<< A
			>> T
			<< T
			>> \r
			<< \r\r\nOK\r\n`,
		"a host that sends CR LF: the LF is not echoed": `
			! factory
			>> AT\r\nAT\r\n
			<< AT\r\r\nOK\r\nAT\r\r\nOK\r\n
			>> \n
			<< \n`,
		"its LF may come late": `
			! factory
			>> AT\r
			<< AT\r\r\nOK\r\n
			>> \n
			>> AT\r
			<< AT\r\r\nOK\r\n`,
		"empty lines are no commands": `
			>> \r
			>> \r\n
			>> \r\n\r\n
			> AT
			< OK`,
		"information and OK": `
			> AT+CSQ
			<< \r\n+CSQ: 28,99\r\n\r\nOK\r\n`,
		"information without a prefix": `
			> AT+GSN
			<< \r\n863593057609372\r\n\r\nOK\r\n`,
		"several lines share one frame": `
			> AT+LIST
			<< \r\n+LIST: a\r\n+LIST: b\r\n\r\nOK\r\n`,
		"ATI": `
			> ATI
			<< \r\nQuectel\r\nEC200S\r\nRevision: EC200SCNAAR01A05M16\r\n\r\nOK\r\n`,
		"no information is no empty frame": `
			> AT+NOTHING
			< OK`,
		"raw data after the last line": `
			> AT+BODY
			<< \r\n+BODY: 3\r\na\r\n\r\n\r\nOK\r\n`,
		"concatenated commands have a frame each and one result": `
			> AT+CSQ;+LIST;+GSN
			< +CSQ: 28,99
			< +LIST: a\r\n+LIST: b
			< 863593057609372
			< OK`,
		"the first error ends the line": `
			> AT+CSQ;+FAIL=3;+GSN
			< +CSQ: 28,99
			< +CME ERROR: 3`,
		"error with CMEE 0": `
			> AT+CMEE=0;+FAIL=3
			< ERROR`,
		"error with CMEE 1": `
			> AT+CMEE=1;+FAIL=3
			< +CME ERROR: 3
			> AT+CMEE?
			< +CMEE: 1
			< OK`,
		"error with CMEE 2": `
			> AT+CMEE=2;+FAIL=3
			< +CME ERROR: operation not allowed`,
		"unknown commands are plain errors whatever CMEE is": `
			> AT+CMEE=2
			< OK
			> ATBOGUS
			< ERROR
			> AT+NONEXISTENT
			< ERROR
			> AT$TSSPCSW=?
			< ERROR
			> AT^ICCID?
			< ERROR
			> AT*X
			< ERROR`,
		"a literal result": `
			> AT+END="SEND OK"
			< +END: 1
			< SEND OK`,
		"no result at all": `
			> AT+END=""
			> AT
			< OK`,
		"URC": `
			! urc +QIURC: "closed",0
			<< \r\n+QIURC: "closed",0\r\n`,
		"what a handler makes unsolicited comes after its result": `
			> AT+TELL
			< +TELL: 1
			< OK
			< +TOLD
			> AT+TELL;+CSQ
			< +TELL: 1
			< +CSQ: 28,99
			< OK
			< +TOLD`,
		"prompt": `
			> AT+PROMPT=2
			<< \r\n>\s
			>> ab
			< SEND OK`,
		"CONNECT": `
			> AT+DATA
			<< \r\nCONNECT\r\n`,
		"ATV0 drops the CR LF before and the LF after": `
			> ATV0
			<< 0\r
			> AT+CSQ
			<< +CSQ: 28,99\r\n0\r
			> AT+LIST
			<< +LIST: a\r\n+LIST: b\r\n0\r
			> AT+NONE
			<< 4\r
			> AT+END="NO CARRIER"
			<< 3\r
			> AT+FAIL=3
			<< +CME ERROR: 3\r\n
			! urc +X: 1
			<< +X: 1\r\n
			> AT+PROMPT=1
			<< \r\n>\s
			>> x
			<< SEND OK\r\n
			> AT+UP=1
			<< 1\r
			>> x
			<< +UP: 1\r\n0\r
			> ATV1
			< OK`,
		"ATV0 counts at once within its line": `
			> AT+CSQ;V0;+CSQ
			<< \r\n+CSQ: 28,99\r\n+CSQ: 28,99\r\n0\r`,
		"ATQ1 drops results and keeps information": `
			> ATQ1
			> AT
			> AT+CSQ
			< +CSQ: 28,99
			> AT+NONE
			! urc +X: 1
			< +X: 1
			> AT+UP=1
			>> x
			< +UP: 1
			> ATQ0
			< OK`,
	})
}

func TestPolicyBeforeAfter(t *testing.T) {
	r := newRig(t)
	r.m.before = func(c *Call[*module]) (Response, bool) {
		return Info("instead"), string(c.Name) == "+CSQ" && c.Err == nil
	}
	r.m.after = func(c *Call[*module], a *Response) {
		if string(c.Name) == "+GSN" {
			a.Lines = append(a.Lines, "and this")
		}
	}
	r.play(`
		> AT+CSQ;+GSN;+LIST
		< instead
		< 863593057609372\r\nand this
		< +LIST: a\r\n+LIST: b
		< OK
		# Before is told what will be refused
		> AT+CSQ=1
		< ERROR`)
}

func TestResultString(t *testing.T) {
	for want, r := range map[string]Result{
		"OK": OK, "NO CARRIER": NoCarrier, "": Silent, "SEND OK": Literal("SEND OK"),
		"+CME ERROR: busy": Extended("+CME ERROR", 14, "busy"),
	} {
		if got := r.String(); got != want {
			t.Errorf("%q, not %q", got, want)
		}
		if r.IsOK() != (want == "OK") {
			t.Errorf("%q.IsOK() = %v", want, r.IsOK())
		}
	}
}
