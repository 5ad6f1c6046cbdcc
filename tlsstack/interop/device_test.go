//go:build interop

package interop

import (
	"context"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/tlsstack"
	"github.com/quectel-sim/qsim/vfs"
)

// rowDevice counts the pairs that were pinned through the serial device.
const rowDevice = "every pair pinned with AT+QSSLCFG, through the serial device"

// TestDevice pins each pair of version and suite with AT+QSSLCFG on a modem
// behind a PTY, opens it to JSSE, sends data both ways and closes. JSSE's own
// log must name the pair.
func TestDevice(t *testing.T) {
	t.Parallel()
	jsse.require(t)
	pki := newPKI(t)
	k := &kit{peer: &jsse, pki: pki, start: jsse.prepare(t, pki)}
	srv := k.serve(t, setup{}).exchanges[0]
	h := openModem(t, pki)
	h.want("OK", `AT+QIACT=1`)
	h.want("OK", `AT+QSSLCFG="cacert",1,"UFS:cacert.pem"`)
	h.want("OK", `AT+QSSLCFG="seclevel",1,1`)
	_, serverPort, err := net.SplitHostPort(srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range k.pairs() {
		k.check(t, anyFinisher, rowDevice, p.String(), func(t *testing.T) {
			h.t = t
			mark := srv.log.mark()
			h.want("OK", fmt.Sprintf(`AT+QSSLCFG="sslversion",1,%d`, p.version-tlsstack.SSL30))
			h.want("OK", fmt.Sprintf(`AT+QSSLCFG="ciphersuite",1,0X%04X`, p.suite))
			h.want("+QSSLOPEN: 4,0", fmt.Sprintf(`AT+QSSLOPEN=1,1,4,"127.0.0.1",%s,0`, serverPort))
			h.want("OK", "AT+QSSLSTATE=4")
			const text = "Test data from SSL"
			h.want("> ", "AT+QSSLSEND=4,18")
			h.write(text)
			h.read("SEND OK\r\n")
			if got := h.receive(len(text)); got != text {
				t.Errorf("came back: %q", got)
			}
			h.want("OK", "AT+QSSLCLOSE=4")
			local := strconv.Itoa(int(h.way.port.Load()))
			hands, err := srv.log.find(mark, regexp.MustCompile(fmt.Sprintf(jsseHandshake, local)))
			if err != nil {
				t.Fatal(err)
			}
			k.wantSession(t, report{session: hands[1]}, p)
		})
	}
}

// host is a host program with the device open.
type host struct {
	t   *testing.T
	dev *chat.TTY
	in  string
	way *way
}

// way is the machine's network. It knows the local port of the last connection,
// which the module does not tell: its own is another one.
type way struct {
	network.System
	port atomic.Int32
}

func (w *way) Dial(ctx context.Context, to network.Target) (net.Conn, error) {
	conn, err := w.System.Dial(ctx, to)
	if err == nil {
		w.port.Store(int32(conn.LocalAddr().(*net.TCPAddr).Port))
	}
	return conn, err
}

// openModem puts a modem behind a PTY, with the peers' CA in its file store.
func openModem(t *testing.T, pki *pki) *host {
	t.Helper()
	files := vfs.NewMemory(1 << 20)
	if err := files.Create("cacert.pem", pki.ca); err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, way: &way{}}
	m, err := emulator.New(emulator.Options{Files: files, Network: h.way})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	p, err := port.OpenPTY()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	dev, err := chat.OpenTTY(p.Path())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dev.Close() })
	h.dev = dev
	h.want("OK", "ATE0")
	h.want("OK", "AT+QISDE=0")
	return h
}

func (h *host) write(text string) {
	h.t.Helper()
	if _, err := io.WriteString(h.dev, text); err != nil {
		h.t.Fatal(err)
	}
}

// read reads up to and including until, and returns what came before it.
func (h *host) read(until string) string {
	h.t.Helper()
	buf := make([]byte, 4096)
	if err := h.dev.SetReadDeadline(time.Now().Add(patience)); err != nil {
		h.t.Fatal(err)
	}
	for {
		if before, after, ok := strings.Cut(h.in, until); ok {
			h.in = after
			return before
		}
		if strings.Contains(h.in, "ERROR\r\n") || strings.Contains(h.in, "+QSSLOPEN: 4,5") {
			h.t.Fatalf("no %q in %q", until, h.in)
		}
		n, err := h.dev.Read(buf)
		if err != nil {
			h.t.Fatalf("no %q in %q: %v", until, h.in, err)
		}
		h.in += string(buf[:n])
	}
}

// want sends a command and reads up to what must come.
func (h *host) want(answer, command string) string {
	h.t.Helper()
	h.in = ""
	h.write(command + "\r")
	if answer == "> " {
		return h.read(answer)
	}
	return h.read(answer + "\r\n")
}

// receive reads n bytes of the server with AT+QSSLRECV.
func (h *host) receive(n int) string {
	h.t.Helper()
	var got string
	for len(got) < n {
		answer := h.want("\r\nOK", "AT+QSSLRECV=4,1500")
		_, data, ok := strings.Cut(answer, "+QSSLRECV: ")
		length, data, found := strings.Cut(data, "\r\n")
		if ok && found && length != "0" {
			got += strings.TrimSuffix(data, "\r\n")
		}
	}
	return got
}
