package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/control/journal"
)

// follower reads a stream.
type follower struct {
	t    *testing.T
	scan *bufio.Scanner
	end  context.CancelFunc
}

// follow opens the stream; header is Last-Event-ID, if it is not empty.
func (r *rig) follow(query, header string) *follower {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	r.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://qsim/v1/events"+query, nil)
	r.must(err)
	if header != "" {
		req.Header.Set("Last-Event-ID", header)
	}
	res, err := r.http.Do(req)
	r.must(err)
	r.t.Cleanup(func() { res.Body.Close() })
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		r.t.Fatalf("%s %s", res.Status, kind)
	}
	return &follower{r.t, bufio.NewScanner(res.Body), cancel}
}

// next is the next entry.
func (f *follower) next() (e journal.Entry) {
	f.t.Helper()
	id := ""
	for f.scan.Scan() {
		line := f.scan.Text()
		if rest, ok := strings.CutPrefix(line, "id: "); ok {
			id = rest
		}
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(rest), &e); err != nil {
				f.t.Fatal(err)
			}
			if id != strconv.FormatUint(e.Seq, 10) || e.Schema != "qsim/event/v1" || e.Time.IsZero() {
				f.t.Fatalf("id %s of %s", id, rest)
			}
			return e
		}
	}
	f.t.Fatalf("the stream ended: %v", f.scan.Err())
	return e
}

// TestEvents: a stream tells what happens from its beginning on, in order, and a
// second one goes on where the first one ended.
func TestEvents(t *testing.T) {
	r := newRig(t, limits{})
	r.at("ATE0")
	f := r.follow("", "")
	r.ok("POST", "/v1/faults", `{name: no signal, on: {command: CSQ}, do: {respond: ['+CSQ: 99,99', OK]}}`, nil)
	r.at("AT+CSQ;+CGMM?")
	r.ok("POST", "/v1/urc", `{"text": "+QIND: \"a\",1"}`, nil)
	r.hears("1\r\n")
	want := []string{
		"control fault armed: no signal",
		"command usbmodem AT+CSQ",
		"fault 1 (no signal) fired",
		"result usbmodem AT+CSQ OK",
		"command usbmodem AT+CGMM?",
		"result usbmodem AT+CGMM ERROR",
		`control urc +QIND: "a",1`,
		`urc usbmodem +QIND: "a",1`,
	}
	var got []string
	var last journal.Entry
	for range want {
		last = f.next()
		got = append(got, last.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	f.end()

	r.at("ATI")
	for _, resumed := range []*follower{
		r.follow("?since="+strconv.FormatUint(last.Seq, 10), ""), r.follow("", strconv.FormatUint(last.Seq, 10)),
	} {
		if e := resumed.next(); e.Seq != last.Seq+1 || e.Command != "ATI" {
			t.Errorf("resumed with %+v", e)
		}
		resumed.end()
	}
	r.refused("GET", "/v1/events?since=x", "", http.StatusBadRequest)

	var page control.Journal
	r.ok("GET", "/v1/journal?limit=2&since="+strconv.FormatUint(last.Seq-1, 10), "", &page)
	if len(page.Entries) != 2 || page.Entries[0].String() != last.String() || page.Next != last.Seq+1 || page.Dropped != 0 {
		t.Errorf("%+v", page)
	}
	r.ok("GET", "/v1/journal?since="+strconv.FormatUint(r.target.Journal.Last(), 10), "", &page)
	if len(page.Entries) != 0 || page.Next != r.target.Journal.Last() {
		t.Errorf("%+v", page)
	}
}

// TestGap: what a reader comes too late for is told as a gap.
func TestGap(t *testing.T) {
	r := newRig(t, limits{kept: 4})
	for range 10 {
		r.at("AT") // has no row, so no entry
		r.at("AT+CSQ")
	}
	last := r.target.Journal.Last()
	f := r.follow("?since=1", "")
	if e := f.next(); e.Kind != journal.Gap || e.Dropped != last-5 || e.Seq != last-4 {
		t.Errorf("%+v, last %d", e, last)
	}
	if e := f.next(); e.Seq != last-3 {
		t.Errorf("%+v, last %d", e, last)
	}
	var page control.Journal
	if r.ok("GET", "/v1/journal", "", &page); page.Dropped != last-4 || len(page.Entries) != 4 {
		t.Errorf("%+v, last %d", page, last)
	}
}

// TestAliveAndEnd: a stream on which nothing happens shows life, there is an end
// to their number, and closing the server ends them.
func TestAliveAndEnd(t *testing.T) {
	r := newRig(t, limits{alive: 5 * time.Millisecond, request: time.Second, streams: 1})
	f := r.follow("", "")
	r.refused("GET", "/v1/events", "", http.StatusServiceUnavailable)
	for n := 0; n < 3; {
		if !f.scan.Scan() {
			t.Fatalf("the stream ended: %v", f.scan.Err())
		}
		if f.scan.Text() == ": alive" {
			n++
		}
	}
	r.must(r.server.Close())
	for f.scan.Scan() {
	}
}
