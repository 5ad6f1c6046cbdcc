package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A fake is a module that does as told: just enough of one for the job, and a
// twist where a test wants it to be odd. It shares no code with qsim, so that the
// program is not tested against its own idea of the module.
type fake struct {
	// twist may answer a line itself; n counts the times that this line has come.
	// The prompt of a send is followed by the line "DATA ...".
	twist func(f *fake, line string, n int) bool
	// bend may change what is written.
	bend func(text string) string

	mu    sync.Mutex
	conn  net.Conn // the module's end; nil: nobody has the device open
	sent  []string // lines of the host
	count map[string]int
	ended chan struct{}

	echo, active, open bool
	clock              string // that AT+CCLK set; "": 1970
	file               []byte
	data               []byte // for AT+QSSLRECV
	upload             int    // bytes of one that are awaited
	prompt             bool
}

// dial opens the device.
func (f *fake) dial() (device, error) {
	if f.ended != nil {
		<-f.ended // of the connection before
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	host, module := net.Pipe()
	f.conn, f.ended = module, make(chan struct{})
	go f.serve(module, f.ended)
	return host, nil
}

func (f *fake) serve(conn net.Conn, ended chan struct{}) {
	defer close(ended)
	var line []byte
	buffer := make([]byte, 1024)
	for {
		n, err := conn.Read(buffer)
		for _, b := range buffer[:n] {
			line = f.take(append(line, b))
		}
		if err != nil {
			conn.Close()
			return
		}
	}
}

// take takes a line that grows, and gives back what of it is kept.
func (f *fake) take(line []byte) []byte {
	last := line[len(line)-1]
	switch {
	case f.upload > 0:
		if len(line) == f.upload {
			f.upload = 0
			f.run("FILE " + string(line))
			return nil
		}
	case f.prompt && last == ctrlZ:
		f.prompt = false
		f.run("DATA " + string(line[:len(line)-1]))
		return nil
	case f.prompt && last == escape:
		f.prompt = false
		f.say("\r\nOK\r\n")
		return nil
	case !f.prompt && last == '\r':
		i := max(bytes.Index(line, []byte("AT")), 0)
		if f.echo {
			f.say(string(line))
		}
		f.run(string(line[i : len(line)-1]))
		return nil
	}
	return line
}

func (f *fake) say(text string) {
	if f.bend != nil {
		text = f.bend(text)
	}
	_, _ = io.WriteString(f.conn, text) // the host may have gone
}

func (f *fake) ok()              { f.say("\r\nOK\r\n") }
func (f *fake) info(text string) { f.say("\r\n" + text + "\r\n\r\nOK\r\n") }

// urc says something unasked.
func (f *fake) urc(text string) { f.say("\r\n" + text + "\r\n") }

// boot forgets all that a boot forgets.
func (f *fake) boot() {
	f.echo, f.active, f.open, f.data, f.prompt = true, false, false, nil, false
	f.clock = ""
	f.urc("RDY")
	f.urc("+CPIN: READY")
}

// run runs a command, or takes data.
func (f *fake) run(line string) {
	f.mu.Lock()
	f.sent = append(f.sent, line)
	f.count[line]++
	n := f.count[line]
	f.mu.Unlock()
	if f.twist != nil && f.twist(f, line, n) {
		return
	}
	f.obey(line)
}

// obey does what a good module does.
func (f *fake) obey(line string) {
	name, args, _ := strings.Cut(line, "=")
	switch {
	case line == "ATE0":
		f.ok()
		f.echo = false
	case line == "AT+CPIN?":
		f.info("+CPIN: READY")
	case line == "AT+CCLK?" && f.clock == "":
		f.info(`+CCLK: "70/01/01,00:00:09+00"`)
	case line == "AT+CCLK?":
		f.info("+CCLK: " + f.clock)
	case name == "AT+CCLK":
		f.clock = args
		f.ok()
	case line == "AT+CEREG?":
		f.info("+CEREG: 0,1")
	case line == "AT+QIACT?" && f.active:
		f.info(`+QIACT: 1,1,1,"10.0.0.1"`)
	case name == "AT+QIACT":
		f.active = true
		f.ok()
	case name == "AT+QIDEACT":
		f.active, f.open = false, false
		f.ok()
	case name == "AT+QFLST" && f.file != nil:
		f.info(fmt.Sprintf(`+QFLST: "UFS:cacert.pem",%d`, len(f.file)))
	case name == "AT+QFDEL":
		f.file = nil
		f.ok()
	case name == "AT+QFUPL" && f.file != nil:
		f.say("\r\n+CME ERROR: file already exist\r\n")
	case name == "AT+QFUPL":
		_, _ = fmt.Sscanf(field(args, 1), "%d", &f.upload)
		f.say("\r\nCONNECT\r\n")
	case strings.HasPrefix(line, "FILE "):
		f.file = []byte(line[5:])
		f.info(fmt.Sprintf("+QFUPL: %d,%x", len(f.file), checksum(f.file)))
	case name == "AT+QSSLOPEN" && f.open:
		f.ok()
		f.urc("+QSSLOPEN: 4,563")
	case name == "AT+QSSLOPEN":
		f.ok()
		f.open = true
		f.urc("+QSSLOPEN: 4,0")
	case name == "AT+QSSLSEND" && f.open:
		f.prompt = true
		f.say("\r\n> ")
	case strings.HasPrefix(line, "DATA "):
		f.say("\r\nSEND OK\r\n")
		f.data = append(f.data, line[5:]...)
		f.urc(`+QSSLURC: "recv",4`)
	case name == "AT+QSSLRECV" && len(f.data) > 0:
		data := f.data
		f.data = nil
		f.info(fmt.Sprintf("+QSSLRECV: %d\r\n%s", len(data), data))
	case name == "AT+QSSLRECV" && f.open:
		f.info("+QSSLRECV: 0")
	case line == "AT+QSSLSTATE" && f.open:
		f.info(`+QSSLSTATE: 4,"SSLClient","192.0.2.10",4433,0,2,1,4,0,"usbmodem",1`)
	case name == "AT+QSSLCLOSE":
		f.open, f.data = false, nil
		f.ok()
	case line == "AT+QIGETERROR":
		f.info("+QIGETERROR: 552, invalid parameters")
	case name == "AT+CFUN":
		f.ok()
		f.boot()
	case name == "AT+QSSLSEND", name == "AT+QSSLRECV":
		f.say("\r\nERROR\r\n")
	case strings.HasPrefix(line, "AT"):
		f.ok()
	}
}

// outcome is what a run of the program against a fake gave.
type outcome struct {
	err    error
	out    string
	report string
	sent   []string
}

// drive runs the program against f.
func drive(t *testing.T, f *fake, change func(*config, *timing)) outcome {
	t.Helper()
	f.count, f.echo = map[string]int{}, true
	if f.file == nil {
		f.file = []byte("a certificate")
	}
	c := config{apn: "UNINET", service: services["ssl"], host: "echo.lab", port: 4433, messages: 3, size: 200, urcPort: "usbmodem"}
	limit := newTiming(100, 30*time.Second)
	limit.floor = 500 * time.Millisecond
	if change != nil {
		change(&c, &limit)
	}
	var out, report bytes.Buffer
	d := newDriver(c, f.dial, limit, &out, func(format string, args ...any) {
		fmt.Fprintf(&report, format+"\n", args...)
	})
	err := d.run()
	d.link.disconnect()
	f.mu.Lock()
	ended := f.ended
	f.mu.Unlock()
	<-ended
	return outcome{err, out.String(), report.String(), f.sent}
}
