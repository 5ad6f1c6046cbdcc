package atengine

// URC sends an unsolicited result code, without its framing, or queues it until
// the line is free. Past 128 that wait, further ones are dropped and counted.
func (l *Line[M]) URC(text string) {
	if len(l.urcs) == 0 && l.Free() {
		l.writeURC(text, nil)
		l.flush()
		return
	}
	if len(l.urcs) >= maxURCs {
		l.urcDrops++
		l.cfg.Note("too many result codes wait: dropped " + text)
		return
	}
	l.urcs = append(l.urcs, text)
	l.armHold()
}

// Dropped is how many unsolicited result codes found the queue full.
func (l *Line[M]) Dropped() int { return l.urcDrops }

// HoldURCs keeps unsolicited output back, up to the bound of URC, until it is
// lifted; what waited leaves then, in order. A reset lifts it, too.
func (l *Line[M]) HoldURCs(on bool) {
	l.cached = on
	if !on && l.state == collecting {
		l.idleAgain()
		l.flush()
	}
}

// Free reports whether unsolicited output would leave at once.
func (l *Line[M]) Free() bool { return !l.cached && l.ready() }

// ready is Free but for what HoldURCs keeps back.
func (l *Line[M]) ready() bool {
	if l.state != collecting || l.room() <= 0 {
		return false
	}
	return !l.typing() || l.cfg.Timers.Now().Sub(l.lastByte) >= typingHold
}

// Push sends a URC with raw data behind it, as direct push mode does. It reports
// false, and sends nothing, while the line is not free or others wait before it;
// Config.Idle tells when to try again.
func (l *Line[M]) Push(header string, data []byte) bool {
	if !l.CanPush() {
		return false
	}
	l.writeURC(header, data)
	l.flush()
	return true
}

// CanPush reports whether Push would send now. When it would not, Config.Idle
// tells when to try again.
func (l *Line[M]) CanPush() bool {
	if len(l.urcs) > 0 || !l.Free() {
		l.armHold()
		return false
	}
	return true
}

func (l *Line[M]) writeURC(text string, data []byte) {
	mark := len(l.w)
	l.w = l.lead(l.w)
	l.w = append(l.w, text...)
	l.w = append(l.w, l.cr(), l.lf())
	l.w = append(l.w, data...)
	l.edited(PartURC, 0, mark)
}

// idleAgain lets out what waited, and tells Idle when nothing is left to come
// before what it may have.
func (l *Line[M]) idleAgain() {
	for len(l.urcs) > 0 && l.Free() {
		l.writeURC(l.urcs[0], nil)
		l.urcs[0] = ""
		l.urcs = l.urcs[1:]
	}
	switch {
	case l.cached: // they stay; what the host sends goes on
	case len(l.urcs) > 0:
		l.armHold()
		return
	default:
		l.urcs = nil
	}
	if l.ready() {
		l.flush()
		l.cfg.Idle()
	}
}

// armHold makes sure that a half-typed line does not hold back URCs for longer
// than it may.
func (l *Line[M]) armHold() {
	if l.hold != nil || !l.typing() {
		return
	}
	left := typingHold - l.cfg.Timers.Now().Sub(l.lastByte)
	if left <= 0 {
		return // only Output has no room: Resume comes
	}
	l.hold = l.cfg.Timers.AfterFunc(left, func() {
		l.hold = nil
		l.idleAgain()
		l.flush()
	})
}

func (l *Line[M]) stopHold() {
	if l.hold != nil {
		l.hold.Stop()
		l.hold = nil
	}
}
