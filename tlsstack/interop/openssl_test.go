//go:build interop

package interop

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack"
)

var openssl = peer{
	name:           "OpenSSL",
	needs:          map[string]string{"openssl": "openssl"},
	groups:         []group{rsaAES, ecdheCBC, ecdheGCM},
	total:          25,
	prepare:        prepareOpenSSL,
	spells:         func(t *testing.T, p pair) string { return opensslVersions[p.version] + " " + opensslSuite(t, p.suite) },
	encryptThenMAC: true,
}

var opensslVersions = map[uint16]string{
	tlsstack.TLS10: "TLSv1", tlsstack.TLS11: "TLSv1.1", tlsstack.TLS12: "TLSv1.2",
}

// opensslSuite asks OpenSSL for its name of a suite.
func opensslSuite(t *testing.T, id uint16) string {
	t.Helper()
	list := mustRun(t, "openssl", "ciphers", "-V", opensslAll)
	re := regexp.MustCompile(fmt.Sprintf(`0x%02X,0x%02X - (\S+)`, id>>8, id&0xff))
	name := re.FindSubmatch(list)
	if name == nil {
		t.Fatalf("OpenSSL has no suite %04x", id)
	}
	return string(name[1])
}

// opensslAll are all suites that OpenSSL was built with.
const opensslAll = "ALL:@SECLEVEL=0"

var (
	opensslReady = regexp.MustCompile(`ACCEPT (127\.0\.0\.1:\d+)\n`)

	// In the log of -rev.
	opensslVersion = regexp.MustCompile(`(?s)Protocol version: (\S+)\n.*?Ciphersuite: (\S+)\n(.*)`)
	opensslSubject = regexp.MustCompile(`Peer certificate: (.*)\n`)

	// In the page of -www.
	opensslPage     = regexp.MustCompile(`(New|Reused), \S+, Cipher is (\S+)\n`)
	opensslProtocol = regexp.MustCompile(`Protocol  : (\S+)\n`)
)

// prepareOpenSSL has nothing to prepare. s_server either sends lines back reversed (-rev) and
// is short in its log, or it answers a GET with a page about the session (-www),
// which alone says whether it was resumed.
func prepareOpenSSL(_ *testing.T, pki *pki) starter {
	return func(t *testing.T, s setup) *server { return startOpenSSL(t, pki, s) }
}

func startOpenSSL(t *testing.T, pki *pki, s setup) *server {
	t.Helper()
	if !s.everything && !s.clientAuth {
		log, addr := opensslServer(t, pki, s, "-www")
		return &server{saw: opensslSawPage, exchanges: []exchange{
			{name: "page", addr: addr, log: log, run: opensslGet, serverCloses: true},
		}}
	}
	log, addr := opensslServer(t, pki, s, "-rev")
	srv := &server{saw: opensslSawLines, exchanges: []exchange{
		{name: "lines reversed, the server closes", addr: addr, log: log, run: opensslReverseAndBye, serverCloses: true},
		{name: "lines reversed, we close", addr: addr, log: log, run: opensslReverse},
	}}
	if !s.everything {
		srv.exchanges = srv.exchanges[:1]
	}
	return srv
}

func opensslServer(t *testing.T, pki *pki, s setup, mode string) (log *transcript, addr string) {
	t.Helper()
	args := []string{
		"s_server", "-accept", "127.0.0.1:0", mode, "-CAfile", pki.path("ca.pem"),
		"-cert", pki.path(certRSA + ".pem"), "-key", pki.path(certRSA + ".key"),
		"-dcert", pki.path(certEC + ".pem"), "-dkey", pki.path(certEC + ".key"),
	}
	if !s.defaults {
		args = append(args, opensslLimits(t, s)...)
	}
	if s.noEtM {
		args = append(args, "-no_etm")
	}
	if s.clientAuth {
		args = append(args, "-Verify", "2", "-verify_return_error")
	}
	if !s.tickets {
		args = append(args, "-no_ticket")
	}
	if s.twoNames {
		args = append(args, "-servername", otherName,
			"-cert2", pki.path(certOther+".pem"), "-key2", pki.path(certOther+".key"))
	}
	p := run(t, "openssl", args...)
	ready, err := p.log.find(0, opensslReady)
	if err != nil {
		t.Fatal(err)
	}
	return p.log, ready[1]
}

// opensslLimits are the options for a setup's versions and suites.
func opensslLimits(t *testing.T, s setup) []string {
	t.Helper()
	suites := ""
	for _, id := range s.suites {
		suites += opensslSuite(t, id) + ":"
	}
	args := []string{"-no_tls1_3", "-cipher", suites + "@SECLEVEL=0"}
	for v, option := range map[uint16]string{tlsstack.TLS10: "-no_tls1", tlsstack.TLS11: "-no_tls1_1", tlsstack.TLS12: "-no_tls1_2"} {
		if !slices.Contains(s.versions, v) {
			args = append(args, option)
		}
	}
	return args
}

// opensslReverse sends four lines of 6,000 bytes and wants each back reversed.
func opensslReverse(c *client) error {
	var data, back []byte
	for range 4 {
		l := line(6000)
		data = append(data, l...)
		slices.Reverse(l[:len(l)-1])
		back = append(back, l...)
	}
	if err := c.echo(data, back); err != nil {
		return err
	}
	return c.several()
}

// opensslReverseAndBye has the server close after that.
func opensslReverseAndBye(c *client) error {
	if err := opensslReverse(c); err != nil {
		return err
	}
	_, err := io.WriteString(c, "CLOSE\n")
	return err
}

func opensslSawLines(c *client) (report, error) {
	if _, err := c.log.find(c.mark, regexp.MustCompile(`CONNECTION CLOSED`)); err != nil {
		return report{}, err
	}
	session, err := c.log.find(c.mark, opensslVersion)
	if err != nil {
		return report{}, err
	}
	r := report{session: session[1] + " " + session[2]}
	if subject := opensslSubject.FindStringSubmatch(session[3]); subject != nil {
		r.client = subject[1]
	}
	return r, nil
}

// opensslGet asks for the page.
func opensslGet(c *client) error {
	_, err := io.WriteString(c, "GET / HTTP/1.0\r\n\r\n")
	return err
}

func opensslSawPage(c *client) (report, error) {
	session := opensslPage.FindStringSubmatch(string(c.got))
	version := opensslProtocol.FindStringSubmatch(string(c.got))
	if session == nil || version == nil {
		return report{}, fmt.Errorf("a page without version and suite:\n%s", c.got)
	}
	return report{session: version[1] + " " + session[2], resumed: session[1] == "Reused"}, nil
}
