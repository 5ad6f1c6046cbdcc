//go:build soak

package soak

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// What a host does that does nothing wrong.
var valid = []act{
	{"identity", (*host).identity},
	{"echo of lines", (*host).echoedLines},
	{"TLS buffer", func(h *host) error { return h.exchange(tls(h, 0)) }},
	{"TLS push", func(h *host) error { return h.exchange(tls(h, 1)) }},
	{"TLS transparent", func(h *host) error { return h.transparent(tls(h, 2)) }},
	{"TCP buffer", func(h *host) error { return h.exchange(tcp(h, 0)) }},
	{"TCP push", func(h *host) error { return h.exchange(tcp(h, 1)) }},
	{"TCP transparent", func(h *host) error { return h.transparent(tcp(h, 2)) }},
	{"upload", (*host).upload},
	{"restart", (*host).restart},
}

// act is one thing that a host does, in a state as recover leaves it.
type act struct {
	name string
	do   func(*host) error
}

// identity asks what never changes.
func (h *host) identity() error {
	var first string
	for range 5 {
		answer, err := h.command("AT+CGMI;+CGMM;+CGSN;+CIMI;+CSQ;+CREG?;+QIACT?")
		if err != nil {
			return err
		}
		if now := fmt.Sprint(answer[:4]); first == "" {
			first = now
		} else if now != first {
			return fmt.Errorf("%s, and then %s", first, now)
		}
	}
	return nil
}

// echoedLines types lines with the echo on: each byte comes back once, in order,
// and the answer behind it.
func (h *host) echoedLines() error {
	if err := h.commands("ATE1"); err != nil {
		return err
	}
	for range 20 {
		line := fmt.Sprintf("AT+CSCS=?;+CGMI;+CMEE=%d;+CMEE?\r", h.random.IntN(3))
		if err := h.send([]byte(line)); err != nil {
			return err
		}
		want := line + "\r\n+CSCS: (\"IRA\",\"GSM\",\"UCS2\")\r\n\r\nQuectel\r\n\r\n+CMEE: " + line[len(line)-9:len(line)-8] + "\r\n\r\nOK\r\n"
		got, err := h.take(len(want))
		if err != nil {
			return err
		}
		if string(got) != want {
			return fmt.Errorf("got %q, want %q", got, want)
		}
	}
	if err := h.send([]byte("ATE0\r")); err != nil {
		return err
	}
	_, err := h.take(len("ATE0\r\r\nOK\r\n"))
	return err
}

// peer is an echo server, and how a host speaks with it.
type peer struct {
	set              []string // lines that come first
	open             string
	opened           string // the URC that tells how it came out, up to the error
	send, read, shut string // with the id and a length, or the id
	recv             *regexp.Regexp
	push             *regexp.Regexp
	got              string // the head of what read brings
	mode             int
}

var (
	sslRecv = regexp.MustCompile(`^\+QSSLURC: "recv",\d+$`)
	sslPush = regexp.MustCompile(`^\+QSSLURC: "recv",\d+,(\d+)$`)
	tcpRecv = regexp.MustCompile(`^\+QIURC: "recv",\d+$`)
	tcpPush = regexp.MustCompile(`^\+QIURC: "recv",\d+,(\d+)$`)
)

// kinds are the TLS servers of the lab with the settings that each needs, and
// versions and suites that one or the other finisher takes over.
var kinds = []struct {
	port     int
	level    int
	more     string // a further setting
	versions []int
	suites   []string
}{
	{4433, 1, "", []int{3, 4}, []string{"0XFFFF", "0XC02F", "0XC030", "0XC023", "0XC027"}},
	{4433, 1, "", []int{1, 2, 3, 4}, []string{"0XFFFF", "0XC013", "0XC007", "0X002F", "0X0005"}},
	{4434, 1, "", []int{1, 2, 3, 4}, []string{"0XFFFF", "0XC014"}},
	{4435, 0, "", []int{1, 2, 3, 4}, []string{"0XFFFF", "0X0035", "0XC012"}},
	{4436, 1, `AT+QSSLCFG="ignorelocaltime",%d,1`, []int{1, 2, 3, 4}, []string{"0XFFFF"}},
	{4439, 2, "", []int{3, 4}, []string{"0XFFFF", "0XC030"}},
	{4440, 0, "", []int{1, 4}, []string{"0XFFFF", "0X002F", "0X000A", "0X0005"}},
}

// tls is a TLS server, with an id and a context of any number.
func tls(h *host, mode int) peer {
	kind := kinds[h.random.IntN(len(kinds))]
	id, ctx := h.random.IntN(12), h.random.IntN(6)
	set := func(key string, value any) string { return fmt.Sprintf(`AT+QSSLCFG="%s",%d,%v`, key, ctx, value) }
	p := peer{
		set: []string{
			set("sslversion", kind.versions[h.random.IntN(len(kind.versions))]), set("ciphersuite", kind.suites[h.random.IntN(len(kind.suites))]), set("seclevel", kind.level),
			set("cacert", `"cacert.pem"`), set("clientcert", `"client.pem"`), set("clientkey", `"user_key.pem"`),
			set("ignorelocaltime", 0), "AT+QISDE=0",
		},
		open: fmt.Sprintf(`AT+QSSLOPEN=1,%d,%d,"echo.lab",%d,%d`, ctx, id, kind.port, mode), opened: fmt.Sprintf("+QSSLOPEN: %d,", id),
		send: fmt.Sprintf("AT+QSSLSEND=%d,%%d", id), read: fmt.Sprintf("AT+QSSLRECV=%d,1500", id), shut: fmt.Sprintf("AT+QSSLCLOSE=%d", id),
		recv: sslRecv, push: sslPush, got: "+QSSLRECV: ", mode: mode,
	}
	if kind.more != "" {
		p.set = append(p.set, fmt.Sprintf(kind.more, ctx))
	}
	return p
}

// tcp is the plain echo server.
func tcp(h *host, mode int) peer {
	id := h.random.IntN(12)
	return peer{
		set:  []string{"AT+QISDE=0"},
		open: fmt.Sprintf(`AT+QIOPEN=1,%d,"TCP","echo.lab",7,0,%d`, id, mode), opened: fmt.Sprintf("+QIOPEN: %d,", id),
		send: fmt.Sprintf("AT+QISEND=%d,%%d", id), read: fmt.Sprintf("AT+QIRD=%d,1500", id), shut: fmt.Sprintf("AT+QICLOSE=%d", id),
		recv: tcpRecv, push: tcpPush, got: "+QIRD: ", mode: mode,
	}
}

// connect opens the connection.
func (h *host) connect(p peer) error {
	if err := h.commands(p.set...); err != nil {
		return err
	}
	if p.mode == 2 {
		if err := h.send([]byte(p.open + "\r")); err != nil {
			return err
		}
		if err := h.want("CONNECT"); err != nil {
			return h.why(p, err)
		}
	} else {
		if err := h.commands(p.open); err != nil {
			return h.why(p, err)
		}
		if err := h.want(p.opened + "0"); err != nil {
			return h.why(p, err)
		}
	}
	h.counts.opened.Add(1)
	return nil
}

// why adds to an error all that tells where it comes from.
func (h *host) why(p peer, err error) error {
	code, failure := h.command("AT+QIGETERROR")
	return fmt.Errorf("%v %s: %w: %v, %v", p.set, p.open, err, code, failure)
}

// payload is n bytes of any value.
func (h *host) payload(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(h.random.IntN(256))
	}
	return p
}

// exchange sends packets and takes back what comes of them, in buffer or direct
// push mode.
func (h *host) exchange(p peer) error {
	if err := h.connect(p); err != nil {
		return err
	}
	for range 1 + h.random.IntN(8) {
		sent := h.payload(1 + h.random.IntN(1460))
		if err := h.send(fmt.Appendf(nil, p.send+"\r", len(sent))); err != nil {
			return err
		}
		if err := h.want(">"); err != nil {
			return err
		}
		if err := h.send(sent); err != nil {
			return err
		}
		if err := h.want("SEND OK"); err != nil {
			return err
		}
		got, err := h.receive(p, len(sent))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, sent) {
			return fmt.Errorf("%d bytes came back otherwise than they went: %.100q for %.100q", len(sent), got, sent)
		}
		h.counts.echoed.Add(int64(len(sent)))
	}
	return h.commands(p.shut)
}

// receive takes n bytes of a connection.
func (h *host) receive(p peer, n int) (got []byte, err error) {
	for len(got) < n {
		text, err := h.text()
		if err != nil {
			return got, err
		}
		if m := p.push.FindStringSubmatch(text); m != nil {
			size, err := strconv.Atoi(m[1])
			if err != nil {
				return got, err
			}
			data, err := h.take(size)
			if err != nil {
				return got, err
			}
			got = append(got, data...)
			continue
		}
		if !p.recv.MatchString(text) {
			return got, fmt.Errorf("after %d of %d bytes: %q", len(got), n, text)
		}
		if got, err = h.fetch(p, got); err != nil {
			return got, err
		}
	}
	// The announcement of what has been read with an earlier one.
	return got, nil
}

// fetch reads all that waits in a buffer.
func (h *host) fetch(p peer, got []byte) ([]byte, error) {
	for {
		if err := h.send([]byte(p.read + "\r")); err != nil {
			return got, err
		}
		text, err := h.text()
		for err == nil && p.recv.MatchString(text) { // announced when the command was on its way
			text, err = h.text()
		}
		if err != nil {
			return got, err
		}
		var size int
		if _, err := fmt.Sscanf(text, p.got+"%d", &size); err != nil {
			return got, fmt.Errorf("%q is no %s", text, p.got)
		}
		if size > 0 {
			data, err := h.take(size + 2)
			if err != nil {
				return got, err
			}
			got = append(got, data[:size]...)
		}
		if err := h.want("OK"); err != nil {
			return got, err
		}
		if size == 0 {
			return got, nil
		}
	}
}

// transparent sends a stream and takes it back at the same time. It leaves by +++,
// or by closing the device.
func (h *host) transparent(p peer) error {
	if err := h.connect(p); err != nil {
		return err
	}
	sent := h.payload(1 + h.random.IntN(32<<10))
	wrote := make(chan error, 1)
	writer := *h // its own chances, so that they do not hang on who is first
	writer.random = h.fork()
	go func() { wrote <- writer.send(sent) }()
	got, err := h.take(len(sent))
	if err = errors.Join(err, <-wrote); err != nil {
		return err
	}
	if !bytes.Equal(got, sent) {
		return fmt.Errorf("a stream of %d bytes came back otherwise than it went", len(sent))
	}
	h.counts.echoed.Add(int64(len(sent)))
	if h.random.IntN(8) > 0 {
		return h.close()
	}
	time.Sleep(1100 * time.Millisecond) // the guard time is the wall clock's
	if err := h.send([]byte("+++")); err != nil {
		return err
	}
	if err := h.want("OK"); err != nil {
		return err
	}
	return h.commands(p.shut)
}

// soakFile begins the names of the files that hosts make.
const soakFile = "soak-"

// upload stores a file and reads it back.
func (h *host) upload() error {
	name, data := soakFile+strconv.Itoa(h.random.IntN(4)), h.payload(1+h.random.IntN(20_000))
	if err := h.send(fmt.Appendf(nil, "AT+QFUPL=\"%s\",%d,30\r", name, len(data))); err != nil {
		return err
	}
	if err := h.want("CONNECT"); err != nil {
		return err
	}
	if err := h.send(data); err != nil {
		return err
	}
	sum := uint16(0)
	for i := 0; i < len(data); i += 2 {
		word := uint16(data[i]) << 8
		if i+1 < len(data) {
			word |= uint16(data[i+1])
		}
		sum ^= word
	}
	tail := fmt.Sprintf("%d,%x", len(data), sum)
	if err := errors.Join(h.want("+QFUPL: "+tail), h.want("OK")); err != nil {
		return err
	}
	if err := h.send(fmt.Appendf(nil, "AT+QFDWL=\"%s\"\r", name)); err != nil {
		return err
	}
	if err := h.want("CONNECT"); err != nil {
		return err
	}
	got, err := h.take(len(data))
	if err != nil {
		return err
	}
	if !bytes.Equal(got, data) {
		return fmt.Errorf("the file of %d bytes is another now", len(data))
	}
	return errors.Join(h.want("+QFDWL: "+tail), h.want("OK"), h.commands(`AT+QFDEL="`+name+`"`))
}

// restart restarts the module by its own command.
func (h *host) restart() error {
	if err := h.commands("AT+CFUN=1,1"); err != nil {
		return err
	}
	for {
		text, err := h.text()
		if err != nil || text == "+QIND: PB DONE" {
			return err
		}
	}
}
