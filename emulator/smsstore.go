package emulator

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/warthog618/sms/encoding/tpdu"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// The memories for messages, as AT+CPMS calls them. MT is ME by another name
// (EC2x).
const (
	memorySM = "SM" // on the SIM
	memoryME = "ME" // in the module
	memoryMT = "MT"
)

var memoryNames = []string{memorySM, memoryME, memoryMT}

// How many messages the memories hold (EC2x).
const (
	roomME = 255
	roomSM = 50
)

// messageStores are the memories of the module and of the SIM, and what else the
// SIM keeps of messages. All of it outlives a loss of power.
type messageStores struct {
	me, sm    []*message // nil: free
	centre    tpdu.Address
	reference byte // of the next message that is sent (23.040 9.2.3.6)
}

// in is the memory of a name. It is made when it is first asked for: most modems
// never see a message.
func (s *messageStores) in(name string) []*message {
	list, room := &s.me, roomME
	if name == memorySM {
		list, room = &s.sm, roomSM
	}
	if *list == nil {
		*list = make([]*message, room)
	}
	return *list
}

// counts are how many messages a memory has, and how many it can.
func (s *messageStores) counts(name string) (used, total int) {
	list := s.in(name)
	for _, p := range list {
		if p != nil {
			used++
		}
	}
	return used, len(list)
}

// firstIndex is the index of a memory's first place.
func (m *Modem) firstIndex() int {
	if m.quirks[quirkFirstIndex] == "0" {
		return 0
	}
	return 1
}

// place is where a memory has an index; the error is CMSIndex.
func (m *Modem) place(list []*message, index int) (int, error) {
	i := index - m.firstIndex()
	if i < 0 || i >= len(list) {
		return 0, fmt.Errorf("index %d is none of the %d places: %w", index, len(list), CMSIndex)
	}
	return i, nil
}

// messageAt is the message at an index of a memory; the error is CMSIndex.
func (m *Modem) messageAt(memory string, index int) (*message, error) {
	list := m.sms.stores.in(memory)
	i, err := m.place(list, index)
	if err != nil {
		return nil, err
	}
	if list[i] == nil {
		return nil, fmt.Errorf("no message at index %d: %w", index, CMSIndex)
	}
	return list[i], nil
}

// keepMessage puts a message into a memory and returns its index. Errors: CMSMemoryFull,
// CMSMemory.
func (m *Modem) keepMessage(memory string, p *message) (int, error) {
	list := m.sms.stores.in(memory)
	i := slices.Index(list, nil)
	if i < 0 {
		return 0, CMSMemoryFull
	}
	list[i] = p
	if err := m.saveMessages(); err != nil {
		list[i] = nil
		return 0, err
	}
	return i + m.firstIndex(), nil
}

// messagesKey is where the file store keeps the messages, beside the settings.
const messagesKey = "messages"

// savedMessages are the memories as they are stored.
type savedMessages struct {
	ME         []savedMessage `json:"me"`
	SM         []savedMessage `json:"sm"`
	Centre     string         `json:"centre"`
	CentreType byte           `json:"centre_type"`
	Reference  byte           `json:"reference"`
}

type savedMessage struct {
	Place int         `json:"place"` // from 0
	Stat  messageStat `json:"stat"`
	PDU   string      `json:"pdu"` // hexadecimal, with the service centre
}

func savedFrom(list []*message) []savedMessage {
	out := []savedMessage{}
	for i, p := range list {
		if p != nil {
			out = append(out, savedMessage{i, p.stat, hex.EncodeToString(p.raw)})
		}
	}
	return out
}

// saveMessages stores the memories. The error is CMSMemory.
func (m *Modem) saveMessages() error {
	s := &m.sms.stores
	data, err := json.Marshal(savedMessages{
		ME: savedFrom(s.me), SM: savedFrom(s.sm), Reference: s.reference,
		Centre: s.centre.Addr, CentreType: s.centre.TOA,
	})
	if err == nil {
		err = m.files.SaveSettings(messagesKey, data)
	}
	if err != nil {
		m.log.Error("the messages cannot be stored", "error", err)
		return CMSMemory
	}
	return nil
}

// saved is the answer of a command that has changed what is stored.
func (m *Modem) saved() Response {
	if err := m.saveMessages(); err != nil {
		return atengine.Fail(err)
	}
	return Response{}
}

// loadMessages brings the memories back, at the start.
func (m *Modem) loadMessages() error {
	s := &m.sms.stores
	*s = messageStores{centre: addressOf(centreNumber)}
	data, err := m.files.LoadSettings(messagesKey)
	switch {
	case errors.Is(err, vfs.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	var saved savedMessages
	err = json.Unmarshal(data, &saved)
	if err == nil {
		err = errors.Join(restore(s.in(memoryME), saved.ME), restore(s.in(memorySM), saved.SM))
	}
	if err != nil {
		return fmt.Errorf("stored messages are damaged: %w", err)
	}
	s.centre = tpdu.Address{TOA: saved.CentreType, Addr: saved.Centre}
	s.reference = saved.Reference
	return nil
}

func restore(list []*message, saved []savedMessage) error {
	for _, one := range saved {
		raw, err := hex.DecodeString(one.PDU)
		if err != nil {
			return err
		}
		if one.Place < 0 || one.Place >= len(list) || one.Stat < recUnread || one.Stat >= anyStat || len(raw) == 0 {
			return fmt.Errorf("no message: %+v", one)
		}
		p, _, err := pduOf(raw, len(raw)-1-int(raw[0]), one.Stat)
		if err != nil {
			return err
		}
		list[one.Place] = p
	}
	return nil
}

var _ = commands("SMS", &Command{
	Name: "+CPMS", Summary: "message storage", Source: "27.005 3.2.2, EC2x",
	Test: `+CPMS: ("SM","ME","MT"),("SM","ME","MT"),("SM","ME","MT")`,
	Params: []atengine.Param{
		atengine.Str("mem1", 2, 2), atengine.Str("mem2", 2, 2).Opt(), atengine.Str("mem3", 2, 2).Opt(),
	},
	Read: withMessages(func(m *Modem, _ *Call) Response {
		return atengine.Info("+CPMS: " + m.memories(func(name string, used, total int) string {
			return fmt.Sprintf(`"%s",%d,%d`, name, used, total)
		}))
	}),
	Write: withMessages(func(m *Modem, c *Call) Response {
		mem := m.sms.set.mem
		for i := range mem {
			if !c.Has(i) {
				continue
			}
			if !slices.Contains(memoryNames, c.Text(i)) {
				return c.Refuse(i, "is no memory")
			}
			mem[i] = c.Text(i)
		}
		m.sms.set.mem = mem
		m.offerAgain()
		return atengine.Info("+CPMS: " + m.memories(func(_ string, used, total int) string {
			return fmt.Sprintf("%d,%d", used, total)
		}))
	}),
})

// memories are the three memories, each as tell has it.
func (m *Modem) memories(tell func(name string, used, total int) string) string {
	text := ""
	for i, name := range m.sms.set.mem {
		if i > 0 {
			text += ","
		}
		used, total := m.sms.stores.counts(name)
		text += tell(name, used, total)
	}
	return text
}
