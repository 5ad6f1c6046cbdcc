package port

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wantLink checks that path is a link to target and locked by this process.
func wantLink(t *testing.T, path, target string) {
	t.Helper()
	if got, err := os.Readlink(path); got != target || err != nil {
		t.Errorf("link to %q (%v), want %q", got, err, target)
	}
	pid, err := os.ReadFile(path + ".lock")
	if want := strconv.Itoa(os.Getpid()) + "\n"; string(pid) != want || err != nil {
		t.Errorf("lock file holds %q (%v), want %q", pid, err, want)
	}
}

// wantNames checks what a directory holds.
func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("directory holds %v, want %v", got, want)
	}
}

func mustLink(t *testing.T, path, target string) *Linked {
	t.Helper()
	l, err := Link(path, target)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLink(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ttyQ")
	for range 2 {
		l := mustLink(t, path, "/dev/pts/7")
		if l.Path() != path {
			t.Errorf("Path %q", l.Path())
		}
		wantLink(t, path, "/dev/pts/7")
		mustClose(t, l)
		mustClose(t, l)
		wantNames(t, dir)
	}
}

func TestLinkReplacesStale(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"link without lock file": func(t *testing.T, path string) {},
		"free lock file": func(t *testing.T, path string) {
			mustWrite(t, path+".lock", "1\n")
		},
		"empty lock file": func(t *testing.T, path string) {
			mustWrite(t, path+".lock", "")
		},
		"one killed while replacing": func(t *testing.T, path string) {
			mustSymlink(t, "/dev/pts/2", path+".next")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "ttyQ")
			mustSymlink(t, "/dev/pts/4095", path)
			prepare(t, path)
			l := mustLink(t, path, "/dev/pts/7")
			wantLink(t, path, "/dev/pts/7")
			wantNames(t, dir, "ttyQ", "ttyQ.lock")
			mustClose(t, l)
			wantNames(t, dir)
		})
	}
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func mustSymlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// What is not ours stays as it was, and the error says where and what to do.
func TestLinkRefuses(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    []string // in the error
		stays   []string // in the directory
	}{
		{
			"file", func(t *testing.T, path string) { mustWrite(t, path, "precious") },
			[]string{"ttyQ", "remove it or choose another name"},
			[]string{"ttyQ"},
		},
		{"directory", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, []string{"ttyQ", "remove it"}, []string{"ttyQ"}},
		{
			"link to elsewhere", func(t *testing.T, path string) { mustSymlink(t, "/etc/passwd", path) },
			[]string{"ttyQ", "/etc/passwd", "remove it"},
			[]string{"ttyQ"},
		},
		{
			"link out of /dev/pts", func(t *testing.T, path string) { mustSymlink(t, "/dev/pts/../null", path) },
			[]string{"/dev/pts/../null", "remove it"},
			[]string{"ttyQ"},
		},
		{
			"lock file of somebody else", func(t *testing.T, path string) { mustWrite(t, path+".lock", "precious") },
			[]string{"ttyQ.lock", "move it"},
			[]string{"ttyQ.lock"},
		},
		{
			"lock file is a link", func(t *testing.T, path string) { mustSymlink(t, "victim", path+".lock") },
			[]string{"ttyQ.lock", "remove it"},
			[]string{"ttyQ.lock"},
		},
		{"temporary name taken", func(t *testing.T, path string) {
			mustSymlink(t, "/dev/pts/1", path)
			mustWrite(t, path+".next", "precious")
		}, []string{"ttyQ.next", "remove it"}, []string{"ttyQ", "ttyQ.next"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "ttyQ")
			test.prepare(t, path)
			l, err := Link(path, "/dev/pts/7")
			if err == nil {
				mustClose(t, l)
				t.Fatal("taken over")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not name %q", err, want)
				}
			}
			wantNames(t, dir, test.stays...)
		})
	}
	if _, err := Link(filepath.Join(t.TempDir(), "ttyQ"), "/etc/passwd"); err == nil {
		t.Error("linked to what is no terminal")
	}
	if _, err := Link(filepath.Join(t.TempDir(), "no", "ttyQ"), "/dev/pts/7"); err == nil {
		t.Error("linked in a directory that is not there")
	}
}

func TestLinkInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ttyQ")
	l := mustLink(t, path, "/dev/pts/7")
	defer mustClose(t, l)
	_, err := Link(path, "/dev/pts/8")
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("second link: %v", err)
	}
	wantLink(t, path, "/dev/pts/7")
}

// Close leaves alone what somebody has put in the link's place.
func TestLinkCloseSparesOthers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ttyQ")
	l := mustLink(t, path, "/dev/pts/7")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, path, "precious")
	mustClose(t, l)
	wantNames(t, dir, "ttyQ")
}

// A process killed with SIGKILL leaves a link that the next start replaces.
func TestLinkAfterKill(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ttyQ")
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PORT_TEST_LINK="+path)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	device, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.Readlink(path); got != strings.TrimSpace(device) || err != nil {
		t.Errorf("link to %q (%v), want %q", got, err, device)
	}
	_, err = Link(path, "/dev/pts/7")
	if err == nil || !strings.Contains(err.Error(), strconv.Itoa(cmd.Process.Pid)) {
		t.Errorf("link of a live process: %v, want its number", err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // "signal: killed"
	wantNames(t, dir, "ttyQ", "ttyQ.lock")
	l := mustLink(t, path, "/dev/pts/7")
	wantLink(t, path, "/dev/pts/7")
	mustClose(t, l)
	wantNames(t, dir)
}

// holdLink is the process that TestLinkAfterKill kills: a PTY with a link, held
// until its stdin ends.
func holdLink(path string) int {
	p, err := OpenPTY()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if _, err := Link(path, p.Path()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(p.Path())
	_, _ = os.Stdin.Read(make([]byte, 1)) // any end will do
	return 0
}
