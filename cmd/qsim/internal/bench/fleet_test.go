package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/emulator"
)

// TestThousand: a thousand modems start, answer and go; none has anything of
// another.
func TestThousand(t *testing.T) {
	n := 1000
	if free := ptysLeft(t); free < n+100 {
		n = max(1, free/2)
		t.Logf("only %d PTYs are free here: %d modems", free, n)
	}
	dir := t.TempDir()
	f, err := StartAll(Options{Count: n, Seed: 5, Link: filepath.Join(dir, "tty")})
	if err != nil {
		t.Fatal(err)
	}
	devices, imeis := map[string]bool{}, map[string]bool{}
	for i, m := range f.Ready().Modems {
		devices[m.Device], imeis[m.IMEI] = true, true
		if m.Number != i || m.Seed != 5+uint64(i) || m.Link != filepath.Join(dir, fmt.Sprint("tty", i)) {
			t.Fatalf("modem %d is %+v", i, m)
		}
		if got := ask(t, m.Link, "ATE0;+CGSN\r"); got != "ATE0;+CGSN\r\r\n"+m.IMEI+"\r\n\r\nOK\r\n" {
			t.Fatalf("modem %d: %q", i, got)
		}
	}
	if len(devices) != n || len(imeis) != n {
		t.Errorf("%d modems, %d devices, %d IMEIs", n, len(devices), len(imeis))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// ask sends a line and reads as much as is expected of its answer.
func ask(t *testing.T, path, line string) string {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line); err != nil {
		t.Fatal(err)
	}
	var got []byte
	buf := make([]byte, 256)
	for !endsOK(got) {
		n, err := f.Read(buf)
		if err != nil {
			t.Fatalf("%v after %q", err, got)
		}
		got = append(got, buf[:n]...)
	}
	return string(got)
}

func endsOK(p []byte) bool { return len(p) >= 4 && string(p[len(p)-4:]) == "OK\r\n" }

// ptysLeft is how many PTYs the system still has.
func ptysLeft(t *testing.T) int {
	t.Helper()
	var most, used int
	for path, to := range map[string]*int{"/proc/sys/kernel/pty/max": &most, "/proc/sys/kernel/pty/nr": &used} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Skip("not Linux: ", err)
		}
		if _, err := fmt.Sscan(string(text), to); err != nil {
			t.Fatal(err)
		}
	}
	return most - used
}

// TestFleetFailure: of several modems that cannot all be had none stays, and the
// error names one that could not.
func TestFleetFailure(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "tty7")
	if err := os.Mkdir(taken, 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := StartAll(Options{Count: 20, Link: filepath.Join(dir, "tty"), ReadyFile: filepath.Join(dir, "ready")})
	var failure *cli.Failure
	if f != nil || !errors.As(err, &failure) || failure.Code != cli.CodeEnvironment || failure.What != "modem 7: --link "+taken {
		t.Fatalf("%v, %+v", f, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFleetListens: port numbers follow each other through all ports of all modems.
func TestFleetListens(t *testing.T) {
	f, err := StartAll(Options{Count: 3, Ports: emulator.MaxPorts, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	r := f.Ready()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if len(r.Devices) != 9 || len(r.Modems) != 3 || len(r.Modems[1].Devices) != 3 || r.Devices[3] != r.Modems[1].Device {
		t.Errorf("%+v", r)
	}
	for i, want := range []string{"127.0.0.1:6000", "127.0.0.1:6003", "127.0.0.1:6006"} {
		o := Options{Ports: 3, Listen: "127.0.0.1:6000"}.number(i, nil)
		if got, err := next(o.Listen, o.firstPort); err != nil || got != want {
			t.Errorf("modem %d: %s, %v", i, got, err)
		}
	}
}
