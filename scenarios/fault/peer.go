package fault

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Peer has the far end of an SSL client or a socket send without being asked: numbered
// lines, in a pattern that shows what is missing.
type Peer struct {
	_ struct{} `name:"peer"`

	Send   decl.Size     `yaml:"send" need:"yes" short:"yes" doc:"how much"`
	Chunk  decl.Size     `yaml:"chunk" default:"1024" doc:"bytes at a time"`
	Gap    decl.Duration `yaml:"gap" default:"none" doc:"between two chunks, on the modem's clock"`
	Client *int          `yaml:"client" is:"0-11" default:"that of the moment" doc:"the SSL client or socket"`
}

// retry is how long the far end waits when the client takes nothing, on the
// modem's clock.
const retry = 50 * time.Millisecond

// mostAtOnce is what a client has room for, in bytes.
const mostAtOnce = 16 * 1024

func (a *Peer) act(x *Firing) {
	chunk := int(a.Chunk)
	if chunk == 0 {
		chunk = 1024
	}
	for _, id := range x.clients(a.Client) {
		a.send(x, id, x.e.connects[id], 0, chunk)
	}
}

// send sends from byte at on, as long as it is the client's n-th connection.
func (a *Peer) send(x *Firing, id, n, at, chunk int) {
	want := min(chunk, int(a.Send)-at, mostAtOnce)
	if want <= 0 || x.boots != x.e.boots || n != x.e.connects[id] {
		return
	}
	took := x.e.m.Inject(id, pattern(at, want))
	wait := time.Duration(a.Gap)
	if took < want {
		if !x.e.m.Connected(id) {
			return
		}
		wait = max(wait, retry)
	}
	// Through a timer even without a gap: others have their turn between.
	x.e.after(wait, x.within(func() { a.send(x, id, n, at+took, chunk) }))
}

// pattern is n bytes of numbered lines of 16 bytes, from byte at on.
func pattern(at, n int) []byte {
	var b []byte
	for line := at / 16; len(b) < at%16+n; line++ {
		b = fmt.Appendf(b, "%014d\r\n", line)
	}
	return b[at%16 : at%16+n]
}
