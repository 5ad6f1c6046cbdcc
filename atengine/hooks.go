package atengine

import (
	"bytes"
	"time"
)

// Hooks are where a line is watched and bent from outside. Each is an interface
// of one method, and nil where nobody cares: that costs a comparison. The owner
// of the line may change them at any time, from inside one of them as well: the
// next call sees it. Several lines may share one Hooks.
type Hooks[M any] struct {
	Lines  Lines[M]
	Before Before[M]
	After  After[M]
	Ended  Ended[M]
	Edit   Editor[M]
	// HoldEcho keeps the echo of a line back until the line is complete, and
	// gives it to Edit as PartEcho: before that nobody knows what it will be.
	HoldEcho bool
}

// Lines sees a command line before it runs (what follows AT) and may put
// another in its place. It may not keep body.
type Lines[M any] interface {
	Line(l *Line[M], body []byte) []byte
}

// Before sees each command before it runs, one that will be refused as well
// (Call.Err), and may answer in its place.
type Before[M any] interface {
	Before(c *Call[M]) (Response, bool)
}

// After sees what a command answers, a data phase that it begins included, and
// may change it before it is written. With Call.Wait it can hold the answer
// back: what the Completion finishes with is written as it is.
type After[M any] interface {
	After(c *Call[M], r *Response)
}

// Ended is told the result of each command, before it is written.
type Ended[M any] interface {
	Ended(c *Call[M], r Result)
}

// Editor changes what a line writes, part by part. n is the number of an
// information line, from 1; p holds the part with its framing, until Edit
// returns. A nil slice leaves the part as it is, an empty one drops it.
type Editor[M any] interface {
	Edit(l *Line[M], part Part, n int, p []byte) []Piece
}

// Part is what a piece of output is.
type Part uint8

// The parts of what a line writes.
const (
	PartEcho   Part = iota // of a command line
	PartLine               // one line of information text
	PartBody               // the raw bytes of +QSSLRECV and the like, of a download all of it
	PartFinal              // the final result code
	PartPrompt             // "> ", CONNECT, or what stands in its place
	PartURC                // an unsolicited result code, with the data of a push
)

// Piece is bytes on their way, and how long to wait before them.
type Piece struct {
	Wait  time.Duration
	Bytes []byte
}

// Pauser is an Output that can let time pass between two writes.
type Pauser interface{ Pause(d time.Duration) }

// maxHeld bounds the echo that HoldEcho keeps back, in bytes. Where there
// is more, Edit gets the end of it.
const maxHeld = 2 * MaxLine

// edited gives what stands in w from mark on to the editor, as one part.
func (l *Line[M]) edited(part Part, n, mark int) {
	if l.cfg.Hooks == nil || l.cfg.Hooks.Edit == nil || mark == len(l.w) {
		return
	}
	p := bytes.Clone(l.w[mark:])
	pieces := l.cfg.Hooks.Edit.Edit(l, part, n, p)
	if pieces == nil {
		return
	}
	l.w = l.w[:mark]
	l.WritePieces(pieces)
}

// WritePieces writes raw bytes to the host, with the pauses between them,
// whatever state the line is in.
func (l *Line[M]) WritePieces(pieces []Piece) {
	for _, p := range pieces {
		if p.Wait > 0 {
			l.flush()
			if out, ok := l.cfg.Output.(Pauser); ok {
				out.Pause(p.Wait)
			}
		}
		l.w = append(l.w, p.Bytes...)
	}
}

// releaseEcho writes the echo that was held back.
func (l *Line[M]) releaseEcho() {
	if len(l.heldEcho) == 0 {
		return
	}
	mark := len(l.w)
	l.w = append(l.w, l.heldEcho...)
	l.heldEcho = l.heldEcho[:0]
	l.edited(PartEcho, 0, mark)
}

// Split cuts the body of a command line into its commands. Joined by semicolons
// they are the same line. What follows a malformed one belongs to it.
func Split(body []byte) [][]byte {
	var list [][]byte
	var name [32]byte
	for {
		body = bytes.TrimLeft(body, " ;")
		_, rest, ok, err := nextCommand(body, name[:])
		if !ok {
			return list
		}
		if err != nil {
			rest = nil
		}
		list = append(list, bytes.TrimRight(body[:len(body)-len(rest)], " ;"))
		body = rest
	}
}

// NameOf is the name of the command that body begins with, in upper case and
// with its prefix; "" when there is none.
func NameOf(body []byte) string {
	c, _, ok, err := nextCommand(body, nil)
	if !ok || err != nil && len(c.name) < 2 {
		return ""
	}
	return string(c.name)
}

// Preview reads the first command of body as it would be run, without running
// it. Its Err tells whether it would be refused.
func (l *Line[M]) Preview(body []byte) *Call[M] {
	cmd, _, _, err := nextCommand(body, nil)
	c := &Call[M]{Line: l, Name: cmd.name, Given: cmd.args, Form: cmd.form, Err: err}
	if c.Err != nil {
		return c
	}
	if c.Command = l.cfg.Table.byName[string(cmd.name)]; c.Command == nil {
		c.Err = ErrUnknown
		return c
	}
	_, c.Err = c.handler(cmd)
	return c
}
