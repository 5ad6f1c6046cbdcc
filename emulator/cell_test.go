package emulator_test

import (
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
)

// capturedCell is the one of a capture of an EC200T (field: luci-app-3ginfo-lite
// issue 43), which names no real operator.
var capturedCell = emulator.Cell{
	Operator: emulator.Operator{Long: "Operator", Short: "Op", PLMN: "12301"},
	Area:     0x5443, ID: 0x43300C, PCI: 348, EARFCN: 1802, Bandwidth: 5,
}

// must pulls a lever that cannot fail.
func (b *bench) must(f func(emulator.Levers) error) {
	b.t.Helper()
	if err := b.modem.Do(f); err != nil {
		b.t.Fatal(err)
	}
}

// TestCapturedCell: in the place of the capture the module says what is in it.
func TestCapturedCell(t *testing.T) {
	bubbleWith(t, emulator.Options{Quirks: map[string]string{"qcsq": "present"}}, func(b *bench) {
		b.must(func(l emulator.Levers) error { return l.SetCell(capturedCell) })
		b.must(func(l emulator.Levers) error { return l.SetSignal(22) })
		b.play(`> ATE0
< OK
@echo off
> AT+QENG="servingcell"
< +QENG: "servingcell","NOCONN","LTE","FDD",123,01,43300C,348,1802,3,5,5,5443,-87,-16,-69,5,34
< OK
> AT+CSQ;+QNWINFO;+COPS=3,2;+COPS?
< +CSQ: 22,99
< +QNWINFO: "FDD LTE","12301","LTE BAND 3",1802
< +COPS: 0,2,"12301",7
< OK
`)
		// The worst and the best signal, and none.
		for rssi, want := range map[int]string{
			0:  `-131,-19,-113,-17,-10` + "\n< +QCSQ: \"LTE\",-113,-131,15,-19\n< +CESQ: 99,99,255,255,2,10",
			31: `-69,-12,-51,14,52` + "\n< +QCSQ: \"LTE\",-51,-69,170,-12\n< +CESQ: 99,99,255,255,16,72",
			99: `-,-,-,-,-` + "\n< +QCSQ: \"NOSERVICE\"\n< +CESQ: 99,99,255,255,255,255",
		} {
			b.must(func(l emulator.Levers) error { return l.SetSignal(rssi) })
			b.play("@echo off\n> AT+QENG=\"servingcell\";+QCSQ;+CESQ\n" +
				"< +QENG: \"servingcell\",\"NOCONN\",\"LTE\",\"FDD\",123,01,43300C,348,1802,3,5,5,5443," + want + "\n< OK\n")
		}
	})
}

// TestRadioConnection: while data passes, and for 10 s after, the module has a
// connection to its cell.
func TestRadioConnection(t *testing.T) {
	state := func(word string) string {
		return "> AT+QENG=\"servingcell\"\n< +QENG: \"servingcell\",\"" + word +
			"\",\"LTE\",\"FDD\",460,01,82E8C80,348,1650,3,5,5,550A,-83,-15,-65,7,38\n< OK\n"
	}
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		b.play("@echo off\n" + state("CONNECT") + "@wait 9s\n" + state("CONNECT") + "@wait 1s\n" + state("NOCONN") +
			openBuffer + "@wait 1m\n" + state("NOCONN") + hello + "< SEND OK\n< +QSSLURC: \"recv\",4\n" + state("CONNECT"))
	})
}

// TestRoamingCell: abroad the module is in another operator's cell.
func TestRoamingCell(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.pull(register(emulator.Roaming))
		b.play(`@echo off
> AT+COPS=3,2;+COPS?;+QNWINFO;+QSPN
< +COPS: 0,2,"46000",7
< +QNWINFO: "TDD LTE","46000","LTE BAND 39",38400
< +QSPN: "CHINA MOBILE","CMCC","",0,"46000"
< OK
> AT+QENG="servingcell"
< +QENG: "servingcell","CONNECT","LTE","TDD",460,00,5355E8D,123,38400,39,5,5,1A2B,-83,-15,-65,7,38
< OK
> AT+COPS=?
< +COPS: (2,"CHINA MOBILE","CMCC","46000",7),(3,"CHN-CT","CT","46011",7),,(0-4),(0-2)
< OK
# there is no cell of the SIM's own operator here
> AT+COPS=1,2,"46001"
< +CME ERROR: 30
< +QIURC: "pdpdeact",1
> AT+COPS=1,1,"cmcc"
< OK
`)
		for _, c := range []struct {
			place emulator.Registration
			list  string
		}{
			{emulator.Denied, `(3,"CHN-UNICOM","UNICOM","46001",7),(3,"CHINA MOBILE","CMCC","46000",7),(3,"CHN-CT","CT","46011",7),`},
			{emulator.Searching, ","},
			{emulator.NotRegistered, ","},
		} {
			b.pull(register(c.place))
			b.play("@echo off\n> AT+COPS=?\n< +COPS: " + c.list + ",(0-4),(0-2)\n< OK\n")
		}
		b.play("@echo off\n> AT+QENG=\"servingcell\";+QNWINFO\n< +QENG: \"servingcell\",\"SEARCH\"\n< +QNWINFO: No Service\n< OK\n")
	})
}

// TestNothingHeard: a scan that finds no network tells the modes alone, as the
// quirk has it.
func TestNothingHeard(t *testing.T) {
	for value, list := range map[string]string{"gap": ",,(0-4),(0-2)", "no-gap": "(0-4),(0-2)"} {
		bubbleWith(t, emulator.Options{Network: network.Offline{}, Quirks: map[string]string{"cops-list": value}}, func(b *bench) {
			b.pull(register(emulator.Searching))
			b.play(quiet + "> AT+COPS=?\n< +COPS: " + list + "\n< OK\n")
		})
	}
}

// TestHandover: another cell is reported where the place is asked for, and only
// when it is another one for the report.
func TestHandover(t *testing.T) {
	bubble(t, network.Offline{}, func(b *bench) {
		b.play("@echo off\n> AT+CREG=1;+CGREG=2;+CEREG=2\n< OK\n")
		move := func(change func(*emulator.Cell)) {
			b.must(func(l emulator.Levers) error {
				c := l.Cell()
				change(&c)
				return l.SetCell(c)
			})
		}
		move(func(c *emulator.Cell) { c.PCI = 17 })
		b.play("@echo off\n@quiet 1s\n")
		move(func(c *emulator.Cell) { c.Area, c.ID = 0xA8, 0x5355E8D }) // field: digits as on an EC200A
		b.play("@echo off\n< +CGREG: 1,\"00A8\",\"5355E8D\",7\n< +CEREG: 1,\"00A8\",\"5355E8D\",7\n> AT+CEREG?\n< +CEREG: 2,1,\"00A8\",\"5355E8D\",7\n< OK\n")
		b.pull(register(emulator.Denied))
		b.play("@echo off\n< +CREG: 3\n< +CGREG: 3\n< +CEREG: 3\n< +QIURC: \"pdpdeact\",1\n")
		move(func(c *emulator.Cell) { c.ID = 1 })
		b.play("@echo off\n@quiet 1s\n")
	})
}

// TestBadCells: a number out of range is an error that names it, and changes
// nothing.
func TestBadCells(t *testing.T) {
	m, h := newModem(t, emulator.Options{})
	for word, bad := range map[string]func(*emulator.Cell){
		"area 65536":            func(c *emulator.Cell) { c.Area = 1 << 16 },
		"cell id 268435456":     func(c *emulator.Cell) { c.ID = 1 << 28 },
		"physical cell id 504":  func(c *emulator.Cell) { c.PCI = 504 },
		"physical cell id -1":   func(c *emulator.Cell) { c.PCI = -1 },
		"bandwidth 6":           func(c *emulator.Cell) { c.Bandwidth = 6 },
		"channel 700 is in no":  func(c *emulator.Cell) { c.EARFCN = 700 },
		"channel 1950 is in no": func(c *emulator.Cell) { c.EARFCN = 1950 },
		`digits "1234"`:         func(c *emulator.Cell) { c.Operator.PLMN = "1234" },
	} {
		c := capturedCell
		bad(&c)
		if err := m.Do(func(l emulator.Levers) error { return l.SetCell(c) }); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
	}
	if got := h.ask("AT+QNWINFO"); got != "\r\n+QNWINFO: \"FDD LTE\",\"46001\",\"LTE BAND 3\",1650\r\n\r\nOK\r\n" {
		t.Errorf("%q", got)
	}
}
