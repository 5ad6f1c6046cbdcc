package fault

import (
	"slices"
	"strings"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/decl/nearest"
)

// heads are the keys of a trigger that say what kind it is.
var heads = []string{"command", "line", "event", "urc", "at"}

// narrowing says which keys of a trigger go with which of its heads.
var narrowing = map[string][]string{
	"form": {"command"}, "args": {"command"}, "result": {"command"},
	"client": {"event"}, "bytes": {"event"}, "text": {"event"},
	"port": {"command", "line", "event", "urc"},
}

// keyword is the name of the parameter that chooses what a command is about, as
// "sslversion" of AT+QSSLCFG.
const keyword = "key"

// ports are the names of ports.
var ports = []string{"usbmodem", "usbat", "uart1"}

// ids are those of all clients and contexts that an event can be about.
var ids = func() (list []string) {
	for id := range 16 {
		list = append(list, itoa(id))
	}
	return list
}()

// modifiers are the keys of a trigger that go with each of its heads.
var modifiers = []string{"nth", "every", "from", "times", "per", "chance", "after"}

// InspectYAML looks at what no single key can tell: one head, what goes with it,
// and whether the command and its parameters exist.
func (t *Trigger) InspectYAML(n *decl.Node) {
	var head string
	unknown := false // a key, which has its own problem
	for key := range n.Pairs() {
		if !slices.Contains(heads, key.Text()) {
			unknown = unknown || narrowing[key.Text()] == nil && !slices.Contains(modifiers, key.Text())
			continue
		}
		if head != "" {
			key.Fail("one rule for each of them", "two triggers in one: %s and %s", head, key.Text())
			return
		}
		head = key.Text()
	}
	if head == "" {
		if !unknown {
			n.Fail("one of "+strings.Join(heads, ", "), "the trigger does not say when it comes")
		}
		return
	}
	for key := range n.Pairs() {
		if with, ok := narrowing[key.Text()]; ok && !slices.Contains(with, head) {
			key.Fail("", "%s goes with %s, not with %s", key.Text(), strings.Join(with, " or "), head)
		}
	}
	if at := n.Get("port"); at != nil {
		checkWords(at, ports, strings.Join(ports, ", "))
	}
	if t.Nth > 0 && (t.From > 0 || t.Every > 0 || t.Times > 0) {
		n.Get("nth").Fail("nth: 3 is one time; from: 3 with times: 2 are two", "nth does not go with from, every and times")
	}
	switch {
	case n.Get(head).Kind() != decl.Scalar: // it has been told what it is, if that is wrong
	case head == "command":
		t.checkCommand(n)
	case head == "event":
		if at := n.Get("client"); at != nil {
			checkWords(at, ids, "the numbers 0-15")
		}
		if !slices.Contains(events(), t.Event) {
			n.Get("event").Fail(nearest.Hint(t.Event, events(), "the events are "+strings.Join(events(), ", ")), "there is no event %q", t.Event)
		}
		if t.Bytes > 0 && !slices.Contains(counting, emulator.EventKind(t.Event)) {
			n.Get("bytes").Fail("", "bytes goes with tls.sent, tls.received, socket.sent and socket.received")
		}
	}
}

// checkCommand brings the command's name into the form that it is known by, and
// looks whether it has the parameters.
func (t *Trigger) checkCommand(n *decl.Node) {
	name, ok := commandName(t.Command)
	if !ok {
		n.Get("command").Fail(nearest.Hint(t.Command, plainNames(), "qsim commands lists them"), "there is no command %q", t.Command)
		return
	}
	t.Command = name
	row := lookup(name)
	if row != nil && t.Form != "" {
		var forms []string
		for _, f := range row.Forms() {
			forms = append(forms, f.String())
		}
		if !slices.Contains(forms, t.Form) {
			n.Get("form").Fail("it has "+strings.Join(forms, ", "), "AT%s has no form %s", name, t.Form)
		}
	}
	args := n.Get("args")
	if args == nil {
		return
	}
	for key, value := range args.Pairs() {
		if row == nil {
			key.Fail("", "AT%s is not built: its parameters are not known", name)
			return
		}
		if names := parameters(row); !slices.ContainsFunc(names, func(p string) bool { return strings.EqualFold(p, key.Text()) }) {
			key.Fail(nearest.Hint(key.Text(), names, "it has "+strings.Join(names, ", ")), "AT%s has no parameter %s", name, key.Text())
			continue
		}
		if row.Variants != nil && strings.EqualFold(key.Text(), keyword) {
			var words []string
			for _, v := range row.Variants {
				words = append(words, v.Key)
			}
			checkWords(value, words, strings.Join(words, ", "))
			continue
		}
		checkValues(value, row, key.Text())
	}
}

// checkValues looks whether the values that a parameter is held against can be:
// a command with another one is refused before it has it.
func checkValues(n *decl.Node, row *emulator.Command, name string) {
	if n.Kind() == decl.Sequence {
		for _, one := range n.Items() {
			checkValues(one, row, name)
		}
		return
	}
	if n.Kind() != decl.Scalar || strings.HasPrefix(n.Text(), "/") {
		return
	}
	reason := ""
	for _, params := range append([][]atengine.Param{row.Params}, variantParams(row)...) {
		for _, p := range params {
			if !strings.EqualFold(p.Name, name) {
				continue
			}
			if reason = p.Refuses(n.Text()); reason == "" {
				return
			}
		}
	}
	if reason != "" {
		n.Fail("", "AT%s never has this <%s>: %q %s", row.Name, name, n.Text(), strings.TrimPrefix(reason, n.Text()+" "))
	}
}

func variantParams(row *emulator.Command) (list [][]atengine.Param) {
	for _, v := range row.Variants {
		list = append(list, v.Params)
	}
	return list
}

// checkWords looks whether a matcher, which was read from n without a problem,
// can fit one of the words that there are; what is these in a message.
func checkWords(n *decl.Node, words []string, what string) {
	switch n.Kind() {
	case decl.Sequence:
		for _, item := range n.Items() {
			checkWords(item, words, what)
		}
		return
	case decl.Mapping:
		if not := n.Get("not"); not != nil {
			checkWords(not, words, what)
			return
		}
	}
	var m decl.Matcher
	if n.Into(&m) && !slices.ContainsFunc(words, m.Match) {
		hint := ""
		if !n.IsNumber() {
			hint = nearest.Hint(n.Text(), words, "")
		}
		n.Want(hint, "one of "+what)
	}
}

// CheckYAML looks whether a rule's actions can act at its trigger.
func (r *Rule) CheckYAML(n *decl.Node) {
	if len(r.Do) == 0 {
		n.Get("do").Fail("", "the rule does nothing")
	}
	answer := ""
	steps := n.Get("do").Items()
	for i, s := range r.Do {
		at := n.Get("do")
		if i < len(steps) {
			at = steps[i]
		}
		if s.answers() {
			if answer != "" {
				at.Fail("two rules, each with its nth", "two answers in one rule: %s and %s", answer, s.Name)
			}
			answer = s.Name
		}
		r.checkStep(at, &s)
	}
}

func (r *Rule) checkStep(n *decl.Node, s *Step) {
	on := r.On.kind()
	p, placed := s.Action.(interface{ place() *Placement })
	echo := placed && p.place().Part.part == partEcho
	_, isEffect := s.Action.(effect)
	_, isOrder := s.Action.(reorderer)
	sh, isShaper := s.Action.(shaper)
	d, isDual := s.Action.(dual)
	isShaper = isShaper && (!isEffect || isDual && d.shapes(on))
	switch {
	case isOrder && on != Lined:
		n.Fail("on: {line: {commands: 3+}}", "order goes with a line, not with %s", r.On.String())
	case !isShaper || sh == nil:
	case on == Timed || on == Answered, on == Happened && r.On.URC == nil && r.On.Event != string(emulator.URCSent):
		n.Fail("on: {command: ...}, on: {line: ...} or on: {urc: ...}; with result: the answer is over",
			"%s changes an answer, and %s has none", s.Name, r.On.String())
	case on == Happened && s.replaces():
		n.Fail("drop, delay, cut and replace change a result code", "%s answers a command, and %s is none", s.Name, r.On.String())
	case echo && on != Lined && on != Given:
		n.Fail("", "only a command or a line has an echo")
	}
}

// answers reports whether a step answers in a command's place.
func (s *Step) answers() bool {
	switch s.Action.(type) {
	case *Error, *CME, *CMS, *Result, *Respond:
		return true
	}
	return false
}

// replaces reports whether a step, which is a shaper, keeps a command from
// running: it answers in its place, or nothing does.
func (s *Step) replaces() bool {
	_, silent := s.Action.(*Hang)
	return silent || s.answers()
}

// commandName is a command as its row has it, from any spelling of it: QSSLOPEN,
// AT+QSSLOPEN, +qsslopen, &D, ATE.
func commandName(word string) (string, bool) {
	up := strings.ToUpper(strings.TrimSpace(word))
	for _, try := range []string{up, "+" + up, strings.TrimPrefix(up, "AT")} {
		if lookup(try) != nil || slices.Contains(emulator.Unbuilt(), try) {
			return try, true
		}
	}
	return "", false
}

// Known reports whether there is a command of this name, which is in upper case
// and has its prefix, and qsim has built it.
func Known(name string) bool { return lookup(name) != nil }

// lookup is the row of a command, or nil.
func lookup(name string) *emulator.Command {
	for _, g := range emulator.Groups() {
		for _, c := range g.Commands {
			if c.Name == name {
				return c
			}
		}
	}
	return nil
}

// plainNames are all commands as a file names them.
func plainNames() []string {
	var names []string
	for _, g := range emulator.Groups() {
		for _, c := range g.Commands {
			names = append(names, strings.TrimPrefix(c.Name, "+"))
		}
	}
	for _, name := range emulator.Unbuilt() {
		names = append(names, strings.TrimPrefix(name, "+"))
	}
	return names
}

// parameters are the names of all parameters that a command can have.
func parameters(c *emulator.Command) []string {
	var names []string
	add := func(params []atengine.Param) {
		for _, p := range params {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	}
	add(c.Params)
	if c.Variants != nil {
		names = append(names, keyword)
	}
	for _, v := range c.Variants {
		add(v.Params)
	}
	return names
}
