package emulator

import (
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// Cell is one LTE cell.
type Cell struct {
	Operator  Operator
	Area      int // tracking area code, 16 bits
	ID        int // 28 bits
	PCI       int // physical identity, 0-503
	EARFCN    int // downlink channel, which says the band (36.101 5.7.3)
	Bandwidth int // 0-5: 1.4, 3, 5, 10, 15, 20 MHz
}

// The cells at home and abroad. The first one's numbers are those that samples of
// the family's manual and captures show.
var (
	homeCell    = Cell{Operator: unicom, Area: 0x550A, ID: 0x82E8C80, PCI: 348, EARFCN: 1650, Bandwidth: 5}
	roamingCell = Cell{Operator: mobile, Area: 0x1A2B, ID: 0x5355E8D, PCI: 123, EARFCN: 38400, Bandwidth: 5}
)

// bands are the ones of the family with their downlink channels (36.101 table
// 5.7.3-1). From 33 on they are TDD.
var bands = []struct{ band, first, last int }{
	{1, 0, 599},
	{3, 1200, 1949},
	{5, 2400, 2649},
	{7, 2750, 3449},
	{8, 3450, 3799},
	{20, 6150, 6449},
	{28, 9210, 9659},
	{34, 36200, 36349},
	{38, 37750, 38249},
	{39, 38250, 38649},
	{40, 38650, 39649},
	{41, 39650, 41589},
}

const firstTDD = 33

// band is the cell's band; 0: no module of the family has it.
func (c *Cell) band() int {
	for _, b := range bands {
		if c.EARFCN >= b.first && c.EARFCN <= b.last {
			return b.band
		}
	}
	return 0
}

// duplex is FDD or TDD.
func (c *Cell) duplex() string {
	if c.band() >= firstTDD {
		return "TDD"
	}
	return "FDD"
}

// check tells which number is out of range.
func (c *Cell) check() error {
	for _, n := range []struct {
		what      string
		v, lo, hi int
	}{
		{"area", c.Area, 0, 0xFFFF},
		{"cell id", c.ID, 0, 0xFFFFFFF},
		{"physical cell id", c.PCI, 0, 503},
		{"bandwidth", c.Bandwidth, 0, 5},
	} {
		if n.v < n.lo || n.v > n.hi {
			return fmt.Errorf("%s %d is outside %d-%d", n.what, n.v, n.lo, n.hi)
		}
	}
	if c.band() == 0 {
		return fmt.Errorf("channel %d is in no band of the family", c.EARFCN)
	}
	if n := len(c.Operator.PLMN); n != 5 && n != 6 {
		return fmt.Errorf("the operator's digits %q are not five or six", c.Operator.PLMN)
	}
	return nil
}

// place is the cell that serves, or would.
func (r *radio) place() *Cell {
	if r.network == Roaming {
		return &r.abroad
	}
	return &r.home
}

// Cell is the cell that serves a module in the place that the network gives it,
// or would.
func (l Levers) Cell() Cell { return *l.m.radio.place() }

// SetCell has another cell serve where the module is: a handover, or a move. A
// module that is registered reports it where AT+CREG=2 and its like ask for that.
// The error is that of a number out of range.
func (l Levers) SetCell(c Cell) error {
	if err := c.check(); err != nil {
		return err
	}
	r := &l.m.radio
	was := *r.place()
	*r.place() = c
	if r.stat.in() && (was.Area != c.Area || was.ID != c.ID) {
		l.m.tellRegistration(fullReport)
	}
	return nil
}

// traffic are the events with which data passes over the radio.
var traffic = map[EventKind]bool{PDPActivated: true, TLSHello: true, TLSSent: true, TLSReceived: true, SocketSent: true, SocketReceived: true}

// connectionTime is how long the network keeps the radio connection after the
// last data, on the modem's clock (inferred; networks have about 10 s).
const connectionTime = 10 * time.Second

// cellState is <state> of AT+QENG="servingcell".
func (m *Modem) cellState() string {
	r := &m.radio
	switch {
	case m.power.function != fullFunction, r.network == Searching, r.network == NotRegistered:
		return "SEARCH"
	case !r.stat.in():
		return "LIMSRV"
	case m.clock.Now().Sub(r.traffic) < connectionTime:
		return "CONNECT"
	}
	return "NOCONN"
}

// lowestLevel is what the network demands of RSRP in dBm; Srxlev is what is above
// it (36.304 5.2.3.2; of the capture).
const lowestLevel = -121

// servingCell is the answer of AT+QENG="servingcell".
func (m *Modem) servingCell() string {
	state := m.cellState()
	if state == "SEARCH" {
		return `+QENG: "servingcell","SEARCH"`
	}
	c := m.radio.place()
	levels := "-,-,-,-,-" // EC2x
	if v, ok := m.measure(); ok {
		levels = fmt.Sprintf("%d,%d,%d,%d,%d", v.rsrp, v.rsrq, v.rssi, v.sinr, v.rsrp-lowestLevel)
	}
	return fmt.Sprintf(`+QENG: "servingcell","%s","LTE","%s",%s,%s,%X,%d,%d,%d,%d,%d,%04X,%s`,
		state, c.duplex(), c.Operator.PLMN[:3], c.Operator.PLMN[3:], c.ID, c.PCI, c.EARFCN, c.band(),
		c.Bandwidth, c.Bandwidth, c.Area, levels)
}

var _ = commands("Network",
	&Command{
		Name: "+QNWINFO", Summary: "technology, operator, band", Source: "capture",
		Test: "OK",
		Exec: func(m *Modem, _ *Call) Response {
			if !m.radio.stat.in() {
				if m.quirks[quirkNoService] == "quoted" {
					return atengine.Info(`+QNWINFO: "No Service"`)
				}
				return atengine.Info("+QNWINFO: No Service")
			}
			c := m.radio.place()
			return atengine.Infof(`+QNWINFO: "%s LTE","%s","LTE BAND %d",%d`, c.duplex(), c.Operator.PLMN, c.band(), c.EARFCN)
		},
	},
	&Command{
		Name: "+QENG", Summary: `cells: the serving one, not "neighbourcell"`, Source: "capture",
		Variants: []variant{{
			Key:   "servingcell",
			Query: func(m *Modem, _ *Call) Response { return atengine.Info(m.servingCell()) },
		}},
	},
)
