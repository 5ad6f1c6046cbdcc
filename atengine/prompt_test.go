package atengine

import (
	"strings"
	"testing"
)

func TestPrompt(t *testing.T) {
	talks(t, map[string]string{
		"a length: whatever the bytes are": `
			> AT+PROMPT=5
			<< \r\n>\s
			>> a\Z\E\r\nAT\r
			< SEND OK
			< OK
			= data "a\x1a\x1b\r\n" complete, dropped 0`,
		"a length: in pieces": `
			> AT+PROMPT=3
			<< \r\n>\s
			>> a
			>> b
			>> c
			< SEND OK
			= data "abc" complete, dropped 0`,
		"a length is not bound by the open form's maximum": `
			> AT+PROMPT=10
			<< \r\n>\s
			>> 0123456789
			< SEND OK
			= data "0123456789" complete, dropped 0`,
		"Ctrl-Z ends": `
			> AT+PROMPT=0
			<< \r\n>\s
			>> a\r\nAT\r
			>> \ZAT\r
			< SEND OK
			< OK
			= data "a\r\nAT\r" complete, dropped 0`,
		"ruling 10: ESC cancels": `
			> AT+PROMPT=0
			<< \r\n>\s
			>> abc\EAT\r
			< OK
			< OK
			= data "abc" cancelled, dropped 0`,
		"nothing but Ctrl-Z": `
			> AT+PROMPT=0
			<< \r\n>\s
			>> \Z
			< SEND OK
			= data "" complete, dropped 0`,
		"ruling 7: what is past the maximum is dropped and counted": `
			> AT+PROMPT=0
			<< \r\n>\s
			>> 01234
			>> 56789ab
			>> \Z
			< SEND OK
			= data "01234567" complete, dropped 4
			> AT+PROMPT=0
			<< \r\n>\s
			>> x\Z
			< SEND OK
			= data "x" complete, dropped 0`,
		"ruling 9: payload comes back, Ctrl-Z and ESC do not": `
			> AT+PROMPT=0,1
			<< \r\n>\s
			>> ab
			<< ab
			>> c\Z
			<< c\r\nSEND OK\r\n
			> AT+PROMPT=0,1
			<< \r\n>\s
			>> d\E
			<< d\r\nOK\r\n
			> AT+PROMPT=2,1
			<< \r\n>\s
			>> \Z\EAT\r
			<< \Z\E\r\nSEND OK\r\n\r\nOK\r\n`,
		"another prompt for each CR": `
			> AT+TEXT=0
			<< \r\n>\s
			>> a\rb\r\n
			<< \r\n>\s\r\n>\s
			>> \r\Z
			<< \r\n>\s\r\nSEND OK\r\n
			= data "a\rb\r\n\r" complete, dropped 0`,
		"another prompt for each CR, behind its echo": `
			> AT+TEXT=1
			<< \r\n>\s
			>> ab\rc\Z
			<< ab\r\r\n>\sc\r\nSEND OK\r\n
			= data "ab\rc" complete, dropped 0`,
		"prompts wait for room": `
			> AT+TEXT=0
			<< \r\n>\s
			! room 2
			>> a\rb\rc\Z
			<< \r\n>\s
			! fed 2
			! room 100
			! resume
			<< \r\n>\s\r\nSEND OK\r\n
			= data "a\rb\rc" complete, dropped 0`,
		"ruling 9: payload echo has nothing to do with ATE": `
			! echo
			>> AT+PROMPT=1,0\rx
			<< AT+PROMPT=1,0\r\r\n> \r\nSEND OK\r\n`,
		"echo waits for room": `
			> AT+PROMPT=6,1
			<< \r\n>\s
			! room 2
			>> abcdef
			<< ab
			! fed 2
			! resume
			<< cd
			! resume
			<< ef\r\nSEND OK\r\n
			= data "abcdef" complete, dropped 0`,
		"it ends after a time without a byte": `
			> AT+PROMPT=5,0,3
			<< \r\n>\s
			.2999ms
			>> ab
			.2999ms
			>> c
			.2999ms
			.1ms
			< SEND OK
			= data "abc" timed out, dropped 0
			> AT+PROMPT=0,0,3
			<< \r\n>\s
			.3s
			< SEND OK
			= data "" timed out, dropped 0`,
		"no time runs after the last byte": `
			> AT+PROMPT=1,0,3;+WAIT
			<< \r\n>\s
			>> a
			< SEND OK
			= data "a" complete, dropped 0
			.10s
			> AT
			< OK`,
		"it waits for ever": `
			> AT+PROMPT=1
			<< \r\n>\s
			.24h
			>> a
			< SEND OK`,
		"CR LF in place of the blank": `
			> AT+PROMPT=1,0,0,1
			<< \r\n>\r\n
			>> a
			< SEND OK`,
		"ruling 27: the host closes": `
			> AT+PROMPT=0;+CSQ
			<< \r\n>\s
			>> abc
			! close
			= data "abc" hung up, dropped 0
			> AT
			< OK`,
		"ruling 27: the host has gone before the prompt comes": `
			> AT+WAIT
			! close
			! finish PROMPT
			= data "" hung up, dropped 0
			> AT
			< OK`,
		"ruling 27: and another is there": `
			> AT+WAIT
			! close
			>> AT\r
			! finish PROMPT
			< OK
			> AT+WAIT
			! finish PROMPT
			<< \r\n>\s`,
		"+++ is data": `
			> AT+PROMPT=4
			<< \r\n>\s
			.2s
			>> +++
			.2s
			>> x
			< SEND OK
			= data "+++x" complete, dropped 0`,
	})
}

// Ruling 7: however much is past the maximum, it takes no memory.
func TestPromptIsBounded(t *testing.T) {
	r := newRig(t)
	r.play("> AT+PROMPT=0\n<< \\r\\n>\\s")
	chunk := strings.Repeat("x", 4096)
	for range 256 {
		r.feed(chunk)
	}
	if cap(r.line.data) > 64 {
		t.Errorf("%d bytes kept", cap(r.line.data))
	}
	r.play(">> \\Z\n< SEND OK\n= data \"xxxxxxxx\" complete, dropped 1048568")
}

// Ruling 23: an LF after the CR of the line that begins raw data.
func TestLineFeedBeforeData(t *testing.T) {
	talks(t, map[string]string{
		"in the same chunk": `
			>> AT+PROMPT=3\r\nabc
			<< \r\n> \r\nSEND OK\r\n
			= data "abc" complete, dropped 0
			>> AT+UP=3\r\nabc
			< CONNECT
			< +UP: 3
			< OK
			= upload "abc" complete
			>> AT+DATA\r\nabc
			< CONNECT
			= sent "abc"`,
		"while the command still runs": `
			> AT+WAIT
			>> \n
			! finish PROMPT
			<< \r\n>\s
			>> abcd
			< SEND OK
			= data "abcd" complete, dropped 0`,
		"while the command still runs, with data": `
			> AT+WAIT
			>> \nab
			! finish PROMPT
			<< \r\n>\s
			>> cd
			< SEND OK
			= data "abcd" complete, dropped 0`,
		"only one is dropped": `
			>> AT+PROMPT=3\r\n\n\nx
			<< \r\n> \r\nSEND OK\r\n
			= data "\n\nx" complete, dropped 0`,
		"late, from a host not known to send it: payload": `
			> AT+PROMPT=3
			<< \r\n>\s
			>> \nab
			< SEND OK
			= data "\nab" complete, dropped 0`,
		"late, from a host known to send it": `
			>> AT\r\n
			< OK
			> AT+PROMPT=3
			<< \r\n>\s
			>> \n
			>> abc
			< SEND OK
			= data "abc" complete, dropped 0
			> AT+UP=3
			< CONNECT
			>> \nabc
			< +UP: 3
			< OK
			= upload "abc" complete
			> AT+DATA
			< CONNECT
			>> \n
			>> \nabc
			= sent "\nabc"`,
		"known by an LF that came late itself": `
			> AT
			< OK
			>> \n
			> AT+PROMPT=3
			<< \r\n>\s
			>> \nabc
			< SEND OK
			= data "abc" complete, dropped 0`,
		"known, but its LF was there in time: payload": `
			>> AT\r\n
			< OK
			>> AT+PROMPT=3\r\n
			<< \r\n>\s
			>> \nab
			< SEND OK
			= data "\nab" complete, dropped 0`,
		"known, but other data comes first: payload": `
			>> AT\r\n
			< OK
			> AT+PROMPT=3
			<< \r\n>\s
			>> a\nb
			< SEND OK
			= data "a\nb" complete, dropped 0`,
		"known hosts can be told by those after them": `
			>> AT\r\n
			< OK
			! close
			> AT+PROMPT=3
			<< \r\n>\s
			>> \nab
			< SEND OK
			= data "\nab" complete, dropped 0`,
		"after A/ there is no CR": `
			>> AT\r\n
			< OK
			>> AT+PROMPT=2\r\nab
			<< \r\n> \r\nSEND OK\r\n
			>> A/
			<< \r\n>\s
			>> \na
			< SEND OK
			= data "ab" complete, dropped 0
			= data "\na" complete, dropped 0`,
		"a phase that is over before the LF comes": `
			! echo
			>> AT\r\n
			<< AT\r\r\nOK\r\n
			>> AT+DOWN=2\r
			<< AT+DOWN=2\r\r\nCONNECT\r\n01\r\n+DOWN: 2\r\n\r\nOK\r\n
			>> \nAT\r\n
			<< AT\r\r\nOK\r\n`,
		"in a download, after other bytes: no line's": `
			! echo
			>> AT\r\n
			<< AT\r\r\nOK\r\n
			! room 30
			> AT+DOWN=10
			<< AT+DOWN=10\r\r\nCONNECT\r\n01234567
			>> x
			! resume
			<< 89
			< +DOWN: 10
			< OK
			>> \n
			<< \n`,
		"in a download": `
			>> AT\r\n
			< OK
			! room 16
			> AT+DOWN=10
			< CONNECT
			<< 01234
			>> \n
			! resume
			<< 56789
			< +DOWN: 10
			< OK`,
	})
}
