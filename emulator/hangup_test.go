package emulator_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// openEcho opens client 4 to the lab's echo.
const openEcho = "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,%d\n< OK\n< +QSSLOPEN: 4,0\n"

// TestHostDies: the host goes in the middle of something; the next one finds a
// modem that answers AT.
func TestHostDies(t *testing.T) {
	connected := "> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.10\",4433,{port},%d,1,4,%d,\"usbmodem\",1\n< OK\n"
	transparent := "> AT&D%d\n< OK\n> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,2\n< CONNECT\n>> x\n<< x\n"
	tests := []struct {
		name   string
		before string
		after  string // what the next host finds
	}{
		{"in a line", ">> AT+QSSLSTA\n", "> AT\n< OK\n"},
		{"in a quoted line", ">> AT+QFDEL=\"cacert.pem\n", "> AT\n< OK\n> AT+QFLST=\"cacert.pem\"\n< +QFLST: \"UFS:cacert.pem\",{n}\n< OK\n"},
		{
			"ruling 27: in an upload", "> AT+QFUPL=\"x\",100\n< CONNECT\n>> half\n",
			"> AT\n< OK\n> AT+QFLST=\"x\"\n< +CME ERROR: 405\n",
		},
		{
			"ruling 27: in an upload, AT&D0", "> AT&D0\n< OK\n> AT+QFUPL=\"x\",100\n< CONNECT\n>> half\n",
			"> AT\n< OK\n> AT+QFLST=\"x\"\n< +CME ERROR: 405\n",
		},
		{"in a download", "> AT+QFDWL=\"big\"\n< CONNECT\n<< 0123456789\n", "> AT\n< OK\n"},
		{
			"ruling 27: in a prompt", fmt.Sprintf(openEcho, 0) + "> AT+QSSLSEND=4\n<< \\r\\n>\\x20\n>> half\n",
			"> AT\n< OK\n" + fmt.Sprintf(connected, 2, 0) + "> AT+QSSLRECV=4,9\n< +QSSLRECV: 0\n< OK\n",
		},
		{
			"ruling 27: in a counted send", "> AT&D0\n< OK\n" + fmt.Sprintf(openEcho, 1) + "> AT+QSSLSEND=4,9\n<< \\r\\n>\\x20\n>> half\n",
			"> AT\n< OK\n" + fmt.Sprintf(connected, 2, 1) + ">> AT+QSSLSEND=4,3\\rnew\n<< \\r\\n>\\x20\n< SEND OK\n<< \\r\\n+QSSLURC: \"recv\",4,3\\r\\nnew\n",
		},
		{
			"ruling 26: in transparent mode, AT&D0", fmt.Sprintf(transparent, 0),
			">> still there\n<< still there\n@wait 300ms\n>> +++\n< OK\n" + fmt.Sprintf(connected, 2, 0),
		},
		{
			"ruling 26: in transparent mode, AT&D1", fmt.Sprintf(transparent, 1),
			"> AT\n< OK\n" + fmt.Sprintf(connected, 2, 0) + "> ATO\n< CONNECT\n>> again\n<< again\n",
		},
		{
			"ruling 26: in transparent mode, AT&D2", fmt.Sprintf(transparent, 2),
			"> AT\n< OK\n" + fmt.Sprintf(connected, 4, 0) + "> ATO\n< NO CARRIER\n> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,2\n< ERROR\n" +
				"> AT+QSSLCLOSE=4\n< OK\n> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,2\n< CONNECT\n",
		},
		{"in an open of mode 2", ">> AT+QSSLOPEN=1,1,4,\"echo.lab\",4453,2\\r\n@quiet 100ms\n", "> AT\n< OK\n> AT+QSSLSTATE\n< OK\n"},
		{
			"in an open of mode 0", "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4453,0\n< OK\n",
			"> AT\n< OK\n> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"echo.lab\",4453,0,1,1,4,0,\"usbmodem\",1\n< OK\n> AT+QSSLCLOSE=4\n< OK\n",
		},
	}
	for _, test := range tests {
		for _, pty := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/pty=%v", test.name, pty), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, benchOptions{pty: pty})
				if err := b.files.Create("big", bytes.Repeat([]byte("0123456789"), 60000)); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(test.name, "download") {
					// A transcript would not let so much pass.
					h := newHost(t, b.dev)
					h.send("AT+QFDWL=\"big\"\r")
					h.take(final)
				} else {
					b.play(setUp + "> ATS12=10\n< OK\n" + test.before)
				}
				b.hangUp()
				echo := "@echo off\n"
				if strings.Contains(test.name, "download") {
					echo = ""
				}
				b.play(echo + test.after)
			})
		}
	}
}

// TestHostDiesOpening: the host goes while an open of mode 2 is under way. With
// AT&D0 the connection keeps the port, and the next host has it; else the open
// is given up.
func TestHostDiesOpening(t *testing.T) {
	for d, after := range []string{
		0: "< CONNECT\n>> mine\n<< mine\n",
		1: "@quiet 10s\n> AT\n< OK\n> AT+QSSLSTATE\n< OK\n",
		2: "@quiet 10s\n> AT\n< OK\n> AT+QSSLSTATE\n< OK\n",
	} {
		bubble(t, &pipes{slow: 5 * time.Second, serve: echoing}, func(b *bench) {
			b.play(fmt.Sprintf("@echo off\n> AT&D%d\n< OK\n>> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\\r\n", d))
			b.hangUp()
			b.play("@echo off\n" + after)
		})
	}
}

// TestHostDiesWithoutReading: a host that sends commands and reads no answer is
// pushed back, and can die like that.
func TestHostDiesWithoutReading(t *testing.T) {
	for _, pty := range []bool{false, true} {
		t.Run(fmt.Sprintf("pty=%v", pty), func(t *testing.T) {
			b := newBench(t, benchOptions{pty: pty})
			deaf := b.dev
			stuck := make(chan struct{})
			go func() {
				defer close(stuck)
				for {
					if _, err := io.WriteString(deaf, "AT+QSSLCFG=?\r"); err != nil {
						return
					}
				}
			}()
			deadline := time.Now().Add(patience)
			for steady, last := 0, -1; steady < 10; time.Sleep(10 * time.Millisecond) {
				out, in, _, _, err := b.modem.Backlog()
				if err != nil || out > 32<<10 || in > 40<<10 {
					t.Fatalf("%d bytes wait for the host, %d for the modem: %v", out, in, err)
				}
				if steady++; out+in != last || in == 0 {
					steady, last = 0, out+in
				}
				if time.Now().After(deadline) {
					t.Fatal("the host is not pushed back")
				}
			}
			b.hangUp()
			<-stuck
			b.play("> AT\n< OK\n")
		})
	}
}

// TestHostDiesWithServerStuck: the server does not read, the modem is full and
// pushes the host back; the host dies. Its end is seen behind all that, the
// connection goes as AT&D says, and with AT&D0 nothing is lost.
func TestHostDiesWithServerStuck(t *testing.T) {
	const sent = 40000
	for _, pty := range []bool{false, true} {
		for _, d := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("pty=%v/&D%d", pty, d), func(t *testing.T) {
				read := make(chan struct{})
				unblock := sync.OnceFunc(func() { close(read) })
				defer unblock()
				b := newBench(t, benchOptions{pty: pty, net: func(network.Network) network.Network {
					return &pipes{serve: func(c *tls.Conn) {
						<-read
						n, _ := io.Copy(io.Discard, io.LimitReader(c, sent))
						_, _ = fmt.Fprintf(c, "%d bytes\n", n)
						swallowing(c)
					}}
				}})
				b.play(setUp + fmt.Sprintf("> AT&D%d\n< OK\n", d) + openTransparent)
				if _, err := b.dev.Write(bytes.Repeat([]byte("x"), sent)); err != nil {
					t.Fatal(err)
				}
				b.hangUp()
				switch d {
				case 0:
					unblock()
					b.play("<< 40000 bytes\\n\n")
				case 1:
					b.play("@echo off\n> AT\n< OK\n> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.1\",443,{port},2,1,4,0,\"usbmodem\",0\n< OK\n")
				case 2:
					b.play("@echo off\n> AT\n< OK\n> AT+QSSLCLOSE=4\n< OK\n> AT+QSSLSTATE\n< OK\n")
				}
			})
		}
	}
}

// numbered is n bytes that tell their place: lines of 16.
func numbered(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%014d\r\n", i)
	}
	return b.Bytes()[:n]
}

// TestHostThatDoesNotRead: a server sends a megabyte to a host that does not
// read. Little of it is taken; then the host reads, and all of it comes in
// order.
func TestHostThatDoesNotRead(t *testing.T) {
	data := numbered(1 << 20)
	var sent int
	net := &pipes{serve: func(c *tls.Conn) {
		for part := range slices.Chunk(data, 4000) {
			if _, err := c.Write(part); err != nil {
				return
			}
			sent += len(part)
		}
		swallowing(c)
	}}
	check := func(b *bench) {
		synctest.Wait()
		out, in, rx, tx, err := b.modem.Backlog()
		if err != nil || out > 16<<10+1600 || in > 0 || rx > 16<<10 || tx > 0 || sent > 64<<10 {
			t.Errorf("waiting: %d %d %d %d, taken: %d, %v", out, in, rx, tx, sent, err)
		}
	}
	t.Run("buffer", func(t *testing.T) {
		bubble(t, net, func(b *bench) {
			sent = 0
			b.play("@echo off\n" + openBuffer + "< +QSSLURC: \"recv\",4\n")
			check(b)
			h := newHost(b.t, b.dev)
			var got []byte
			for len(got) < len(data) {
				answer := h.ask("AT+QSSLRECV=4,1500")
				_, answer, _ = strings.Cut(answer, "+QSSLRECV: ") // a URC may stand before it
				length, body, _ := strings.Cut(answer, "\r\n")
				n, err := strconv.Atoi(length)
				if err != nil || n > len(body) {
					b.t.Fatalf("%q: %v", answer, err)
				}
				got = append(got, body[:n]...)
			}
			if !bytes.Equal(got, data) {
				t.Error("not the same data")
			}
		})
	})
	t.Run("push", func(t *testing.T) {
		bubble(t, net, func(b *bench) {
			sent = 0
			if _, err := io.WriteString(b.dev, "AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,1\r"); err != nil {
				t.Fatal(err)
			}
			check(b)
			h := newHost(b.t, b.dev)
			h.take(openURC)
			var got []byte
			for len(got) < len(data) {
				var n int
				head := h.take(pushURC)
				if _, err := fmt.Sscanf(head, "\r\n+QSSLURC: \"recv\",4,%d\r\n", &n); err != nil {
					b.t.Fatalf("%q: %v", head, err)
				}
				got = append(got, h.bytes(n)...)
			}
			if !bytes.Equal(got, data) {
				t.Error("not the same data")
			}
		})
	})
	t.Run("transparent", func(t *testing.T) {
		bubble(t, net, func(b *bench) {
			sent = 0
			if _, err := io.WriteString(b.dev, "AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\r"); err != nil {
				t.Fatal(err)
			}
			check(b)
			h := newHost(b.t, b.dev)
			h.take(final)
			if !bytes.Equal(h.bytes(len(data)), data) {
				t.Error("not the same data")
			}
		})
	})
}

// TestRuling28NobodyThere: what comes while no host has the device open is
// dropped, and noted; the next host sees none of it.
func TestRuling28NobodyThere(t *testing.T) {
	for _, pty := range []bool{false, true} {
		t.Run(fmt.Sprintf("pty=%v", pty), func(t *testing.T) {
			gone := make(chan struct{})
			b := newBench(t, benchOptions{pty: pty, net: func(network.Network) network.Network {
				return &pipes{serve: func(c *tls.Conn) {
					<-gone
					_, _ = io.WriteString(c, "late")
					c.Close()
				}}
			}})
			b.play(setUp + openPush)
			if err := b.dev.Close(); err != nil {
				t.Fatal(err)
			}
			b.events.wait(t, emulator.HostClose)
			close(gone)
			b.events.wait(t, emulator.TLSClosed)
			if _, _, _, _, err := b.modem.Backlog(); err != nil { // behind its URC
				t.Fatal(err)
			}
			if !b.events.noted("no host") {
				t.Error("not noted")
			}
			b.dev = b.reopen()
			b.play("@echo off\n> AT\n< OK\n> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.1\",443,{port},4,1,4,1,\"usbmodem\",0\n< OK\n")
		})
	}
}

// descriptors is how many files the process has open.
func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc here: ", err)
	}
	return len(list)
}

// TestNothingIsLeftBehind: goroutines and descriptors are as many after a
// hundred opens, closes, failures and hosts as before.
func TestNothingIsLeftBehind(t *testing.T) {
	b := newBench(t, benchOptions{pty: true})
	b.play(setUp)
	round := func() {
		b.play("@echo off\n" + fmt.Sprintf(openEcho, 0) + `>> AT+QSSLSEND=4,4\rdata
<< \r\n>\x20
< SEND OK
< +QSSLURC: "recv",4
> AT+QSSLCLOSE=4
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",9,0
< OK
< +QSSLOPEN: 4,566
> AT+QSSLOPEN=1,1,4,"echo.lab",4453,0
< OK
> AT+QSSLCLOSE=4
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4433,2
< CONNECT
`)
		b.hangUp()
		b.play("@echo off\n> AT+QSSLCLOSE=4\n< OK\n")
	}
	round()
	base, files := runtime.NumGoroutine(), descriptors(t)
	for range 20 {
		round()
	}
	deadline := time.Now().Add(patience)
	for runtime.NumGoroutine() > base || descriptors(t) > files {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, were %d; %d descriptors, were %d", runtime.NumGoroutine(), base, descriptors(t), files)
		}
		time.Sleep(10 * time.Millisecond)
	}
	open := 0
	for _, s := range b.lab.Services() {
		for _, c := range b.lab.Connections(s.Name) {
			if c.Open {
				open++
			}
		}
	}
	if open > 0 {
		t.Errorf("the lab still has %d connections", open)
	}
}
