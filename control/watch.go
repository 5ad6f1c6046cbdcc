package control

import (
	_ "embed" // openapi.json
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
)

// maxEntries is how many entries of the journal one answer holds.
const maxEntries = 1000

func (s *door) getJournal(w http.ResponseWriter, r *http.Request) error {
	since, _, err := number(r, "since")
	if err != nil {
		return err
	}
	limit, ok, err := number(r, "limit")
	if err != nil {
		return err
	}
	if !ok || limit > maxEntries {
		limit = maxEntries
	}
	entries, lost := s.t.Journal.Since(since, int(limit))
	page := Journal{Entries: entries, Next: since, Dropped: lost}
	if n := len(entries); n > 0 {
		page.Next = entries[n-1].Seq
	}
	return answer(w, http.StatusOK, page)
}

// start is the number behind which a stream begins.
func (s *door) start(r *http.Request) (uint64, error) {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		n, err := strconv.ParseUint(id, 10, 63)
		if err != nil {
			return 0, refuse("invalid", "", "Last-Event-ID: %q is no number", id)
		}
		return n, nil
	}
	n, ok, err := number(r, "since")
	if !ok {
		n = s.t.Journal.Last()
	}
	return n, err
}

// portion is how many entries a stream takes from the journal at a time.
const portion = 256

// events is a stream. It ends with its client, one that does not read, or the
// server.
func (s *door) events(w http.ResponseWriter, r *http.Request) error {
	seq, err := s.start(r)
	if err != nil {
		return err
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return refuse("unavailable", "", "%d streams are open, which is the most", s.limits.streams)
	}
	out := http.NewResponseController(w)
	if err := out.SetReadDeadline(time.Time{}); err != nil { // or it would end the request
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return nil
	}
	wake, stop := s.t.Journal.Listen()
	defer stop()
	alive := time.NewTicker(s.limits.alive)
	defer alive.Stop()
	text := []byte(": events\n\n")
	for {
		if len(text) > 0 && s.send(w, out, text) != nil {
			return nil
		}
		entries, lost := s.t.Journal.Since(seq, portion)
		if text = sse(entries, lost); len(entries) > 0 {
			seq = entries[len(entries)-1].Seq
			continue
		}
		select {
		case <-wake:
		case <-alive.C:
			text = []byte(": alive\n\n")
		case <-r.Context().Done():
			return nil
		}
	}
}

// send writes a part of a stream, to a client that takes it in time.
func (s *door) send(w http.ResponseWriter, out *http.ResponseController, text []byte) error {
	if err := out.SetWriteDeadline(time.Now().Add(s.limits.write)); err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return out.Flush()
}

// sse is entries as server-sent events, those that are lost before them as one.
func sse(entries []journal.Entry, lost uint64) []byte {
	var text []byte
	if lost > 0 && len(entries) > 0 {
		first := entries[0]
		gap := journal.Entry{Schema: journal.Schema, Seq: first.Seq - 1, Time: first.Time, Kind: journal.Gap, Dropped: lost}
		entries = append([]journal.Entry{gap}, entries...)
	}
	for i := range entries {
		data, err := json.Marshal(&entries[i])
		if err != nil {
			continue // it has nothing that cannot be JSON
		}
		text = fmt.Appendf(text, "id: %d\ndata: %s\n\n", entries[i].Seq, data)
	}
	return text
}

func (s *door) version(w http.ResponseWriter, _ *http.Request) error {
	v := Version{Version: s.qsim, API: "v1", Schema: journal.Schema}
	err := s.t.Modem.Do(func(l emulator.Levers) error {
		v.Module = l.State().Module
		return nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, v)
}

//go:embed openapi.json
var description []byte

func (s *door) openapi(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/json")
	// Where the client is gone nobody is left to be told.
	_, _ = w.Write(description)
	return nil
}
