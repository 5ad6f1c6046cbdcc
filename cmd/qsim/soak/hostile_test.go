//go:build soak

package soak

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// What a host should not do. After each of them recover must find the modem.
var hostile = []act{
	{"noise", (*host).noise},
	{"no reading", (*host).deaf},
	{"open and close", (*host).storm},
	{"gone in an upload", (*host).goneInUpload},
	{"gone in a stream", (*host).goneInStream},
	{"gone while it opens", (*host).goneInOpen},
	{"bad servers", (*host).badServers},
	{"all ids", (*host).allIDs},
	{"bad names", (*host).badNames},
	{"power cut", (*host).powerCut},
}

// noise sends bytes that mean nothing, and some that do, and reads whatever comes.
func (h *host) noise() error {
	words := []string{"AT", "\r", "\n", "\x1a", "\x1b", "+++", "\x00", "\b", `"`, ";", "A/", "AT+QSSLSEND=0\r", "AT+QFUPL=\"x\"\r", "AT+QISEND=0,1460\r", "ATO\r", strings.Repeat("A", 3000)}
	for range 30 {
		p := h.payload(h.random.IntN(60))
		p = append(p, words[h.random.IntN(len(words))]...)
		if err := h.send(p); err != nil {
			return err
		}
		if err := h.read(func() bool { return false }, time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		h.unread = nil
	}
	return nil
}

// deaf asks and asks and does not read, until the modem does not either.
func (h *host) deaf() error {
	line := []byte("AT+QSSLCFG=?;+QFLST;+CGDCONT=?\r")
	for sent := 0; sent < 256<<10; sent += len(line) {
		if err := h.dev.SetWriteDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			return err
		}
		_, err := h.dev.Write(line)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the modem takes commands without end, and nobody reads the answers")
}

// storm opens and closes the device, with something half said each time.
func (h *host) storm() error {
	for i := range 50 {
		if err := errors.Join(h.close(), h.open()); err != nil {
			return err
		}
		if i%2 == 0 {
			if err := h.send([]byte("AT+CSQ")); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *host) goneInUpload() error {
	if err := h.send([]byte("AT+QFUPL=\"" + soakFile + "gone\",20000,30\r")); err != nil {
		return err
	}
	if err := h.want("CONNECT"); err != nil {
		return err
	}
	if err := h.send(h.payload(h.random.IntN(19_000))); err != nil {
		return err
	}
	if err := h.reopen(); err != nil {
		return err
	}
	if _, err := h.command("ATE0"); err != nil { // the echo is as it was
		return err
	}
	answer, err := h.command(`AT+QFLST="` + soakFile + `*"`)
	if err == nil && len(answer) > 0 {
		return fmt.Errorf("an upload that never ended left %q", answer)
	}
	return nil // ERROR where there is no file
}

func (h *host) goneInStream() error {
	if err := h.connect(tls(h, 2)); err != nil {
		return err
	}
	if err := h.send(h.payload(1 + h.random.IntN(8<<10))); err != nil {
		return err
	}
	return h.close()
}

func (h *host) goneInOpen() error {
	p := tls(h, h.random.IntN(3))
	if err := h.commands(p.set...); err != nil {
		return err
	}
	if err := h.send([]byte(p.open + "\r")); err != nil {
		return err
	}
	time.Sleep(time.Duration(h.random.IntN(5)) * time.Millisecond)
	return h.close()
}

// badServers opens to servers that do not behave, and to none; how it comes out is
// theirs, but it must come out.
func (h *host) badServers() error {
	ports := []int{4450, 4451, 4452, 4454, 4455, 7, 7051, 7052, 9, 4437, 4438}
	for id := range 6 {
		open := fmt.Sprintf(`AT+QSSLOPEN=1,%d,%d,"echo.lab",%d,%d`, id%3, id, ports[h.random.IntN(len(ports))], h.random.IntN(2))
		if err := h.send([]byte(open + "\r")); err != nil {
			return err
		}
		head := fmt.Sprintf("+QSSLOPEN: %d,", id)
		if err := h.read(func() bool { return strings.Contains(string(h.unread), head) }, h.patience); err != nil {
			return err
		}
		if h.random.IntN(2) == 0 {
			if err := h.send(fmt.Appendf(nil, "AT+QSSLSEND=%d,1\rx", id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// allIDs has twelve clients push what a server sends unasked, and goes.
func (h *host) allIDs() error {
	if err := h.commands(`AT+QSSLCFG="seclevel",0,0`); err != nil {
		return err
	}
	for id := range 12 {
		open := fmt.Sprintf(`AT+QSSLOPEN=1,0,%d,"echo.lab",4455,1`, id)
		if err := h.send([]byte(open + "\r")); err != nil {
			return err
		}
	}
	return h.read(func() bool { return strings.Count(string(h.unread), `"recv"`) >= 12 }, h.patience)
}

// badNames names files as no host should.
func (h *host) badNames() error {
	names := []string{"../../x", "/etc/passwd", "..", ".", strings.Repeat("n", 300), "a\x00b", "\xff\xfe", "UFS:..", "COM1", "a/b/../../../c"}
	for range 10 {
		name := names[h.random.IntN(len(names))]
		for _, format := range []string{`AT+QFDEL="%s"`, `AT+QFOPEN="%s",0`, `AT+QFLST="%s"`, `AT+QSSLCFG="cacert",0,"%s"`} {
			if err := h.send(fmt.Appendf(nil, format+"\r", name)); err != nil {
				return err
			}
		}
	}
	return h.drain()
}

// powerCut takes the supply away while something is under way.
func (h *host) powerCut() error {
	if err := h.connect(tls(h, 1)); err != nil {
		return err
	}
	if err := h.reboot(); err != nil {
		return err
	}
	return h.read(func() bool { return strings.Contains(string(h.unread), "PB DONE") }, h.patience)
}
