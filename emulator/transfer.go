package emulator

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator/network"
)

// maxRead is how many bytes one command reads.
const maxRead = maxPush

// sending is one command that sends.
type sending struct {
	m    *Modem
	find func(id int) *endpoint // nil: there is none
	id   int
	to   netip.AddrPort // of a datagram of a UDP service; else not valid
	// waiting and later answer a command whose answer waits for the peer.
	waiting Response
	later   completion
	until   time.Time // on the modem's clock: it waits no longer
}

// ask asks for data with a prompt, length bytes or, with 0, up to Ctrl-Z, and
// sends it.
func (s *sending) ask(c *Call, length int) Response {
	e, err := carries(s.find(s.id))
	if err != nil {
		return atengine.Fail(err)
	}
	cfg, p := e.settings(), s.m.portOf(c)
	s.waiting, s.later = c.Wait()
	prompt := cfg.prompt(s.m, c, length)
	prompt.Done = func(data []byte, end atengine.Ending, dropped int) Response {
		if dropped > 0 {
			s.m.note(p, fmt.Sprintf("more than %d bytes before Ctrl-Z: the rest is discarded", prompt.Max))
		}
		return s.prompted(data, end)
	}
	return atengine.Begin(prompt)
}

// prompt is what a command that sends asks with.
func (s *socketSettings) prompt(m *Modem, c *Call, length int) *atengine.Prompt {
	p := &atengine.Prompt{
		Length: length, Max: maxSend, Idle: s.idleTime(), Echo: m.ends.echo, Form: m.promptForm(),
	}
	if s.framedPrompt == 1 {
		p.Form = atengine.PromptFramed
	}
	if string(c.Name) == "+QSSLSEND" && m.quirks[quirkEchoSSL] == "off" {
		p.Echo = false
	}
	if s.sendHex == 1 {
		p.Max = 2 * maxSend
	}
	return p
}

// promptForm is what the module's prompts look like (quirk prompt).
func (m *Modem) promptForm() atengine.PromptForm {
	if m.quirks[quirkPrompt] == "bare" {
		return atengine.PromptBare
	}
	return atengine.PromptBlank
}

// askInstead asks for length bytes and answers then, whatever comes.
func askInstead(m *Modem, c *Call, s socketSettings, length int, then Response) Response {
	prompt := s.prompt(m, c, length)
	prompt.Done = func([]byte, atengine.Ending, int) Response { return then }
	return atengine.Begin(prompt)
}

// forceSend is what a command that sends answers when it is made to fail: what
// is told behind the data comes there.
func forceSend(m *Modem, c *Call, code Code, f forced) Response {
	if _, late := shapes[code]; !late {
		return atengine.Fail(f)
	}
	return m.Ask(c, atengine.Fail(f))
}

// prompted is what becomes of the data of a prompt. The endpoint may have gone
// while it was typed.
func (s *sending) prompted(data []byte, end atengine.Ending) Response {
	switch end {
	case atengine.Complete:
	case atengine.TimedOut:
		return atengine.Fail(OperationTimeout)
	default:
		return atengine.Fail(SendCancelled)
	}
	e, err := carries(s.find(s.id))
	if err != nil {
		return atengine.Fail(err)
	}
	if e.settings().sendHex == 1 {
		plain := make([]byte, hex.DecodedLen(len(data)))
		if _, err := hex.Decode(plain, data); err != nil {
			return atengine.Fail(fmt.Errorf("%w: %w", InvalidParameter, err))
		}
		data = plain
	}
	return s.send(e, data)
}

// send gives data to the endpoint's sender.
func (s *sending) send(e *endpoint, data []byte) Response {
	cfg := e.settings()
	if e.tx.dead || cfg.sendBuffer-e.tx.size < len(data) {
		if cfg.sendInfo == 1 {
			return e.sendInfo(1)
		}
		return atengine.Fail(WriteFailed)
	}
	if s.to.IsValid() {
		data = append(network.AppendPeer(make([]byte, 0, network.PeerSize+len(data)), s.to), data...)
	}
	e.send(data)
	switch {
	case cfg.sendInfo == 1:
		return e.sendInfo(0)
	case cfg.acked > 0 && e.link.carries == stream:
		s.until = s.m.clock.Now().Add(peerTime)
		s.await(e, e.tx.total)
		return s.waiting
	}
	return atengine.End(sendOK)
}

// sendOK is the result of data that was taken. That of other data is SEND FAIL,
// see shapes.
var sendOK = atengine.Literal("SEND OK")

// sendInfo answers in the shape of AT+QICFG="sendinfo",1.
func (e *endpoint) sendInfo(status int) Response {
	return atengine.Infof("+QISEND: %d,%d,%d", e.id, status, max(0, e.room()))
}

// ackPoll is how often the peer's acknowledgements are looked at, on the wall
// clock: the machine does not tell of them.
const ackPoll = 10 * time.Millisecond

// peerTime is how long a command waits for the peer's acknowledgement, on the
// modem's clock: what the family's manual has a host ask for it with
// AT+QISEND=<connectID>,0, 24 times with 5 s between them (that the module has the
// same patience is inferred). A port must not be lost to a peer that is silent.
const peerTime = 2 * time.Minute

// await answers the command when the peer has acknowledged the first total bytes
// that were taken, or will not.
func (s *sending) await(e *endpoint, total int) {
	s.m.afterWall(ackPoll, func() {
		switch {
		case !s.later.Waiting():
		case !e.live() || e.state != stateConnected || e.tx.dead:
			s.later.Finish(atengine.Fail(WriteFailed))
		case e.tx.total-e.unacked() >= total:
			s.later.Finish(atengine.End(sendOK))
		case !s.m.clock.Now().Before(s.until):
			s.later.Finish(atengine.Fail(WriteFailed))
		default:
			s.await(e, total)
		}
	})
}

// readFrom answers a command that reads up to want bytes from e, which may be
// nil; 0 asks how it stands.
func readFrom(e *endpoint, want int) Response {
	switch {
	case e == nil || e.state == stateOpening || e.state == stateListening:
		return atengine.Fail(SocketClosed)
	case e.mode != bufferMode:
		return atengine.Fail(OperationNotAllow)
	}
	word, r := e.dialect().read, &e.rx
	switch {
	case want == 0:
		n := r.data.len()
		return atengine.Infof("%s: %d,%d,%d", word, r.total, r.total-n, n)
	case r.available() > 0:
		return e.read(want)
	case e.state != stateConnected:
		return atengine.Fail(SocketClosed)
	}
	return atengine.Infof("%s: 0", word)
}

// read answers with up to want bytes of what there is.
func (e *endpoint) read(want int) Response {
	cfg := e.settings()
	n := e.rx.unit()
	if cfg.readStream == 1 && e.rx.carries == datagrams {
		n = e.rx.available()
	}
	n = min(n, want)
	header := e.dialect().read + ": " + strconv.Itoa(n) + peerWords(e.rx.peer())
	data := e.shown(&cfg, n)
	r := Response{Lines: []string{header}}
	if cfg.view == 1 {
		r.Lines[0] += "," + string(data)
	} else {
		r.Body = slices.Clone(data)
	}
	e.pop(n)
	e.drained()
	return r
}

// shown is the first n bytes of what was received as the host gets them, valid
// until something changes.
func (e *endpoint) shown(cfg *socketSettings, n int) []byte {
	data := e.rx.data.peek(n)
	if cfg.recvHex == 1 {
		return fmt.Appendf(nil, "%X", data)
	}
	return data
}

// peerWords name the peer of a datagram behind its length.
func peerWords(peer netip.AddrPort) string {
	if !peer.IsValid() {
		return ""
	}
	return fmt.Sprintf(`,"%s",%d`, peer.Addr(), peer.Port())
}

// announcement is the URC of buffer mode.
func (e *endpoint) announcement() string {
	text := fmt.Sprintf(`%s: "recv",%d`, e.dialect().urc, e.id)
	if e.settings().recvLength == 1 {
		text = fmt.Sprintf("%s,%d", text, e.rx.available())
	}
	return text
}

// pushed is the URC of direct push mode for the next n bytes: a header, and the
// data behind it.
func (e *endpoint) pushed(n int) (header string, data []byte) {
	cfg := e.settings()
	header = e.dialect().urc + `: "recv",` + strconv.Itoa(e.id) + "," + strconv.Itoa(n) + peerWords(e.rx.peer())
	data = e.shown(&cfg, n)
	if cfg.view == 1 {
		return header + "," + string(data), nil
	}
	return header, data
}
