package fault

// URCs holds back what the module sends unasked, as AT+QCFG="urc/cache",1 does,
// and later lets all of it out in one go.
type URCs struct {
	_ struct{} `name:"urcs"`

	Do string `yaml:"do" need:"yes" short:"yes" is:"hold|release" doc:"hold: from now on none is sent, but for those that another rule bends; release: all that was held comes at once, in order. A restart forgets them"`
}

func (a *URCs) act(x *Firing) {
	e := x.e
	if a.Do == "hold" {
		e.holding = true
		e.fit()
		return
	}
	list := e.held
	e.holding, e.held = false, nil
	e.fit()
	for _, c := range list {
		e.resend(c.port, c.text)
	}
}

// heldCode is a result code that is held back.
type heldCode struct{ port, text string }

// maxHeld bounds the codes that are held back: as many as wait for a busy line.
// Further ones are lost.
const maxHeld = 128

// holdCode takes a result code away from the host for a while. One of direct
// push, which has data behind it, is not held: the module would run full.
func (e *Engine) holdCode(l *line, p []byte) bool {
	if !e.holding {
		return false
	}
	text, data, _ := cutURC(p)
	if len(data) > 0 {
		return false
	}
	if len(e.held) < maxHeld {
		e.held = append(e.held, heldCode{e.m.PortOf(l), string(text)})
	}
	return true
}
