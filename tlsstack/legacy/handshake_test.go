package legacy

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack/internal/testpki"
)

// Every pair of version and suite, plain and with every extension.
func TestAllPairs(t *testing.T) {
	plain := []Extension{}
	full := []Extension{{extRenegotiation, []byte{0}}, {extMasterSecret, nil}, {extEncryptThenMAC, nil}}
	data := bytes.Repeat([]byte("some data "), 4000) // three records
	for _, p := range allPairs() {
		for name, extensions := range map[string][]Extension{"plain": plain, "extended": full} {
			if p.version == ssl30 && name == "extended" {
				continue
			}
			t.Run(fmt.Sprintf("%04x/%04x/%s", p.version, p.suite, name), func(t *testing.T) {
				t.Parallel()
				c := serverFor(t, p.version, p.suite)
				c.extensions = extensions
				var log bytes.Buffer
				o := offerOf(p)
				o.cfg.KeyLog = &log
				conn, done := o.mustConnect(t, c, echo)
				mustEcho(t, conn, data)
				mustEcho(t, conn, []byte("x"))
				mustClose(t, conn, done)

				row, _ := suiteByID(p.suite)
				want := State{
					Version: p.version, Suite: p.suite, Chain: c.chain,
					EncryptThenMAC:       name == "extended" && row.bulk.cbc(),
					ExtendedMasterSecret: name == "extended",
					SecureRenegotiation:  name == "extended",
				}
				if got := conn.State(); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("state is %+v, want %+v", got, want)
				}
				if s := conn.Session(); s == nil || string(s.ID) != "session id" || len(s.Master) != masterLength {
					t.Errorf("session is %+v", s)
				}
				if want := fmt.Sprintf(" %x\n", conn.Session().Master); !strings.HasSuffix(log.String(), want) ||
					!strings.HasPrefix(log.String(), "CLIENT_RANDOM ") {
					t.Errorf("the key log is %q", log.String())
				}
			})
		}
	}
}

// A server may choose less than the highest version: the premaster secret goes
// on carrying what was offered.
func TestVersionsBelowTheOffer(t *testing.T) {
	for v := ssl30; v <= tls12; v++ {
		o := offer{min: ssl30, max: tls12, suites: []uint16{0x002f}}
		conn, done := o.mustConnect(t, serverFor(t, v, 0x002f), echo)
		mustEcho(t, conn, []byte("hello"))
		mustClose(t, conn, done)
	}
}

func TestClientCertificate(t *testing.T) {
	both := []byte{requestRSA, requestECDSA}
	every := []uint16{0x0401, 0x0501, 0x0201, 0x0403, 0x0503, 0x0203}
	p := testPKI(t)
	tests := []struct {
		name       string
		cert       *testpki.Cert
		types      []byte
		algorithms []uint16
		sent       bool
	}{
		{"RSA", p.clientRSA, both, every, true},
		{"ECDSA", p.clientEC, both, every, true},
		{"none", nil, both, every, false},
		{"RSA where ECDSA is wanted", p.clientRSA, []byte{requestECDSA}, every, true},
		{"ECDSA where RSA is wanted", p.clientEC, []byte{requestRSA}, every, true},
	}
	for _, test := range tests {
		for _, pair := range []pair{{ssl30, 0x0004}, {tls10, 0xc00a}, {tls11, 0x000a}, {tls12, 0xc02f}, {tls12, 0xc030}} {
			t.Run(fmt.Sprintf("%s/%04x", test.name, pair.version), func(t *testing.T) {
				c := serverFor(t, pair.version, pair.suite)
				c.request = &certificateRequestMsg{types: test.types, algorithms: test.algorithms, authorities: [][]byte{{0x30, 0}}}
				o := offerOf(pair)
				if test.cert != nil {
					o.cfg.ClientCertificate = identity(test.cert)
				}
				var told []bool
				o.cfg.CertificateAsked = func(sent bool) { told = append(told, sent) }
				var chain [][]byte
				var noCert bool
				conn, done := o.mustConnect(t, c, func(s *serverSide) error {
					chain, noCert = s.clientChain, s.noCert
					return s.echo()
				})
				mustEcho(t, conn, []byte("hello"))
				mustClose(t, conn, done)
				state := conn.State()
				if !state.ClientCertAsked || state.ClientCertSent != test.sent || !slices.Equal(told, []bool{test.sent}) {
					t.Errorf("asked %v, sent %v, told %v", state.ClientCertAsked, state.ClientCertSent, told)
				}
				var want [][]byte
				if test.sent {
					want = identity(test.cert).Chain
				}
				if !slices.EqualFunc(chain, want, bytes.Equal) {
					t.Errorf("the server got %d certificates", len(chain))
				}
				if wantAlert := pair.version == ssl30 && !test.sent; noCert != wantAlert {
					t.Errorf("no_certificate sent: %v, want %v", noCert, wantAlert)
				}
			})
		}
	}
}

// What mbedTLS signs a CertificateVerify with, whatever the server lists.
func TestVerifyAlgorithm(t *testing.T) {
	tests := []struct {
		suite uint16
		list  []uint16
		want  uint16
	}{
		{0xc02f, []uint16{0x0601, 0x0501, 0x0401}, 0x0401},
		{0xc030, []uint16{0x0601, 0x0401, 0x0501}, 0x0501},
		{0xc02f, []uint16{0x0603, 0x0601, 0x0201}, 0x0401},
		{0xc02f, []uint16{0x0804, 0x0403}, 0x0401},
		{0xc030, nil, 0x0501},
	}
	for _, test := range tests {
		row, _ := suiteByID(test.suite)
		h := &handshake{
			Conn:    newConn(nil, tls12, nil, &Config{ClientCertificate: identity(testPKI(t).clientRSA)}),
			version: tls12, suite: row,
		}
		got := h.answer(certificateRequestMsg{types: []byte{requestRSA}, algorithms: test.list})
		if got.algorithm != test.want || (got.identity != nil) != (test.want != 0) {
			t.Errorf("%04x with %04x: %04x, want %04x", test.suite, test.list, got.algorithm, test.want)
		}
	}
}

func TestResumption(t *testing.T) {
	ems := Extension{extMasterSecret, nil}
	etm := Extension{extEncryptThenMAC, nil}
	ticket := Extension{extSessionTicket, nil}
	for _, p := range []pair{{ssl30, 0x0004}, {tls10, 0x002f}, {tls11, 0xc008}, {tls12, 0xc00e}, {tls12, 0xc030}} {
		for _, byTicket := range []bool{false, true} {
			t.Run(fmt.Sprintf("%04x/%04x/ticket=%v", p.version, p.suite, byTicket), func(t *testing.T) {
				c := serverFor(t, p.version, p.suite)
				o := offerOf(p)
				if p.version == ssl30 {
					o.extensions = []uint16{extSessionTicket}
				} else {
					c.extensions = []Extension{ems, etm}
				}
				base := c.extensions
				if byTicket {
					c.extensions, c.ticket = append(slices.Clone(base), ticket), []byte("first ticket")
				}
				conn, done := o.mustConnect(t, c, echo)
				mustClose(t, conn, done)
				first := conn.Session()
				if byTicket != (string(first.Ticket) == "first ticket") || byTicket != (first.ID == nil) {
					t.Fatalf("session is %+v", first)
				}

				// Taken up, with a new ticket.
				c.resume, c.ticket = first, []byte("second ticket")
				o.session = first
				o.cfg.VerifyServer = func([]*x509.Certificate) (uint8, error) { return 0, errors.New("nothing to verify") }
				conn, done = o.mustConnect(t, c, echo)
				mustEcho(t, conn, []byte("hello"))
				mustClose(t, conn, done)
				if s := conn.State(); !s.Resumed || !bytes.Equal(s.Chain[0], c.chain[0]) {
					t.Errorf("state is %+v", s)
				}
				second := conn.Session()
				if byTicket && string(second.Ticket) != "second ticket" || !byTicket && second != first {
					t.Errorf("session is %+v", second)
				}

				// Taken up, the ticket still good.
				c.extensions = base
				conn, done = o.mustConnect(t, c, echo)
				mustClose(t, conn, done)
				if conn.Session() != first {
					t.Errorf("session is %+v, want the first", conn.Session())
				}

				// Not taken up.
				c.resume, c.sessionID = nil, []byte("another id")
				o.cfg.VerifyServer = nil
				conn, done = o.mustConnect(t, c, echo)
				mustEcho(t, conn, []byte("hello"))
				mustClose(t, conn, done)
				if conn.State().Resumed || string(conn.Session().ID) != "another id" {
					t.Errorf("state is %+v, session %+v", conn.State(), conn.Session())
				}
			})
		}
	}
}

// A server that gives neither id nor ticket gives nothing to resume.
func TestNothingToResume(t *testing.T) {
	for _, extensions := range [][]Extension{nil, {{extSessionTicket, nil}}} {
		c := serverFor(t, tls12, 0xc02f)
		c.sessionID, c.extensions = nil, extensions // an empty ticket, if any
		conn, done := offerOf(pair{tls12, 0xc02f}).mustConnect(t, c, echo)
		mustClose(t, conn, done)
		if s := conn.Session(); s != nil {
			t.Errorf("session is %+v, want none", s)
		}
	}
}

func TestGroups(t *testing.T) {
	for _, group := range []uint16{groupP224, groupP256, groupP384, groupP521} {
		c := serverFor(t, tls12, 0xc02f)
		c.group = group
		conn, done := offerOf(pair{tls12, 0xc02f}).mustConnect(t, c, echo)
		mustEcho(t, conn, []byte("hello"))
		mustClose(t, conn, done)
	}
	for _, group := range []uint16{18, 19, 20, 22, 26, 27, 28} {
		c := serverFor(t, tls12, 0xc02f)
		c.group = group
		_, done, err := offerOf(pair{tls12, 0xc02f}).against(t, c, echo)
		e := wantAlert(t, err, alertHandshakeFailure, true)
		if !strings.Contains(e.Reason, groupName(group)) {
			t.Errorf("the reason does not name %s: %s", groupName(group), e.Reason)
		}
		wantAlert(t, <-done, alertHandshakeFailure, false)
	}
}

// A ServerKeyExchange may be signed with any of the offer's algorithms.
func TestServerSignatures(t *testing.T) {
	for _, algorithm := range testSignatures {
		suite := uint16(0xc02f)
		if _, by := splitAlgorithm(algorithm); by == signatureECDSA {
			suite = 0xc023
		}
		c := serverFor(t, tls12, suite)
		c.algorithm = algorithm
		conn, done := offerOf(pair{tls12, suite}).mustConnect(t, c, echo)
		mustEcho(t, conn, []byte("hello"))
		mustClose(t, conn, done)
	}
}

// Messages in pieces, between warnings and HelloRequests.
func TestFragmentsAndWarnings(t *testing.T) {
	for _, fragment := range []int{1, 3, 100} {
		c := serverFor(t, tls12, 0xc02f)
		c.fragment = fragment
		c.request = &certificateRequestMsg{types: []byte{requestRSA}, algorithms: []uint16{0x0401}}
		c.before = func(s *serverSide, kind uint8) error {
			if kind == typeServerHello || kind == typeFinished {
				return nil
			}
			return errors.Join(
				s.out.add(recordAlert, []byte{levelWarning, 112}),
				s.out.add(recordHandshake, []byte{typeHelloRequest, 0, 0, 0}),
				s.out.add(recordAlert, []byte{levelWarning, 200}))
		}
		o := offerOf(pair{tls12, 0xc02f})
		o.cfg.ClientCertificate = identity(testPKI(t).clientRSA)
		var seen []Alert
		o.cfg.OnAlert = func(a Alert) { seen = append(seen, a) }
		conn, done := o.mustConnect(t, c, echo)
		if want := 2 * 4; len(seen) != want || seen[0] != (Alert{Code: 112}) || seen[1] != (Alert{Code: 200}) {
			t.Errorf("alerts seen: %v, want %d", seen, want)
		}
		mustEcho(t, conn, []byte("hello"))
		mustClose(t, conn, done)
	}
}

// The trace tells the handshake in order.
func TestTrace(t *testing.T) {
	c := serverFor(t, tls12, 0xc02f)
	var lines []string
	o := offerOf(pair{tls12, 0xc02f})
	o.cfg.Trace = func(line string) { lines = append(lines, line) }
	conn, done := o.mustConnect(t, c, echo)
	mustClose(t, conn, done)
	want := []string{
		"<- Certificate: a chain of 1", "<- ServerKeyExchange: secp256r1, signed with RSA with SHA-256",
		"<- ServerHelloDone", "-> ClientKeyExchange", "-> ChangeCipherSpec", "-> Finished",
		"<- ChangeCipherSpec", "<- Finished",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the trace is\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestVerifyServer(t *testing.T) {
	refused := errors.New("not this one")
	o := offerOf(pair{tls12, 0xc02f})
	o.cfg.VerifyServer = func(chain []*x509.Certificate) (uint8, error) {
		if len(chain) != 1 || chain[0].Subject.CommonName != "rsa.test" {
			t.Errorf("the chain is %v", chain)
		}
		return 48, refused
	}
	var seen []Alert
	o.cfg.OnAlert = func(a Alert) { seen = append(seen, a) }
	_, done, err := o.against(t, serverFor(t, tls12, 0xc02f), echo)
	wantAlert(t, err, 48, true)
	if !errors.Is(err, refused) {
		t.Errorf("%v does not wrap the cause", err)
	}
	if !slices.Equal(seen, []Alert{{Code: 48, Fatal: true, Sent: true}}) {
		t.Errorf("alerts seen: %v", seen)
	}
	wantAlert(t, <-done, 48, false)
}
