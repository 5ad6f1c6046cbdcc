//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack"
)

var jsse = peer{
	name:    "JSSE",
	needs:   map[string]string{"java": "openjdk-17-jdk-headless", "javac": "openjdk-17-jdk-headless"},
	groups:  allGroups,
	total:   79,
	prepare: prepareJSSE,
	spells:  func(_ *testing.T, p pair) string { return jsseVersions[p.version] + " " + jsseSuite(p.suite) },
}

var jsseVersions = map[uint16]string{
	tlsstack.SSL30: "SSLv3", tlsstack.TLS10: "TLSv1", tlsstack.TLS11: "TLSv1.1", tlsstack.TLS12: "TLSv1.2",
}

// jsseSuite is JSSE's name of a suite; those of SSL 3.0's days have kept theirs.
func jsseSuite(id uint16) string {
	switch name := suiteName(id); id {
	case 0x0004, 0x0005, 0x000a:
		return "SSL_" + strings.TrimPrefix(name, "TLS_")
	default:
		return name
	}
}

var (
	jsseListening = regexp.MustCompile(`listening (\d+)\n`)
	// The client's port stands for %s.
	jsseHandshake = `handshake %s (\S+ \S+) resumed=(\S+) name=(\S+) client=(.*)\n`
	jsseClosed    = `closed %s by=(\S+) received=(\d+)`
)

// prepareJSSE starts Server.java, which runs all the servers.
func prepareJSSE(t *testing.T, pki *pki) starter {
	t.Helper()
	classes := t.TempDir()
	mustRun(t, "javac", "-d", classes, "Server.java")
	p := run(t, "java", "-XX:TieredStopAtLevel=1", "-cp", classes, "Server", pki.dir)
	return func(t *testing.T, s setup) *server { return startJSSE(t, p, s) }
}

func startJSSE(t *testing.T, p *process, s setup) *server {
	t.Helper()
	keys := []string{certRSA, certEC, certECRSA}
	if s.twoNames {
		keys = append(keys, certOther)
	}
	words := []string{"listen", "keys=" + strings.Join(keys, ",")}
	if !s.defaults {
		var versions, suites []string
		for _, v := range s.versions {
			versions = append(versions, jsseVersions[v])
		}
		for _, id := range s.suites {
			suites = append(suites, jsseSuite(id))
		}
		words = append(words, "versions="+strings.Join(versions, ","), "suites="+strings.Join(suites, ","))
	}
	if s.clientAuth {
		words = append(words, "auth")
	}
	if s.tickets {
		words = append(words, "tickets")
	}
	mark := p.log.mark()
	fmt.Fprintln(p.stdin, strings.Join(words, " "))
	port, err := p.log.find(mark, jsseListening)
	if err != nil {
		t.Fatal(err)
	}
	addr := "127.0.0.1:" + port[1]
	srv := &server{saw: jsseSaw, exchanges: []exchange{
		{name: "echo, the server closes", addr: addr, log: p.log, run: jsseEchoAndBye, serverCloses: true},
		{name: "echo, we close", addr: addr, log: p.log, run: jsseEcho},
	}}
	if !s.everything {
		srv.exchanges = srv.exchanges[:1]
	}
	return srv
}

// jsseEcho sends 40,000 bytes, which are three records, and wants them back.
func jsseEcho(c *client) error {
	data := line(40000)
	if err := c.echo(data, data); err != nil {
		return err
	}
	return c.several()
}

// jsseEchoAndBye has the server close after that.
func jsseEchoAndBye(c *client) error {
	if err := jsseEcho(c); err != nil {
		return err
	}
	bye := []byte("\nCLOSE\n")
	return c.echo(bye, bye)
}

// jsseSaw waits for both lines of a connection.
func jsseSaw(c *client) (report, error) {
	_, port, _ := strings.Cut(c.LocalAddr().String(), ":")
	hands, err := c.log.find(c.mark, regexp.MustCompile(fmt.Sprintf(jsseHandshake, port)))
	if err != nil {
		return report{}, err
	}
	closed, err := c.log.find(c.mark, regexp.MustCompile(fmt.Sprintf(jsseClosed, port)))
	if err != nil {
		return report{}, err
	}
	by := "client"
	if bytes.HasSuffix(c.got, []byte("\nCLOSE\n")) {
		by = "server"
	}
	if closed[1] != by || closed[2] != fmt.Sprint(len(c.got)) {
		return report{}, fmt.Errorf("the server says %q, want by=%s received=%d", closed[0], by, len(c.got))
	}
	return report{session: hands[1], resumed: hands[2] == "true", name: strings.TrimPrefix(hands[3], "-"), client: hands[4]}, nil
}
