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

var nss = peer{
	name: "NSS",
	needs: map[string]string{
		"selfserv": "libnss3-tools", "certutil": "libnss3-tools", "pk12util": "libnss3-tools",
		"openssl": "openssl", // makes the PKCS #12 files that pk12util wants
	},
	groups:       []group{ssl30, rsaAES, rsaWeak, rsaMD5, ecdheCBC, ecdheGCM, ecdheWeak},
	total:        51,
	prepare:      prepareNSS,
	spells:       func(_ *testing.T, p pair) string { return nssVersions[p.version] + " " + nssSuite(p.suite) },
	resumesSSL30: true,
	refusesNames: true,
}

// nssVersions are the versions as selfserv prints them; -V calls them otherwise.
var nssVersions = map[uint16]string{
	tlsstack.SSL30: "3.0", tlsstack.TLS10: "3.1", tlsstack.TLS11: "3.2", tlsstack.TLS12: "3.3",
}

var nssOptions = map[uint16]string{
	tlsstack.SSL30: "ssl3", tlsstack.TLS10: "tls1.0", tlsstack.TLS11: "tls1.1", tlsstack.TLS12: "tls1.2",
}

// nssSuite is a suite as selfserv takes it apart.
func nssSuite(id uint16) string {
	exchange, rest, _ := strings.Cut(strings.TrimPrefix(suiteName(id), "TLS_"), "_WITH_")
	agreement, auth, found := strings.Cut(exchange, "_")
	if !found {
		auth = "RSA"
	}
	i := strings.LastIndex(rest, "_")
	cipher, mac := rest[:i], rest[i+1:]
	macs := map[string]string{"MD5": "128-bit MD5", "SHA": "160-bit SHA1", "SHA256": "256-bit SHA256", "SHA384": "384-bit SHA384"}
	spelled := macs[mac]
	if strings.HasSuffix(cipher, "GCM") {
		spelled = "128-bit AEAD"
	}
	return map[string]string{
		"RC4_128": "128-bit RC4", "3DES_EDE_CBC": "112-bit 3DES", "AES_128_CBC": "128-bit AES",
		"AES_256_CBC": "256-bit AES", "AES_128_GCM": "128-bit AES-GCM", "AES_256_GCM": "256-bit AES-GCM",
	}[cipher] + " with " + spelled + " MAC, " + auth + ", " + agreement
}

var (
	nssReady   = regexp.MustCompile(`About to call accept`)
	nssSession = regexp.MustCompile(`SSL version (\S+) using (.*)\n`)
	nssServer  = regexp.MustCompile(`Server Auth: \S+ (\S+), Key Exchange: \S+ (\S+)\n`)
	nssSubject = regexp.MustCompile(`subject DN: (.*)\n`)
	nssHits    = regexp.MustCompile(`(\d+) cache hits`)
)

// prepareNSS makes the certificate database. selfserv answers a request with the request, or with a
// file, and closes. Its log counts resumed sessions since the start.
func prepareNSS(t *testing.T, pki *pki) starter {
	t.Helper()
	db := nssDatabase(t, pki)
	pki.write("big.txt", line(40000))
	return func(t *testing.T, s setup) *server { return startNSS(t, pki, db, s) }
}

func startNSS(t *testing.T, pki *pki, db string, s setup) *server {
	t.Helper()
	args := []string{"-d", db, "-n", serverName, "-e", certEC, "-v", "-G", "-D"}
	if !s.defaults {
		suites := ""
		for _, id := range s.suites {
			suites += fmt.Sprintf(":%04X", id)
		}
		args = append(args, "-V", nssOptions[s.versions[0]]+":"+nssOptions[s.versions[len(s.versions)-1]], "-c", suites)
	}
	if s.clientAuth {
		args = append(args, "-r", "-r")
	}
	if s.tickets {
		args = append(args, "-u")
	}
	if s.twoNames {
		args = append(args, "-a", otherName)
	}
	p, addr := runOnPort(t, nssReady, func(port string) (string, []string) {
		return "selfserv", append(args, "-p", port)
	})

	srv := &server{exchanges: []exchange{
		{name: "request echoed, the server closes", addr: addr, log: p.log, run: nssRequest, serverCloses: true},
	}}
	srv.saw = func(c *client) (report, error) { return nssSaw(c, s.clientAuth) }
	if s.everything {
		srv.exchanges = append(
			srv.exchanges,
			exchange{name: "file sent, the server closes", addr: addr, log: p.log, serverCloses: true, run: func(c *client) error {
				return nssFile(c, pki.path("big.txt"), pki.read("big.txt"))
			}},
			exchange{
				name: "request broken off, we close", addr: addr, log: p.log, run: nssHalfRequest,
				last: fmt.Sprintf("Get or Post incomplete after %d bytes", nssHalfLength),
			},
		)
	}
	return srv
}

// nssDatabase makes a certificate database.
func nssDatabase(t *testing.T, pki *pki) string {
	t.Helper()
	db := "sql:" + t.TempDir()
	mustRun(t, "certutil", "-N", "-d", db, "--empty-password")
	for _, root := range []string{"root-rsa", "root-ec"} {
		mustRun(t, "certutil", "-A", "-d", db, "-n", root, "-t", "CT,,", "-i", pki.path(root+".pem"))
	}
	for file, nickname := range map[string]string{certRSA: serverName, certEC: certEC, certOther: otherName} {
		p12 := pki.path(file + ".p12")
		mustRun(t, "openssl", "pkcs12", "-export", "-passout", "pass:x", "-name", nickname,
			"-in", pki.path(file+".pem"), "-inkey", pki.path(file+".key"), "-out", p12)
		mustRun(t, "pk12util", "-d", db, "-W", "x", "-i", p12)
	}
	return db
}

// nssRequest sends a request of 9,000 bytes in three records and wants it back;
// selfserv takes 10,239.
func nssRequest(c *client) error {
	request := "GET none HTTP/1.0\r\n"
	for range 3 {
		request += "X-Line: " + string(line(3000))
	}
	request += "\r\n"
	for i := 0; i < len(request); i += 3500 {
		if _, err := io.WriteString(c, request[i:min(i+3500, len(request))]); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		return err
	}
	if !bytes.Contains(c.got, []byte(request)) {
		return fmt.Errorf("the answer of %d bytes does not hold the request", len(c.got))
	}
	return nil
}

// nssFile asks for a file, which comes in several records.
func nssFile(c *client, name string, content []byte) error {
	if _, err := fmt.Fprintf(c, "GET %s HTTP/1.0\r\n\r\n", name); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		return err
	}
	if !bytes.HasSuffix(c.got, content) {
		return fmt.Errorf("the answer of %d bytes does not end with the file", len(c.got))
	}
	if n := c.wire.in.count(recordData); n < 2 {
		return fmt.Errorf("the file came in %d records, want several", n)
	}
	return nil
}

const nssHalfLength = 5000

// nssHalfRequest sends a request without an end. selfserv answers it when we
// have closed our side.
func nssHalfRequest(c *client) error {
	_, err := c.Write(line(nssHalfLength))
	return err
}

// nssSaw reads the log.
func nssSaw(c *client, clientAuth bool) (report, error) {
	session, err := c.log.find(c.mark, nssSession)
	if err != nil {
		return report{}, err
	}
	auth, err := c.log.find(c.mark, nssServer)
	if err != nil {
		return report{}, err
	}
	hits, err := c.log.find(c.mark, nssHits)
	if err != nil {
		return report{}, err
	}
	before := "0"
	if counts := nssHits.FindAllStringSubmatch(c.log.until(c.mark), -1); counts != nil {
		before = counts[len(counts)-1][1]
	}
	r := report{
		session: session[1] + " " + session[2] + ", " + auth[1] + ", " + auth[2],
		resumed: hits[1] != before,
	}
	if clientAuth {
		subject, err := c.log.find(c.mark, nssSubject)
		if err != nil {
			return report{}, err
		}
		r.client = subject[1]
	}
	return r, nil
}
