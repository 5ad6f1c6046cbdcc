package main

import (
	"strconv"
	"strings"
	"time"
)

// The states of a client in AT+QSSLSTATE and AT+QISTATE. Some modules call a
// connected one 3.
const (
	stateNone    = 0
	stateOpening = 1
)

// connected reports whether a state means that data can pass.
func connected(state int) bool { return state == 2 || state == 3 }

// connect opens the client. What an earlier attempt left is closed by recover,
// or refused here with 563 and closed then.
func (d *driver) connect() error {
	d.forget()
	err := d.command(0, "%s", d.openCommand())
	if is(err, causeTimeout, causeStale) {
		// It may be opening all the same. Whose a result is, is not certain then.
		d.stray = true
	} else if err != nil {
		return err
	}
	return d.awaitOpen()
}

// awaitOpen waits for the result of an open. It comes as a URC; since one can be
// lost, or belong to an attempt that was given up, the state has the last word.
func (d *driver) awaitOpen() error {
	until := time.Now().Add(d.time.answer(maxOpen))
	absent := 0
	for {
		err := d.link.listen(d.time.pause(pollEvery, 500*time.Millisecond), func() bool { return d.openResult != "" || d.pdpDown })
		if err != nil {
			return err
		}
		if d.pdpDown {
			return &failure{cause: causePDPDown, what: "AT" + d.service.open}
		}
		result := d.openResult
		d.openResult = ""
		if result != "" && !d.stray {
			return d.openFailure(result)
		}
		state, err := d.state()
		switch {
		case err != nil:
			return err
		case connected(state):
			if result == "" {
				d.report("no %s came, but the state says connected", d.service.open)
			}
			d.stray = false
			return nil
		case result != "" && state == stateOpening:
			d.report("%s: %d,%s belongs to an attempt that was given up", d.service.open, client, result)
		case result != "":
			return d.openFailure(result)
		case state == stateNone:
			// It may have ended between the look at the URCs and at the state.
			if absent++; absent > 1 {
				return &failure{cause: causeRefused, what: "AT" + d.service.open, why: "it ended without " + d.service.open}
			}
		}
		if time.Now().After(until) {
			d.stray = true
			return &failure{cause: causeTimeout, what: d.service.open}
		}
	}
}

// openFailure is the failure that the result of an open means, or nil.
func (d *driver) openFailure(result string) error {
	code, err := strconv.Atoi(result)
	switch {
	case err == nil && code == 0:
		return nil
	case err != nil:
		return &failure{cause: causeGarbled, what: d.service.open, why: result}
	}
	return &failure{cause: causeRefused, what: d.service.open, why: "the open failed", code: code}
}

// state asks for the state of the client. One that is not in the list is in none.
func (d *driver) state() (int, error) {
	clients, err := d.list("AT"+d.service.state, d.service.state+":")
	if err != nil {
		return stateNone, err
	}
	for _, c := range clients {
		if field(c, 0) == strconv.Itoa(client) {
			n, err := strconv.Atoi(field(c, 5))
			if err != nil {
				return stateNone, &failure{cause: causeGarbled, what: "AT" + d.service.state, why: c}
			}
			return n, nil
		}
	}
	return stateNone, nil
}

// close closes the client. It is gone afterwards whatever the module says: if
// not, the next open tells by 563.
func (d *driver) close() error {
	err := d.command(maxClose, "AT%s=%d", d.service.close, client)
	d.forget()
	return err
}

// finish takes leave. All messages are through, so that nothing here is worth a
// failure; what stays open is found by the next start.
func (d *driver) finish() error {
	d.polite("query", func() error {
		state, err := d.state()
		if err == nil && !connected(state) && !d.closed {
			d.report("the client is in state %d at the end", state)
		}
		return err
	})
	d.polite("close", d.close)
	d.polite("deactivate", d.deactivate)
	return nil
}

// polite tries a step twice.
func (d *driver) polite(what string, step func() error) {
	err := step()
	if is(err, causeRefused, causeTimeout, causeStale) {
		err = step()
	}
	if err != nil {
		d.report("left without %s: %s", what, strings.TrimSpace(err.Error()))
	}
}
