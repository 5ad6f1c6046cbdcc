package main

import "time"

// lost deals with an answer that did not come.
func (l *link) lost(r request) error {
	l.log("%s: no answer, bringing the line back into step", r.text)
	if err := l.resync(); err != nil {
		return err
	}
	return &failure{cause: causeTimeout, what: r.text}
}

// The bytes that end a data phase.
const (
	ctrlZ  = 0x1a
	escape = 0x1b
)

// resyncTries is how often AT is sent to a module that does not answer.
const resyncTries = 6

// resync brings the line back into step: it ends a prompt that may be open,
// repeats AT until OK and swallows what else comes. It fails with causeDeaf.
func (l *link) resync() error {
	l.stream.abandon()
	l.finals = 0
	wake := []byte{escape} // in one piece with what follows: a line may begin with it
	for try := range resyncTries {
		if try == resyncTries/2 {
			// Perhaps it takes everything for data.
			if err := l.breakOut(); err != nil {
				return err
			}
		}
		ok, err := l.probe(wake)
		wake = nil
		if ok {
			l.learn()
		}
		if ok || err != nil {
			return err
		}
	}
	return &failure{cause: causeDeaf, what: "AT"}
}

// maxFloor is as patient as learn gets.
const maxFloor = 4 * time.Second

// learn looks at what resync has heard. More than one result means that answers
// were not lost but late: giving up early only makes more of them.
func (l *link) learn() {
	if l.finals > 1 && l.time.floor < maxFloor {
		l.time.floor *= 2
		l.log("answers are late, not lost: waiting for %v at least from now on", l.time.floor)
	}
}

// probe sends one AT, behind what is to end first, and reports whether OK came
// back.
func (l *link) probe(before []byte) (bool, error) {
	l.stream.expect(want{echo: "AT"})
	if err := l.write(append(before, "AT\r"...)); err != nil {
		return false, err
	}
	until := time.Now().Add(l.time.answer(time.Second))
	for {
		t, err := l.next(until)
		switch {
		case is(err, causeTimeout):
			return false, nil
		case err != nil:
			return false, err
		case t.kind == kindFinal && t.text == "OK":
			l.finals++
			// More may come: late answers, and an OK for each AT that was kept
			// waiting.
			return true, l.hush()
		case t.kind == kindFinal:
			return false, nil
		}
	}
}

// hush swallows what comes until there is silence.
func (l *link) hush() error {
	for {
		t, err := l.next(time.Now().Add(quietTime))
		if err == nil && t.kind == kindFinal {
			l.finals++
		}
		if is(err, causeTimeout) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// guardTime surrounds +++. It is the host's to keep, so no scale applies.
const guardTime = 1100 * time.Millisecond

// breakOut leaves transparent mode or an upload that nobody knows of.
func (l *link) breakOut() error {
	for _, part := range []string{"", "+++"} {
		if err := l.write([]byte(part)); err != nil {
			return err
		}
		until := time.Now().Add(guardTime)
		for time.Now().Before(until) {
			if _, err := l.next(until); err != nil && !is(err, causeTimeout) {
				return err
			}
		}
	}
	return nil
}
