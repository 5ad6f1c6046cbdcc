package emulator_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
)

// loadHost is a host with many clients, in buffer and direct push mode: it sends
// one command at a time and takes what comes between the answers.
type loadHost struct {
	t      *testing.T
	dev    io.ReadWriter
	answer chan string // results, prompts and other texts that are not told below
	errs   chan error

	got      [12][]byte       // of the reader, until it has ended
	count    [12]atomic.Int64 // how many bytes those are
	readable chan int         // clients with something to read
}

// take keeps bytes that client id has received.
func (h *loadHost) take(id int, p []byte) {
	h.got[id] = append(h.got[id], p...)
	h.count[id].Add(int64(len(p)))
}

// token is what may come next: a text in its frame, or a prompt.
var token = regexp.MustCompile(`^\r\n(?:> |([^\r\n]*)\r\n)`)

var (
	pushText = regexp.MustCompile(`^\+Q(?:SSL|I)URC: "recv",(\d+),(\d+)$`)
	recvText = regexp.MustCompile(`^\+Q(?:SSL|I)URC: "recv",(\d+)$`)
	readText = regexp.MustCompile(`^\+(?:QSSLRECV|QIRD): (\d+)$`)
)

// run reads until the device is closed. reading tells whose data a command that
// reads brings.
func (h *loadHost) run(reading <-chan int) {
	buf := make([]byte, 32<<10)
	var pending []byte
	need := func(n int) bool {
		for len(pending) < n {
			m, err := h.dev.Read(buf)
			if err != nil {
				h.errs <- err
				return false
			}
			pending = append(pending, buf[:m]...)
		}
		return true
	}
	cut := func(n int) []byte {
		p := pending[:n]
		pending = pending[n:]
		return p
	}
	for need(1) {
		at := token.FindSubmatch(pending)
		if at == nil {
			if len(pending) > 100 {
				h.errs <- fmt.Errorf("not understood: %.200q", pending)
				return
			}
			if !need(len(pending) + 1) {
				return
			}
			continue
		}
		text := string(at[1])
		cut(len(at[0]))
		if m := pushText.FindStringSubmatch(text); m != nil {
			id, n := number(m[1]), number(m[2])
			if n > 1500 || !need(n) {
				h.errs <- fmt.Errorf("a push of %d bytes, or the end", n)
				return
			}
			h.take(id, cut(n))
			h.readable <- -1
			continue
		}
		if m := recvText.FindStringSubmatch(text); m != nil {
			h.readable <- number(m[1])
			continue
		}
		if m := readText.FindStringSubmatch(text); m != nil {
			n, id := number(m[1]), <-reading
			if n > 0 {
				if !need(n + 2) {
					return
				}
				h.take(id, cut(n + 2)[:n])
			}
		}
		h.answer <- text
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// next is the next text of an answer.
func (h *loadHost) next() string {
	h.t.Helper()
	select {
	case text := <-h.answer:
		return text
	case err := <-h.errs:
		h.t.Fatal(err)
	case <-time.After(patience):
		h.t.Fatal("no answer")
	}
	return ""
}

func (h *loadHost) send(p []byte) {
	h.t.Helper()
	if _, err := h.dev.Write(p); err != nil {
		h.t.Fatal(err)
	}
}

// loadClient is how a host speaks to one of its clients.
type loadClient struct {
	open       string // a format of the id
	send, read string // formats of the id and a length
	// paced: what was sent must have come back before more is, or it may be lost.
	paced bool
}

// Kinds of clients, in buffer and in direct push mode.
func sslLoad(id int) loadClient {
	return loadClient{
		open: fmt.Sprintf("> AT+QSSLOPEN=%d,%d,%%d,\"echo.lab\",4433,%d\n< OK\n< +QSSLOPEN: %%[1]d,0\n", 1+id%3, id%6, id/6),
		send: "AT+QSSLSEND=%d,%d\r", read: "AT+QSSLRECV=%d,%d\r",
	}
}

func socketLoad(id int, service string) loadClient {
	return loadClient{
		open: fmt.Sprintf("> AT+QIOPEN=%d,%%d,%q,\"echo.lab\",7,0,%d\n< OK\n< +QIOPEN: %%[1]d,0\n", 1+id%3, service, id/6),
		send: "AT+QISEND=%d,%d\r", read: "AT+QIRD=%d,%d\r", paced: service == "UDP",
	}
}

// TestTwelveClients: twelve clients over six SSL contexts and three PDP
// contexts, on a PTY, a mebibyte each way each, interleaved: all bytes arrive
// once and in order.
func TestTwelveClients(t *testing.T) {
	var clients [12]loadClient
	for id := range clients {
		clients[id] = sslLoad(id)
	}
	load(t, clients)
}

// TestTwelveMixed: the same with four SSL clients, four TCP sockets and four UDP
// sockets side by side. The host waits for each datagram's echo before it sends
// another.
func TestTwelveMixed(t *testing.T) {
	var clients [12]loadClient
	for id := range clients {
		clients[id] = [...]loadClient{sslLoad(id), socketLoad(id, "TCP"), socketLoad(id, "UDP")}[id%3]
	}
	load(t, clients)
}

func load(t *testing.T, clients [12]loadClient) {
	const piece, total = 1460, 1 << 20
	b := newBench(t, benchOptions{pty: true})
	script := setUp + `> AT+QIACT=2;+QIACT=3
< OK
> AT+QSSLCFG="sslversion",0,1;+QSSLCFG="sslversion",1,2;+QSSLCFG="sslversion",2,3
< OK
> AT+QSSLCFG="ciphersuite",3,0XC030;+QSSLCFG="ciphersuite",4,0XC013
< OK
`
	for id, c := range clients {
		script += fmt.Sprintf(c.open, id)
	}
	b.play(script)

	h := &loadHost{
		t: t, dev: b.dev, answer: make(chan string, 64), errs: make(chan error, 4),
		readable: make(chan int, 4*total/piece*len(clients)),
	}
	reading, ended := make(chan int, 1), make(chan struct{})
	go func() {
		defer close(ended)
		h.run(reading)
	}()

	var want [len(clients)][]byte
	var sent [len(clients)]int
	for id := range want {
		want[id] = bytes.ReplaceAll(numbered(total), []byte("0000000"), fmt.Appendf(nil, "id %02d: ", id))[:total]
	}
	line := make([]byte, 0, 2*piece)
	drained := func() {
		for {
			select {
			case id := <-h.readable:
				if id < 0 {
					continue
				}
				// Until less comes than was asked for; of datagrams, until nothing does.
				for n := 1500; n == 1500 || clients[id].paced && n > 0; {
					reading <- id
					h.send(fmt.Appendf(line[:0], clients[id].read, id, 1500))
					m := readText.FindStringSubmatch(h.next())
					if m == nil || h.next() != "OK" {
						t.Fatal("reading failed")
					}
					n = number(m[1])
				}
			default:
				return
			}
		}
	}
	for done := false; !done; {
		done = true
		idle := true
		for id, c := range clients {
			drained()
			n := min(piece, total-sent[id])
			if n == 0 {
				continue
			}
			done = false
			if c.paced && h.count[id].Load() < int64(sent[id]) {
				continue // in a later round
			}
			idle = false
			// The data goes along with the command: the prompt need not be seen.
			line = append(fmt.Appendf(line[:0], c.send, id, n), want[id][sent[id]:sent[id]+n]...)
			h.send(line)
			if p := h.next(); p != "" {
				t.Fatalf("not a prompt: %q", p)
			}
			switch r := h.next(); r {
			case "SEND OK":
				sent[id] += n
			case "SEND FAIL": // its 10,240 bytes are full: in the next round
			default:
				t.Fatalf("%q answered %q", line[:20], r)
			}
		}
		if idle && !done {
			time.Sleep(time.Millisecond)
		}
	}
	// What is still under way.
	deadline := time.After(patience)
	for received := 0; received < len(clients)*total; {
		drained()
		received = 0
		b.events.mu.Lock()
		for _, e := range b.events.all {
			if e.Kind == emulator.TLSReceived || e.Kind == emulator.SocketReceived {
				received += e.Bytes
			}
		}
		b.events.mu.Unlock()
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%d of %d bytes came", received, len(clients)*total)
		}
	}
	for range 2 { // all URCs come before this OK, so none is missing
		h.send([]byte("AT\r"))
		if r := h.next(); r != "OK" {
			t.Fatalf("AT answered %q", r)
		}
		drained()
	}
	if err := b.dev.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	for id := range clients {
		if !bytes.Equal(h.got[id], want[id]) {
			t.Errorf("client %d: %d bytes came back, %d are as they were sent", id, len(h.got[id]), common(h.got[id], want[id]))
		}
	}
}

// common is how long two texts are the same.
func common(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
