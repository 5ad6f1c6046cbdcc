// Naive is a host program for the module as they are often found: it was written
// against a module on a desk, with a good network, and works there. It sends
// messages to an echo server, over SSL or as they are, and compares what comes back.
//
//	naive [flags] [DEVICE]
//
// DEVICE is the path of a serial device or tcp://HOST:PORT; without one
// $QSIM_DEVICE counts.
//
// What it takes for granted is marked with "assumes" in the comments. Each of
// these is false in the field at some time, and ../robust does without.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

func main() { os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr)) }

// run is main with its surroundings as arguments.
func run(args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("naive", flag.ContinueOnError)
	flags.SetOutput(stderr)
	host := flags.String("host", "echo.lab", "the echo server")
	port := flags.Int("port", 0, "its port; 0: 4433, with -tcp 7")
	tcp := flags.Bool("tcp", false, "connect without SSL")
	count := flags.Int("n", 3, "how many messages to send")
	ca := flags.String("ca", "", "the CA certificate in PEM, to be uploaded; without it must be on the module")
	if err := flags.Parse(args); err != nil {
		return 1
	}
	name := getenv("QSIM_DEVICE")
	if flags.NArg() > 0 {
		name = flags.Arg(0)
	}
	dev, err := openDevice(name)
	if err == nil {
		defer dev.Close()
		m := &modem{dev: dev, in: bufio.NewReader(dev), words: overSSL}
		if *tcp {
			m.words = overTCP
		}
		if *port == 0 {
			*port = m.port
		}
		err = m.work(*host, *port, *count, *ca, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "naive:", err)
		return 1
	}
	fmt.Fprintf(stdout, "done: %d messages echoed\n", *count)
	return 0
}

// work does the whole job, once, from top to bottom.
func (m *modem) work(host string, port, count int, ca string, out io.Writer) error {
	if err := m.awaitModule(); err != nil {
		return err
	}
	// Assumes that a setting holds: after a reboot echo is on again.
	if err := m.command("ATE0"); err != nil {
		return err
	}
	if err := m.ask("AT+CPIN?", "READY"); err != nil {
		return err
	}
	// Assumes to be registered at once, or soon.
	for try := 0; m.ask("AT+CEREG?", ",1") != nil; try++ {
		if try == 5 {
			return fmt.Errorf("not registered")
		}
		time.Sleep(time.Second)
	}
	for _, c := range []string{`AT+QICSGP=1,1,"UNINET","","",0`, "AT+QIACT=1"} {
		if err := m.command(c); err != nil {
			return err
		}
	}
	if m.secure {
		if err := m.secureWith(ca); err != nil {
			return err
		}
	}
	if err := m.command(fmt.Sprintf(`AT%s=%s,"%s",%d,%s`, m.open, m.which, host, port, m.mode)); err != nil {
		return err
	}
	// Assumes that the result comes, and that it is the one of this open.
	line, err := m.lineWith(m.open + ":")
	if err != nil {
		return err
	}
	if !strings.HasSuffix(line, ",0") {
		return fmt.Errorf("the open failed: %s", line)
	}
	for i := 1; i <= count; i++ {
		if err := m.exchange(message(i, 200)); err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		fmt.Fprintf(out, "message %d: 200 bytes echoed\n", i)
	}
	for _, c := range []string{"AT" + m.state, "AT" + m.close + "=4", "AT+QIDEACT=1"} {
		if err := m.command(c); err != nil {
			return err
		}
	}
	return nil
}

// awaitModule waits for the module. Assumes that it is up within five seconds; a
// cold one takes eleven and more. Each AT that was kept waiting brings an OK
// later, which is then taken for that of another command.
func (m *modem) awaitModule() error {
	answer := make(chan error, 1)
	go func() { answer <- m.result("AT") }()
	for range 5 {
		if _, err := fmt.Fprint(m.dev, "AT\r"); err != nil {
			return err
		}
		select {
		case err := <-answer:
			return err
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("the module does not answer")
}

// secureWith prepares for SSL.
func (m *modem) secureWith(ca string) error {
	if err := m.provideCA(ca); err != nil {
		return err
	}
	for _, c := range []string{
		`AT+QSSLCFG="sslversion",1,4`, `AT+QSSLCFG="ciphersuite",1,0XFFFF`, `AT+QSSLCFG="seclevel",1,1`,
		`AT+QSSLCFG="cacert",1,"UFS:cacert.pem"`, `AT+QSSLCFG="sni",1,1`,
	} {
		if err := m.command(c); err != nil {
			return err
		}
	}
	return nil
}

// provideCA uploads the certificate, where there is a file. Assumes that all of
// it arrives: the size and checksum that the module answers are not looked at.
func (m *modem) provideCA(file string) error {
	if file == "" {
		return m.ask(`AT+QFLST="UFS:cacert.pem"`, "cacert.pem")
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	_ = m.command(`AT+QFDEL="UFS:cacert.pem"`) // there may be none
	fmt.Fprintf(m.dev, "AT+QFUPL=\"UFS:cacert.pem\",%d,5\r", len(pem))
	if _, err := m.lineWith("CONNECT"); err != nil {
		return err
	}
	if _, err := m.dev.Write(pem); err != nil {
		return err
	}
	return m.result("AT+QFUPL")
}

// exchange sends a message and reads its echo.
func (m *modem) exchange(msg []byte) error {
	fmt.Fprintf(m.dev, "AT%s=4,%d\r", m.send, len(msg))
	// Assumes that the prompt comes, and that the first > is it.
	if _, err := m.in.ReadString('>'); err != nil {
		return err
	}
	if _, err := m.dev.Write(msg); err != nil {
		return err
	}
	if err := m.result("AT" + m.send); err != nil {
		return err
	}
	// Assumes a URC for each message, and after the SEND OK.
	if _, err := m.lineWith(`"recv"`); err != nil {
		return err
	}
	// Assumes that one read gets all of it. What stays in the module would be
	// announced by no further URC.
	fmt.Fprintf(m.dev, "AT%s=4,1500\r", m.read)
	line, err := m.lineWith(m.read + ":")
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(line, m.read+": "))
	if err != nil {
		return fmt.Errorf("not understood: %q", line)
	}
	// Assumes that nothing comes between this line and the data.
	got := make([]byte, n)
	if _, err := io.ReadFull(m.in, got); err != nil {
		return err
	}
	if !bytes.Equal(got, msg) {
		return fmt.Errorf("%d bytes came back that are not what was sent", n)
	}
	return m.result("AT" + m.read)
}

// words are those of a kind of connection.
type words struct {
	open, send, read, state, close string

	which  string // the parameters of the open before the host
	mode   string // those behind the port: buffer mode
	port   int    // of the echo server
	secure bool
}

var (
	overSSL = words{"+QSSLOPEN", "+QSSLSEND", "+QSSLRECV", "+QSSLSTATE", "+QSSLCLOSE", "1,1,4", "0", 4433, true}
	overTCP = words{"+QIOPEN", "+QISEND", "+QIRD", "+QISTATE", "+QICLOSE", `1,4,"TCP"`, "0,0", 7, false}
)

// modem is a module at the other end of a serial line.
type modem struct {
	words
	dev io.ReadWriteCloser
	in  *bufio.Reader
}

// command sends a command and waits for its result, as long as that takes.
func (m *modem) command(text string) error {
	if _, err := fmt.Fprintf(m.dev, "%s\r", text); err != nil {
		return err
	}
	return m.result(text)
}

// result waits for OK or ERROR. Assumes that no other line contains one of them,
// and drops the lines in between, a URC too.
func (m *modem) result(of string) error {
	for {
		line, err := m.lineWith("")
		switch {
		case err != nil:
			return err
		case strings.Contains(line, "OK"):
			return nil
		case strings.Contains(line, "ERROR"), strings.Contains(line, "FAIL"):
			return fmt.Errorf("%s: %s", of, line)
		}
	}
}

// ask sends a command, and wants a line with text before the result.
func (m *modem) ask(command, text string) error {
	fmt.Fprintf(m.dev, "%s\r", command)
	line, err := m.lineWith("+")
	if err != nil {
		return err
	}
	if !strings.Contains(line, text) {
		return fmt.Errorf("%s: %s", command, line)
	}
	return m.result(command)
}

// lineWith is the next line that contains text.
func (m *modem) lineWith(text string) (string, error) {
	for {
		line, err := m.in.ReadString('\n')
		if err != nil {
			return "", err
		}
		if line = strings.TrimSpace(line); line != "" && strings.Contains(line, text) {
			return line, nil
		}
	}
}

// message makes a message: its number, the checksum of its text, the text.
func message(seq, size int) []byte {
	text := strings.Repeat(strconv.Itoa(seq%10)+"abcdefghi", size/10)[:size-19]
	sum := 0
	for _, b := range []byte(text) {
		sum += int(b)
	}
	return fmt.Appendf(nil, "msg %05d sum %04x %s", seq, sum&0xffff, text)
}

// openDevice opens a tty by its path, raw, or tcp://HOST:PORT.
func openDevice(name string) (io.ReadWriteCloser, error) {
	if address, ok := strings.CutPrefix(name, "tcp://"); ok {
		return net.Dial("tcp", address)
	}
	file, err := os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	conn, err := file.SyscallConn()
	if err == nil {
		var raw error
		if err = conn.Control(func(fd uintptr) { _, raw = term.MakeRaw(int(fd)) }); err == nil {
			err = raw
		}
	}
	if err != nil {
		return nil, fmt.Errorf("make %s raw: %w", name, errors.Join(err, file.Close()))
	}
	return file, nil
}
