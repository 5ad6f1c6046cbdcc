package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/device"
	"github.com/quectel-sim/qsim/vfs"
)

// TestKilled: kill -9 at random moments, of uploads by AT+QFUPL and through open
// files, of AT&W, and of nothing at all. After each of 200 restarts on the same
// directory, link, ready file and socket, every file is whole, the old one or the
// new one, and so are the settings; what was not written to is what it was,
// AT+QFLDS agrees with AT+QFLST, and nothing else lies about.
func TestKilled(t *testing.T) {
	t.Parallel()
	kills := 200
	if testing.Short() {
		kills = 20
	}
	// Built anew: the race detector would make each of the starts take long.
	qsim := filepath.Join(t.TempDir(), "qsim")
	if out, err := exec.Command("go", "build", "-o", qsim, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const benches = 2
	for i := range uint64(benches) {
		t.Run(fmt.Sprint("bench ", i), func(t *testing.T) {
			t.Parallel()
			b := &killBench{t: t, qsim: qsim, dir: t.TempDir(), random: rand.New(rand.NewPCG(7, i)), stored: map[string]int{}}
			b.place()
			b.start()
			b.must(b.upload("bystander", 0))
			b.stored["bystander"] = 0
			b.kill()
			for range kills / benches {
				b.start()
				b.check()
				b.writeUntilKilled()
			}
			b.start()
			b.check()
			b.kill()
			t.Logf("%d uploads were finished, the kills left %d new files, %d old ones and %d times none", b.finished, b.kept, b.lost, b.gone)
		})
	}
}

// killBench is a modem that is killed again and again, and a host.
type killBench struct {
	t      *testing.T
	qsim   string // the program
	dir    string // of the files
	about  string // the directory of link, ready file and socket
	random *rand.Rand

	modem *exec.Cmd
	dev   device.Device
	said  []byte

	stored  map[string]int // which write each file is, of those that are there
	name    string         // of the file that is written to
	writing int            // the write that is under way; counted from 1

	settings int // which write the stored settings are; 0: those of delivery

	finished, kept, lost, gone int
}

// place makes a directory whose path leaves room for that of a socket.
func (b *killBench) place() {
	b.t.Helper()
	var err error
	b.about, err = os.MkdirTemp("/tmp", "killed-")
	b.must(err)
	b.t.Cleanup(func() { os.RemoveAll(b.about) })
}

func (b *killBench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// start starts the modem on the files that there are.
func (b *killBench) start() {
	b.t.Helper()
	link := filepath.Join(b.about, "ttyQ")
	b.modem = exec.Command(b.qsim, "run", "--offline", "--ufs", b.dir, "--link", link,
		"--ready-file", filepath.Join(b.about, "ready"), "--control", "unix:"+filepath.Join(b.about, "ctl"))
	var stderr bytes.Buffer
	b.modem.Stderr = &stderr
	stdout, err := b.modem.StdoutPipe()
	b.must(err)
	b.must(b.modem.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = b.modem.Wait()
		b.t.Fatalf("%v: %s", err, &stderr)
	}
	if target, err := os.Readlink(link); err != nil || target != strings.TrimSpace(line) {
		b.t.Fatalf("the link leads to %q (%v), want %q", target, err, line)
	}
	b.dev, err = device.Open(link, 0)
	b.must(err)
	b.must(b.dev.SetReadDeadline(time.Now().Add(30 * time.Second)))
	b.said = nil
	b.must(b.ask("ATE0\r", "OK\r\n"))
}

// kill kills the modem, and takes the device out of its hand.
func (b *killBench) kill() {
	b.t.Helper()
	b.must(b.modem.Process.Kill())
	b.reap()
}

func (b *killBench) reap() {
	b.t.Helper()
	var exit *exec.ExitError
	if err := b.modem.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		b.t.Fatalf("the modem was not killed: %v", err)
	}
	_ = b.dev.Close() // nobody is at the other end
}

// ask sends text and waits until the modem has said end. The error is that of a
// device whose modem has died.
func (b *killBench) ask(text, end string) error {
	b.said = b.said[:0]
	if _, err := b.dev.Write([]byte(text)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for !bytes.Contains(b.said, []byte(end)) {
		n, err := b.dev.Read(buf)
		b.said = append(b.said, buf[:n]...)
		if err != nil {
			return fmt.Errorf("after %q the modem said %q: %w", text[:min(len(text), 80)], b.said, err)
		}
		if bytes.Contains(b.said, []byte("ERROR")) {
			b.t.Fatalf("after %q the modem said %q", text[:min(len(text), 80)], b.said)
		}
	}
	return nil
}

// versionOf is the content of write n: its number over and over, of a length
// that varies around that of the store's units.
func versionOf(n int) string {
	return strings.Repeat(fmt.Sprintf("%08d", n), 1+n*389%1100)
}

// upload replaces a file as hosts do it: it deletes what is there.
func (b *killBench) upload(name string, n int) error {
	content := versionOf(n)
	if _, there := b.stored[name]; there {
		if err := b.ask(fmt.Sprintf("AT+QFDEL=%q\r", name), "OK\r\n"); err != nil {
			return err
		}
	}
	if err := b.ask(fmt.Sprintf("AT+QFUPL=%q,%d\r", name, len(content)), "CONNECT\r\n"); err != nil {
		return err
	}
	return b.ask(content, fmt.Sprintf("+QFUPL: %d,%x\r\n\r\nOK\r\n", len(content), vfs.Sum([]byte(content))))
}

// write replaces a file through an open one, in two pieces.
func (b *killBench) write(name string, n int) error {
	content := versionOf(n)
	half := len(content) / 2
	if err := b.ask(fmt.Sprintf("AT+QFOPEN=%q,1\r", name), "+QFOPEN: 1\r\n\r\nOK\r\n"); err != nil {
		return err
	}
	for _, part := range []struct{ text, total string }{
		{content[:half], strconv.Itoa(half)}, {content[half:], strconv.Itoa(len(content))},
	} {
		if err := b.ask(fmt.Sprintf("AT+QFWRITE=1,%d\r", len(part.text)), "CONNECT\r\n"); err != nil {
			return err
		}
		if err := b.ask(part.text, fmt.Sprintf("+QFWRITE: %d,%s\r\n\r\nOK\r\n", len(part.text), part.total)); err != nil {
			return err
		}
	}
	return b.ask("AT+QFCLOSE=1\r", "OK\r\n")
}

// settingsOf are the settings of write n, as they are typed.
func settingsOf(n int) string { return fmt.Sprintf("S0=%d;+CREG=%d", n%256, n%3) }

// store stores settings.
func (b *killBench) store(_ string, n int) error {
	if err := b.ask(fmt.Sprintf("AT%s;&W\r", settingsOf(n)), "OK\r\n"); err != nil {
		return err
	}
	b.settings = n
	return nil
}

// writeUntilKilled writes files and settings in turn until the modem is killed, at a moment
// that the bench's seed chooses.
func (b *killBench) writeUntilKilled() {
	b.t.Helper()
	if b.random.IntN(8) == 0 {
		b.name = ""
		b.kill()
		return
	}
	killed := make(chan error, 1)
	time.AfterFunc(time.Duration(b.random.Int64N(int64(25*time.Millisecond))), func() { killed <- b.modem.Process.Kill() })
	for {
		b.writing++
		replace := b.upload
		switch b.name = "uploaded"; b.writing % 3 {
		case 1:
			b.name, replace = "opened", b.write
		case 2:
			b.name, replace = "", b.store
		}
		if replace(b.name, b.writing) != nil {
			break // nobody is there any more
		}
		if b.name != "" {
			b.stored[b.name] = b.writing
		}
		b.finished++
	}
	b.must(<-killed)
	b.reap()
}

var (
	listed = regexp.MustCompile(`\+QFLST: "UFS:([^"]*)",(\d+)`)
	space  = regexp.MustCompile(`\+QFLDS: (\d+),(\d+)`)
)

// check looks what the kill has left.
func (b *killBench) check() {
	b.t.Helper()
	b.checkAbout()
	b.checkSettings()
	b.must(b.ask("AT+QFLST;+QFLDS\r", "OK\r\n"))
	files, sum := map[string]int{}, 0
	for _, m := range listed.FindAllStringSubmatch(string(b.said), -1) {
		size, err := strconv.Atoi(m[2])
		b.must(err)
		files[m[1]] = size
		sum += size
	}
	total := space.FindStringSubmatch(string(b.said))
	if total == nil || total[1] != strconv.Itoa(sum) || total[2] != strconv.Itoa(len(files)) {
		b.t.Fatalf("AT+QFLDS and AT+QFLST disagree: %q", b.said)
	}
	for name, n := range b.stored {
		switch _, there := files[name]; {
		case there:
		case name == "uploaded" && name == b.name: // deleted, and the kill came before the upload
			delete(b.stored, name)
			b.gone++
		default:
			b.t.Fatalf("%s, of write %d, is gone; %s was written to", name, n, b.name)
		}
	}
	for name, size := range files {
		b.checkFile(name, size)
	}
}

var stored = regexp.MustCompile(`(?s)\n(\d+)\r.*\+CREG: (\d),`)

// checkSettings looks whether the settings are the old ones or the new ones.
func (b *killBench) checkSettings() {
	b.t.Helper()
	b.must(b.ask("ATS0?;+CREG?\r", "OK\r\n"))
	m := stored.FindStringSubmatch(string(b.said))
	if m == nil {
		b.t.Fatalf("%q", b.said)
	}
	s0, err := strconv.Atoi(m[1])
	b.must(err)
	switch got := fmt.Sprintf("S0=%d;+CREG=%s", s0, m[2]); {
	case got == settingsOf(b.settings):
	case b.name == "" && got == settingsOf(b.writing):
		b.settings = b.writing
	default:
		b.t.Fatalf("the settings are %s, of neither write %d nor write %d", got, b.settings, b.writing)
	}
}

// checkAbout looks whether there is anything that nobody needs.
func (b *killBench) checkAbout() {
	b.t.Helper()
	for dir, want := range map[string]*regexp.Regexp{
		b.about:                       regexp.MustCompile(`^(ttyQ|ttyQ\.lock|ready|ctl)$`),
		b.dir:                         regexp.MustCompile(`^(bystander|uploaded|opened|\.qsim)$`),
		filepath.Join(b.dir, ".qsim"): regexp.MustCompile(`^nv-`),
	} {
		entries, err := os.ReadDir(dir)
		b.must(err)
		for _, e := range entries {
			if !want.MatchString(e.Name()) {
				b.t.Errorf("%s lies about in %s", e.Name(), dir)
			}
		}
	}
}

// checkFile looks whether a file is one of those that it may be.
func (b *killBench) checkFile(name string, size int) {
	b.t.Helper()
	b.must(b.ask(fmt.Sprintf("AT+QFDWL=%q\r", name), "\r\n\r\nOK\r\n"))
	content, _, _ := strings.Cut(strings.TrimPrefix(string(b.said), "\r\nCONNECT\r\n"), "\r\n+QFDWL: ")
	if len(content) != size {
		b.t.Fatalf("%s has %d bytes, and %d in the list", name, len(content), size)
	}
	old, there := b.stored[name]
	switch {
	case there && content == versionOf(old):
		if name == b.name {
			b.lost++
		}
	case name == b.name && content == versionOf(b.writing):
		b.kept++
		b.stored[name] = b.writing
	case name == "opened" && !there && content == "": // made, and never closed
	default:
		b.t.Fatalf("%s is neither write %d nor write %d of %s: %d bytes, %.16q", name, old, b.writing, b.name, len(content), content)
	}
}
