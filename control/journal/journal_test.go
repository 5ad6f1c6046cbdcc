package journal

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

var began = time.Date(2024, 5, 6, 7, 8, 9, 123456789, time.FixedZone("", 8*3600))

// TestEntries: each kind of thing as its line of JSON.
func TestEntries(t *testing.T) {
	var text strings.Builder
	sink := NewNDJSON(&text)
	j := New(0, sink)
	j.Event(emulator.Event{Time: began, Kind: emulator.HostOpen, Port: "usbmodem"})
	j.Event(emulator.Event{Time: began, Kind: emulator.TLSSent, Client: 0, Bytes: 18})
	j.Event(emulator.Event{Time: began, Kind: emulator.URCSent, Port: "usbat", Text: "+QIND: \"<>\xff\",1\r\n"})
	j.Fault(fault.Entry{Time: began, ID: 3, Rule: &fault.Rule{Name: "rot"}, Text: "fired"})
	j.Control(began, "power off")
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	const head = `{"schema":"qsim/event/v1","seq":%d,"time":"2024-05-05T23:08:09.123456789Z",`
	want := ""
	for i, rest := range []string{
		`"kind":"host.open","port":"usbmodem"}`,
		`"kind":"tls.sent","client":0,"bytes":18}`,
		`"kind":"urc","port":"usbat","text":"+QIND: \"<>\\xff\",1\r\n"}`,
		`"kind":"fault","text":"fired","fault":3,"rule":"rot"}`,
		`"kind":"control","text":"power off"}`,
	} {
		want += fmt.Sprintf(head, i+1) + rest + "\n"
	}
	if text.String() != want {
		t.Errorf("got\n%swant\n%s", text.String(), want)
	}
}

// TestSince: the ring holds the last entries, whatever the number asked for.
func TestSince(t *testing.T) {
	for _, c := range []struct {
		added       int
		since       uint64
		limit       int
		first, last uint64
		lost        uint64
	}{
		{0, 0, 9, 0, 0, 0},
		{3, 0, 9, 1, 3, 0},
		{3, 2, 9, 3, 3, 0},
		{3, 3, 9, 0, 0, 0},
		{3, 9, 9, 1, 3, 0}, // of another journal
		{4, 0, 9, 1, 4, 0},
		{5, 0, 9, 2, 5, 1},
		{5, 1, 9, 2, 5, 0},
		{11, 4, 2, 8, 9, 3},
		{11, 12, 9, 8, 11, 7},
	} {
		j := New(4)
		for range c.added {
			j.Control(began, "x")
		}
		entries, lost := j.Since(c.since, c.limit)
		var first, last uint64
		for i, e := range entries {
			if i == 0 {
				first = e.Seq
			} else if e.Seq != last+1 {
				t.Errorf("%+v: %d follows %d", c, e.Seq, last)
			}
			last = e.Seq
		}
		if first != c.first || last != c.last || lost != c.lost {
			t.Errorf("%+v: got %d to %d, %d lost", c, first, last, lost)
		}
	}
}

// TestNobodyWaits: who writes does not wait for readers, and each reader sees all
// that is kept.
func TestNobodyWaits(t *testing.T) {
	const all = 5000
	j := New(8)
	idle, stop := j.Listen() // looks at nothing
	defer stop()
	var wait sync.WaitGroup
	for range 4 {
		wake, stop := j.Listen()
		wait.Go(func() {
			defer stop()
			seen := uint64(0)
			for seen < all {
				<-wake
				for {
					entries, lost := j.Since(seen, 3)
					if len(entries) == 0 {
						break
					}
					if entries[0].Seq != seen+lost+1 {
						t.Errorf("%d follows %d, %d lost", entries[0].Seq, seen, lost)
					}
					seen = entries[len(entries)-1].Seq
				}
			}
		})
	}
	for range all {
		j.Control(began, "x")
	}
	wait.Wait()
	if len(idle) != 1 || j.Last() != all {
		t.Errorf("%d, last %d", len(idle), j.Last())
	}
}

var errFull = errors.New("disk full")

// full fails from a number of bytes on.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestNDJSONError: the first error comes at the end, and nothing before it.
func TestNDJSONError(t *testing.T) {
	for _, room := range []int{0, ndjsonBuffer + 1} {
		sink := NewNDJSON(&full{room})
		j := New(4, sink)
		for range 3000 {
			j.Control(began, "x")
		}
		if err := sink.Close(); !errors.Is(err, errFull) {
			t.Errorf("room for %d: %v", room, err)
		}
	}
}
