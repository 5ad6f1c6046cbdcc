//go:build interop

package interop

import (
	"os/exec"
	"testing"
)

// peer is a TLS implementation that brings a server of its own.
type peer struct {
	name   string
	needs  map[string]string // program: Debian package
	groups []group           // what it speaks
	total  int               // the number of pairs in groups

	// prepare does once what all servers need, and returns what starts one. A
	// server ends with the test that it was started in at the earliest, with
	// that of prepare at the latest.
	prepare func(t *testing.T, pki *pki) starter

	// spells is how the server's log names a pair.
	spells func(t *testing.T, p pair) string

	resumesSSL30   bool // SSL 3.0 sessions as well
	encryptThenMAC bool // it accepts encrypt_then_mac
	saysNames      bool // its log tells which server name it was asked for
	refusesNames   bool // a server name that it does not know is an error
}

// starter starts one server, whose versions and suites are set.
type starter func(t *testing.T, s setup) *server

var peers = []*peer{&jsse, &nss, &gnutls, &openssl}

// setup says what a server is to be like. The zero setup speaks all that the
// peer can, has a certificate for each key exchange, asks for none and caches
// sessions by id only.
type setup struct {
	versions   []uint16 // nil: all of the peer's groups
	suites     []uint16 // nil: the same
	clientAuth bool     // a certificate is required
	tickets    bool     // sessions are kept in tickets
	twoNames   bool     // an RSA certificate for otherName as well
	onlyEtM    bool     // CBC suites only with encrypt_then_mac (GnuTLS)
	noEtM      bool     // encrypt_then_mac is not accepted
	defaults   bool     // versions and suites are left to the server's own defaults
	everything bool     // with all its exchanges; else the one that tells most
}

// server is a running server.
type server struct {
	exchanges []exchange

	// saw is what the server says about a connection that has been used, and
	// may be over. It waits for the server to say it.
	saw func(c *client) (report, error)
}

// exchange is a way to talk to a server: data both ways and a close.
type exchange struct {
	name string
	addr string
	log  *transcript // of the process at addr, used for one connection at a time
	// run exchanges the data.
	run func(c *client) error
	// serverCloses tells that the server closes after run; else we do.
	serverCloses bool
	noAlert      bool // and may do so without close_notify
	// last must be in what the server still sends after our close_notify.
	last string
}

// report is a connection as the server saw it.
type report struct {
	session string // version and suite, as peer.spells
	resumed bool
	client  string // holds the subject of the client's certificate, if it has one
	name    string // the server name that it was asked for, with peer.saysNames

	encryptThenMAC bool // as GnuTLS alone says
}

// require fails the test if a program of the peer is missing.
func (p *peer) require(t *testing.T) {
	t.Helper()
	for program, pkg := range p.needs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: apt-get install %s", program, pkg)
		}
	}
}

// pairs are all pairs that the peer speaks.
func (p *peer) pairs() []pair { return pairsOf(p.groups) }
