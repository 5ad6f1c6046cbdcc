package control_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/control"
)

// TestFlood: of 200 that connect at once and say nothing, or half a request, or
// junk, none stays, and one with a request is served.
func TestFlood(t *testing.T) {
	r := newRig(t, limits{request: 100 * time.Millisecond, connections: 16})
	var wait sync.WaitGroup
	for i := range 200 {
		conn, err := r.dial()
		r.must(err)
		says := []string{
			"", "GET /v1/state HTTP/1.1\r\nHost:", "POST /v1/faults HTTP/1.1\r\nHost: q\r\nContent-Length: 99\r\n\r\n{",
			"\x16\x03\x01\x02\x00", "AT\r", "GET /" + strings.Repeat("x", 64<<10) + " HTTP/1.1\r\n\r\n", "GET * HTTP/9.9\r\n\r\n",
		}[i%7]
		wait.Go(func() {
			defer conn.Close()
			io.WriteString(conn, says)
			conn.SetReadDeadline(time.Now().Add(20 * time.Second))
			if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
				t.Errorf("%.20q: still connected", says)
			}
		})
	}
	if s := r.state(); !s.Power {
		t.Error("no state")
	}
	if got := r.at("AT+CSQ"); !strings.Contains(got, "OK") {
		t.Errorf("%q", got)
	}
	wait.Wait()
	if r.state(); t.Failed() {
		t.Error("it does not answer any more")
	}
}

// TestSlowReader: a stream whose reader stands still holds up neither the modem
// nor other clients, and is ended.
func TestSlowReader(t *testing.T) {
	r := newRig(t, limits{request: 200 * time.Millisecond, kept: 64, streams: 1})
	conn, err := r.dial()
	r.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /v1/events?since=0 HTTP/1.1\r\nHost: q\r\n\r\n")
	r.must(err)
	_, err = bufio.NewReader(conn).ReadString('\n')
	r.must(err)
	text := strings.Repeat("x", 900)
	r.at("ATE0")
	for range 600 { // more than any buffer between them holds
		r.ok("POST", "/v1/urc", `{"text": "`+text+`"}`, nil)
		r.hears(text + "\r\n")
	}
	waitFor(t, func() bool {
		status, _ := r.call("HEAD", "/v1/events", "")
		return status == http.StatusOK // the one place for a stream is free
	})
	conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("the stream has no end")
	}
}

// TestUnknown: what there is none of is told in the same shape as all else.
func TestUnknown(t *testing.T) {
	r := newRig(t, limits{})
	for _, c := range []struct {
		method, path, code string
		status             int
	}{
		{"GET", "/", "not_found", 404},
		{"GET", "/v1", "not_found", 404},
		{"GET", "/v1/state/", "not_found", 404},
		{"GET", "/v1/nothing", "not_found", 404},
		{"GET", "//v1/state", "not_found", 404},
		{"GET", "/v1/../v1/state", "not_found", 404},
		{"GET", "/v1/files/a/b", "not_found", 404},
		{"POST", "/v1/state", "method_not_allowed", 405},
		{"PATCH", "/v1/faults", "method_not_allowed", 405},
		{"GET", "/v1/faults/1", "method_not_allowed", 405},
		{"BREW", "/v1/files/a", "method_not_allowed", 405},
	} {
		if e := r.refused(c.method, c.path, "", c.status); e.Code != c.code || e.Hint == "" {
			t.Errorf("%s %s: %+v", c.method, c.path, e)
		}
	}
	req, err := http.NewRequest(http.MethodPut, "http://qsim/v1/faults", nil)
	r.must(err)
	res, err := r.http.Do(req)
	r.must(err)
	res.Body.Close()
	if got := res.Header.Get("Allow"); got != "GET, POST, DELETE" {
		t.Errorf("Allow: %q", got)
	}
}

// TestWebPages: a page in a browser moves nothing, whatever it calls the server.
func TestWebPages(t *testing.T) {
	r := newRig(t, limits{})
	s, err := control.Serve(control.Options{Address: "127.0.0.1:0", Version: "test"}, r.target)
	r.must(err)
	defer s.Close()
	for _, c := range []struct {
		host, site string
		status     int
	}{
		{s.Address(), "", 200},
		{"localhost", "", 200},
		{"[::1]:80", "same-origin", 200},
		{s.Address(), "cross-site", 403},
		{"evil.example", "", 403},
		{"127.0.0.1.evil.example:80", "", 403},
	} {
		req := httptest.NewRequest(http.MethodPost, "http://"+c.host+"/v1/reset", nil)
		req.Header.Set("Sec-Fetch-Site", c.site)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if w.Code != c.status {
			t.Errorf("%s %s: %d %s", c.host, c.site, w.Code, w.Body)
		}
	}
}

// FuzzBodies: no route falls over what is sent to it.
func FuzzBodies(f *testing.F) {
	rows := control.Rows()
	for i, row := range rows {
		f.Add(byte(i), []byte(row.Example))
	}
	f.Add(byte(2), []byte("{\"on\":\t{\"command\": \"\\ud83d\\ude00\\\\\"}}"))
	f.Add(byte(5), []byte(`"\ud83d`))
	f.Fuzz(func(t *testing.T, row byte, body []byte) {
		r := newRig(t, limits{speed: 1000})
		c := rows[int(row)%len(rows)]
		if c.ID == "events" {
			return
		}
		w := httptest.NewRecorder()
		r.server.ServeHTTP(w, httptest.NewRequest(c.Method, paths.Replace(c.Path), bytes.NewReader(body)))
		if w.Code >= 500 && w.Code != http.StatusInsufficientStorage {
			t.Errorf("%s %q: %d %s", c.ID, body, w.Code, w.Body)
		}
		r.state()
	})
}
