package legacy

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
)

// codec is one message's parser, and its inverse.
type codec struct {
	name    string
	samples []any // what parse returns, one of each kind
	marshal func(any) ([]byte, error)
	parse   func([]byte) (any, bool)
}

// codecs are the messages that are parsed. Those that the version changes are
// in the table for either form.
var codecs = []codec{
	{
		name: "Certificate",
		samples: []any{
			certificateMsg{},
			certificateMsg{[][]byte{[]byte("leaf")}},
			certificateMsg{[][]byte{[]byte("leaf"), []byte("intermediate"), make([]byte, 3000)}},
		},
		marshal: func(m any) ([]byte, error) { return m.(certificateMsg).marshal() },
		parse:   func(b []byte) (any, bool) { m, ok := parseCertificate(b); return m, ok },
	},
	serverKeyExchangeCodec(tls11),
	serverKeyExchangeCodec(tls12),
	certificateRequestCodec(tls11),
	certificateRequestCodec(tls12),
	{
		name: "NewSessionTicket",
		samples: []any{
			newSessionTicketMsg{ticket: []byte{}},
			newSessionTicketMsg{7200, []byte("ticket")},
		},
		marshal: func(m any) ([]byte, error) { return m.(newSessionTicketMsg).marshal() },
		parse:   func(b []byte) (any, bool) { m, ok := parseNewSessionTicket(b); return m, ok },
	},
}

func serverKeyExchangeCodec(version uint16) codec {
	m := serverKeyExchangeMsg{group: 23, point: []byte("point"), params: marshalParams(23, []byte("point")), signature: []byte("signature")}
	if version >= tls12 {
		m.algorithm = 0x0401
	}
	return codec{
		name:    "ServerKeyExchange of " + versionName(version),
		samples: []any{m},
		marshal: func(m any) ([]byte, error) { return m.(serverKeyExchangeMsg).marshal(version) },
		parse:   func(b []byte) (any, bool) { m, ok := parseServerKeyExchange(b, version); return m, ok },
	}
}

func certificateRequestCodec(version uint16) codec {
	full := certificateRequestMsg{types: []byte{1, 64}, authorities: [][]byte{[]byte("one CA"), []byte("another")}}
	if version >= tls12 {
		full.algorithms = []uint16{0x0401, 0x0403}
	}
	return codec{
		name:    "CertificateRequest of " + versionName(version),
		samples: []any{certificateRequestMsg{types: []byte{}}, full},
		marshal: func(m any) ([]byte, error) { return m.(certificateRequestMsg).marshal(version) },
		parse:   func(b []byte) (any, bool) { m, ok := parseCertificateRequest(b, version); return m, ok },
	}
}

// Messages come back as they went, and are refused with less or more.
func TestMessages(t *testing.T) {
	for _, c := range codecs {
		for i, m := range c.samples {
			t.Run(fmt.Sprintf("%s/%d", c.name, i), func(t *testing.T) {
				wire, err := c.marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				got, ok := c.parse(wire)
				if !ok || fmt.Sprint(got) != fmt.Sprint(m) {
					t.Fatalf("%+v came back as %+v, %v", m, got, ok)
				}
				for n := range wire {
					if _, ok := c.parse(wire[:n]); ok {
						t.Errorf("the first %d bytes of %d are a message", n, len(wire))
					}
				}
				if _, ok := c.parse(append(bytes.Clone(wire), 0)); ok {
					t.Error("with a byte more it is a message too")
				}
			})
		}
	}
}

// What is too long for its length field is an error, not a wrong message.
func TestMessageTooLong(t *testing.T) {
	long := make([]byte, 1<<16)
	tests := []func() ([]byte, error){
		func() ([]byte, error) { return certificateMsg{[][]byte{make([]byte, 1<<24)}}.marshal() },
		func() ([]byte, error) { return clientKeyExchangeMsg{long}.marshal(tls12, kxRSA) },
		func() ([]byte, error) { return clientKeyExchangeMsg{long[:256]}.marshal(tls12, kxECDHE) },
		func() ([]byte, error) { return certificateVerifyMsg{signature: long}.marshal(tls12) },
		func() ([]byte, error) { return newSessionTicketMsg{ticket: long}.marshal() },
		func() ([]byte, error) { return certificateRequestMsg{types: long}.marshal(tls12) },
		func() ([]byte, error) { return serverKeyExchangeMsg{signature: long}.marshal(tls12) },
	}
	for i, marshal := range tests {
		if _, err := marshal(); err == nil {
			t.Errorf("case %d makes a message", i)
		}
	}
}

// The three forms of a ClientKeyExchange.
func TestClientKeyExchange(t *testing.T) {
	tests := []struct {
		version  uint16
		exchange keyExchange
		want     string
	}{
		{ssl30, kxRSA, "secret"},
		{tls10, kxRSA, "\x00\x06secret"},
		{tls12, kxECDHE, "\x06secret"},
		{tls12, kxECDH, "\x06secret"},
	}
	for _, test := range tests {
		got, err := clientKeyExchangeMsg{[]byte("secret")}.marshal(test.version, test.exchange)
		if err != nil || string(got) != test.want {
			t.Errorf("%04x, %d: %q, %v; want %q", test.version, test.exchange, got, err, test.want)
		}
	}
}

func FuzzMessages(f *testing.F) {
	for i, c := range codecs {
		for _, m := range c.samples {
			wire, err := c.marshal(m)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(uint8(i), wire)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		c := codecs[int(which)%len(codecs)]
		m, ok := c.parse(body)
		if !ok {
			return
		}
		wire, err := c.marshal(m)
		if err != nil || !bytes.Equal(wire, body) {
			t.Fatalf("%s: %x parses as %+v, which is %x: %v", c.name, body, m, wire, err)
		}
		if again, ok := c.parse(wire); !ok || !reflect.DeepEqual(again, m) {
			t.Fatalf("%s: %+v comes back as %+v", c.name, m, again)
		}
	})
}

func FuzzExtensions(f *testing.F) {
	for v := ssl30; v <= tls12; v++ {
		f.Add(v, []byte{0, 23, 0, 0, 22, 0, 0, 35, 0, 0xff, 1, 1, 0})
		f.Add(v, []byte{0, 35, 0})
		f.Add(v, []byte{0, 0, 1, 7, 0, 16, 2, 0, 0})
	}
	offered := []uint16{extEncryptThenMAC, extMasterSecret, extSessionTicket}
	f.Fuzz(func(t *testing.T, version uint16, data []byte) {
		offered := offered
		if version&0x8000 != 0 { // without the last, which was not offered then
			offered = offered[:2]
		}
		// Each is type, length in one byte, body.
		h := ServerHello{Version: version}
		for len(data) >= 3 {
			n := min(int(data[2]), len(data)-3)
			h.Extensions = append(h.Extensions, Extension{uint16(data[0])<<8 | uint16(data[1]), data[3 : 3+n]})
			data = data[3+n:]
		}
		a, err := h.agree(offered)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || !e.Alert.Sent || !e.Alert.Fatal {
				t.Fatalf("error %v", err)
			}
			return
		}
		if version == ssl30 && (a.encryptThenMAC || a.extendedMasterSecret) {
			t.Fatal("an extension that SSL 3.0 does not have")
		}
		// What is in effect was sent, and what was sent is in effect, once.
		on := map[uint16]bool{
			extEncryptThenMAC: a.encryptThenMAC, extMasterSecret: a.extendedMasterSecret,
			extSessionTicket: a.ticket, extRenegotiation: a.secureRenegotiation,
		}
		times := map[uint16]int{}
		for _, e := range h.Extensions {
			if times[e.Type]++; times[e.Type] > 1 {
				t.Fatalf("extension %d twice", e.Type)
			}
		}
		for id, in := range on {
			if in != (times[id] == 1) || in && id != extRenegotiation && !slices.Contains(offered, id) {
				t.Fatalf("extension %d: in effect %v, sent %d times, offered %v", id, in, times[id], offered)
			}
		}
	})
}
