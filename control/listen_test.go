package control_test

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/quectel-sim/qsim/control"
)

// TestSocket: a socket is its user's alone, goes when the server does, replaces
// that of a process that has gone, and no other thing.
func TestSocket(t *testing.T) {
	r := newRig(t, limits{})
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	serve := func() (*control.Server, error) {
		return control.Serve(control.Options{Address: "unix:" + path}, r.target)
	}

	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	r.must(err)
	dead.SetUnlinkOnClose(false)
	r.must(dead.Close())
	s, err := serve()
	r.must(err)
	if s.Address() != "unix:"+path {
		t.Errorf("address %s", s.Address())
	}
	info, err := os.Lstat(path)
	r.must(err)
	if info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := serve(); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("a second one: %v", err)
	}
	r.must(s.Close())
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Close: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}

	r.must(os.WriteFile(path, []byte("mine"), 0o600))
	if _, err := serve(); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file: %v", err)
	}
	r.must(os.Remove(path))

	// One that another has put in the place of ours stays.
	s, err = serve()
	r.must(err)
	r.must(os.Remove(path))
	r.must(os.WriteFile(path, []byte("mine"), 0o600))
	r.must(s.Close())
	if data, _ := os.ReadFile(path); string(data) != "mine" {
		t.Errorf("%q", data)
	}
}

// TestOneOfMany: of those that start at once on one path, one gets it.
func TestOneOfMany(t *testing.T) {
	r := newRig(t, limits{})
	path := filepath.Join(t.TempDir(), "s")
	var wait sync.WaitGroup
	servers := make(chan *control.Server, 16)
	for range cap(servers) {
		wait.Go(func() {
			if s, err := control.Serve(control.Options{Address: "unix:" + path}, r.target); err == nil {
				servers <- s
			}
		})
	}
	wait.Wait()
	close(servers)
	n := 0
	for s := range servers {
		n++
		r.must(s.Close())
	}
	if n != 1 {
		t.Errorf("%d got it", n)
	}
}

// TestAddresses: what cannot be served on is refused, and why.
func TestAddresses(t *testing.T) {
	r := newRig(t, limits{})
	for addr, says := range map[string]string{
		"":                                  "neither unix:PATH nor HOST:PORT",
		"unix:":                             "wants a path",
		"/tmp/x":                            "neither unix:PATH nor HOST:PORT",
		"127.0.0.1:http":                    "no port from 0 to 65535",
		":0":                                "can be reached from other machines",
		"0.0.0.0:0":                         "can be reached from other machines",
		"[::]:0":                            "can be reached from other machines",
		"unix:/nowhere/at/s":                "no such file or directory",
		"unix:/" + strings.Repeat("x", 200): "too long for a socket",
	} {
		if s, err := control.Serve(control.Options{Address: addr}, r.target); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", addr, err, says)
			if err == nil {
				s.Close()
			}
		}
	}
	for addr, insecure := range map[string]bool{"127.0.0.1:0": false, "localhost:0": false, "0.0.0.0:0": true} {
		s, err := control.Serve(control.Options{Address: addr, Insecure: insecure}, r.target)
		r.must(err)
		_, port, _ := net.SplitHostPort(s.Address())
		res, err := http.Get("http://127.0.0.1:" + port + "/v1/version")
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %v", addr, err)
		} else {
			res.Body.Close()
		}
		http.DefaultClient.CloseIdleConnections()
		r.must(s.Close())
	}
}
