//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack"
)

var gnutls = peer{
	name:    "GnuTLS",
	needs:   map[string]string{"gnutls-serv": "gnutls-bin"},
	groups:  []group{rsaAES, rsaWeak, rsaMD5, ecdheCBC, ecdheGCM, ecdheWeak},
	total:   46,
	prepare: prepareGnuTLS,
	spells: func(_ *testing.T, p pair) string {
		return gnutlsVersions[p.version] + " " + strings.Join(gnutlsSuite(p.suite), " ")
	},
	encryptThenMAC: true,
	saysNames:      true,
}

var gnutlsVersions = map[uint16]string{
	tlsstack.TLS10: "TLS1.0", tlsstack.TLS11: "TLS1.1", tlsstack.TLS12: "TLS1.2",
}

// gnutlsSuite is a suite as GnuTLS takes it apart: key exchange, cipher, MAC.
func gnutlsSuite(id uint16) []string {
	exchange, rest, _ := strings.Cut(strings.TrimPrefix(suiteName(id), "TLS_"), "_WITH_")
	i := strings.LastIndex(rest, "_")
	cipher, mac := strings.ReplaceAll(rest[:i], "_", "-"), rest[i+1:]
	cipher = strings.NewReplacer("RC4", "ARCFOUR", "3DES-EDE", "3DES").Replace(cipher)
	switch {
	case strings.HasSuffix(cipher, "GCM"):
		mac = "AEAD"
	case mac == "SHA":
		mac = "SHA1"
	}
	return []string{strings.ReplaceAll(exchange, "_", "-"), cipher, mac}
}

var (
	gnutlsWarned  = regexp.MustCompile(`A TLS warning alert has been received`)
	gnutlsReady   = regexp.MustCompile(`listening on IPv4 .*done`)
	gnutlsSession = regexp.MustCompile(`(?s)- Version: (\S+)\n- Key Exchange: (\S+)\n.*?- Cipher: (\S+)\n- MAC: (\S+)\n- Options:(.*?)\n`)
	gnutlsSubject = regexp.MustCompile(`\tSubject: (.*)\n`)
	gnutlsName    = regexp.MustCompile(`Given server name\[\d\]: (\S+)`)
)

// prepareGnuTLS has nothing to prepare. gnutls-serv echoes lines (--echo) or answers a GET
// with a page and closes.
func prepareGnuTLS(_ *testing.T, pki *pki) starter {
	return func(t *testing.T, s setup) *server { return startGnuTLS(t, pki, s) }
}

func startGnuTLS(t *testing.T, pki *pki, s setup) *server {
	t.Helper()
	log, addr := gnutlsServer(t, pki, s, "--http")
	srv := &server{saw: gnutlsSaw, exchanges: []exchange{
		{name: "page, the server closes", addr: addr, log: log, run: gnutlsGet, serverCloses: true},
	}}
	if s.everything {
		log, addr := gnutlsServer(t, pki, s, "--echo")
		srv.exchanges = append(srv.exchanges, exchange{name: "lines echoed, we close", addr: addr, log: log, run: gnutlsEcho})
	}
	return srv
}

func gnutlsServer(t *testing.T, pki *pki, s setup, mode string) (log *transcript, addr string) {
	t.Helper()
	certs := []string{certRSA, certEC}
	if s.twoNames {
		certs = append(certs, certOther)
	}
	args := []string{mode, "--x509cafile", pki.path("ca.pem")}
	if !s.defaults {
		args = append(args, "--priority", gnutlsPriority(s))
	}
	for _, name := range certs {
		args = append(args, "--x509certfile", pki.path(name+".pem"), "--x509keyfile", pki.path(name+".key"))
	}
	if s.clientAuth {
		args = append(args, "--require-client-cert", "--verify-client-cert")
	} else {
		args = append(args, "--disable-client-cert")
	}
	if !s.tickets {
		args = append(args, "--noticket")
	}
	p, addr := runOnPort(t, gnutlsReady, func(port string) (string, []string) {
		return "gnutls-serv", append(args, "--port", port)
	})
	return p.log, addr
}

// gnutlsPriority is the priority string of a setup.
func gnutlsPriority(s setup) string {
	words := []string{"NONE", "+COMP-NULL", "+CTYPE-X509", "+SIGN-ALL", "+GROUP-ALL", "%VERIFY_ALLOW_BROKEN"}
	add := func(word string) {
		if !strings.Contains(strings.Join(words, ":")+":", word+":") {
			words = append(words, word)
		}
	}
	for _, v := range s.versions {
		add("+VERS-" + gnutlsVersions[v])
	}
	for _, id := range s.suites {
		for _, part := range gnutlsSuite(id) {
			add("+" + part)
		}
	}
	if s.noEtM {
		add("%NO_ETM")
	}
	if s.onlyEtM {
		add("%FORCE_ETM")
	}
	return strings.Join(words, ":")
}

// gnutlsEcho sends lines of 6,000 bytes and wants each back before the next:
// gnutls-serv forgets what has come behind a line.
func gnutlsEcho(c *client) error {
	for range 4 {
		l := line(6000)
		if err := c.echo(l, l); err != nil {
			return err
		}
	}
	return c.several()
}

// gnutlsHelloRequest has the server ask for another handshake, and wants our
// no_renegotiation to arrive. gnutls-serv ends the connection then.
func gnutlsHelloRequest(c *client) error {
	back := []byte("Successfully executed command\n")
	if err := c.echo([]byte("**REHANDSHAKE**\n"), back); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		return err
	}
	_, err := c.log.find(c.mark, gnutlsWarned)
	return err
}

// gnutlsGet asks for the page, which holds the request's header.
func gnutlsGet(c *client) error {
	header := "X-Line: " + string(line(3000)) + "X-Line: " + string(line(3000))
	for _, part := range []string{"GET / HTTP/1.0\r\n", header, "\n"} {
		if _, err := io.WriteString(c, part); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		return err
	}
	if !bytes.Contains(c.got, []byte(header)) {
		return fmt.Errorf("the page of %d bytes does not hold the request's header", len(c.got))
	}
	return nil
}

func gnutlsSaw(c *client) (report, error) {
	session, err := c.log.find(c.mark, gnutlsSession)
	if err != nil {
		return report{}, err
	}
	said := c.log.since(c.mark)
	r := report{
		session:        strings.Join(session[1:5], " "),
		resumed:        strings.Contains(said, "*** This is a resumed session"),
		encryptThenMAC: strings.Contains(session[5], "EtM"),
	}
	if subject := gnutlsSubject.FindStringSubmatch(said); subject != nil {
		r.client = subject[1]
	}
	if name := gnutlsName.FindStringSubmatch(said); name != nil {
		r.name = name[1]
	}
	return r, nil
}
