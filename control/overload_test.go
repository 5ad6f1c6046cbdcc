package control_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// heap is how many bytes live on the heap.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what finalizers and pools let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// calm waits until the goroutines are no more than before, and the heap has grown
// by no more than so many bytes.
func (r *rig) calm(goroutines int, before, growth int64) {
	r.t.Helper()
	r.http.CloseIdleConnections()
	waitFor(r.t, func() bool { return runtime.NumGoroutine() <= goroutines })
	if now := heap(); now > before+growth {
		r.t.Errorf("the heap has grown by %d bytes, more than %d", now-before, growth)
	}
}

// answers checks that the host is served as well as other programs are.
func (r *rig) answers() {
	r.t.Helper()
	if got := r.at("AT"); got != "\r\nOK\r\n" {
		r.t.Errorf("AT: %q", got)
	}
	if s := r.state(); !s.Power {
		r.t.Error("no state")
	}
}

// TestParallelRequests: hundreds of requests, forty at a time, of all kinds, while streams
// are open that nobody reads. Each is answered, and the host is served between
// them.
func TestParallelRequests(t *testing.T) {
	r := newRig(t, limits{kept: 256, streams: 8, request: 10 * time.Second})
	r.at("ATE0")
	r.answers()
	r.http.CloseIdleConnections()
	goroutines, before := runtime.NumGoroutine(), heap()

	var watchers []net.Conn
	for i := range 12 {
		conn, err := r.dial()
		r.must(err)
		watchers = append(watchers, conn)
		_, err = io.WriteString(conn, "GET /v1/events?since=0 HTTP/1.1\r\nHost: q\r\n\r\n")
		r.must(err)
		line, err := bufio.NewReaderSize(conn, 64).ReadString('\n')
		r.must(err)
		if want := map[bool]string{true: "HTTP/1.1 200 OK\r\n", false: "HTTP/1.1 503 Service Unavailable\r\n"}[i < 8]; line != want {
			t.Errorf("stream %d: %q", i, line)
		}
	}
	requests := []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/v1/state", "", 200},
		{"GET", "/v1/journal", "", 200},
		{"GET", "/v1/openapi.json", "", 200},
		{"GET", "/v1/events", "", 503},
		{"POST", "/v1/network", `{"signal": 9}`, 200},
		{"POST", "/v1/network", `{"signal": 9`, 400},
		{"PUT", "/v1/files/a", strings.Repeat("x", 5000), 200},
		{"GET", "/v1/files/none", "", 404},
		{"POST", "/v1/reset", "", 200},
		{"POST", "/v1/faults", `{"on": {"command": "QSSLOPEN"}, "do": {"error": 566}}`, 201},
		{"DELETE", "/v1/faults", "", 200},
	}
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			for k := range requests {
				c := requests[(i+k)%len(requests)]
				req, err := http.NewRequest(c.method, "http://qsim"+c.path, strings.NewReader(c.body))
				if err != nil {
					t.Error(err)
					return
				}
				res, err := r.http.Do(req)
				if err != nil {
					t.Errorf("%s %s: %v", c.method, c.path, err)
					return
				}
				data, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != c.status {
					t.Errorf("%s %s: %d %.200s, %v; want %d", c.method, c.path, res.StatusCode, data, err, c.status)
				}
			}
		})
	}
	for range 20 {
		if got := r.at("AT"); got != "\r\nOK\r\n" {
			t.Errorf("AT: %q", got)
		}
	}
	wait.Wait()
	r.answers()
	for _, conn := range watchers {
		conn.Close()
	}
	r.calm(goroutines, before, 2<<20)
}

// TestSlowLoris: clients that send a request byte by byte hold every connection
// that there is. Each is ended in its time, which one whose head was whole is
// told; then others are served. The host never waits for any of it.
func TestSlowLoris(t *testing.T) {
	r := newRig(t, limits{request: 300 * time.Millisecond, connections: 16})
	r.at("ATE0")
	r.answers()
	r.http.CloseIdleConnections()
	goroutines, before := runtime.NumGoroutine(), heap()
	var wait sync.WaitGroup
	for i := range 64 {
		conn, err := r.dial()
		r.must(err)
		at, rest := "POST /v1/faults HTTP/1.1\r\nHost: q\r\nContent-Length: 999\r\n\r\n", strings.Repeat(" ", 999)
		if i%2 == 1 {
			at, rest = "", at
		}
		wait.Go(func() {
			defer conn.Close()
			answer := make(chan []byte)
			go func() {
				conn.SetReadDeadline(time.Now().Add(20 * time.Second))
				said, err := io.ReadAll(conn)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					t.Error("still connected")
				}
				answer <- said
			}()
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			_, err := io.WriteString(conn, at)
			for n := 0; err == nil && n < len(rest); n++ {
				<-tick.C
				_, err = io.WriteString(conn, rest[n:n+1])
			}
			said := <-answer
			if at != "" && len(said) > 0 && !bytes.HasPrefix(said, []byte("HTTP/1.1 408 Request Timeout\r\n")) {
				t.Errorf("a slow body is answered with %.100q", said)
			}
		})
	}
	for range 20 {
		if got := r.at("AT"); got != "\r\nOK\r\n" {
			t.Errorf("AT: %q", got)
		}
	}
	r.answers() // behind them
	wait.Wait()
	r.calm(goroutines, before, 2<<20)
}

// TestOversized: heads and bodies that are too long, or have no end, are refused;
// next to nothing of them is taken.
func TestOversized(t *testing.T) {
	r := newRig(t, limits{request: 5 * time.Second})
	r.at("ATE0")
	r.answers()
	r.http.CloseIdleConnections()
	goroutines, before := runtime.NumGoroutine(), heap()
	t.Run("all", func(t *testing.T) {
		head := "POST /v1/faults HTTP/1.1\r\nHost: q\r\n"
		for _, c := range []struct {
			name, begin, more, status string
		}{
			{"a path", "GET /", "x", "431"},
			{"one header", "GET /v1/state HTTP/1.1\r\nHost: q\r\nX: ", "x", "431"},
			{"headers", "GET /v1/state HTTP/1.1\r\nHost: q\r\n", "X: y\r\n", "431"},
			{"a query", "GET /v1/journal?", "since=1&", "431"},
			{"a body said to be long", head + fmt.Sprintf("Content-Length: %d\r\n\r\n", int64(1)<<60), " ", "413"},
			{"chunks", head + "Transfer-Encoding: chunked\r\n\r\n", "10000\r\n" + strings.Repeat(" ", 1<<16) + "\r\n", "413"},
			{"a chunk", head + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", " ", "413"},
			{"a chunk's extension", head + "Transfer-Encoding: chunked\r\n\r\n1;", "x", "400"},
			{"trailers", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n", "400"},
			{"a file", "PUT /v1/files/a HTTP/1.1\r\nHost: q\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", "x", "413"},
			{"a file said to be long", "PUT /v1/files/a HTTP/1.1\r\nHost: q\r\nContent-Length: 9000000000\r\n\r\n", "x", "413"},
		} {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel() // each has to wait for a close that lets the answer through
				conn, err := r.dial()
				r.must(err)
				defer conn.Close()
				said := make(chan string)
				go func() {
					conn.SetReadDeadline(time.Now().Add(20 * time.Second))
					line, _ := bufio.NewReader(conn).ReadString('\n')
					said <- line
				}()
				sent, err := io.WriteString(conn, c.begin)
				block := strings.Repeat(c.more, 1+4096/len(c.more))
				for err == nil && sent < 64<<20 {
					var n int
					n, err = io.WriteString(conn, block)
					sent += n
				}
				if sent > 8<<20 {
					t.Errorf("%d bytes were taken", sent)
				}
				if line := <-said; !strings.HasPrefix(line, "HTTP/1.1 "+c.status) {
					t.Errorf("answered with %q, want %s", line, c.status)
				}
			})
		}
	})
	r.answers()
	r.calm(goroutines, before, 2<<20)
}
