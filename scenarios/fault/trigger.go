package fault

import (
	"strings"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Trigger says at which moments a rule acts, or an expectation looks. It has one
// of command, line, event, urc and at; the rest narrows it.
type Trigger struct {
	_ struct{} `name:"trigger" doc:"A moment: one of command, line, event, urc and at, narrowed by the rest."`

	Pos decl.Pos `yaml:"-"`

	Command string                  `yaml:"command" doc:"a command of the host, without AT: QSSLOPEN, &D"`
	Form    string                  `yaml:"form" is:"exec|write|read|test" doc:"of the command: AT+X, AT+X=..., AT+X?, AT+X=?"`
	Args    map[string]decl.Matcher `yaml:"args" doc:"of the command, by the names of the manual; the keyword of AT+QSSLCFG is key"`
	Result  *decl.Matcher           `yaml:"result" doc:"of the command: OK, ERROR, SEND FAIL. Judged after it ran"`
	Line    *LineMatch              `yaml:"line" doc:"a command line of the host, before it runs"`
	Event   string                  `yaml:"event" doc:"what happens behind the commands"`
	Client  *decl.Matcher           `yaml:"client" doc:"the SSL client, socket or PDP context of the event"`
	Bytes   int                     `yaml:"bytes" is:"1-1073741824" doc:"of tls.sent, tls.received, socket.sent and socket.received: once so many have passed on the connection"`
	Text    *decl.Matcher           `yaml:"text" doc:"of the event: the URC, the file's name, the reason"`
	URC     *decl.Matcher           `yaml:"urc" doc:"a result code that the module sends unasked, without its framing"`
	At      *decl.Duration          `yaml:"at" doc:"a time since the modem started, on the modem's clock"`
	Port    *decl.Matcher           `yaml:"port" doc:"usbmodem, usbat or uart1"`

	Nth    int           `yaml:"nth" is:"1-1000000" doc:"only the n-th time that all else fits"`
	Every  int           `yaml:"every" is:"1-1000000" doc:"only every n-th time"`
	From   int           `yaml:"from" is:"1-1000000" doc:"from the n-th time on"`
	Times  int           `yaml:"times" is:"1-1000000" doc:"so often at the most"`
	Per    string        `yaml:"per" is:"run|boot" default:"run" doc:"what nth, every, from and times count in"`
	Chance *float64      `yaml:"chance" is:"0-1" doc:"of acting when all else fits, drawn from the run's seed"`
	After  decl.Duration `yaml:"after" doc:"how long after the moment, on the modem's clock"`
}

// LineMatch narrows a command line.
type LineMatch struct {
	_ struct{} `name:"line" doc:"What a command line is like."`

	Commands *decl.Count   `yaml:"commands" doc:"how many it holds: 3, 3+, 2-5"`
	Text     *decl.Matcher `yaml:"text" doc:"the line without AT"`
}

// events are what a trigger's event may be.
func events() []string {
	var list []string
	for _, k := range emulator.EventKinds() {
		list = append(list, string(k))
	}
	return list
}

// counting are the events that tell of bytes.
var counting = []emulator.EventKind{
	emulator.TLSSent, emulator.TLSReceived, emulator.SocketSent, emulator.SocketReceived,
}

// kind is the kind of moments that the trigger is about.
func (t *Trigger) kind() Kind {
	switch {
	case t.Command != "" && t.Result != nil:
		return Answered
	case t.Command != "":
		return Given
	case t.Line != nil:
		return Lined
	case t.At != nil:
		return Timed
	}
	return Happened
}

// event is the kind of event that the trigger is about.
func (t *Trigger) event() emulator.EventKind {
	if t.URC != nil {
		return emulator.URCSent
	}
	return emulator.EventKind(t.Event)
}

// String is the trigger in a few words, for people.
func (t *Trigger) String() string {
	var b strings.Builder
	switch {
	case t.Command != "":
		b.WriteString("AT" + t.Command)
	case t.Line != nil:
		b.WriteString("a line")
		if t.Line.Commands != nil {
			b.WriteString(" of " + t.Line.Commands.String() + " commands")
		}
		if t.Line.Text != nil {
			b.WriteString(" " + t.Line.Text.String())
		}
	case t.URC != nil:
		b.WriteString(t.URC.String())
	case t.At != nil:
		b.WriteString("the time " + t.At.String())
	default:
		b.WriteString(t.Event)
	}
	t.narrowings(&b)
	return b.String()
}

// narrowings are what else the trigger asks, in words.
func (t *Trigger) narrowings(b *strings.Builder) {
	if t.Form != "" {
		b.WriteString(" (" + t.Form + ")")
	}
	for _, name := range sortedKeys(t.Args) {
		m := t.Args[name]
		b.WriteString(" " + name + "=" + m.String())
	}
	for _, part := range []struct {
		word string
		m    *decl.Matcher
	}{{"client", t.Client}, {"text", t.Text}, {"with", t.Result}, {"on", t.Port}} {
		if part.m != nil {
			b.WriteString(" " + part.word + " " + part.m.String())
		}
	}
}

// fits reports whether the moment is what the trigger asks, its counts and its
// chance left out.
func (t *Trigger) fits(m *Moment) bool {
	if m.Kind != t.kind() || t.Port != nil && !t.Port.Match(m.Port) {
		return false
	}
	switch m.Kind {
	case Given, Answered:
		return t.fitsCommand(m)
	case Lined:
		return (t.Line.Commands == nil || t.Line.Commands.Has(m.Commands)) &&
			(t.Line.Text == nil || t.Line.Text.Match(string(m.Body)))
	case Happened:
		return t.fitsEvent(m)
	}
	return false // times are not matched, they come
}

func (t *Trigger) fitsCommand(m *Moment) bool {
	c := m.Call
	if string(c.Name) != t.Command || t.Form != "" && c.Form.String() != t.Form {
		return false
	}
	for name, want := range t.Args {
		text, ok := c.Arg(name)
		if !ok || !want.Match(text) {
			return false
		}
	}
	return t.Result == nil || t.Result.Match(m.Result)
}

func (t *Trigger) fitsEvent(m *Moment) bool {
	e := &m.Event
	if e.Kind != t.event() {
		return false
	}
	if t.URC != nil && !t.URC.Match(e.Text) || t.Text != nil && !t.Text.Match(e.Text) {
		return false
	}
	if t.Client == nil {
		return true
	}
	id, ok := m.client()
	if !ok {
		id, ok = m.context()
	}
	return ok && t.Client.Match(itoa(id))
}
