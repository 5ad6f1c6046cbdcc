package control

import (
	"net/http"

	"github.com/quectel-sim/qsim/emulator"
)

func (s *door) listSMS(w http.ResponseWriter, _ *http.Request) error {
	var list Messages
	err := s.t.Modem.Do(func(l emulator.Levers) error {
		list = Messages{Number: l.Number(), Sent: l.SentSMS(), Waiting: l.WaitingSMS()}
		return nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, list)
}

func (s *door) sendSMS(w http.ResponseWriter, r *http.Request) error {
	var m SMS
	if err := read(w, r, &m); err != nil {
		return err
	}
	switch whole := m.PDU != ""; {
	case whole && (m.From != "" || m.Text != "" || m.Alphabet != "" || m.Class != nil):
		return refuse("invalid", "leave the others out", "pdu: a PDU has a sender and a text already")
	case !whole && m.Text == "":
		return refuse("invalid", "give text, or pdu", "the message says nothing")
	}
	message := emulator.SMS{From: m.From, Text: m.Text, Alphabet: m.Alphabet, Class: m.Class, PDU: m.PDU}
	if err := message.Check(); err != nil {
		return refuse("invalid", "", "%v", err)
	}
	return s.pull(w, "sms "+m.Text+m.PDU, func(l emulator.Levers) error { return notNow(l.ReceiveSMS(message)) })
}
