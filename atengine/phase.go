package atengine

import "time"

// Phase is a data phase that a command begins: a *Prompt, *Upload, *Download or
// *Transparent.
type Phase interface{ phase() }

// Ending is how a data phase ended.
type Ending uint8

// The ways a data phase can end.
const (
	Complete Ending = iota // all the data, or Ctrl-Z
	Cancel                 // ESC in a prompt
	Escape                 // +++ between its guard times
	TimedOut               // no data for as long as the phase waits
	HungUp                 // the host closed the port, or DTR dropped
)

func (e Ending) String() string {
	return [...]string{"complete", "cancelled", "escaped", "timed out", "hung up"}[e]
}

// PromptForm is what follows the ">" of a prompt.
type PromptForm uint8

// The forms that modules have.
const (
	PromptBlank  PromptForm = iota // a blank (27.005 3.5.1)
	PromptFramed                   // CR LF
	PromptBare                     // nothing
)

// Prompt asks for data with CR LF "> ". With Length, exactly so many bytes are
// taken, whatever they are; without, Ctrl-Z ends and ESC cancels, and bytes
// past Max are dropped (ruling 7). It ends early after Idle without a byte.
type Prompt struct {
	Length int
	Max    int
	Idle   time.Duration // on the line's clock; 0: waits for ever
	Echo   bool          // payload bytes come back to the host (ruling 9)
	Again  bool          // each CR is answered with another "> " (27.005 3.5.1)
	Form   PromptForm
	// Done gets the data, which it may not keep, how the phase ended and how
	// many bytes past Max were dropped.
	Done func(data []byte, end Ending, dropped int) Response
}

// Upload takes Length raw bytes after CONNECT. They are not echoed. It ends
// early after Idle without a byte, or with +++.
type Upload struct {
	Length   int
	Idle     time.Duration // on the line's clock; 0: waits for ever
	AckEvery int           // an "A" goes back after each so many bytes; 0: none
	// Done gets the data, which it may keep, and how the phase ended.
	Done func(data []byte, end Ending) Response
}

// Download gives raw bytes to the host after CONNECT, as fast as it reads them.
type Download struct {
	Data []byte
	// Announce comes in the place of CONNECT, as "CONNECT 256" does; its zero
	// value is CONNECT.
	Announce Result
	Done     func(end Ending) Response
}

// Transparent gives the port to a connection after CONNECT.
type Transparent struct {
	// Rate follows CONNECT when ATX asks for more than the bare word (V.250
	// 6.2.7); "": there is none to tell.
	Rate string
	// Send takes bytes from the host and says how many it had room for. The
	// line offers the rest again after Line.Resume.
	Send func(p []byte) int
	// Began is called when CONNECT is written, which may be later than the
	// Response with the phase was given: a hook can hold it back. nil: nobody
	// cares.
	Began func()
	// Left is called when the host takes the port back: Escape (+++), or HungUp
	// (DTR with AT&D1 or AT&D2; keep tells them apart).
	Left func(end Ending, keep bool)
}

func (*Prompt) phase()      {}
func (*Upload) phase()      {}
func (*Download) phase()    {}
func (*Transparent) phase() {}
