package ctl

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/control/journal"
)

// Journal calls f for each entry that follows the one with a number, up to the
// latest. It returns the number of that, for Follow.
func (c *Client) Journal(ctx context.Context, since uint64, f func(*journal.Entry) error) (uint64, error) {
	for {
		var page control.Journal
		err := c.Call(ctx, http.MethodGet, "/v1/journal?since="+strconv.FormatUint(since, 10), nil, &page)
		if err != nil || len(page.Entries) == 0 {
			return since, err
		}
		if first := page.Entries[0]; page.Dropped > 0 {
			gap := journal.Entry{Schema: journal.Schema, Seq: first.Seq - 1, Time: first.Time, Kind: journal.Gap, Dropped: page.Dropped}
			if err := f(&gap); err != nil {
				return since, err
			}
		}
		for i := range page.Entries {
			if err := f(&page.Entries[i]); err != nil {
				return since, err
			}
		}
		since = page.Next
	}
}

// maxEvent is more than any entry has as JSON, in bytes.
const maxEvent = 1 << 20

// Follow calls f for each entry as it comes: from the next one on when since is
// nil, else for those that follow the one with that number. It returns nil when
// the modem ends, or ctx.
func (c *Client) Follow(ctx context.Context, since *uint64, f func(*journal.Entry) error) error {
	last := ""
	if since != nil {
		last = strconv.FormatUint(*since, 10)
	}
	r, err := c.open(ctx, http.MethodGet, "/v1/events", nil, "", last)
	if err != nil {
		return err
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEvent)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		var e journal.Entry
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return c.strange(err)
		}
		if err := f(&e); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil && ctx.Err() == nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return c.unreachable(err)
	}
	return nil
}
