package atengine

import "time"

// feedTransparent offers bytes to the connection and returns how many are used.
// What it had no room for comes again: it is known to be data by then, however
// late that is, and is not looked at for +++ a second time.
func (l *Line[M]) feedTransparent(p []byte) int {
	skip := l.trimLF(p)
	data := p[skip:]
	if len(data) == 0 {
		return skip
	}
	if l.unsent > 0 {
		data = data[:min(l.unsent, len(data))]
		l.esc.last = l.lastByte // waiting for room was no silence
	} else {
		var pluses int
		data, pluses = l.esc.filter(data, l.lastByte, l)
		if data == nil {
			return len(p)
		}
		l.slack += pluses
		l.unsent = len(data)
	}
	s, n := l.stream, 0
	if l.paySlack() {
		n = s.Send(data)
	}
	if l.stream != s {
		return skip + len(data) // the connection ended: it was meant for nobody else
	}
	l.unsent -= n
	return skip + n
}

// paySlack sends pluses that were held back and turned out to be data. It
// reports whether the connection had room for all of them.
func (l *Line[M]) paySlack() bool {
	s := l.stream
	for l.slack > 0 {
		n := s.Send([]byte("+++")[:min(3, l.slack)])
		if n == 0 || l.stream != s {
			return false
		}
		l.slack -= n
	}
	return true
}

// after, escaped and unheld are what escape asks of the line.
func (l *Line[M]) after(d time.Duration, f func()) Stopper { return l.cfg.Timers.AfterFunc(d, f) }

func (l *Line[M]) escaped() {
	switch l.state {
	case transparent:
		l.leave(Escape, true)
	case uploading:
		l.endUpload(Escape)
	case downloading:
		l.endDownload(Escape)
	}
	l.flush()
}

func (l *Line[M]) unheld(n int) {
	switch l.state {
	case transparent:
		l.slack += n
		l.paySlack()
	case uploading:
		l.collect(n, nil)
	}
	l.flush()
}

// leave takes the port back from the connection. The result is OK (seed 1.4),
// or NO CARRIER when the connection is not kept.
func (l *Line[M]) leave(end Ending, keep bool) {
	s := l.stream
	l.stream, l.slack, l.unsent = nil, 0, 0
	l.state = running // what Left makes unsolicited comes after the result
	l.esc.stop()
	s.Left(end, keep)
	switch {
	case l.state != running: // Left has reset the line
	case keep:
		l.finish(OK)
	default:
		l.finish(NoCarrier)
	}
}

// FromNetwork writes what a transparent connection received. The caller asks
// Output.Room first.
func (l *Line[M]) FromNetwork(p []byte) {
	if l.state == transparent {
		l.flush()
		l.cfg.Output.Write(p)
	}
}

// EndTransparent takes the port back because the connection ended (r is
// NoCarrier). The connection's Left is not called.
func (l *Line[M]) EndTransparent(r Result) {
	if l.state != transparent {
		return
	}
	l.stream, l.slack, l.unsent = nil, 0, 0
	l.esc.stop()
	l.finish(r)
	l.flush()
}

// DTRDrop is the signal's edge where a port has one; a host that closes the
// device drops it too (HostClosed). With AT&D1 or AT&D2 it ends raw data as +++
// does (upload and download: inferred).
func (l *Line[M]) DTRDrop() {
	if l.DTR == 0 {
		return
	}
	switch l.state {
	case uploading:
		l.endUpload(Escape)
	case downloading:
		l.endDownload(Escape)
	case transparent:
		l.leave(HungUp, l.DTR == 1)
	}
	l.flush()
}
