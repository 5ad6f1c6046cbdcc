package atengine

import (
	"bytes"
	"time"
)

// begin enters the data phase p.
func (l *Line[M]) begin(p Phase) {
	l.dropLF()
	l.enter(p)
	if l.orphan && l.hangUp() {
		return // nobody is there to see it begin
	}
	mark := len(l.w)
	switch {
	case l.state == prompting:
		l.appendPrompt()
	case l.state == downloading && l.download.Announce != Result{}:
		l.w = l.download.Announce.append(l.w, &l.Settings)
	default:
		l.w = l.connected().append(l.w, &l.Settings)
	}
	l.edited(PartPrompt, 0, mark)
	switch {
	case l.state == uploading && l.upload.Length <= 0:
		l.endUpload(Complete)
	case l.state == uploading:
		l.restartIdle(l.upload.Idle)
	case l.state == prompting:
		l.restartIdle(l.prompt.Idle)
	case l.state == downloading:
		l.editDownload()
		l.pumpDownload()
	case l.state == transparent && l.stream.Began != nil:
		l.stream.Began()
	}
	l.useAhead()
}

// connected is the result that begins a phase of raw data.
func (l *Line[M]) connected() Result {
	r := Connect
	if l.state == transparent && l.stream.Rate != "" && l.Settings.Connect > 0 {
		r.text += " " + l.stream.Rate
	}
	return r
}

// appendPrompt writes the prompt, whatever ATV says (27.005 3.5.1).
func (l *Line[M]) appendPrompt() {
	l.w = append(l.w, l.cr(), l.lf(), '>')
	switch l.prompt.Form {
	case PromptBlank:
		l.w = append(l.w, ' ')
	case PromptFramed:
		l.w = append(l.w, l.cr(), l.lf())
	}
}

func (l *Line[M]) enter(p Phase) {
	l.data, l.pieces = nil, nil
	l.esc.start(l.cfg.Timers.Now(), l.guard())
	switch p := p.(type) {
	case *Prompt:
		l.state, l.prompt = prompting, p
	case *Upload:
		l.state, l.upload = uploading, p
	case *Download:
		l.state, l.download, l.data = downloading, p, p.Data
	case *Transparent:
		l.state, l.stream = transparent, p
	}
}

// dropLF drops an LF that came after the CR of the line that begins a phase,
// but before the phase does (ruling 23).
func (l *Line[M]) dropLF() {
	if l.afterCR && len(l.ahead) > 0 && l.ahead[0] == '\n' {
		l.ahead = l.ahead[1:]
		l.afterCR, l.hostLF = false, true
	}
}

// trimLF is 1 when p, the next bytes of a phase, begins with the LF of the line
// that began it: when it is the first byte since, from a host whose earlier
// lines ended in CR LF (ruling 23). Else it is 0.
func (l *Line[M]) trimLF(p []byte) int {
	lf := l.afterCR && l.hostLF && p[0] == '\n'
	l.afterCR = false
	if lf {
		return 1
	}
	return 0
}

// guard is the guard time of +++: S12 in units of 20 ms (seed 1.4: 1 s).
func (l *Line[M]) guard() time.Duration { return time.Duration(l.s[12]) * 20 * time.Millisecond }

const (
	ctrlZ = 0x1a
	esc   = 0x1b
)

// feedPrompt collects what is typed after "> ".
func (l *Line[M]) feedPrompt(p []byte) int {
	skip := l.trimLF(p)
	body := p[skip:]
	l.restartIdle(l.prompt.Idle)
	if l.prompt.Echo || l.prompt.Again {
		body = body[:min(len(body), l.room())]
	}
	if want := l.prompt.Length; want > 0 {
		take := min(want-len(l.data), len(body))
		l.take(body[:take])
		if len(l.data) == want {
			l.endPrompt(Complete)
		}
		return skip + take
	}
	for i, b := range body {
		if b != ctrlZ && b != esc {
			continue
		}
		l.take(body[:i])
		end := Complete
		if b == esc {
			end = Cancel
		}
		l.endPrompt(end)
		return skip + i + 1
	}
	l.take(body)
	return skip + len(body)
}

// take keeps payload, up to the prompt's bound, and counts what is past it.
func (l *Line[M]) take(p []byte) {
	switch {
	case l.prompt.Again:
		l.answerCRs(p)
	case l.prompt.Echo:
		l.w = append(l.w, p...)
	}
	room := len(p)
	if l.prompt.Length == 0 {
		room = min(room, l.prompt.Max-len(l.data))
	}
	l.data = append(l.data, p[:room]...)
	l.surplus += len(p) - room
}

// answerCRs writes what payload is answered with: itself, if it is echoed, and a
// prompt for each CR.
func (l *Line[M]) answerCRs(p []byte) {
	for _, b := range p {
		if l.prompt.Echo {
			l.w = append(l.w, b)
		}
		if b == '\r' {
			mark := len(l.w)
			l.appendPrompt()
			l.edited(PartPrompt, 0, mark)
		}
	}
}

func (l *Line[M]) endPrompt(end Ending) {
	p, data, surplus := l.prompt, l.data, l.surplus
	l.state, l.prompt, l.data, l.surplus = running, nil, nil, 0
	l.endPhase(p.Done(data, end, surplus), end)
}

// endPhase goes on with the command line. When the host has gone there is
// nobody to answer and nothing to go on with.
func (l *Line[M]) endPhase(r Response, end Ending) {
	l.stopIdle()
	l.esc.stop()
	if l.state != running {
		return // Done has reset the line
	}
	if end == HungUp {
		l.finish(Silent)
		return
	}
	l.goOn(r)
}

// feedUpload collects raw bytes after CONNECT.
func (l *Line[M]) feedUpload(p []byte) int {
	skip := l.trimLF(p)
	body := p[skip:]
	u := l.upload
	take := min(u.Length-len(l.data)-l.esc.held, len(body))
	l.restartIdle(u.Idle)
	data, back := l.esc.filter(body[:take], l.lastByte, l)
	l.collect(back, data)
	if l.upload == u && len(l.data)+l.esc.held == u.Length {
		l.collect(l.esc.release(), nil) // pluses that are the file's end
	}
	if l.upload == u && len(l.data) == u.Length {
		l.endUpload(Complete)
	}
	return skip + take
}

// collect keeps pluses that turned out to be payload, then data, and
// acknowledges each AckEvery bytes.
func (l *Line[M]) collect(pluses int, data []byte) {
	before := len(l.data)
	for range pluses {
		l.data = append(l.data, '+')
	}
	l.data = append(l.data, data...)
	if every := l.upload.AckEvery; every > 0 {
		for n := len(l.data)/every - before/every; n > 0; n-- {
			l.w = append(l.w, 'A')
		}
	}
}

func (l *Line[M]) endUpload(end Ending) {
	u, data := l.upload, l.data
	l.state, l.upload, l.data = running, nil, nil
	l.endPhase(u.Done(data, end), end)
}

// feedDownload listens only for +++: whatever else a host sends is dropped.
func (l *Line[M]) feedDownload(p []byte) int {
	l.esc.filter(p[l.trimLF(p):], l.lastByte, l)
	return len(p)
}

// editDownload gives the data of a download to the editor, as one body.
func (l *Line[M]) editDownload() {
	if l.cfg.Hooks == nil || l.cfg.Hooks.Edit == nil || len(l.data) == 0 {
		return
	}
	if pieces := l.cfg.Hooks.Edit.Edit(l, PartBody, 0, bytes.Clone(l.data)); pieces != nil {
		l.data, l.pieces = nil, pieces
	}
}

// nextPiece goes on to the next piece of a download that was edited, if there is
// one.
func (l *Line[M]) nextPiece() bool {
	if len(l.pieces) == 0 {
		return false
	}
	p := l.pieces[0]
	l.pieces = l.pieces[1:]
	if out, ok := l.cfg.Output.(Pauser); ok && p.Wait > 0 {
		out.Pause(p.Wait)
	}
	l.data = p.Bytes
	return true
}

// pumpDownload sends as much of the file as the output has room for.
func (l *Line[M]) pumpDownload() {
	l.flush()
	for len(l.data) > 0 || l.nextPiece() {
		if len(l.data) == 0 {
			continue
		}
		n := min(l.cfg.Output.Room(), len(l.data))
		if n <= 0 {
			return
		}
		l.cfg.Output.Write(l.data[:n])
		l.data = l.data[n:]
	}
	l.endDownload(Complete)
}

func (l *Line[M]) endDownload(end Ending) {
	d := l.download
	l.state, l.download, l.data, l.pieces = running, nil, nil, nil
	l.endPhase(d.Done(end), end)
}

func (l *Line[M]) restartIdle(d time.Duration) {
	l.stopIdle()
	if d > 0 {
		l.idle = l.cfg.Timers.AfterFunc(d, func() {
			l.idle = nil
			switch l.state {
			case uploading:
				l.collect(l.esc.release(), nil)
				l.endUpload(TimedOut)
			case prompting:
				l.endPrompt(TimedOut)
			}
			l.flush()
		})
	}
}

func (l *Line[M]) stopIdle() {
	if l.idle != nil {
		l.idle.Stop()
		l.idle = nil
	}
}
