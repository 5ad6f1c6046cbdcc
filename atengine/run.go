package atengine

// run runs the commands of a line's body, in order, until one of them fails,
// waits, or begins a data phase.
func (l *Line[M]) run(body []byte) {
	l.stopHold()
	l.state, l.orphan = running, false
	if h := l.cfg.Hooks; h != nil && h.Lines != nil {
		body = h.Lines.Line(l, body)
		if l.state != running {
			return // it has reset the line
		}
	}
	l.releaseEcho()
	l.cur = append(l.cur[:0], body...)
	l.rest = l.cur
	l.step()
}

// step runs what is left of the line. Meanwhile what a handler makes unsolicited
// waits, to come after its result.
func (l *Line[M]) step() {
	for {
		cmd, rest, ok, err := nextCommand(l.rest, l.name[:])
		if !ok {
			l.finish(OK)
			return
		}
		l.rest = rest
		l.seq++
		l.early, l.judged = nil, false
		c := &l.call
		*c = Call[M]{Line: l, Name: cmd.name, Given: cmd.args, Form: cmd.form, Err: err, args: c.args[:0]}
		r := l.start(c, cmd)
		if c.Command != nil && c.Command.Last {
			l.rest = nil
		}
		if l.state != running {
			return // the handler has reset the line
		}
		if !l.answer(r) {
			return
		}
	}
}

// start finds the command's row and runs its handler.
func (l *Line[M]) start(c *Call[M], cmd command) Response {
	var h Handler[M]
	if c.Err == nil {
		if c.Command = l.cfg.Table.byName[string(cmd.name)]; c.Command == nil {
			c.Err = ErrUnknown
		} else {
			h, c.Err = c.handler(cmd)
		}
	}
	if hooks := l.cfg.Hooks; hooks != nil && hooks.Before != nil {
		r, instead := hooks.Before.Before(c)
		if instead || l.state != running { // it has reset the line
			return r
		}
	}
	if c.Err != nil {
		return Fail(c.Err)
	}
	return h(l.cfg.Owner, c)
}

// answer writes what a command answered. more is false when the line ends here,
// waits, or a data phase has begun.
func (l *Line[M]) answer(r Response) (more bool) {
	if r.pending {
		if l.early == nil {
			l.state = busy
			return false
		}
		r, l.early = *l.early, nil
	}
	c := &l.call
	if h := l.cfg.Hooks; h != nil && h.After != nil && !l.judged {
		l.reply = r // in the line, so that nothing is allocated for it
		h.After.After(c, &l.reply)
		r, l.reply = l.reply, Response{}
		if r.pending {
			l.judged = true
			return l.answer(r)
		}
	}
	l.judged = false
	if r.Phase != nil && r.Err == nil {
		l.info(r)
		l.begin(r.Phase)
		return false
	}
	if r.Err != nil {
		r.Lines, r.Body, r.Result = nil, nil, Error
	}
	result := l.cfg.Policy.Result(l.cfg.Owner, c, r.Result, r.Err)
	if h := l.cfg.Hooks; h != nil && h.Ended != nil {
		h.Ended.Ended(c, result)
	}
	l.info(r)
	if result.IsOK() {
		return true
	}
	l.finish(result)
	return false
}

// info writes information text: one leading CR LF, lines parted by CR LF, one
// CR LF at the end (V.250 5.7.1).
func (l *Line[M]) info(r Response) {
	l.w = append(l.w, r.Raw...)
	if len(r.Lines) == 0 && r.Body == nil {
		return
	}
	mark := len(l.w)
	l.w = l.lead(l.w)
	for i, text := range r.Lines {
		l.w = append(l.w, text...)
		l.w = append(l.w, l.cr(), l.lf())
		l.edited(PartLine, i+1, mark)
		mark = len(l.w)
	}
	if r.Body != nil {
		l.w = append(l.w, r.Body...)
		l.edited(PartBody, 0, mark)
		l.w = append(l.w, l.cr(), l.lf())
	}
}

// finish ends the command line with its one result code.
func (l *Line[M]) finish(r Result) {
	l.rest = nil
	mark := len(l.w)
	l.w = r.append(l.w, &l.Settings)
	l.edited(PartFinal, 0, mark)
	l.toCommand()
}

// resume finishes the command that waited and goes on with the line.
func (l *Line[M]) resume(r Response) {
	l.state = running
	l.seq++ // this Completion is used up
	l.goOn(r)
	l.flush()
}

// goOn answers with r and runs the rest of the line.
func (l *Line[M]) goOn(r Response) {
	if l.answer(r) {
		l.step()
	}
}

// toCommand returns to the command state: what waited for it leaves, and what
// was typed ahead is used.
func (l *Line[M]) toCommand() {
	l.state = collecting
	l.prompt, l.upload, l.download, l.stream = nil, nil, nil, nil
	l.stopIdle()
	l.esc.stop()
	l.catchUp()
}

// catchUp lets out what waited, and after that uses what was typed ahead.
func (l *Line[M]) catchUp() {
	if l.state == collecting {
		l.idleAgain()
	}
	l.useAhead()
}

// useAhead feeds what the host typed while the line was busy, to whatever state
// the line is in now.
func (l *Line[M]) useAhead() {
	if l.feeding || len(l.ahead) == 0 || l.occupied() {
		return
	}
	l.feeding = true
	defer func() { l.feeding = false }()
	for len(l.ahead) > 0 && !l.occupied() {
		p := l.ahead
		l.ahead = nil
		n := l.feed(p)
		// A command among them may have become busy and kept what followed.
		l.ahead = append(l.ahead, p[n:]...)
		if n == 0 {
			return
		}
	}
	l.dropped = 0
}

// Resume goes on after Output had no room, or a transparent connection did not
// take all that it was offered.
func (l *Line[M]) Resume() {
	if l.state == downloading {
		l.pumpDownload()
	}
	if l.state == transparent {
		l.paySlack()
	}
	l.catchUp()
	l.flush()
}
