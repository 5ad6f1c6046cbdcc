package control_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/quectel-sim/qsim/control"
)

// TestFiles: what is stored is what the host finds, and the other way round.
func TestFiles(t *testing.T) {
	r := newRig(t, limits{})
	r.at("ATE0")
	var f control.File
	r.ok("PUT", "/v1/files/UFS:a.bin", "abc\x00d", &f)
	if f != (control.File{Name: "a.bin", Size: 5, Checksum: "6662"}) {
		t.Errorf("%+v", f)
	}
	if got := r.at(`AT+QFLST="a.bin"`); got != "\r\n+QFLST: \"UFS:a.bin\",5\r\n\r\nOK\r\n" {
		t.Errorf("%q", got)
	}
	if got := r.at(`AT+QFDWL="a.bin"`); got != "\r\nCONNECT\r\nabc\x00d\r\n+QFDWL: 5,"+f.Checksum+"\r\n\r\nOK\r\n" {
		t.Errorf("%q", got)
	}
	r.ok("PUT", "/v1/files/a.bin", "new", nil)
	if status, data := r.call("GET", "/v1/files/a.bin", ""); status != http.StatusOK || string(data) != "new" {
		t.Errorf("%d %q", status, data)
	}
	odd := "b/../c %?#€"
	r.ok("PUT", "/v1/files/"+url.PathEscape(odd), "", nil)
	var files control.Files
	r.ok("GET", "/v1/files", "", &files)
	want := control.Files{
		Files: []control.File{{Name: "a.bin", Size: 3}, {Name: odd}},
		Total: 1 << 16, Free: 1<<16 - 2*4096, Used: 3,
	}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error(diff)
	}
	if status, _ := r.call("DELETE", "/v1/files/"+url.PathEscape(odd), ""); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
	if status, _ := r.call("HEAD", "/v1/files/a.bin", ""); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

// TestOpenFile: a file that the host has open cannot be deleted.
func TestOpenFile(t *testing.T) {
	r := newRig(t, limits{})
	r.at("ATE0")
	r.ok("PUT", "/v1/files/a", "abc", nil)
	r.at(`AT+QFOPEN="a",2`)
	if e := r.refused("DELETE", "/v1/files/a", "", http.StatusConflict); e.Code != "conflict" || e.Hint == "" {
		t.Errorf("%+v", e)
	}
	r.at("AT+QFCLOSE=1")
	if status, _ := r.call("DELETE", "/v1/files/a", ""); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
}

// unsized hides how much there is to read.
type unsized struct{ io.Reader }

// TestRefusedFiles: a name that is none, a file that is not there, more than the
// module can hold, said beforehand or not; and nothing is stored.
func TestRefusedFiles(t *testing.T) {
	r := newRig(t, limits{})
	r.refused("GET", "/v1/files/none", "", http.StatusNotFound)
	r.refused("DELETE", "/v1/files/none", "", http.StatusNotFound)
	r.refused("GET", "/v1/files/a%00b", "", http.StatusBadRequest)
	r.refused("PUT", "/v1/files/"+strings.Repeat("n", 81), "x", http.StatusBadRequest)
	r.refused("PUT", "/v1/files/big", strings.Repeat("x", 1<<16+1), http.StatusRequestEntityTooLarge)
	r.ok("PUT", "/v1/files/half", strings.Repeat("x", 1<<15), nil)
	if e := r.refused("PUT", "/v1/files/big", strings.Repeat("x", 1<<15+1), http.StatusInsufficientStorage); e.Code != "no_space" {
		t.Errorf("%+v", e)
	}
	for _, size := range []int{1<<15 + 1, 1 << 20} {
		req, err := http.NewRequest(http.MethodPut, "http://qsim/v1/files/big", unsized{bytes.NewReader(make([]byte, size))})
		r.must(err)
		res, err := r.http.Do(req)
		if err != nil {
			continue // it closed on us, which is an answer to a megabyte too
		}
		res.Body.Close()
		if res.StatusCode != http.StatusInsufficientStorage && res.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%d bytes: %s", size, res.Status)
		}
	}
	if s := r.state(); len(s.Files) != 1 {
		t.Errorf("%+v", s.Files)
	}
}
