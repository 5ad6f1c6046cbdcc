package emulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/vfs"
)

// provoker leads to an error of files without a fault, with AT+CMEE as it is.
// fails is what a transcript then expects of the modem.
type provoker struct {
	t     *testing.T
	mee   int
	fails string
}

// on has f come by the error on a modem.
func (p provoker) on(o emulator.Options, f func(b *bench)) {
	p.t.Helper()
	bubbleWith(p.t, o, func(b *bench) {
		b.play(fmt.Sprintf("%s> AT+CMEE=%d\n< OK\n", quiet, p.mee))
		f(b)
	})
}

// by comes by the error with what a host sends.
func (p provoker) by(script string) {
	p.t.Helper()
	p.on(emulator.Options{}, func(b *bench) { b.next(script + p.fails) })
}

// each has each of several commands fail.
func (p provoker) each(before string, commands ...string) {
	p.t.Helper()
	p.by(before + "> " + strings.Join(commands, "\n"+p.fails+"> ") + "\n")
}

// next plays a script to a modem that does not echo.
func (b *bench) next(script string) {
	b.t.Helper()
	b.play("@echo off\n" + script)
}

// directory is a store in a directory, and the directory.
func (p provoker) directory(capacity int64) (*vfs.FS, string) {
	p.t.Helper()
	dir := filepath.Join(p.t.TempDir(), "ufs")
	return p.store(dir, capacity), dir
}

func (p provoker) store(dir string, capacity int64) *vfs.FS {
	p.t.Helper()
	files, err := vfs.Open(dir, capacity)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := files.Close(); err != nil {
			p.t.Error(err)
		}
	})
	return files
}

// gone comes by the error when the directory of the files is deleted after some
// commands and before others.
func (p provoker) gone(before string, commands ...string) {
	p.t.Helper()
	files, dir := p.directory(1 << 20)
	p.on(emulator.Options{Files: files}, func(b *bench) {
		b.next(before)
		if err := os.RemoveAll(dir); err != nil {
			b.t.Fatal(err)
		}
		b.next("> " + strings.Join(commands, "\n"+p.fails+"> ") + "\n" + p.fails)
	})
}

// refused comes by the error with files of a directory that lists them, and
// neither lets them be read nor takes any: even root cannot do more with the
// kernel's own.
func (p provoker) refused(script string) {
	p.t.Helper()
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		p.t.Skip("the machine has no /proc")
	}
	p.on(emulator.Options{Files: p.store("/proc/self", 1<<20)}, func(b *bench) { b.next(script) })
}

const (
	uploadA  = "> AT+QFUPL=\"a\",5\n< CONNECT\n>> hello\n< +QFUPL: 5,6b09\n< OK\n"
	openA    = "> AT+QFOPEN=\"a\"\n< +QFOPEN: 1\n< OK\n"
	readOnly = uploadA + "> AT+QFOPEN=\"a\",2\n< +QFOPEN: 1\n< OK\n"
	writeA   = openA + "> AT+QFWRITE=1,5\n< CONNECT\n>> hello\n< +QFWRITE: 5,5\n< OK\n"
)

// fill leaves no space.
func fill(b *bench) {
	b.pull(func(l emulator.Levers) {
		if err := l.FillFiles(true); err != nil {
			b.t.Error(err)
		}
	})
}

// What needs more than a unit of the disk.
var (
	large     = strings.Repeat("x", 5000)
	uploadB   = "> AT+QFUPL=\"b\",5000\n< CONNECT\n>> " + large + "\n"
	uploadedB = "< +QFUPL: 5000,0\n< OK\n"
	writeB    = "> AT+QFOPEN=\"a\"\n< +QFOPEN: 1\n< OK\n> AT+QFWRITE=1,5000\n< CONNECT\n>> " + large + "\n< +QFWRITE: 5000,5000\n< OK\n"
)

// fileProvocations are how to come by each cause, by its words.
var fileProvocations = map[string]func(p provoker){
	"400, AT+QFLDS: a storage that the module has not": func(p provoker) { p.each("", `AT+QFLDS="RAM"`, `AT+QFLDS="SD:"`) },

	"401, AT+QFSEEK: a place before the beginning of the file or behind its end": func(p provoker) {
		p.each(writeA, "AT+QFSEEK=1,6", "AT+QFSEEK=1,1,1", "AT+QFSEEK=1,6,2")
	},

	"402, AT+QFREAD: nothing is left to read (only with the quirk file-read-end=402)": func(p provoker) {
		p.on(emulator.Options{Quirks: map[string]string{"file-read-end": "402"}}, func(b *bench) {
			b.next(writeA + "> AT+QFREAD=1,1\n" + p.fails + "> AT+QFREAD=1\n" + p.fails)
		})
	},

	"403, AT+QFOPEN: a new file, and no space is left": func(p provoker) {
		p.on(emulator.Options{}, func(b *bench) {
			b.next(uploadA)
			fill(b)
			b.next("> AT+QFOPEN=\"b\"\n" + p.fails + openA)
		})
	},
	"403, AT+QFOPEN: a new file, and the disk of the directory of --ufs takes none": func(p provoker) {
		// The root and the directory of the files, and not one thing more.
		p.onDisk("nr_inodes=2", func(files *vfs.FS, _ string) {
			p.on(emulator.Options{Files: files}, func(b *bench) { b.next("> AT+QFOPEN=\"b\"\n" + p.fails + "> AT+QFLST\n< OK\n") })
		})
	},
	"403, AT+QFWRITE: no length was given, and what came is more than is free": func(p provoker) {
		p.on(emulator.Options{Files: vfs.NewMemory(3 * vfs.Unit)}, func(b *bench) {
			most := strings.Repeat("x", 2*vfs.Unit)
			b.next(uploadA + "> AT+QFOPEN=\"b\"\n< +QFOPEN: 1\n< OK\n" +
				"> AT+QFWRITE=1\n< CONNECT\n>> " + most + "y\n" + p.fails + "> AT+QFSIZE=1;+QFPOSITION=1\n< +QFSIZE: 0\n< +QFPOSITION: 0\n< OK\n" +
				fmt.Sprintf("> AT+QFWRITE=1,%d\n< CONNECT\n>> %s\n< +QFWRITE: %d,%d\n< OK\n", len(most), most, len(most), len(most)))
		})
	},

	"405, AT+QFDEL, AT+QFDWL, AT+QFLST, AT+QFMD5: a file that is not there": func(p provoker) {
		p.each("", `AT+QFDEL="a"`, `AT+QFDWL="a"`, `AT+QFLST="a"`, `AT+QFMD5="a"`)
	},
	"405, AT+QFOPEN: a file that is not there, in mode 2": func(p provoker) { p.each("", `AT+QFOPEN="a",2`) },

	"406, any file command with a name: a storage that the module has not, such as RAM: or SD:": func(p provoker) {
		p.each("", `AT+QFOPEN="RAM:a"`, `AT+QFUPL="SD:a"`, `AT+QFDWL="RAM:a"`, `AT+QFDEL="RAM:*"`, `AT+QFLST="RAM:*"`, `AT+QFMD5=":a"`)
	},
	"406, any file command with a name: more than 80 bytes, the storage not counted": func(p provoker) {
		long := strings.Repeat("x", 81)
		p.each("", `AT+QFOPEN="`+long+`"`, `AT+QFUPL="`+long+`"`, `AT+QFDWL="`+long+`"`, `AT+QFDEL="`+long+`"`, `AT+QFLST="`+long+`"`, `AT+QFMD5="`+long+`"`)
	},

	"407, AT+QFUPL: a file that is there, or open": func(p provoker) {
		p.each(uploadA+"> AT+QFOPEN=\"b\"\n< +QFOPEN: 1\n< OK\n", `AT+QFUPL="a",1`, `AT+QFUPL="b",1`)
	},

	"409, AT+QFUPL, AT+QFOPEN: the directory of --ufs cannot be written": func(p provoker) {
		p.refused("> AT+QFUPL=\"new\",1\n< CONNECT\n>> x\n" + p.fails + "> AT+QFOPEN=\"new\"\n" + p.fails)
	},
	"409, AT+QFCLOSE: the directory of --ufs cannot be written any more; what was written to the file is lost": func(p provoker) {
		files, dir := p.directory(1 << 20)
		p.on(emulator.Options{Files: files}, func(b *bench) {
			b.next(writeA)
			private := filepath.Join(dir, ".qsim")
			if err := os.RemoveAll(private); err != nil {
				b.t.Fatal(err)
			}
			if err := os.WriteFile(private, nil, 0o600); err != nil { // in the way of temporary files
				b.t.Fatal(err)
			}
			b.next("> AT+QFCLOSE=1\n" + p.fails + "> AT+QFOPEN?;+QFLST\n< +QFLST: \"UFS:a\",0\n< OK\n")
		})
	},

	"410, AT+QFOPEN, AT+QFUPL, AT+QFDWL, AT+QFDEL: the directory of --ufs is gone": func(p provoker) {
		p.gone("", `AT+QFOPEN="a"`, `AT+QFUPL="a"`, `AT+QFDWL="a"`, `AT+QFDEL="a"`)
	},
	"410, AT+QFCLOSE: the directory of --ufs is gone; what was written to the file is lost": func(p provoker) {
		p.gone(writeA, "AT+QFCLOSE=1")
	},

	"411, AT+QFOPEN, AT+QFDWL: the machine cannot read a file in the directory of --ufs": func(p provoker) {
		p.refused("> AT+QFOPEN=\"mem\"\n" + p.fails + "> AT+QFDWL=\"mem\"\n" + p.fails)
	},

	"413, AT+QFOPEN: ten files are open": func(p provoker) {
		open := ""
		for i := range 10 {
			open += fmt.Sprintf("> AT+QFOPEN=\"%d\"\n< +QFOPEN: %d\n< OK\n", i, i+1)
		}
		p.each(open, `AT+QFOPEN="x"`)
	},

	"414, AT+QFWRITE: the file was opened in mode 2": func(p provoker) { p.each(readOnly, "AT+QFWRITE=1,5", "AT+QFWRITE=1") },

	"415, AT+QFOPEN, AT+QFUPL, AT+QFDWL: a name that ends in a slash, as that of a directory does": func(p provoker) {
		p.each("", `AT+QFOPEN="a/"`, `AT+QFUPL="a/",5`, `AT+QFDWL="a/"`)
	},

	"416, AT+QFCLOSE, AT+QFREAD, AT+QFWRITE, AT+QFSEEK, AT+QFPOSITION, AT+QFSIZE: no file is open under the handle: it was closed, or the module has booted since": func(p provoker) {
		all := []string{"AT+QFCLOSE=1", "AT+QFREAD=1", "AT+QFWRITE=1", "AT+QFSEEK=1,0", "AT+QFPOSITION=1", "AT+QFSIZE=1"}
		p.each(openA+"> AT+QFCLOSE=1\n< OK\n", all...)
		p.on(emulator.Options{}, func(b *bench) {
			b.next(openA)
			b.pull(emulator.Levers.Reboot)
			b.next(booted + "@echo on\n" + fmt.Sprintf("%s> AT+CMEE=%d\n< OK\n", quiet, p.mee) + "> " + strings.Join(all, "\n"+p.fails+"> ") + "\n" + p.fails)
		})
	},
	"416, AT+QFWRITE: the file was closed on another port while the data came": func(p provoker) {
		p.on(emulator.Options{}, func(b *bench) {
			b.next(openA + "> AT+QFWRITE=1,5\n< CONNECT\n>> hel\n")
			b.elsewhere("> AT+QFCLOSE=1;+QFOPEN=\"b\"\n< +QFOPEN: 1\n< OK\n")
			b.next(">> lo\n" + p.fails + "> AT+QFSIZE=1\n< +QFSIZE: 0\n< OK\n")
		})
	},
	"416, AT+QFMD5: the file is not open": func(p provoker) { p.each(uploadA, `AT+QFMD5="a"`) },

	"417, AT+QFLST: the directory of --ufs is gone": func(p provoker) { p.gone(uploadA, "AT+QFLST", `AT+QFLST="*"`) },

	"418, AT+QFDEL: the file is open; of all files, the others are deleted": func(p provoker) {
		p.by(uploadA + "> AT+QFOPEN=\"0\"\n< +QFOPEN: 1\n< OK\n> AT+QFDEL=\"*\"\n" + p.fails + "> AT+QFLST\n< +QFLST: \"UFS:0\",0\n< OK\n> AT+QFDEL=\"0\"\n")
	},
	"418, AT+QFDEL: the machine does not let go of a file in the directory of --ufs": func(p provoker) {
		p.refused("> AT+QFDEL=\"mem\"\n" + p.fails)
	},

	"419, AT+QFLDS: the directory of --ufs is gone": func(p provoker) { p.gone(uploadA, "AT+QFLDS", `AT+QFLDS="UFS"`) },

	"420, AT+QFUPL: more than what is free was announced": func(p provoker) {
		p.each(uploadA, `AT+QFUPL="b",282625`) // 280 KiB, less a unit
	},
	"420, AT+QFUPL: another port has taken the space while the data came": func(p provoker) {
		p.on(emulator.Options{Files: vfs.NewMemory(vfs.Unit)}, func(b *bench) {
			b.next("> AT+QFUPL=\"b\",5\n< CONNECT\n>> hel\n")
			b.elsewhere(uploadA)
			b.next(">> lo\n" + p.fails)
		})
	},
	"420, AT+QFUPL: the disk of the directory of --ufs is full": func(p provoker) {
		p.onFullDisk(func(b *bench, free func()) {
			b.next(uploadB + p.fails + "> AT+QFLST\n< +QFLST: \"UFS:a\",5\n< OK\n")
			free()
			b.next(uploadB + uploadedB + "> AT+QFDWL=\"a\"\n< CONNECT\n<< hello\n< +QFDWL: 5,6b09\n< OK\n")
		})
	},
	"420, AT+QFCLOSE: the disk of the directory of --ufs is full; what was written to the file is lost": func(p provoker) {
		p.onFullDisk(func(b *bench, free func()) {
			b.next(writeB + "> AT+QFCLOSE=1\n" + p.fails + "> AT+QFOPEN?;+QFDWL=\"a\"\n< CONNECT\n<< hello\n< +QFDWL: 5,6b09\n< OK\n")
			free()
			b.next(writeB + "> AT+QFCLOSE=1\n< OK\n> AT+QFLST\n< +QFLST: \"UFS:a\",5000\n< OK\n")
		})
	},
	"420, AT+QFWRITE: the length that was given is more than is free": func(p provoker) {
		p.on(emulator.Options{}, func(b *bench) {
			b.next(openA)
			fill(b)
			b.next("> AT+QFWRITE=1,4097\n" + p.fails)
		})
	},

	"421, AT+QFUPL: the data did not come in time; what came is kept": func(p provoker) {
		p.by("> AT+QFUPL=\"a\",2,1\n< CONNECT\n>> x\n< +QFUPL: 1,7800\n" + p.fails + "> AT+QFDWL=\"a\"\n< CONNECT\n<< x\n< +QFDWL: 1,7800\n< OK\n" +
			"> AT+QFUPL=\"b\",2\n< CONNECT\n< +QFUPL: 0,0\n")
	},
	"421, AT+QFWRITE: the data did not come in time; what came is written": func(p provoker) {
		p.by(openA + "> AT+QFWRITE=1,2,1\n< CONNECT\n>> x\n< +QFWRITE: 1,1\n")
	},

	"423, AT+QFUPL, AT+QFWRITE: more than the whole store takes": func(p provoker) {
		p.each(openA, `AT+QFUPL="b",1073741824`, "AT+QFWRITE=1,286721")
	},
	"423, AT+QFUPL, AT+QFCLOSE: the machine limits the size of files (ulimit -f); an open file stays the old one": func(p provoker) {
		p.elsewhere(nil, func() {
			p.limitFiles(4096)
			files, _ := p.directory(1 << 20)
			p.on(emulator.Options{Files: files}, func(b *bench) {
				b.next(uploadA + uploadB + p.fails + writeB + "> AT+QFCLOSE=1\n" + p.fails + "> AT+QFLST\n< +QFLST: \"UFS:a\",5\n< OK\n")
			})
		})
	},
	"423, AT+QFOPEN, AT+QFDWL: a file put into the directory of --ufs by hand that is larger than the whole store": func(p provoker) {
		files, dir := p.directory(vfs.Unit)
		if err := os.WriteFile(filepath.Join(dir, "big"), make([]byte, vfs.Unit+1), 0o600); err != nil {
			p.t.Fatal(err)
		}
		p.on(emulator.Options{Files: files}, func(b *bench) {
			b.next("> AT+QFOPEN=\"big\"\n" + p.fails + "> AT+QFDWL=\"big\"\n" + p.fails)
		})
	},

	"425, any file command: a parameter that is missing, malformed or out of its range; a form that it has not": func(p provoker) {
		p.each("", "AT+QFOPEN=", `AT+QFUPL="a",0`, "AT+QFREAD=x", "AT+QFWRITE=1,2,3,4", "AT+QFSEEK=1", "AT+QFCLOSE", "AT+QFSIZE?", `AT+QFMD5="`)
	},

	"426, AT+QFOPEN: the file is open": func(p provoker) { p.each(openA, `AT+QFOPEN="a"`, `AT+QFOPEN="UFS:a",2`) },
}

// reserved are the numbers of the file errors that the family's list leaves out.
var reserved = map[emulator.CME]bool{404: true, 408: true, 412: true, 422: true, 424: true}

// TestFileCauses: each natural cause leads to its number, and to its text where
// the module has one; each number but the reserved ones has a cause.
func TestFileCauses(t *testing.T) {
	caused, used := map[emulator.CME]bool{}, map[string]bool{}
	for _, c := range emulator.FileCauses() {
		caused[c.CME], used[c.String()] = true, true
		provoke, ok := fileProvocations[c.String()]
		if !ok {
			t.Errorf("nothing provokes %q", c)
			continue
		}
		for mee, shown := range map[int]string{1: fmt.Sprint(int(c.CME)), 2: c.CME.String()} {
			if c.CME == emulator.CMEFileTimeout {
				shown = "421" // an EG800K shows no text
			}
			t.Run(fmt.Sprintf("%s, AT+CMEE=%d", strings.ReplaceAll(c.String(), "/", " "), mee), func(t *testing.T) {
				provoke(provoker{t, mee, "< +CME ERROR: " + shown + "\n"})
			})
		}
	}
	for words := range fileProvocations {
		if !used[words] {
			t.Errorf("there is no cause %q", words)
		}
	}
	for cme := emulator.CMEFileValue; cme <= emulator.CMEFileOpened; cme++ {
		if caused[cme] == reserved[cme] || caused[cme] != (cme.Cause() != "") {
			t.Errorf("%v: a cause: %v, reserved: %v", cme, caused[cme], reserved[cme])
		}
	}
}
