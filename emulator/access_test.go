package emulator_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/port"
)

// TestBufferURC: the URC comes once when the buffer turns non-empty, and not
// again before it has been read empty.
func TestBufferURC(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.play(setUp + `> AT+QSSLOPEN=1,1,0,"echo.lab",4433,0
< OK
< +QSSLOPEN: 0,0
> AT+QSSLSEND=0,10
<< \r\n>\x20
>> 0123456789
< SEND OK
< +QSSLURC: "recv",0
`)
	more := "@echo off\n> AT+QSSLSEND=0,10\n<< \\r\\n>\\x20\n>> abcdefghij\n< SEND OK\n"
	b.play(more)
	b.events.received(t, 20)
	b.play(`@echo off
> AT+QSSLRECV=0,5
<< \r\n+QSSLRECV: 5\r\n01234\r\n\r\nOK\r\n
`)
	b.play(more)
	b.events.received(t, 30)
	b.play(`@echo off
@quiet 100ms
> AT+QSSLRECV=0,1500
<< \r\n+QSSLRECV: 25\r\n56789abcdefghijabcdefghij\r\n\r\nOK\r\n
` + strings.TrimPrefix(more, "@echo off\n") + `< +QSSLURC: "recv",0
> AT+QSSLRECV=0,1
<< \r\n+QSSLRECV: 1\r\na\r\n\r\nOK\r\n
> AT+QSSLRECV=0,9
<< \r\n+QSSLRECV: 9\r\nbcdefghij\r\n\r\nOK\r\n
> AT+QSSLRECV=0,1
< +QSSLRECV: 0
< OK
`)
}

// TestPushPieces: a push is 1500 bytes at most, and what comes while a command
// line is typed comes behind its answer.
func TestPushPieces(t *testing.T) {
	data := lab.UnreadData()
	b := newBench(t, benchOptions{})
	script := setUp + "> AT+QSSLOPEN=1,1,11,\"echo.lab\",4451,1\n< OK\n< +QSSLOPEN: 11,0\n"
	for i := 0; i < len(data); i += 1500 {
		part := data[i:min(i+1500, len(data))]
		script += fmt.Sprintf("<< \\r\\n+QSSLURC: \"recv\",11,%d\\r\\n%s\n", len(part), quote(part))
	}
	b.play(script + "< +QSSLURC: \"closed\",11\n")

	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n" + openPush + `# mode 1 has nothing to read
> AT+QSSLRECV=4,10
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 572,operation not allowed
< OK
>> AT+QSSLSEND=4,4\rpush
<< \r\n>\x20
< SEND OK
<< \r\n+QSSLURC: "recv",4,4\r\npush
>> AT+QSSLSEND=4,4\rlateAT+CS
<< \r\n>\x20
< SEND OK
@quiet 1s
>> Q\r
< +CSQ: 24,99
< OK
<< \r\n+QSSLURC: "recv",4,4\r\nlate
`)
	})
}

// TestPushLongRecord: a record is cut into pushes of 1500 bytes and a rest, of
// whatever length it is.
func TestPushLongRecord(t *testing.T) {
	for _, size := range []int{1500, 1501, 6000, 16384} {
		record := bytes.Repeat([]byte{'x'}, size)
		serve := func(c *tls.Conn) {
			_, _ = c.Write(record)
			swallowing(c)
		}
		bubble(t, &pipes{serve: serve}, func(b *bench) {
			script := "@echo off\n" + openPush
			for left := size; left > 0; left -= 1500 {
				n := min(left, 1500)
				script += fmt.Sprintf("<< \\r\\n+QSSLURC: \"recv\",4,%d\\r\\n%s\n", n, record[:n])
			}
			b.play(script)
		})
	}
}

// TestRuling31OneByteMessage: a record of one byte that no other follows is a
// message of one byte, only 20 ms late.
func TestRuling31OneByteMessage(t *testing.T) {
	newBench(t, benchOptions{}).play(setUp + `> AT+QSSLCFG="sslversion",1,1;+QSSLCFG="ciphersuite",1,0X0035
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,1
< OK
< +QSSLOPEN: 4,0
> AT+QSSLSEND=4,1
<< \r\n>\x20
>> x
< SEND OK
<< \r\n+QSSLURC: "recv",4,1\r\nx
> AT+QSSLSEND=4,18
<< \r\n>\x20
>> Test data from SSL
< SEND OK
<< \r\n+QSSLURC: "recv",4,18\r\nTest data from SSL
`)
}

// TestPromptRulings: what is typed behind "> ".
func TestPromptRulings(t *testing.T) {
	long := strings.Repeat("0123456789", 146) // 1460
	tests := []struct{ name, script string }{
		{"ruling 7: what is past 1460 bytes is discarded", `> AT+QSSLSEND=4
<< \r\n>\x20
>> ` + long + `surplus\x1a
< SEND OK
<< \r\n+QSSLURC: "recv",4,1460\r\n` + long + "\n"},
		{"ruling 9: payload is echoed, Ctrl-Z and ESC are not", `> AT+QISDE=1
< OK
> AT+QSSLSEND=4
<< \r\n>\x20
>> one\r\x1a
<< one\r
< SEND OK
<< \r\n+QSSLURC: "recv",4,4\r\none\r
> AT+QSSLSEND=4
<< \r\n>\x20
>> two\x1b
<< two
< OK
# with a length they are payload
> AT+QSSLSEND=4,4
<< \r\n>\x20
>> \x1a\x1b\r\n
<< \x1a\x1b\r\n
< SEND OK
<< \r\n+QSSLURC: "recv",4,4\r\n\x1a\x1b\r\n
> AT+QISDE=0
< OK
> AT+QSSLSEND=4
<< \r\n>\x20
>> three\x1a
< SEND OK
<< \r\n+QSSLURC: "recv",4,5\r\nthree
`},
		{"ruling 10: ESC sends nothing, and 571 is kept", `> AT+QSSLSEND=4
<< \r\n>\x20
>> nothing\x1b
< OK
> AT+QIGETERROR
< +QIGETERROR: 571,cancel send
< OK
@quiet 1s
`},
		{"ruling 23: the LF of the command line is no payload", `>> AT+QSSLSEND=4,5\r
<< \r\n>\x20
# this host ends its lines with CR alone so far
>> \nhell
< SEND OK
<< \r\n+QSSLURC: "recv",4,5\r\n\nhell
>> AT+QSSLSEND=4,5\r\n
<< \r\n>\x20
>> hello
< SEND OK
<< \r\n+QSSLURC: "recv",4,5\r\nhello
# now it is known to end them with CR LF, however late the LF is
>> AT+QSSLSEND=4,5\r
<< \r\n>\x20
>> \nhello
< SEND OK
<< \r\n+QSSLURC: "recv",4,5\r\nhello
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, &pipes{serve: echoing}, func(b *bench) {
				b.play("@echo off\n" + openPush + test.script)
				if strings.HasPrefix(test.name, "ruling 7") && !b.events.noted("1460") {
					t.Error("not noted")
				}
			})
		})
	}
}

// TestRuling25TypedAhead: what the host types while a command runs is kept, and
// answered when it is its turn.
func TestRuling25TypedAhead(t *testing.T) {
	bubble(t, &pipes{slow: 5 * time.Second, refuse: true}, func(b *bench) {
		b.lasts(5*time.Second, `>> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,2\r
@wait 1s
>> AT+CSQ\r
@quiet 3s
< ERROR
< +CSQ: 24,99
< OK
`)
		b.play("@echo off\n>> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\\r\n@wait 1s\n>> AT" + strings.Repeat(" ", 3000) + "\\r\n< ERROR\n>> \\r\n< OK\n")
		if !b.events.noted("dropped") {
			t.Error("not noted")
		}
	})
}

// TestTransparentBothWays carries every byte value there and back, in one go.
func TestTransparentBothWays(t *testing.T) {
	b := newBench(t, benchOptions{pty: true})
	b.play(setUp + "> AT+QSSLCFG=\"seclevel\",1,1\n< OK\n> ATS12=10\n< OK\n> AT+QSSLOPEN=1,1,0,\"echo.lab\",4433,2\n< CONNECT\n")
	data := make([]byte, 256<<10)
	for i := range data {
		data[i] = byte(i ^ i>>8)
	}
	done := make(chan error, 1)
	go func() {
		_, err := b.dev.Write(data)
		done <- err
	}()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(b.dev, got); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if string(got) != string(data) {
		t.Error("the data came back changed")
	}
	b.play("@echo off\n@wait 300ms\n>> +++\n< OK\n> AT+QSSLCLOSE=0\n< OK\n")
}

// TestEscapeAtTheWallsSecond is +++ with the guard time it has at delivery.
func TestEscapeAtTheWallsSecond(t *testing.T) {
	b := newBench(t, benchOptions{pty: true, speed: 50}) // ruling 20
	b.play(setUp + `> AT+QSSLOPEN=1,1,0,"echo.lab",4433,2
< CONNECT
>> x
<< x
@wait 300ms
>> +++
<< +++
@wait 1.1s
>> +++
@quiet 700ms
< OK
> ATO
< CONNECT
`)
}

// TestSwitchModes switches between all modes (seed 1.4). What is unread comes
// out first (ruling 30), and after +++ the mode is 0 (ruling 29).
func TestSwitchModes(t *testing.T) {
	const (
		send  = "> AT+QSSLSEND=4,5\n<< \\r\\n>\\x20\n>> hello\n< SEND OK\n"
		recv  = "< +QSSLURC: \"recv\",4\n"
		push  = "<< \\r\\n+QSSLURC: \"recv\",4,5\\r\\nhello\n"
		read  = "> AT+QSSLRECV=4,1500\n<< \\r\\n+QSSLRECV: 5\\r\\nhello\\r\\n\\r\\nOK\\r\\n\n"
		leave = "@wait 1s\n>> +++\n< OK\n"
		state = "> AT+QSSLSTATE=4\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.1\",443,{port},2,1,4,%d,\"usbmodem\",0\n< OK\n"
	)
	const (
		fails = "> AT+QSSLRECV=11,1\n< ERROR\n"
		zero  = "> AT+QIGETERROR\n< +QIGETERROR: 0,operate successfully\n< OK\n"
	)
	mode := func(n int) string { return fmt.Sprintf("> AT+QISWTMD=4,%d\n< OK\n"+state, n, n) }
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		for _, script := range []string{
			openBuffer + "> ATO\n< NO CARRIER\n",
			// 0 to 1, and back
			send + recv + "> AT+QISWTMD=4,1\n< OK\n" + push + send + push,
			mode(0) + send + recv + mode(0) + "@quiet 1s\n" + read,
			// 0 to 2 with unread data, which comes behind CONNECT
			send + recv + "> AT+QISWTMD=4,2\n< CONNECT\n<< hello\n>> there\n<< there\n" + leave + fmt.Sprintf(state, 0),
			send + recv + read,
			// ruling 30, ATO: what came while in command mode comes out first
			send + recv + "> ATO\n< CONNECT\n<< hello\n" + leave,
			// 2 to 1 and back
			mode(1) + send + push + "> AT+QISWTMD=4,2\n< CONNECT\n>> there\n<< there\n" + leave,
			// a switch and an open that succeed have 0 for AT+QIGETERROR
			fails + "> AT+QISWTMD=4,2\n< CONNECT\n" + leave + zero,
			mode(0) + send + recv + read + "> ATO\n< CONNECT\n" + leave,
			"> AT+QSSLCLOSE=4\n< OK\n> ATO\n< NO CARRIER\n",
			fails + openTransparent + leave + zero + "> AT+QSSLCLOSE=4,0\n< OK\n> ATO\n< NO CARRIER\n",
			// another client of that id was never transparent
			openBuffer + "> ATO\n< NO CARRIER\n",
		} {
			b.play("@echo off\n" + script)
		}
	})
}

// TestRuling29PeerClosesMeanwhile: while the port is in command mode the peer
// closes, which the host is told as in buffer mode; ATO finds NO CARRIER.
func TestRuling29PeerClosesMeanwhile(t *testing.T) {
	bubble(t, &pipes{serve: func(c *tls.Conn) {
		time.Sleep(10 * time.Second)
		c.Close()
	}}, func(b *bench) {
		b.play("@echo off\n" + openTransparent + `@wait 1s
>> +++
< OK
< +QSSLURC: "closed",4
> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.1",443,{port},4,1,4,0,"usbmodem",0
< OK
> ATO
< NO CARRIER
> AT+QISWTMD=4,2
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 567,socket has been closed
< OK
> AT+QSSLCLOSE=4
< OK
`)
	})
}

// TestRuling05ContextOutlivesItsClients: what is released with the last client
// is not what AT+QSSLCFG has set.
func TestRuling05ContextOutlivesItsClients(t *testing.T) {
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n> AT+QSSLCFG=\"sslversion\",0,3;+QSSLCFG=\"cacert\",0,\"x.pem\"\n< OK\n" + openBuffer + `> AT+QSSLCLOSE=4
< OK
> AT+QSSLCFG="sslversion",0;+QSSLCFG="cacert",0
< +QSSLCFG: "sslversion",0,3
< +QSSLCFG: "cacert",0,"x.pem"
< OK
`)
	})
}

// TestRulings17To19SeveralPorts: the ports of a modem have names; URCs go to the
// first one or to the one that AT+QURCCFG names; pushes and the result of an
// open to the one that opened. Only one of them can be in transparent mode.
func TestRulings17To19SeveralPorts(t *testing.T) {
	const busy = "> AT+QIGETERROR\n< +QIGETERROR: 574,port busy\n< OK\n"
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		second := &bench{t: t, dev: dev, timeout: b.timeout}
		second.play("> ATE0\n< OK\n@echo off\n" + openBuffer + `> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.1",443,{port},2,1,4,0,"usbat",0
< OK
> AT+QSSLSEND=4,5
<< \r\n>\x20
>> hello
< SEND OK
`)
		b.play("@echo off\n< +QSSLURC: \"recv\",4\n> AT+QSSLRECV=4,9\n<< \\r\\n+QSSLRECV: 5\\r\\nhello\\r\\n\\r\\nOK\\r\\n\n")
		second.play("@echo off\n> AT+QURCCFG=\"urcport\",\"usbat\"\n< OK\n>> AT+QSSLSEND=4,5\\rhello\n<< \\r\\n>\\x20\n< SEND OK\n< +QSSLURC: \"recv\",4\n")
		// A switch takes the client along to the port that asks for it.
		b.play("@echo off\n> AT+QISWTMD=4,1\n< OK\n<< \\r\\n+QSSLURC: \"recv\",4,5\\r\\nhello\n")
		second.play("@echo off\n> AT+QISWTMD=4,2\n< CONNECT\n>> mine\n<< mine\n")
		// While one port is in transparent mode no other gets into it: 574.
		b.play("@echo off\n> AT+QISWTMD=4,2\n< ERROR\n" + busy +
			"> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,2\n< ERROR\n" + busy)
		// A close takes the port from the connection, whatever its timeout.
		b.play("@echo off\n> AT+QSSLCLOSE=4,0\n< OK\n")
		second.play("@echo off\n< NO CARRIER\n> AT\n< OK\n")
		synctest.Wait()
	})
}

// TestPortBusyWhileOpening: a port that waits for CONNECT keeps the others out
// of transparent mode already (574).
func TestPortBusyWhileOpening(t *testing.T) {
	bubble(t, &pipes{serve: echoing, slow: 10 * time.Second}, func(b *bench) {
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		second := &bench{t: t, dev: dev, timeout: b.timeout}
		second.play("> ATE0\n< OK\n@echo off\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n")
		b.play("@echo off\n> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,2\n< ERROR\n" +
			"> AT+QIGETERROR\n< +QIGETERROR: 574,port busy\n< OK\n")
		second.play("@echo off\n@timeout 20s\n< CONNECT\n>> mine\n<< mine\n")
		second.play("@echo off\n@wait 2s\n>> +++\n< OK\n> AT+QSSLCLOSE=4,0\n< OK\n")
		synctest.Wait()
	})
}
