package control_test

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/vfs"
)

// TestHostileNames: names that would lead out of the directory of the files, or
// that are none, escaped and as they are. They are refused, or those of files in
// it; nothing beside it is read, made, changed or deleted.
func TestHostileNames(t *testing.T) {
	parent := t.TempDir()
	canary := filepath.Join(parent, "canary")
	if err := os.WriteFile(canary, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := vfs.Open(filepath.Join(parent, "ufs"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	r := newRig(t, limits{files: files})
	r.at("ATE0")

	const stored, refused = http.StatusOK, http.StatusBadRequest
	for _, c := range []struct {
		name string
		put  int
	}{
		{"..", stored},
		{"../canary", stored},
		{"ufs/../../canary", stored},
		{"UFS:../canary2", stored},
		{"/" + canary[1:min(len(canary), vfs.MaxName)], stored},
		{"%2e%2e/canary", stored},
		{`..\canary`, stored},
		{"\xff\xfe\xc0\xae", stored},
		{".qsim/nv-at", stored},
		{strings.Repeat("../", 26) + "a", stored},
		{"../canary\x00", refused},
		{"\x00", refused},
		{strings.Repeat("x", 300), refused},
		{strings.Repeat("../", 100), refused},
	} {
		at := "/v1/files/" + strings.ReplaceAll(url.PathEscape(c.name), ".", "%2e")
		absent := http.StatusNotFound
		if c.put == refused {
			absent = refused
		}
		for _, method := range []string{"GET", "DELETE"} {
			if status, body := r.call(method, at, ""); status != absent {
				t.Errorf("%s %.60q: %d %s, want %d", method, c.name, status, body, absent)
			}
		}
		if status, body := r.call("PUT", at, "abc"); status != c.put {
			t.Errorf("PUT %.60q: %d %s, want %d", c.name, status, body, c.put)
		}
		if c.put == stored {
			if status, body := r.call("GET", at, ""); status != stored || string(body) != "abc" {
				t.Errorf("GET %.60q: %d %s", c.name, status, body)
			}
		}
	}
	// As no client would ask that keeps to the rules.
	for _, path := range []string{
		"/v1/files/../canary", "/v1/files/../../../../etc/passwd", "/v1/files/", "/v1/files/..", "/v1/files//canary",
		"/v1/files/%2e%2e/canary", "/v1/files/./canary", "/v1/files/%zz",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			conn, err := r.dial()
			r.must(err)
			_, err = io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: q\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			r.must(err)
			answer, err := io.ReadAll(conn)
			r.must(err)
			conn.Close()
			if s := string(answer); !strings.HasPrefix(s, "HTTP/1.1 404 ") && !strings.HasPrefix(s, "HTTP/1.1 400 ") {
				t.Errorf("%s %s: %.300s", method, path, s)
			}
		}
	}
	r.answers()
	if data, err := os.ReadFile(canary); err != nil || string(data) != "secret" {
		t.Errorf("the file beside the directory: %q, %v", data, err)
	}
	beside, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if len(beside) != 2 || beside[0].Name() != "canary" || beside[1].Name() != "ufs" {
		t.Errorf("beside the directory: %v", beside)
	}
}
