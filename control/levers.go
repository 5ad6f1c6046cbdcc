package control

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

func (s *door) getState(w http.ResponseWriter, _ *http.Request) error { return s.answerState(w) }

// answerState answers how the modem stands now.
func (s *door) answerState(w http.ResponseWriter) error {
	var state State
	var held []fault.Held
	err := s.t.Modem.Do(func(l emulator.Levers) error {
		state.State, state.Marks = l.State(), append([]string{}, s.t.Faults.Marks()...)
		held = s.t.Faults.Rules()
		return nil
	})
	if err == nil {
		state.Faults, err = allShown(held)
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, state)
}

// pull pulls a lever, and answers how the modem stands then.
func (s *door) pull(w http.ResponseWriter, text string, f func(l emulator.Levers) error) error {
	if err := s.do(text, f); err != nil {
		return err
	}
	return s.answerState(w)
}

// notNow is the error of a lever that the modem, as it is, has not got.
func notNow(err error) error {
	if err == nil {
		return nil
	}
	return refuse("conflict", "see GET /v1/state, or qsim ctl state", "%v", err)
}

func (s *door) sendURC(w http.ResponseWriter, r *http.Request) error {
	var u URC
	if err := read(w, r, &u); err != nil {
		return err
	}
	if u.Text == "" || strings.ContainsAny(u.Text, "\r\n") {
		return refuse("bad_request", "its framing is not part of it; send several for several", "the text of a result code is one line")
	}
	return s.pull(w, "urc "+u.Text, func(l emulator.Levers) error { return notNow(l.SendURC(u.Port, u.Text)) })
}

func (s *door) dropDTR(w http.ResponseWriter, r *http.Request) error {
	var d DTR
	if err := read(w, r, &d); err != nil {
		return err
	}
	if d.Drop != nil && !*d.Drop {
		return refuse("invalid", "leave drop out, or say true", "drop: DTR that drops is up again by itself")
	}
	if d.To != "" {
		if d.Drop != nil {
			return refuse("invalid", "leave one of the two out", "drop: to says where DTR goes, and to stay there")
		}
		return s.pull(w, strings.TrimSpace("dtr "+d.To+" "+d.Port), func(l emulator.Levers) error {
			return notNow(l.SetDTR(d.Port, d.To == "on"))
		})
	}
	return s.pull(w, strings.TrimSpace("dtr dropped "+d.Port), func(l emulator.Levers) error { return notNow(l.DropDTR(d.Port)) })
}

func (s *door) power(w http.ResponseWriter, r *http.Request) error {
	var p Power
	if err := read(w, r, &p); err != nil {
		return err
	}
	return s.pull(w, "power "+p.To, func(l emulator.Levers) error {
		switch p.To {
		case "on":
			l.PowerOn()
		case "off":
			l.PowerOff()
		default:
			l.Reboot()
		}
		return nil
	})
}

func (s *door) sim(w http.ResponseWriter, r *http.Request) error {
	var sim SIM
	if err := read(w, r, &sim); err != nil {
		return err
	}
	to, err := emulator.ParseSIMState(sim.To)
	if err != nil {
		return refuse("invalid", "", "%v", err)
	}
	return s.pull(w, "sim "+sim.To, func(l emulator.Levers) error {
		l.SetSIM(to)
		return nil
	})
}

func (s *door) network(w http.ResponseWriter, r *http.Request) error {
	var n Network
	if err := read(w, r, &n); err != nil {
		return err
	}
	steps, words, err := n.steps()
	if err != nil {
		return err
	}
	if len(steps) == 0 {
		return refuse("invalid", "give registration, signal, walk, apn or pdp", "it changes nothing")
	}
	return s.pull(w, strings.Join(words, ", "), func(l emulator.Levers) error {
		for _, step := range steps {
			if err := step(l); err != nil {
				return notNow(err)
			}
		}
		return nil
	})
}

// steps are what a change of the network does, and its words.
func (n *Network) steps() (steps []func(emulator.Levers) error, words []string, err error) {
	add := func(word string, step func(emulator.Levers) error) {
		words, steps = append(words, word), append(steps, step)
	}
	if n.Registration != "" {
		to, err := emulator.ParseRegistration(n.Registration)
		if err != nil {
			return nil, nil, refuse("invalid", "", "%v", err)
		}
		add("registration "+n.Registration, func(l emulator.Levers) error {
			l.SetRegistration(to)
			return nil
		})
	}
	if n.Signal != nil {
		add(fmt.Sprintf("signal %d", *n.Signal), func(l emulator.Levers) error { return l.SetSignal(*n.Signal) })
	}
	if n.Walk != nil {
		walk := n.Walk.Of()
		add(fmt.Sprintf("signal walks %d-%d", walk.Low, walk.High), func(l emulator.Levers) error { return l.WalkSignal(walk) })
	}
	if n.APN != "" {
		add("apn "+n.APN, func(l emulator.Levers) error {
			l.SetAPNRequired(n.APN == "required")
			return nil
		})
	}
	if p := n.PDP; p != nil {
		add(p.String(), p.do)
	}
	return steps, words, nil
}

// String is what is done to a context, in words.
func (p *PDP) String() string {
	switch p.What {
	case "accept":
		return "pdp accept"
	case "refuse":
		return fmt.Sprintf("pdp refuse, %d", p.code())
	}
	return fmt.Sprintf("pdp %s %d", p.What, p.context())
}

func (p *PDP) context() int { return cmp.Or(p.Context, 1) }

func (p *PDP) code() emulator.Code { return cmp.Or(emulator.Code(p.Code), emulator.OpenPDPFailed) }

func (p *PDP) do(l emulator.Levers) error {
	switch p.What {
	case "deactivate":
		return l.DeactivatePDP(p.context())
	case "drift":
		return l.DriftPDP(p.context())
	case "accept":
		l.RefusePDP(emulator.Success, 0)
	default:
		l.RefusePDP(p.code(), p.Times)
	}
	return nil
}

// The years that AT+CCLK can show: it has two digits for them.
const (
	firstYear = 1970
	lastYear  = 2069
)

func (s *door) setRTC(w http.ResponseWriter, r *http.Request) error {
	var c RTC
	if err := read(w, r, &c); err != nil {
		return err
	}
	to := c.To.At(time.Now())
	if y := to.Year(); y < firstYear || y > lastYear {
		return refuse("invalid", fmt.Sprintf("a year from %d to %d", firstYear, lastYear), "to: AT+CCLK cannot show the year %d", y)
	}
	return s.pull(w, "rtc "+to.Format(time.RFC3339), func(l emulator.Levers) error {
		l.SetRTC(to)
		return nil
	})
}

func (s *door) reset(w http.ResponseWriter, r *http.Request) error {
	if err := nothing(r); err != nil {
		return err
	}
	return s.pull(w, "reset", func(l emulator.Levers) error {
		s.t.Faults.Reset()
		l.ExhaustMemory(false)
		l.RefusePDP(emulator.Success, 0)
		l.SetAPNRequired(false)
		l.FailFiles(false)
		return l.FillFiles(false)
	})
}
