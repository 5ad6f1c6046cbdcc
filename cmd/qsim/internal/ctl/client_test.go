package ctl

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/control/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers every request as f does, and returns a client for it.
func serve(t *testing.T, f http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	c, err := New(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestCall: what is sent is YAML of the type, what comes back is read.
func TestCall(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if got := r.Method + " " + r.URL.Path + " " + string(body); got != "POST /v1/power to: off\n" {
			t.Errorf("sent %q", got)
		}
		io.WriteString(w, `{"module":"EC200S"}`)
	})
	var s control.State
	if err := c.Call(t.Context(), "POST", "/v1/power", control.Power{To: "off"}, &s); err != nil || s.Module != "EC200S" {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestFailures: a refusal is told from a modem that cannot be reached, and from
// somebody else who answers.
func TestFailures(t *testing.T) {
	answers := func(status int, text string) *Client {
		return serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, text)
		})
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	tcp, err := New(gone.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	unix, err := New("unix:" + filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		client *Client
		code   int
		why    string
		hint   string
	}{
		"refused":        {answers(409, `{"code":"conflict","message":"not now","hint":"later"}`), cli.CodeFailed, "refused: not now", "later"},
		"another server": {answers(404, "<html>"), cli.CodeEnvironment, "no modem's control interface: 404 Not Found", ""},
		"no JSON":        {answers(200, "<html>"), cli.CodeEnvironment, "no modem's control interface: invalid character", ""},
		"port":           {tcp, cli.CodeEnvironment, ": connection refused", "qsim run --control"},
		"socket":         {unix, cli.CodeEnvironment, ": no such file or directory", "qsim run --control"},
	} {
		var f *cli.Failure
		err := c.client.Call(t.Context(), "GET", "/v1/state", nil, &control.State{})
		if !errors.As(err, &f) || f.Code != c.code || !strings.Contains(f.Error(), c.why) || !strings.HasPrefix(f.Hint, c.hint) {
			t.Errorf("%s: %+v", name, err)
		}
	}
	for _, bad := range []string{"", "here", "unix:", "127.0.0.1:http"} {
		var f *cli.Failure
		if _, err := New(bad); !errors.As(err, &f) || f.Code != cli.CodeUsage {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestFollow: entries come in order, comments between them are none, and the end
// of the stream is no error.
func TestFollow(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Last-Event-ID"); got != "4" {
			t.Errorf("Last-Event-ID %q", got)
		}
		io.WriteString(w, ": events\n\nid: 6\ndata: {\"seq\":6,\"kind\":\"gap\",\"dropped\":2}\n\n: alive\n\nid: 7\ndata: {\"seq\":7,\"kind\":\"urc\",\"text\":\"A\"}\n\n")
	})
	var got []string
	since := uint64(4)
	take := func(e *journal.Entry) error {
		got = append(got, e.String())
		return nil
	}
	if err := c.Follow(t.Context(), &since, take); err != nil || strings.Join(got, "; ") != "gap 2 entries are lost; urc A" {
		t.Errorf("%q, %v", got, err)
	}
	stop := errors.New("enough")
	if err := c.Follow(t.Context(), &since, func(*journal.Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

// TestFollowInterrupted: an interrupted stream is no error.
func TestFollowInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "data: {\"seq\":1}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	err := c.Follow(ctx, nil, func(*journal.Entry) error {
		cancel()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestJournalPages: all pages are read, and what is lost between them is told.
func TestJournalPages(t *testing.T) {
	pages := map[string]string{
		"0": `{"entries":[{"seq":3,"kind":"a"},{"seq":4,"kind":"b"}],"next":4,"dropped":2}`,
		"4": `{"entries":[{"seq":5,"kind":"c"}],"next":5,"dropped":0}`,
		"5": `{"entries":[],"next":5,"dropped":0}`,
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, pages[r.URL.Query().Get("since")]) })
	var got []string
	last, err := c.Journal(t.Context(), 0, func(e *journal.Entry) error {
		got = append(got, e.String())
		return nil
	})
	if err != nil || last != 5 || strings.Join(got, "; ") != "gap 2 entries are lost; a; b; c" {
		t.Errorf("%d, %q, %v", last, got, err)
	}
}
