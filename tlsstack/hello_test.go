package tlsstack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/cryptobyte"
)

var cmpHello = cmp.AllowUnexported(hello{}, extension{})

func hexSuites(s string) (list []uint16) {
	for _, f := range strings.Fields(s) {
		b, err := hex.DecodeString(f)
		if err != nil || len(b) != 2 {
			panic(f)
		}
		list = append(list, uint16(b[0])<<8|uint16(b[1]))
	}
	return list
}

// TestHelloSamples compares with hellos taken off mbedTLS 2.16.
func TestHelloSamples(t *testing.T) {
	const (
		groups     = "00160019001c0018001b00170016001a0015001400130012"
		signatures = "00140603060105030501040304010303030102030201"
		sni        = "000e00000b7365727665722e74657374"
	)
	tests := []struct {
		name              string
		cfg               Config
		record            uint16
		version           uint16
		suites            string
		extensions        string // "id hex" separated by commas
		recordLen, extLen int
	}{
		{
			"all versions, named",
			Config{ServerName: "server.test"},
			SSL30, TLS12,
			"c030 c024 c028 c00a c014 c02f c023 c027 c009 c013 003d 0035 c02a c00f c026 c005 " +
				"002f c029 c00e c025 c004 c008 c012 000a c00d c003 c007 c011 0005 0004 c00c c002 00ff",
			"0 " + sni + ",13 " + signatures + ",10 " + groups + ",11 0100,22 ,23 ,35 ", 203, 92,
		},
		{
			"TLS 1.0, no name",
			Config{MinVersion: TLS10, MaxVersion: TLS10},
			TLS10, TLS10,
			"c00a c014 c009 c013 0035 c00f c005 002f c00e c004 c008 c012 000a c00d c003 c007 c011 0005 0004 c00c c002 00ff",
			"10 " + groups + ",11 0100,22 ,23 ,35 ", 135, 46,
		},
		{
			"SSL 3.0, named",
			Config{MinVersion: SSL30, MaxVersion: SSL30, ServerName: "server.test"},
			SSL30, SSL30,
			"0035 002f 000a 0005 0004 00ff", "0 " + sni + ",35 ", 81, 24,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := helloFor(tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			want := hello{recordVersion: tt.record, version: tt.version, suites: hexSuites(tt.suites)}
			for e := range strings.SplitSeq(tt.extensions, ",") {
				var id uint16
				id64, body, _ := strings.Cut(e, " ")
				if _, err := fmt.Sscan(id64, &id); err != nil {
					t.Fatal(err)
				}
				data, err := hex.DecodeString(body)
				if err != nil {
					t.Fatal(err)
				}
				if len(data) == 0 {
					data = nil
				}
				want.extensions = append(want.extensions, extension{id, data})
			}
			if diff := cmp.Diff(want, got, cmpHello); diff != "" {
				t.Errorf("hello (-want +got):\n%s", diff)
			}
			record := plainRecord(recordHandshake, got.recordVersion, got.marshal([32]byte{}, nil))
			if n := len(record) - recordHeader; n != tt.recordLen {
				t.Errorf("record of %d bytes, want %d", n, tt.recordLen)
			}
			if n := int(record[6])<<16 | int(record[7])<<8 | int(record[8]); n != tt.recordLen-4 {
				t.Errorf("hello of %d bytes, want %d", n, tt.recordLen-4)
			}
			extLen := 0
			for _, e := range got.extensions {
				extLen += 4 + len(e.body)
			}
			if extLen != tt.extLen {
				t.Errorf("extensions of %d bytes, want %d", extLen, tt.extLen)
			}
			random, parsed := parseHello(t, record)
			if random != [32]byte{} {
				t.Error("the random moved")
			}
			if diff := cmp.Diff(got, parsed, cmpHello); diff != "" {
				t.Errorf("marshalled and parsed (-want +got):\n%s", diff)
			}
		})
	}
}

// pinnings are the five values of sslversion.
var pinnings = []struct{ min, max uint16 }{
	{SSL30, SSL30}, {TLS10, TLS10}, {TLS11, TLS11}, {TLS12, TLS12}, {0, 0},
}

// TestHelloRules checks every combination of sslversion, ciphersuite and SNI.
func TestHelloRules(t *testing.T) {
	pairs := 0
	for _, pin := range pinnings {
		lowest, highest := pin.min, pin.max
		if pin.max == 0 {
			lowest, highest = SSL30, TLS12
		}
		for _, name := range []string{"", "server.test", "192.0.2.7", "::1"} {
			for _, only := range append([]Suite{{}}, Suites()...) {
				cfg := Config{MinVersion: pin.min, MaxVersion: pin.max, ServerName: name}
				if only.ID != 0 {
					cfg.Suites = []uint16{only.ID}
				}
				id := fmt.Sprintf("%s..%s %s %q", VersionName(lowest), VersionName(highest), only.Name, name)
				h, err := helloFor(cfg)
				if only.ID != 0 && only.MinVersion > highest {
					if !errors.Is(err, ErrNothingToOffer) {
						t.Errorf("%s: error %v", id, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", id, err)
					continue
				}
				if only.ID != 0 && name == "" && pin.max != 0 {
					pairs++
				}
				if h.recordVersion != lowest || h.version != highest {
					t.Errorf("%s: versions %04x, %04x", id, h.recordVersion, h.version)
				}
				last := len(h.suites) - 1
				if h.suites[last] != suiteSCSV {
					t.Errorf("%s: no SCSV at the end", id)
				}
				wantSuites := map[uint16]int{SSL30: 5, TLS10: 21, TLS11: 21, TLS12: 32}[highest]
				if only.ID != 0 {
					wantSuites = 1
				}
				if last != wantSuites {
					t.Errorf("%s: %d suites, want %d", id, last, wantSuites)
				}
				ec := false
				for _, s := range h.suites[:last] {
					row, ok := suiteByID(s)
					if !ok || row.MinVersion > highest {
						t.Errorf("%s: offers %04x", id, s)
					}
					ec = ec || row.KeyExchange.EC()
				}
				var ids []uint16
				for _, e := range h.extensions {
					ids = append(ids, e.id)
				}
				var want []uint16
				if name != "" {
					want = append(want, 0)
				}
				if highest == TLS12 {
					want = append(want, 13)
				}
				if ec {
					want = append(want, 10, 11)
				}
				if highest != SSL30 {
					want = append(want, 22, 23)
				}
				if want = append(want, 35); !slices.Equal(ids, want) {
					t.Errorf("%s: extensions %v, want %v", id, ids, want)
				}
				if name != "" && !bytes.HasSuffix(h.extensions[0].body, []byte(name)) {
					t.Errorf("%s: SNI is %x", id, h.extensions[0].body)
				}
			}
		}
	}
	if pairs != 79 {
		t.Errorf("%d valid pairs of version and suite, want 79", pairs)
	}
}

func TestHelloRefused(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want error
	}{
		{"below SSL 3.0", Config{MinVersion: 0x0002, MaxVersion: TLS12}, ErrVersionRange},
		{"above TLS 1.2", Config{MaxVersion: 0x0304}, ErrVersionRange},
		{"upside down", Config{MinVersion: TLS12, MaxVersion: TLS10}, ErrVersionRange},
		{"unknown suite", Config{Suites: []uint16{0x1301}}, ErrSuiteUnknown},
		{"no suite", Config{Suites: []uint16{}}, ErrNothingToOffer},
		{"suite above the version", Config{MaxVersion: TLS11, Suites: []uint16{0xc02f}}, ErrNothingToOffer},
		{"long name", Config{ServerName: strings.Repeat("a", 256)}, ErrServerNameLength},
		{"static ECDH in SSL 3.0", Config{MaxVersion: SSL30, Suites: []uint16{0xc004, 0xc00e}}, ErrNothingToOffer},
		{"finisher", Config{Finisher: "openssl"}, nil},
		{"seclevel", Config{SecLevel: 3}, nil},
		{"seclevel below", Config{SecLevel: -1}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := net.Pipe()
			defer server.Close()
			_, err := Dial(testContext(t), client, tt.cfg)
			e := wantError(t, err, KindConfig)
			if tt.want != nil && !errors.Is(e, tt.want) {
				t.Errorf("error is %v, want %v", e, tt.want)
			}
			if _, err := server.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("the server's end reads %v, want a closed connection without a byte", err)
			}
		})
	}
}

// TestOfferedBytes checks that what goes on the wire is the module's hello, for
// every combination that leaves something to offer.
func TestOfferedBytes(t *testing.T) {
	clock := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	sent := 0
	for _, pin := range pinnings {
		for _, name := range []string{"", "server.test", "192.0.2.7"} {
			for _, only := range append([]Suite{{}}, Suites()...) {
				cfg := Config{MinVersion: pin.min, MaxVersion: pin.max, ServerName: name, Now: func() time.Time { return clock }}
				if only.ID != 0 {
					cfg.Suites = []uint16{only.ID}
				}
				want, err := helloFor(cfg)
				if err != nil {
					continue
				}
				random, got := parseHello(t, captureHello(t, cfg))
				if diff := cmp.Diff(want, got, cmpHello); diff != "" {
					t.Errorf("%04x %04x %q (-want +got):\n%s", pin.max, only.ID, name, diff)
				}
				if !bytes.Equal(random[:4], []byte{0x72, 0xe8, 0xc6, 0xf2}) {
					t.Errorf("the random begins with %x, want the module's clock", random[:4])
				}
				sent++
			}
		}
	}
	// The 79 valid pairs, the 32 of all versions, and all suites of the five
	// settings of sslversion, each with three names.
	if want := (79 + 32 + 5) * 3; sent != want {
		t.Errorf("%d hellos were sent, want %d", sent, want)
	}
}

// captureHello is the first record that Dial writes.
func captureHello(t *testing.T, cfg Config) []byte {
	t.Helper()
	client, server := net.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := Dial(testContext(t), client, cfg)
		done <- err
	}()
	header := make([]byte, recordHeader)
	if _, err := io.ReadFull(server, header); err != nil {
		t.Fatal(err)
	}
	body := make([]byte, int(header[3])<<8|int(header[4]))
	if _, err := io.ReadFull(server, body); err != nil {
		t.Fatal(err)
	}
	server.Close()
	wantError(t, <-done, KindClosed)
	return append(header, body...)
}

// parseHello reads a record with a ClientHello that offers no session.
func parseHello(t *testing.T, record []byte) (random [32]byte, h hello) {
	t.Helper()
	random, id, h := parseClientHello(t, record)
	if len(id) != 0 {
		t.Errorf("session id %x, want none", id)
	}
	return random, h
}

// parseClientHello reads a record with a ClientHello, independently of marshal.
func parseClientHello(t testing.TB, record []byte) (random [32]byte, sessionID []byte, h hello) {
	t.Helper()
	var kind, msg, compressions uint8
	var body, message, id, suites, exts, rnd cryptobyte.String
	s := cryptobyte.String(record)
	ok := s.ReadUint8(&kind) && kind == 22 && s.ReadUint16(&h.recordVersion) &&
		s.ReadUint16LengthPrefixed(&body) && s.Empty() &&
		body.ReadUint8(&msg) && msg == 1 && body.ReadUint24LengthPrefixed(&message) && body.Empty() &&
		message.ReadUint16(&h.version) && message.ReadBytes((*[]byte)(&rnd), 32) &&
		message.ReadUint8LengthPrefixed(&id) && len(id) <= 32 &&
		message.ReadUint16LengthPrefixed(&suites) &&
		message.ReadUint8(&compressions) && compressions == 1 && message.Skip(1)
	if !ok {
		t.Errorf("not a ClientHello: %x", record)
		return
	}
	copy(random[:], rnd)
	for !suites.Empty() {
		var id uint16
		if !suites.ReadUint16(&id) {
			t.Error("odd list of suites")
			return
		}
		h.suites = append(h.suites, id)
	}
	if message.Empty() {
		return random, id, h
	}
	if !message.ReadUint16LengthPrefixed(&exts) || !message.Empty() {
		t.Error("bytes after the extensions")
		return
	}
	for !exts.Empty() {
		var e extension
		var data cryptobyte.String
		if !exts.ReadUint16(&e.id) || !exts.ReadUint16LengthPrefixed(&data) {
			t.Error("broken extension")
			return
		}
		if len(data) > 0 {
			e.body = data
		}
		h.extensions = append(h.extensions, e)
	}
	return random, id, h
}

func TestSuitesTable(t *testing.T) {
	table := Suites()
	if len(table) != 32 || len(helloSuites) != 32 {
		t.Fatalf("%d suites, %d in the hello, want 32", len(table), len(helloSuites))
	}
	for _, s := range table {
		if !slices.Contains(helloSuites, s.ID) {
			t.Errorf("%04x is not in the hello", s.ID)
		}
		if !strings.Contains(s.Name, "TLS_"+s.KeyExchange.String()+"_WITH_") {
			t.Errorf("%04x is called %s and needs %v", s.ID, s.Name, s.KeyExchange)
		}
		if SuiteName(s.ID) != s.Name {
			t.Errorf("SuiteName(%04x) = %s", s.ID, SuiteName(s.ID))
		}
	}
	table[0].Name = "changed"
	if Suites()[0].Name == "changed" {
		t.Error("Suites hands out its own table")
	}
	if got := SuiteName(0x1301) + VersionName(0x0304) + VersionName(SSL30); got != "0x13010x0304SSL 3.0" {
		t.Errorf("names of unknown codes: %s", got)
	}
}
