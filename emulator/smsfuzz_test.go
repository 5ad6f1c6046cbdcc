package emulator_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
)

// FuzzSMS gives the network any message, and the module any PDU to write. Nothing
// must panic, and what is taken can be read in each format and character set.
func FuzzSMS(f *testing.F) {
	for _, pdu := range []string{
		"0891683108200105F00405810180F600001280520121432302E834",
		"0891683108200105F04405810180F60000001010800000230F05000301020266B49AED86CBE101",
		"0891683108200105F006000D91683119325476F8001010800010230010108000402300",
		"0001000D91683108108300F000000AE8329BFD06B9DFE432",
		"0071000BD0E8329BFD06B9DF00F4A700", "0019000581018000000121803221430023020500",
	} {
		f.Add(pdu, "", "", uint8(0))
	}
	f.Add("", "{€}\\", "+8613800138000", uint8(1))
	f.Add("", "0123456789", "Quectel", uint8(7))
	f.Fuzz(func(t *testing.T, pdu, text, from string, pick uint8) {
		s := emulator.SMS{PDU: pdu}
		if pick%2 == 1 {
			s = emulator.SMS{Text: text, From: from, Alphabet: []string{"", "gsm7", "ucs2", "8bit"}[pick/2%4]}
		}
		m, h := newModem(t, emulator.Options{})
		defer h.close()
		err := m.Do(func(l emulator.Levers) error {
			kept := 0
			l.Type([]byte("AT+CNMI=2,1,0,2\r"))
			if s.Check() == nil {
				if err := l.ReceiveSMS(s); err != nil {
					return err
				}
				kept++
			}
			if raw, err := hex.DecodeString(pdu); err == nil && len(raw) > 0 && len(raw) > int(raw[0]) {
				l.Type(fmt.Appendf(nil, "AT+CMGW=%d\r", len(raw)-1-int(raw[0])))
				if said := l.Type([]byte(pdu + "\x1a")); bytes.Contains(said, []byte("+CMGW: ")) {
					kept++
				}
			}
			for _, setting := range []string{"+CMGF=0", "+CMGF=1", `+CSCS="IRA"`, `+CSCS="UCS2";+CSDH=1`} {
				list := "AT" + setting + `;+CMGL="ALL"` + "\r"
				if setting == "+CMGF=0" {
					list = "AT+CMGF=0;+CMGL=4\r"
				}
				said := l.Type([]byte(list))
				if n := bytes.Count(said, []byte("+CMGL: ")); n < kept || !bytes.HasSuffix(said, []byte("\r\nOK\r\n")) {
					return fmt.Errorf("%s lists %d messages of %d: %q", list, n, kept, said)
				}
				l.Type([]byte("AT+CMGR=1\rAT+CMGR=2\r"))
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}
