package emulator_test

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/vfs"
)

// TestOpenFileOutlivesHost: a host that goes leaves its files open for the next
// one, and of a write that it goes in nothing is taken (ruling 27).
func TestOpenFileOutlivesHost(t *testing.T) {
	for _, d := range []int{0, 2} {
		bubbleWith(t, emulator.Options{}, func(b *bench) {
			b.play(fmt.Sprintf("%s> AT&D%d\n< OK\n", quiet, d) + writeA + "> AT+QFWRITE=1,10\n< CONNECT\n>> lost\n")
			b.hangUp()
			b.next(`> AT+QFOPEN?
< +QFOPEN: "UFS:a",1,0
< OK
> AT+QFPOSITION=1;+QFSIZE=1
< +QFPOSITION: 5
< +QFSIZE: 5
< OK
> AT+QFWRITE=1,1
< CONNECT
>> !
< +QFWRITE: 1,6
< OK
> AT+QFCLOSE=1
< OK
> AT+QFDWL="a"
< CONNECT
<< hello!
< +QFDWL: 6,6b28
< OK
`)
			if !b.events.noted("nothing of it is in a") {
				t.Error("that a write is lost is not noted")
			}
		})
	}
}

// TestOpenFileLosesPower: a module that loses power has the old file, whole, and
// no file open; also in the midst of a write or a read.
func TestOpenFileLosesPower(t *testing.T) {
	restarts := map[string]func(b *bench){
		"reboot": func(b *bench) { b.pull(emulator.Levers.Reboot) },
		"power": func(b *bench) {
			b.pull(func(l emulator.Levers) { l.PowerOff(); l.PowerOn() })
		},
	}
	for name, restart := range restarts {
		for _, midst := range []string{"", "> AT+QFWRITE=1,9\n< CONNECT\n>> halfway\n"} {
			t.Run(name, func(t *testing.T) {
				files := vfs.NewMemory(1 << 20)
				if err := files.Create("a", []byte("old content")); err != nil {
					t.Fatal(err)
				}
				bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
					b.play(quiet + strings.Replace(writeA, `"a"`, `"a",1`, 1) + "> AT+QFLST\n< +QFLST: \"UFS:a\",11\n< OK\n" + midst)
					restart(b)
					b.next(booted + "@echo on\n" + quiet + `> AT+QFOPEN?
< OK
> AT+QFLST;+QFLDS
< +QFLST: "UFS:a",11
< +QFLDS: 11,1
< OK
> AT+QFOPEN="a";+QFREAD=1
<< \r\n+QFOPEN: 1\r\n\r\nCONNECT 11\r\nold content\r\nOK\r\n
`)
				})
			})
		}
	}
}

// TestOpenFileAtTheEnd: a modem that is closed leaves files as they are stored,
// and none of them open.
func TestOpenFileAtTheEnd(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) { b.play(quiet + writeA) })
	if data, err := files.ReadFile("a"); err != nil || len(data) > 0 {
		t.Errorf("%q, %v", data, err)
	}
	if err := files.Remove("a"); err != nil {
		t.Error(err)
	}
}

// TestOpenFileStored: when a file is put into the store, and only then, that is
// an event, and who reads the store sees it.
func TestOpenFileStored(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		stored := func(want, content string) {
			t.Helper()
			if got := b.events.told(); got != want {
				t.Errorf("events %q, want %q", got, want)
			}
			if data, err := files.ReadFile("a"); err != nil || string(data) != content {
				t.Errorf("%q, %v", data, err)
			}
			b.events.forget()
		}
		b.play(quiet + writeA)
		stored("", "")
		b.next("> AT+QFCLOSE=1\n< OK\n")
		stored("file.uploaded a", "hello")
		b.next(openA + "> AT+QFREAD=1\n<< \\r\\nCONNECT 5\\r\\nhello\\r\\nOK\\r\\n\n> AT+QFCLOSE=1\n< OK\n")
		stored("", "hello")
		b.next("> AT+QFOPEN=\"a\",1\n< +QFOPEN: 1\n< OK\n> AT+QFCLOSE=1\n< OK\n")
		stored("file.uploaded a", "")
	})
}

// TestFilesOfTwoPorts: what is open belongs to the module, not to a port.
func TestFilesOfTwoPorts(t *testing.T) {
	bubbleWith(t, emulator.Options{}, func(b *bench) {
		b.play(quiet + writeA)
		b.elsewhere(`> AT+QFOPEN?
< +QFOPEN: "UFS:a",1,0
< OK
> AT+QFOPEN="a"
< +CME ERROR: 426
> AT+QFSEEK=1,1;+QFREAD=1,3
<< \r\nCONNECT 3\r\nell\r\nOK\r\n
`)
		b.next("> AT+QFREAD=1\n<< \\r\\nCONNECT 1\\r\\no\\r\\nOK\\r\\n\n")
	})
}

// TestReadStopped: +++ stops a read that the host does not take, and the position
// is behind what was asked for.
func TestReadStopped(t *testing.T) {
	const size = 600_000
	files := vfs.NewMemory(1 << 20)
	if err := files.Create("big", []byte(strings.Repeat("0123456789", size/10))); err != nil {
		t.Fatal(err)
	}
	bubbleWith(t, emulator.Options{Files: files}, func(b *bench) {
		b.play(quiet + "> AT+QFOPEN=\"big\",2\n< +QFOPEN: 1\n< OK\n")
		for _, text := range []string{fmt.Sprintf("AT+QFREAD=1,%d\r", size-1), "+++"} {
			if _, err := io.WriteString(b.dev, text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(1500 * time.Millisecond)
		}
		b.events.forget()
		h := newHost(b.t, b.dev)
		got := h.take(regexp.MustCompile(`\r\nOK\r\n`))
		head := fmt.Sprintf("\r\nCONNECT %d\r\n0123456789", size-1)
		if !strings.HasPrefix(got, head) || len(got) >= size || len(got) < len(head) {
			t.Errorf("%d bytes came: %.40q", len(got), got)
		}
		if got := h.ask("AT+QFPOSITION=1"); got != fmt.Sprintf("\r\n+QFPOSITION: %d\r\n\r\nOK\r\n", size-1) {
			t.Errorf("%q", got)
		}
		h.close()
	})
}

// TestRAMIsLost: what is in RAM: goes with the power, what is on UFS stays.
func TestRAMIsLost(t *testing.T) {
	bubbleWith(t, emulator.Options{Quirks: map[string]string{"ram-files": "yes"}}, func(b *bench) {
		b.play(quiet + uploadA + ramFile)
		if s := b.state(); len(s.Files) != 2 || s.Files[1] != (emulator.FileState{Name: "RAM:a", Size: 5}) {
			t.Errorf("files %+v", s.Files)
		}
		b.pull(emulator.Levers.Reboot)
		b.next(booted + "@echo on\n" + quiet + `> AT+QFLST="RAM:*";+QFOPEN?;+QFLST
< +QFLST: "UFS:a",5
< OK
> AT+QFOPEN="RAM:a",2
< +CME ERROR: 405
`)
	})
}

// TestRAMCertificate: a TLS client finds its files in RAM:, too.
func TestRAMCertificate(t *testing.T) {
	b := newBench(t, benchOptions{quirks: map[string]string{"ram-files": "yes"}})
	ca := b.lab.Files()["cacert.pem"]
	b.play(setUp + fmt.Sprintf("> AT+QFUPL=\"RAM:ca.pem\",%d\n< CONNECT\n@file cacert.pem\n< +QFUPL: %d,%x\n< OK\n", len(ca), len(ca), vfs.Sum(ca)) +
		"> AT+QSSLCFG=\"cacert\",1,\"RAM:ca.pem\";+QSSLCFG=\"seclevel\",1,1\n< OK\n" +
		"> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\n< OK\n< +QSSLOPEN: 4,0\n")
}

// TestFailFiles: a medium that fails still lists, and what is stored is there
// when it works again.
func TestFailFiles(t *testing.T) {
	bubbleWith(t, emulator.Options{}, func(b *bench) {
		b.play(quiet + uploadA + "> AT+QFOPEN=\"b\"\n< +QFOPEN: 1\n< OK\n")
		b.pull(func(l emulator.Levers) { l.FailFiles(true) })
		b.next(`> AT+QFLST="a"
< +QFLST: "UFS:a",5
< OK
> AT+QFDWL="a"
< +CME ERROR: 411
> AT+QFDEL="a"
< +CME ERROR: 418
> AT+QFUPL="c",1
< CONNECT
>> x
< +CME ERROR: 409
> AT+QFWRITE=1,1
< CONNECT
>> x
< +CME ERROR: 409
`)
		b.pull(func(l emulator.Levers) { l.FailFiles(false) })
		b.next("> AT+QFWRITE=1,1\n< CONNECT\n>> x\n< +QFWRITE: 1,1\n< OK\n> AT+QFCLOSE=1\n< OK\n> AT+QFDWL=\"a\"\n< CONNECT\n<< hello\n< +QFDWL: 5,6b09\n< OK\n")
	})
}
