package atengine

import (
	"strings"
	"testing"
)

func TestTransparent(t *testing.T) {
	talks(t, map[string]string{
		"both ways": `
			! echo
			>> AT+DATA\r
			<< AT+DATA\r\r\nCONNECT\r\n
			>> AT\r\n\Z\E
			= sent "AT\r\n\x1a\x1b"
			! net hello\r\n
			<< hello\r\n`,
		"the rate, as ATX and ATV have it": `
			> AT+RATE
			< CONNECT 150000000
			! gone
			< NO CARRIER
			> ATX0+RATE
			< CONNECT
			! gone
			< NO CARRIER
			> ATX1V0+RATE
			<< 1\r
			! gone
			<< 3\r`,
		"the connection ends": `
			> AT+DATA;+CSQ
			< CONNECT
			! gone
			< NO CARRIER
			> AT
			< OK
			! gone
			! net too late`,
		"the host takes the port back and gives it again": `
			> AT+DATA
			< CONNECT
			>> abc
			.1s
			>> +++
			.1s
			< OK
			< +LEFT
			= sent "abc"
			= left escaped, keep true
			! net too late
			> AT+CSQ
			< +CSQ: 28,99
			< OK
			> ATO
			< CONNECT
			>> def
			.1s
			>> +++
			.1s
			< OK
			< +LEFT
			= sent "def"
			= left escaped, keep true`,
		"ruling 29: ATO with nothing to go back to": `
			> ATO+CSQ
			< NO CARRIER
			> ATO0
			< NO CARRIER
			> ATO1
			< ERROR`,
		"typed ahead": `
			> AT+WAIT
			>> abc
			! finish DATA
			< CONNECT
			= sent "abc"`,
		"ruling 26: DTR with AT&D0 stays": `
			> AT&D0+DATA
			< CONNECT
			! dtr
			! close
			>> abc
			= sent "abc"`,
		"ruling 26: DTR with AT&D1 takes the port back and keeps the link": `
			> AT&D1+DATA
			< CONNECT
			! dtr
			< OK
			< +LEFT
			= left hung up, keep true
			> ATO
			< CONNECT`,
		"ruling 26: DTR with AT&D2 ends the link": `
			> AT&D2+DATA
			< CONNECT
			! dtr
			< NO CARRIER
			< +LEFT
			= left hung up, keep false`,
		"ruling 26: closing the device is dropping DTR": `
			> AT&D1+DATA
			< CONNECT
			! close
			< OK
			< +LEFT
			= left hung up, keep true
			> AT&D2O
			< CONNECT
			! close
			< NO CARRIER
			< +LEFT
			= left hung up, keep false`,
		"DTR in the command state does nothing": `
			>> AT
			! dtr
			>> +CSQ\r
			< +CSQ: 28,99
			< OK`,
		"ruling 26: the host has gone before CONNECT comes": `
			> AT+WAIT
			! close
			! finish DATA
			< NO CARRIER
			< +LEFT
			= left hung up, keep false
			> AT&D1+WAIT
			! close
			! finish DATA
			< OK
			< +LEFT
			> AT&D0+WAIT
			! close
			! finish DATA
			< CONNECT
			>> abc
			= left hung up, keep true
			= sent "abc"`,
		"Reset": `
			> AT+DATA
			< CONNECT
			.1s
			>> ++
			! reset
			.5s
			> AT
			< OK`,
	})
}

func TestBackpressure(t *testing.T) {
	const begin = `
			> AT+DATA
			< CONNECT
			`
	left := "< OK\n< +LEFT\n"
	for name, script := range map[string]string{
		"what was not taken is offered again": `
			! window 2
			>> abcdef
			! fed 2
			! resume
			! fed 0
			! window 3
			! resume
			! fed 3
			! window 100
			! resume
			! fed 1
			= sent "ab"
			= sent "cde"
			= sent "f"`,
		"pluses offered again are no escape, however late": `
			! window 3
			>> abc+++
			! fed 3
			.5s
			! window 100
			! resume
			.5s
			= sent "abc"
			= sent "+++"`,
		"nor is what follows them at once": `
			! window 1
			>> ab
			.5s
			! window 100
			! resume
			>> +++
			.5s
			= sent "a"
			= sent "b"
			= sent "+++"`,
		"nor what was refused from its first byte on": `
			! window 1
			.1s
			>> ++
			.400ms
			>> +x
			= sent "+"
			>> +++
			.5s
			! window 100
			! resume
			.5s
			= sent "+"
			= sent "+x"
			= sent "+++"`,
		"held pluses that came to nothing wait for room": `
			! window 0
			.1s
			>> ++
			.1s
			! window 1
			! resume
			= sent "+"
			>> ab
			! fed 0
			! window 2
			! resume
			! fed 1
			! window 100
			! resume
			! fed 1
			= sent "+"
			= sent "a"
			= sent "b"`,
		"more arrives while some waits": `
			! window 1
			>> ab
			>> cd
			! window 100
			! resume
			= sent "a"
			= sent "b"
			= sent "cd"`,
		"+++ takes the port back from a connection that takes nothing": `
			! window 0
			.1s
			>> +++
			.1s
			` + left,
		"typed ahead and not taken": `
			! gone
			< NO CARRIER
			> AT+WAIT
			>> abcd
			! window 2
			! finish DATA
			< CONNECT
			>> ef
			! fed 0
			! window 1
			! resume
			! window 100
			! resume
			= sent "ab"
			= sent "c"
			= sent "d"
			= sent "ef"`,
		"the host closes with bytes not taken, AT&D0": `
			! gone
			< NO CARRIER
			> AT&D0+DATA
			< CONNECT
			! window 1
			>> abc
			! close
			! window 100
			.2s
			>> +++
			.1s
			` + left,
	} {
		t.Run(name, func(t *testing.T) { play(t, begin+script) })
	}
}

// A connection may find out that it has ended when it is given bytes.
func TestSendEndsConnection(t *testing.T) {
	for name, held := range map[string]string{"with data": "", "with held pluses": "++"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.play("> AT+DATA\n< CONNECT\n.1s")
			r.m.stream.Send = func(p []byte) int {
				r.line.EndTransparent(NoCarrier)
				return len(p)
			}
			if held != "" {
				r.play(">> " + held)
			}
			r.play(">> AT\n< NO CARRIER\n> +AT\n< OK\n.5s\n> AT+DATA\n< CONNECT")
		})
	}
}

// Every byte arrives once and in order, however the connection takes them.
func TestTransparentIsWhole(t *testing.T) {
	r := newRig(t)
	r.play("> AT+DATA\n< CONNECT\n.1s")
	var want, got strings.Builder
	r.m.stream.Send = func(p []byte) int {
		n := min(r.m.window, len(p))
		r.m.window -= n
		got.Write(p[:n])
		return n
	}
	for i, chunk := range []string{"+", "++", "+++", "++++", "a+++", "+++b", "+\r\n+", "xyz"} {
		for _, pause := range []string{".1001ms", ".10ms", ".500ms"} {
			r.m.window = i % 3
			want.WriteString(chunk)
			r.feed(chunk)
			r.play(pause)
			for len(r.left) > 0 {
				r.m.window = 1
				r.line.Resume()
				r.feed("")
			}
		}
	}
	r.play(".2s")
	r.m.window = 100
	r.line.Resume()
	if got.String() != want.String() {
		t.Errorf("%q\nnot %q", got.String(), want.String())
	}
}
