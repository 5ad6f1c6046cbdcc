package vfs

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childRole names, in the environment, what the test binary does instead of
// testing when a test starts it as a process to be killed or starved.
const childRole = "QSIM_VFS_TEST_CHILD"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(childRole) {
	case "":
		os.Exit(m.Run())
	case "write":
		err = writeForever(os.Args[1], os.Args[2])
	case "starve":
		err = writeStarved(os.Args[1])
	default:
		err = errors.New("unknown role")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
}

// child prepares a process that runs the test binary in a role.
func child(role string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childRole+"="+role)
	return cmd
}

const crashCapacity = 16 << 20

// crashSlots is what the killed process writes to, in turn: write n, counted
// from 1, goes to slot n modulo the number of slots.
var crashSlots = []struct {
	name  string
	store func(ufs *FS, name string, data []byte) error
	load  func(ufs *FS, name string) ([]byte, error)
}{
	{"plain.pem", (*FS).WriteFile, (*FS).ReadFile},
	{"../odd name", (*FS).WriteFile, (*FS).ReadFile},
	{"profile", (*FS).SaveSettings, (*FS).LoadSettings},
	{"anew.pem", removeAndCreate, (*FS).ReadFile},
	{"opened.pem", writeInPieces, (*FS).ReadFile},
}

// writeInPieces replaces a file through an open one, back to front: AT+QFOPEN,
// AT+QFWRITE, AT+QFCLOSE.
func writeInPieces(ufs *FS, name string, data []byte) error {
	file, err := ufs.OpenFile(name, Truncate)
	if err != nil {
		return err
	}
	half := len(data) / 2
	if _, err := file.WriteAt(data[half:], int64(half)); err != nil {
		return err
	}
	if _, err := file.WriteAt(data[:half], 0); err != nil {
		return err
	}
	return file.Close()
}

// removeAndCreate replaces a file as hosts do it: AT+QFDEL, then AT+QFUPL.
func removeAndCreate(ufs *FS, name string, data []byte) error {
	if err := ufs.Remove(name); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return ufs.Create(name, data)
}

// version is the content of write n: its number over and over, of a length that
// varies around the host's block size.
func version(n int) []byte {
	return bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(n)), 1+n*7919%40_000)
}

// versionOf returns the number of the write that data is, and fails if it is
// not exactly that.
func versionOf(data []byte) (int, error) {
	if len(data) < 8 {
		return 0, fmt.Errorf("torn: %d bytes", len(data))
	}
	n := int(binary.BigEndian.Uint64(data))
	if n < 0 || n > math.MaxInt32 || !bytes.Equal(data, version(n)) {
		return n, fmt.Errorf("torn: %d bytes of write %d", len(data), n)
	}
	return n, nil
}

// writeForever is the process that is killed. It says on stdout which write it
// has finished.
func writeForever(dir, first string) error {
	n, err := strconv.Atoi(first)
	if err != nil {
		return err
	}
	ufs, err := Open(dir, crashCapacity)
	if err != nil {
		return err
	}
	for ; ; n++ {
		slot := crashSlots[n%len(crashSlots)]
		if err := slot.store(ufs, slot.name, version(n)); err != nil {
			return err
		}
		if _, err := fmt.Println(n); err != nil {
			return err
		}
	}
}

// A process is killed again and again in the midst of its writes. Each time,
// each file is whole; what was said to be written is there; at most the one
// write that was going on is there besides; and no rubbish stays.
func TestKilled(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 8
	}
	dir := t.TempDir()
	check(t, open(t, dir, crashCapacity).Create("bystander.pem", version(0)))

	written := make([]int, len(crashSlots)) // what each slot holds; 0 is nothing
	next, rubbish := 1, 0
	for kill := range kills {
		finished := killWhileWriting(t, dir, next, 1+kill%7)
		rubbish += len(leftovers(t, dir))

		ufs := open(t, dir, crashCapacity)
		if left := leftovers(t, dir); len(left) > 0 {
			t.Fatalf("kill %d: rubbish %q", kill, left)
		}
		for n := next; n <= finished; n++ {
			written[n%len(written)] = n
		}
		ongoing := finished + 1
		for i, slot := range crashSlots {
			data, err := slot.load(ufs, slot.name)
			got := 0
			switch {
			case err == nil && len(data) == 0 && i == 4 && written[i] == 0:
				// made, and killed before its first Close
			case err == nil:
				got, err = versionOf(data)
			case errors.Is(err, ErrNotFound) && (written[i] == 0 || i == 3 && ongoing%len(written) == i):
				err = nil // not there yet, or killed between its Remove and its Create
				written[i] = 0
			}
			if err != nil || got != written[i] && (got != ongoing || got%len(written) != i) {
				t.Fatalf("kill %d: %q is write %d (%v), want %d; write %d was going on", kill, slot.name, got, err, written[i], ongoing)
			}
			written[i] = got
		}
		bystander, err := ufs.ReadFile("bystander.pem")
		check(t, err)
		if n, err := versionOf(bystander); n != 0 || err != nil {
			t.Fatalf("kill %d: the bystander is write %d, %v", kill, n, err)
		}
		next = ongoing + 1 - (ongoing+1)%len(written) + len(written) // the next round of slots
	}
	t.Logf("%d of %d kills came while a temporary file was there; %d writes", rubbish, kills, next)
}

// killWhileWriting starts a process that writes from write first on, kills it
// some time after it has finished count writes, and returns the last it said
// to have finished.
func killWhileWriting(t *testing.T, dir string, first, count int) int {
	t.Helper()
	cmd := child("write", dir, strconv.Itoa(first))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	said := bufio.NewReader(stdout)
	last := first - 1
	for range count {
		last = readNumber(t, said, &stderr)
	}
	// Nothing is waited for here: the kill is to come at any moment of a write.
	<-time.After(rand.N(5 * time.Millisecond))
	check(t, cmd.Process.Kill())
	// What it said before it died counts, too.
	rest, err := io.ReadAll(said)
	check(t, err)
	for _, line := range strings.Fields(string(rest)) {
		last, err = strconv.Atoi(line)
		check(t, err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the process was not killed: %v; %s", err, stderr.String())
	}
	return last
}

func readNumber(t *testing.T, from *bufio.Reader, stderr fmt.Stringer) int {
	t.Helper()
	line, err := from.ReadString('\n')
	if err != nil {
		t.Fatalf("the process said no more: %v; %s", err, stderr)
	}
	n, err := strconv.Atoi(strings.TrimSpace(line))
	check(t, err)
	return n
}

const starvedLimit = 64 << 10 // bytes that the starved process may have in one file

// writeStarved is the process whose host gives out in the midst of a file.
func writeStarved(dir string) error {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: starvedLimit, Max: starvedLimit}); err != nil {
		return err
	}
	ufs, err := Open(dir, crashCapacity)
	if err != nil {
		return err
	}
	large := make([]byte, 2*starvedLimit)
	for what, err := range map[string]error{
		"create":        ufs.Create("new.pem", large),
		"write":         ufs.WriteFile("old.pem", large),
		"save settings": ufs.SaveSettings("profile", large),
	} {
		if !errors.Is(err, ErrTooLarge) || !errors.Is(err, syscall.EFBIG) {
			return fmt.Errorf("%s: %w, want %w", what, err, ErrTooLarge)
		}
	}
	return ufs.Create("small.pem", []byte("small"))
}

// A host that gives out in the midst of a file (here by a limit, which works
// for root as well) costs nothing but that write.
func TestStarved(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, crashCapacity)
	check(t, ufs.Create("old.pem", []byte("old")))
	check(t, ufs.SaveSettings("profile", []byte("old")))
	if output, err := child("starve", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	wantNames(t, ufs, "old.pem", "small.pem")
	wantFile(t, ufs, "old.pem", "old")
	settings, err := ufs.LoadSettings("profile")
	check(t, err)
	if string(settings) != "old" {
		t.Errorf("settings %q", settings)
	}
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("rubbish %q", left)
	}
}
