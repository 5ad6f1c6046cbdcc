//go:build unix

package chat

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// openPTY is a PTY: the modem's end, and the path for the host. The PTY outlives
// a host that closes it.
func openPTY(t *testing.T) (modem *os.File, path string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no PTY here: ", err)
	}
	t.Cleanup(func() { slave.Close() })
	path = slave.Name()
	// creack/pty leaves the master blocking, where Close does not end a Read.
	fd, err := unix.Dup(int(master.Fd()))
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	modem = os.NewFile(uintptr(fd), "modem")
	t.Cleanup(func() { modem.Close() })
	return modem, path
}

// Every byte value passes a PTY in both directions, more than its buffer holds,
// and over a reopen.
func TestPlayOverPTY(t *testing.T) {
	modem, path := openPTY(t)
	tty, err := OpenTTY(path)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	var all []byte
	for i := range 256 {
		all = append(all, byte(i))
	}
	files := fstest.MapFS{"all": {Data: bytes.Repeat(all, 64)}}
	script := &Script{Name: "pty.chat", Steps: []Step{
		{Op: OpSend, Data: Literal("AT")},
		{Op: OpExpect, Data: Literal("OK")},
		{Op: OpFile, Text: "all"},
		{Op: OpExpectRaw, Data: Literal(string(bytes.Repeat(all, 64)))},
		{Op: OpReopen},
		{Op: OpSend, Data: Literal("ATI")},
		{Op: OpExpect, Data: Literal("OK")},
	}}
	flow, err := script.Flow(nil, files)
	if err != nil {
		t.Fatal(err)
	}
	done := mirror(modem, flow)
	if _, err := Play(t.Context(), tty, script, Options{Files: files, Timeout: 20 * time.Second}); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// An os.File on a tty serves as a device, and Play ends cleanly on it although
// nothing more comes.
func TestPlayOverFile(t *testing.T) {
	modem, path := openPTY(t)
	tty, err := OpenTTY(path) // for raw mode
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for range 2 {
		done := mirror(modem, []Chunk{{Host, []byte("AT\r"), 1}, {Modem, []byte("AT\r\r\nOK\r\n"), 1}})
		if _, err := Play(t.Context(), file, mustParse(t, "> AT\n< OK\n"), Options{Timeout: 20 * time.Second}); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestTTYClosed(t *testing.T) {
	_, path := openPTY(t)
	tty, err := OpenTTY(path)
	if err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := tty.Read(make([]byte, 1))
		read <- err
	}()
	if err := tty.Close(); err != nil {
		t.Error(err)
	}
	if err := <-read; !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read: %v, want os.ErrClosed", err)
	}
	if err := tty.Reopen(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Reopen: %v, want os.ErrClosed", err)
	}
	if err := tty.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestOpenTTYErrors(t *testing.T) {
	if _, err := OpenTTY(t.TempDir() + "/none"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such device: %v", err)
	}
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenTTY(file); err == nil {
		t.Error("a plain file was taken for a tty")
	}
}
