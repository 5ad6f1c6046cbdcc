package emulator_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/vfs"
)

// TestModules: each module of seed table 1 is who it says, and all can do the
// same. Its IMEI has the right check digit.
func TestModules(t *testing.T) {
	series := map[string]string{}
	for _, p := range emulator.Modules() {
		series[p.Name] = p.Series
		_, h := newModem(t, emulator.Options{Module: strings.ToLower(p.Name)})
		if got, want := h.ask("ATI"), "\r\nQuectel\r\n"+p.Name+"\r\nRevision: "+p.Revision+"\r\n\r\nOK\r\n"; got != want {
			t.Errorf("%s: %q", p.Name, got)
		}
		imei := strings.TrimSpace(strings.TrimSuffix(h.ask("AT+CGSN"), "OK\r\n"))
		sum := 0
		for i, c := range imei {
			d := int(c - '0')
			if i%2 == 1 {
				d = d*2/10 + d*2%10
			}
			sum += d
		}
		if len(imei) != 15 || sum%10 != 0 {
			t.Errorf("%s: IMEI %q", p.Name, imei)
		}
		if got := h.ask(`AT+QFLDS="UFS"`); !strings.Contains(got, "+QFLDS: ") {
			t.Errorf("%s: %q", p.Name, got)
		}
	}
	if len(series) != 7 || series["EC200S"] != "EC200x" || series["EC600N-CN"] != "EC600x" || series["EG912Y"] != "EG912Y" {
		t.Error(series)
	}
	if _, err := emulator.New(emulator.Options{Module: "EC200X"}); err == nil || !strings.Contains(err.Error(), "EC200S") {
		t.Errorf("an unknown module: %v", err)
	}
}

// TestRuling37SameSeed: the same seed gives the same module, another seed another.
func TestRuling37SameSeed(t *testing.T) {
	dialogue := func(seed uint64) string {
		_, h := newModem(t, emulator.Options{Seed: seed})
		return h.ask("AT+CGSN") + h.ask("AT+CGSN=0") + h.ask("AT+CIMI") + h.ask("AT+QCCID")
	}
	if a, b := dialogue(7), dialogue(7); a != b {
		t.Errorf("%q and %q", a, b)
	}
	if dialogue(7) == dialogue(8) {
		t.Error("seeds 7 and 8 give the same module")
	}
}

// TestRuling21And22Start: a modem that was not just booted has the time it was
// given, and says nothing of its own accord.
func TestRuling21And22Start(t *testing.T) {
	start := time.Date(2030, 5, 6, 7, 8, 9, 0, time.FixedZone("", 8*3600))
	m, err := emulator.New(emulator.Options{RTC: start, Network: network.Offline{}})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p, dev := port.Pipe()
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dev: dev}
	defer dev.Close()
	b.play("@quiet 200ms\n> AT+CCLK?\n< +CCLK: \"30/05/06,07:08:{ss}+32\"\n< OK\n")
}

// TestSettingsSurvive: what AT&W and AT+QURCCFG stored is there for the next
// modem on the same directory, and what is not stored is not.
func TestSettingsSurvive(t *testing.T) {
	dir := t.TempDir()
	session := func(script string) {
		t.Helper()
		files, err := vfs.Open(dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		newBench(t, benchOptions{files: files}).play(script)
	}
	session(`> ATX1&D1S0=5;+IPR=0;+CREG=2;+IFC=2,2;+CMEE=2;S12=20
< OK
> ATE0&W
< OK
@echo off
> AT+QURCCFG="urcport","uart1"
< OK
> AT&C0;+CGREG=1
< OK
> AT+QFUPL="kept",5
< CONNECT
>> hello
< +QFUPL: 5,6b09
< OK
> AT+QICSGP=1,1,"apn";+QSSLCFG="sni",0,1;+QIACT=1
< OK
`)
	for range 2 {
		session(`@echo off
> AT+IPR?;+CREG?;+CGREG?;+IFC?;+CMEE?
< +IPR: 0
< +CREG: 2,1,"550A","82E8C80",7
< +CGREG: 0,1
< +IFC: 2,2
< +CMEE: 1
< OK
> AT&V
< &C: 1
<| &D: 1
<| &F: 0
<| &W: 0
<| E: 0
<| Q: 0
<| V: 1
<| X: 1
<| Z: 0
<| S0: 5
<| S3: 13
<| S4: 10
<| S5: 8
<| S6: 2
<| S7: 0
<| S8: 2
<| S10: 15
< OK
> ATS12?
< 050
< OK
> AT+QURCCFG="urcport"
< +QURCCFG: "urcport","uart1"
< OK
> AT+QFLST
< +QFLST: "UFS:kept",5
< OK
> AT+QICSGP=1;+QSSLCFG="sni",0;+QIACT?
< +QICSGP: 1,"","","",0
< +QSSLCFG: "sni",0,0
< OK
`)
	}
}

// TestDamagedSettings are an error of New, not a modem that has forgotten.
func TestDamagedSettings(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	if err := files.SaveSettings("settings", []byte("{")); err != nil {
		t.Fatal(err)
	}
	if _, err := emulator.New(emulator.Options{Files: files}); err == nil {
		t.Error("accepted")
	}
}

// TestClosed: a modem can be closed more than once and from several goroutines;
// then its calls return ErrClosed.
func TestClosed(t *testing.T) {
	m, err := emulator.New(emulator.Options{Network: network.Offline{}})
	if err != nil {
		t.Fatal(err)
	}
	p, dev := port.Pipe()
	defer dev.Close()
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := m.DeactivatePDP(1); !errors.Is(err, emulator.ErrClosed) {
		t.Error(err)
	}
	late, host := port.Pipe()
	defer host.Close()
	if err := m.Attach(late); !errors.Is(err, emulator.ErrClosed) {
		t.Error(err)
	}
}

// TestCloseWhileBusy: a modem is closed with opens, sends and waits under way,
// and nothing stays behind (goleak).
func TestCloseWhileBusy(t *testing.T) {
	b := newBench(t, benchOptions{pty: true})
	b.play(setUp + `> AT+QSSLOPEN=1,1,0,"echo.lab",4433,1
< OK
< +QSSLOPEN: 0,0
> AT+QSSLOPEN=1,1,1,"echo.lab",4453,0
< OK
>> AT+QSSLSEND=0,5\rhello
<< \r\n>\x20
< SEND OK
<< \r\n+QSSLURC: "recv",0,5\r\nhello
>> AT+QSSLOPEN=1,1,2,"echo.lab",4453,2\r
`)
}

// recorder keeps what passes on a port.
type recorder struct {
	mu    sync.Mutex
	bytes [2]bytes.Buffer
}

func (r *recorder) Wire(_ string, dir emulator.Direction, p []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bytes[dir].Write(p)
}

// TestWire: the wire is heard as it is, both ways.
func TestWire(t *testing.T) {
	r := &recorder{}
	m, h := newModem(t, emulator.Options{Wire: r})
	h.ask("AT+CSQ")
	if _, err := m.State(); err != nil { // the host can be ahead of the one who listens
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := r.bytes[emulator.FromHost].String(); got != "ATE0\rAT+CSQ\r" {
		t.Errorf("from the host: %q", got)
	}
	if got := r.bytes[emulator.ToHost].String(); got != "ATE0\r\r\nOK\r\n\r\n+CSQ: 24,99\r\n\r\nOK\r\n" {
		t.Errorf("to the host: %q", got)
	}
}

// TestKeyLog: with the secrets a capture can be read.
func TestKeyLog(t *testing.T) {
	var secrets syncBuffer
	m, err := emulator.New(emulator.Options{Network: &pipes{serve: echoing}, KeyLog: &secrets})
	if err != nil {
		t.Fatal(err)
	}
	p, dev := port.Pipe()
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	(&bench{t: t, dev: dev}).play("> ATE0\n< OK\n@echo off\n> AT+QIACT=1\n< OK\n" + openBuffer)
	dev.Close()
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	if got := secrets.String(); !strings.HasPrefix(got, "CLIENT_RANDOM ") {
		t.Errorf("%q", got)
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// TestAttachTooMany: a modem has three ports.
func TestAttachTooMany(t *testing.T) {
	m, _ := newModem(t, emulator.Options{})
	for i, name := range emulator.PortNames()[1:] {
		p, host := port.Pipe()
		defer host.Close()
		if err := m.Attach(p); err != nil {
			t.Fatal(err)
		}
		if s, err := m.State(); err != nil || s.Ports[i+1].Name != name {
			t.Errorf("%+v, %v", s.Ports, err)
		}
	}
	p, host := port.Pipe()
	defer host.Close()
	if err := m.Attach(p); err == nil {
		t.Error("a fourth port was taken")
	}
	if _, err := p.TryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the port that was refused is not closed: %v", err)
	}
}
