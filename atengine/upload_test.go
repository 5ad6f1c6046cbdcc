package atengine

import (
	"strings"
	"testing"
	"time"
)

func TestUpload(t *testing.T) {
	talks(t, map[string]string{
		"so many bytes, whatever they are, not echoed": `
			! echo
			>> AT+UP=5\r
			<< AT+UP=5\r\r\nCONNECT\r\n
			>> \Z\E\r
			>> \n+AT\r
			< +UP: 5
			<< \r\nOK\r\nAT\r\r\nOK\r\n
			= upload "\x1a\x1b\r\n+" complete`,
		"nothing": `
			> AT+UP=0;+CSQ
			< CONNECT
			< +UP: 0
			< +CSQ: 28,99
			< OK`,
		"the host falls silent: ends by the clock": `
			> AT+UP=5,3
			< CONNECT
			.2999ms
			>> ab
			.2999ms
			>> c
			.2999ms
			.1ms
			< +UP: 3
			< +CME ERROR: 421
			= upload "abc" timed out
			> AT
			< OK
			.10s`,
		"it never begins": `
			> AT+UP=5,3
			< CONNECT
			.3s
			< +UP: 0
			< +CME ERROR: 421
			= upload "" timed out`,
		"idle 0 waits for ever": `
			> AT+UP=1,0
			< CONNECT
			.10000s
			>> a
			< +UP: 1
			< OK`,
		"an A for each so many bytes": `
			> AT+UP=9,5,4
			< CONNECT
			>> abc
			>> d
			<< A
			>> efghi
			<< A
			< +UP: 9
			< OK
			> AT+UP=9,5,4
			< CONNECT
			>> abcdefghi
			<< AA
			< +UP: 9
			< OK
			> AT+UP=8,5,4
			< CONNECT
			>> abcdefgh
			<< AA
			< +UP: 8
			< OK`,
		"an A for pluses too": `
			> AT+UP=5,5,2
			< CONNECT
			.1s
			>> ++
			.1s
			<< A
			>> +++
			<< A
			< +UP: 5
			< OK
			= upload "+++++" complete`,
		"A waits for room": `
			> AT+UP=5,9,1
			< CONNECT
			! room 0
			>> ab
			! fed 0
			! room 5
			! resume
			<< AA
			>> cde
			<< AAA
			< +UP: 5
			< OK`,
		"+++ between guard times ends it": `
			> AT+UP=9
			< CONNECT
			>> ab
			.1s
			>> +++
			.1s
			< +UP: 2
			< OK
			= upload "ab" escaped
			> AT
			< OK`,
		"+++ within a payload is payload": `
			> AT+UP=9
			< CONNECT
			>> ab+++cd
			.1s
			>> ++
			< +UP: 9
			< OK
			= upload "ab+++cd++" complete`,
		"a payload that ends in +++ is whole": `
			> AT+UP=5
			< CONNECT
			>> ab
			.1s
			>> +++
			< +UP: 5
			< OK
			= upload "ab+++" complete
			.2s
			> AT
			< OK`,
		"and one that is nothing else": `
			> AT+UP=3
			< CONNECT
			.1s
			>> +
			>> ++AT\r
			< +UP: 3
			< OK
			< OK
			= upload "+++" complete`,
		"pluses that come to nothing": `
			> AT+UP=9
			< CONNECT
			.1s
			>> +++
			.999ms
			>> a
			.1s
			>> +
			.1s
			>> ++++
			< +UP: 9
			< OK
			= upload "+++a+++++" complete`,
		"pluses held when the time is up are payload": `
			> AT+UP=9,1
			< CONNECT
			.999ms
			.1ms
			< +UP: 0
			< +CME ERROR: 421
			> ATS12=100
			< OK
			> AT+UP=9,3
			< CONNECT
			.2s
			>> ++
			.3s
			< +UP: 2
			< +CME ERROR: 421
			= upload "" timed out
			= upload "++" timed out`,
		"also when both timers are due at once": `
			> AT+UP=9,1
			< CONNECT
			.!1s
			>> ++
			.1s
			< +UP: 2
			< +CME ERROR: 421
			= upload "++" timed out`,
		"ruling 27: the host closes": `
			> AT+UP=9;+CSQ
			< CONNECT
			>> abc
			! close
			= upload "abc" hung up
			> AT
			< OK
			.10s`,
		"DTR ends it as +++ does, unless AT&D0": `
			> AT+UP=9
			< CONNECT
			>> abc
			! dtr
			< +UP: 3
			< OK
			= upload "abc" escaped
			> AT&D0+UP=4
			< CONNECT
			>> abc
			! dtr
			>> d
			< +UP: 4
			< OK
			= upload "abcd" complete`,
	})
}

func TestDownload(t *testing.T) {
	talks(t, map[string]string{
		"at once when there is room": `
			> AT+DOWN=12;+CSQ
			<< \r\nCONNECT\r\n012345678901\r\n+DOWN: 12\r\n
			< +CSQ: 28,99
			< OK
			= download complete`,
		"nothing": `
			> AT+DOWN=0
			<< \r\nCONNECT\r\n\r\n+DOWN: 0\r\n
			< OK`,
		"what is announced in the place of CONNECT": `
			> AT+DOWN=3,1
			<< \r\nCONNECT 3\r\n012\r\n+DOWN: 3\r\n
			< OK
			> ATV0;+DOWN=3,1
			<< CONNECT 3\r\n012+DOWN: 3\r\n0\r
			> ATV1Q1;+DOWN=3,1
			<< 012\r\n+DOWN: 3\r\n`,
		"as the host reads": `
			! room 15
			> AT+DOWN=20
			<< \r\nCONNECT\r\n0123
			! resume
			<< 456789012345678
			! resume
			<< 9
			< +DOWN: 20
			< OK`,
		"what the host sends meanwhile is dropped": `
			! room 15
			> AT+DOWN=10
			<< \r\nCONNECT\r\n0123
			>> AT+CSQ\r+++
			! fed 10
			! resume
			<< 456789
			< +DOWN: 10
			< OK
			.5s`,
		"+++ stops it": `
			! room 15
			> AT+DOWN=10
			<< \r\nCONNECT\r\n0123
			.1s
			>> +++
			.1s
			< +DOWN: 10
			< OK
			= download escaped
			! resume
			> AT
			< OK`,
		"+++ without its guard times does not": `
			! room 15
			> AT+DOWN=10
			<< \r\nCONNECT\r\n0123
			>> +++
			.5s
			! resume
			<< 456789
			< +DOWN: 10
			< OK
			= download complete`,
		"ruling 27: the host closes": `
			! room 15
			> AT+DOWN=10
			<< \r\nCONNECT\r\n0123
			! close
			= download hung up
			! resume
			> AT
			< OK`,
		"DTR ends it": `
			! room 15
			> AT+DOWN=10
			<< \r\nCONNECT\r\n0123
			! dtr
			< +DOWN: 10
			< OK
			= download escaped`,
	})
}

// The host reads in small pieces: never more waits than the output welcomes.
func TestDownloadIsBounded(t *testing.T) {
	r := newRig(t)
	r.out.bound = 100
	r.feed("AT+DOWN=100000\r")
	var got strings.Builder
	for len(r.out.buf) > 0 {
		got.Write(r.out.buf)
		r.out.buf = r.out.buf[:0]
		r.line.Resume()
	}
	want := "\r\nCONNECT\r\n" + strings.Repeat("0123456789", 10000) + "\r\n+DOWN: 100000\r\n\r\nOK\r\n"
	if got.String() != want {
		t.Errorf("%d bytes, not %d", got.Len(), len(want))
	}
	if most := 100 + len("\r\n+DOWN: 100000\r\n\r\nOK\r\n"); r.out.most > most {
		t.Errorf("%d bytes waited", r.out.most)
	}
}

// What an editor makes of a download is what the host reads, as fast as it reads
// it.
func TestDownloadIsEdited(t *testing.T) {
	r := newRig(t)
	parts := 0
	r.line.cfg.Hooks.Edit = hook{edit: func(part Part, _ int, p []byte) []Piece {
		if part != PartBody {
			return nil
		}
		parts++
		if string(p) != "0123456789" {
			t.Errorf("the body is %q", p)
		}
		return []Piece{{Bytes: []byte("AB")}, {}, {Wait: time.Second, Bytes: p[5:]}}
	}}
	r.play(`
		> AT+DOWN=10
		<< \r\nCONNECT\r\nAB56789\r\n+DOWN: 10\r\n
		< OK
		! room 13
		> AT+DOWN=10
		<< \r\nCONNECT\r\nAB
		! resume
		<< 56789
		< +DOWN: 10
		< OK
		> AT+DOWN=0
		<< \r\nCONNECT\r\n\r\n+DOWN: 0\r\n
		< OK`)
	if parts != 2 {
		t.Errorf("%d bodies", parts)
	}
	r.line.cfg.Hooks.Edit = hook{edit: func(part Part, _ int, _ []byte) []Piece {
		if part == PartBody {
			return []Piece{} // dropped
		}
		return nil
	}}
	r.play(`
		> AT+DOWN=10
		<< \r\nCONNECT\r\n\r\n+DOWN: 10\r\n
		< OK`)
}
