package emulator_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/lab"
)

// afterClosed is what the host of client 4 does when it was told of its closing
// with nothing left to read: the id stays taken until AT+QSSLCLOSE.
const afterClosed = `> AT+QSSLSTATE=4
< +QSSLSTATE: 4,"SSLClient","192.0.2.10",{server},{port},4,1,4,0,"usbmodem",1
< OK
> AT+QSSLRECV=4,1500
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 567,socket has been closed
< OK
> AT+QSSLSEND=4
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 567,socket has been closed
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,0
< OK
< +QSSLOPEN: 4,563
> AT+QIGETERROR
< +QIGETERROR: 563,socket identity has been used
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,2
< ERROR
> AT+QSSLCLOSE=4
< OK
> AT+QSSLSTATE
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,0
< OK
< +QSSLOPEN: 4,0
`

// TestRuling02ReadAfterClose: the server has sent 4096 bytes and closed. They
// are readable, and then it is 567, never "+QSSLRECV: 0".
func TestRuling02ReadAfterClose(t *testing.T) {
	data := lab.UnreadData()
	b := newBench(t, benchOptions{})
	script := setUp + "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4451,0\n< OK\n< +QSSLOPEN: 4,0\n< +QSSLURC: \"recv\",4\n< +QSSLURC: \"closed\",4\n"
	for i := 0; i < len(data); i += 1500 {
		part := data[i:min(i+1500, len(data))]
		script += fmt.Sprintf("> AT+QSSLRECV=4,1500\n<< \\r\\n+QSSLRECV: %d\\r\\n%s\\r\\n\\r\\nOK\\r\\n\n", len(part), quote(part))
	}
	b.play(script + afterClosed)
}

// TestServerCloses: with data that is read at once, in all modes, in order and
// by a reset.
func TestServerCloses(t *testing.T) {
	for name, server := range map[string]int{"closes": 4450, "resets": 4452} {
		t.Run(name, func(t *testing.T) {
			open := fmt.Sprintf("> AT+QSSLOPEN=1,1,4,\"echo.lab\",%d,", server)
			send := ">> AT+QSSLSEND=4,4\\rlast\n<< \\r\\n>\\x20\n< SEND OK\n"
			b := newBench(t, benchOptions{})
			b.play(setUp + open + "1\n< OK\n< +QSSLOPEN: 4,0\n" + send + "<< \\r\\n+QSSLURC: \"recv\",4,4\\r\\nlast\n< +QSSLURC: \"closed\",4\n" +
				"> AT+QISWTMD=4,0\n< ERROR\n> AT+QSSLCLOSE=4\n< OK\n")
			b.play("@echo off\n" + open + "0\n< OK\n< +QSSLOPEN: 4,0\n" + send + "< +QSSLURC: \"recv\",4\n< +QSSLURC: \"closed\",4\n" +
				"> AT+QSSLRECV=4,9\n<< \\r\\n+QSSLRECV: 4\\r\\nlast\\r\\n\\r\\nOK\\r\\n\n" + afterClosed + "> AT+QSSLCLOSE=4\n< OK\n")
			b.play("@echo off\n" + open + "2\n< CONNECT\n>> last\n<< last\n< NO CARRIER\n> ATO\n< NO CARRIER\n" + afterClosed)
		})
	}
}

// TestTransparentClosedWithData: all that the server had sent comes before NO
// CARRIER.
func TestTransparentClosedWithData(t *testing.T) {
	newBench(t, benchOptions{pty: true}).play(setUp + "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4451,2\n< CONNECT\n<< " +
		quote(lab.UnreadData()) + "\n< NO CARRIER\n" + afterClosed)
}

// TestTransparentClosedWhileFull: the server closes while the modem is full of
// what it did not read. The port is free again all the same.
func TestTransparentClosedWhileFull(t *testing.T) {
	bubble(t, &pipes{serve: func(c *tls.Conn) {
		time.Sleep(time.Minute)
		c.NetConn().Close()
	}}, func(b *bench) {
		b.play("@echo off\n" + openTransparent)
		for range 6 {
			b.play(">> " + strings.Repeat("x", 4000) + "\n")
		}
		b.play("@echo off\n< NO CARRIER\n>> \\r\n> AT\n< OK\n> AT+QSSLCLOSE=4\n< OK\n" + openTransparent)
		time.Sleep(time.Hour) // the last server's, too
	})
}

// TestPDPTakenAway: the network takes a PDP context: its clients are told, the
// others go on. It needs AT+QIDEACT before it can be active again (570).
func TestPDPTakenAway(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.play(setUp + `> AT+QIACT=2
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,0
< OK
< +QSSLOPEN: 4,0
> AT+QSSLOPEN=2,1,5,"echo.lab",4433,0
< OK
< +QSSLOPEN: 5,0
> AT+QSSLOPEN=1,1,6,"echo.lab",4433,1
< OK
< +QSSLOPEN: 6,0
> AT+QSSLOPEN=1,1,7,"echo.lab",4453,0
< OK
>> AT+QSSLSEND=4,4\rlast
<< \r\n>\x20
< SEND OK
< +QSSLURC: "recv",4
`)
	if err := b.modem.DeactivatePDP(1); err != nil {
		t.Fatal(err)
	}
	b.play(`@echo off
< +QIURC: "pdpdeact",1
< +QSSLURC: "closed",4
< +QSSLURC: "closed",6
< +QSSLOPEN: 7,570
> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.10",4433,{a},4,1,4,0,"usbmodem",1
<| +QSSLSTATE: 5,"SSLClient","192.0.2.10",4433,{b},2,2,5,0,"usbmodem",1
<| +QSSLSTATE: 6,"SSLClient","192.0.2.10",4433,{c},4,1,6,1,"usbmodem",1
< OK
> AT+QIACT?
< +QIACT: 2,1,1,"10.7.157.2"
< OK
# what was there can still be read
> AT+QSSLRECV=4,9
<< \r\n+QSSLRECV: 4\r\nlast\r\n\r\nOK\r\n
> AT+QSSLRECV=4,9
< ERROR
> AT+QSSLOPEN=1,1,8,"echo.lab",4433,0
< OK
< +QSSLOPEN: 8,570
> AT+QIGETERROR
< +QIGETERROR: 570,pdp context broken down
< OK
> AT+QSSLOPEN=1,1,8,"echo.lab",4433,2
< ERROR
> AT+QIACT=1
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 570,pdp context broken down
< OK
> AT+QIDEACT=1
< OK
> AT+QSSLSTATE=4;+QSSLSTATE=6
< OK
> AT+QIACT=1
< OK
> AT+QIACT?
< +QIACT: 1,1,1,"10.7.157.3"
<| +QIACT: 2,1,1,"10.7.157.2"
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,2
< CONNECT
`)
	// Once more, with a port in transparent mode; twice is once; an idle context
	// has nothing to lose.
	for _, id := range []int{1, 1, 3} {
		if err := b.modem.DeactivatePDP(id); err != nil {
			t.Fatal(err)
		}
	}
	b.play("@echo off\n< NO CARRIER\n< +QIURC: \"pdpdeact\",1\n> AT\n< OK\n")
	for _, id := range []int{0, 16} {
		if b.modem.DeactivatePDP(id) == nil {
			t.Errorf("context %d is accepted", id)
		}
	}
}

// TestDeactivateClosesSilently: AT+QIDEACT ends the clients of its context, and
// no others, without a URC.
func TestDeactivateClosesSilently(t *testing.T) {
	newBench(t, benchOptions{}).play(setUp + `> AT+QIACT=2
< OK
> AT+QSSLOPEN=1,1,0,"echo.lab",4433,0
< OK
< +QSSLOPEN: 0,0
> AT+QSSLOPEN=2,1,1,"echo.lab",4433,0
< OK
< +QSSLOPEN: 1,0
# still opening
> AT+QSSLOPEN=1,1,2,"echo.lab",4453,0
< OK
> AT+QIDEACT=1
< OK
> AT+QSSLSTATE
< +QSSLSTATE: 1,"SSLClient","192.0.2.10",4433,{port},2,2,1,0,"usbmodem",1
< OK
@quiet 300ms
`)
}
