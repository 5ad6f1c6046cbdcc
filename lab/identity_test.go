package lab

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"
)

// Each identity is what the package comment says a careful client finds.
func TestIdentities(t *testing.T) {
	l := start(t)
	isExpired := func(err error) bool {
		var invalid x509.CertificateInvalidError
		return errors.As(err, &invalid) && invalid.Reason == x509.Expired
	}
	at := func(year int) func() time.Time {
		return func() time.Time { return time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC) }
	}
	for _, tt := range []struct {
		service string
		wrong   func(error) bool // nil: nothing
		sent    int              // certificates
		good    func(*tls.Config)
	}{
		{service: Echo, sent: 1},
		{service: Chained, sent: 2},
		{service: Legacy, sent: 1},
		{service: Seed8010, sent: 1, good: func(c *tls.Config) { c.ServerName = seedHost }},
		{service: Seed8011, sent: 1, good: func(c *tls.Config) { c.ServerName = seedHost }},
		{service: CloseAfterEcho, sent: 1},
		{service: Reset, sent: 1},
		{
			service: SelfSigned, sent: 1,
			wrong: func(err error) bool {
				var unknown x509.UnknownAuthorityError
				return errors.As(err, &unknown)
			},
		},
		{service: Expired, sent: 1, wrong: isExpired, good: func(c *tls.Config) { c.Time = at(2020) }},
		{service: NotYetValid, sent: 1, wrong: isExpired, good: func(c *tls.Config) { c.Time = at(2110) }},
		{
			service: WrongName, sent: 1,
			wrong: func(err error) bool {
				var name x509.HostnameError
				return errors.As(err, &name)
			},
			good: func(c *tls.Config) { c.ServerName = "elsewhere.lab" },
		},
	} {
		t.Run(tt.service, func(t *testing.T) {
			conn, err := shake(t, l, tt.service, careful(t, l))
			switch {
			case tt.wrong == nil && err != nil:
				t.Errorf("a careful client refuses it: %v", err)
			case tt.wrong != nil && (err == nil || !tt.wrong(err)):
				t.Errorf("a careful client says %v", err)
			case err == nil:
				exchange(t, conn, seedText)
			}

			// What is wrong is the one thing that is.
			if tt.good != nil {
				config := careful(t, l)
				tt.good(config)
				if _, err := shake(t, l, tt.service, config); err != nil {
					t.Errorf("a client that allows for it: %v", err)
				}
			}
			conn, err = shake(t, l, tt.service, careless())
			if err != nil {
				t.Fatal(err)
			}
			if got := len(conn.ConnectionState().PeerCertificates); got != tt.sent {
				t.Errorf("it sent %d certificates; want %d", got, tt.sent)
			}
			exchange(t, conn, seedText)
		})
	}
}

func TestClientCert(t *testing.T) {
	l := start(t)
	files := l.Files()
	pair, err := tls.X509KeyPair(files["client.pem"], files["user_key.pem"])
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
		config := careful(t, l)
		config.MaxVersion = version
		conn, err := shake(t, l, ClientCert, config)
		if err == nil {
			t.Errorf("%s: the server takes a client without certificate", tls.VersionName(version))
		}
		if _, err := io.Copy(io.Discard, conn.NetConn()); err != nil {
			t.Errorf("%s: after its alert: %v; want the server's end", tls.VersionName(version), err)
		}
		if c := last(t, l, ClientCert); c.Err == nil {
			t.Errorf("%s: the server does not say what was wrong: %+v", tls.VersionName(version), c)
		}

		config.Certificates = []tls.Certificate{pair}
		conn, err = shake(t, l, ClientCert, config)
		if err != nil {
			t.Fatalf("%s: %v", tls.VersionName(version), err)
		}
		exchange(t, conn, seedText)
		if c := last(t, l, ClientCert); c.ClientCert != "qsim client" {
			t.Errorf("%s: the server saw %q", tls.VersionName(version), c.ClientCert)
		}
	}

	// A certificate of somebody else does not do.
	stranger, err := keyPair([]string{"self_signed", "server_key"})
	if err != nil {
		t.Fatal(err)
	}
	config := careful(t, l)
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger, nil }
	if _, err := shake(t, l, ClientCert, config); err == nil {
		t.Error("the server takes a certificate that the CA has not signed")
	}
}

// Every version with every suite of crypto/tls, each offered alone.
func TestVersionsAndSuites(t *testing.T) {
	l := start(t)
	tried := 0
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, version := range suite.SupportedVersions {
			if version > tls.VersionTLS12 {
				continue
			}
			tried++
			t.Run(fmt.Sprintf("%s/%s", tls.VersionName(version), suite.Name), func(t *testing.T) {
				config := careful(t, l)
				config.MinVersion, config.MaxVersion = version, version
				config.CipherSuites = []uint16{suite.ID}
				conn, err := shake(t, l, Echo, config)
				if err != nil {
					t.Fatal(err)
				}
				exchange(t, conn, seedText)
				c := last(t, l, Echo)
				if c.Version != version || c.Suite != suite.ID || c.ServerName != labHost {
					t.Errorf("the server remembers %s %s %q", tls.VersionName(c.Version), tls.CipherSuiteName(c.Suite), c.ServerName)
				}

				conn, err = shake(t, l, Legacy, config)
				if want := version == tls.VersionTLS10 && slices.Contains(legacySuites, suite.ID); (err == nil) != want {
					t.Errorf("the legacy server: %v; want success = %v", err, want)
				} else if want {
					exchange(t, conn, seedText)
				}
			})
		}
	}
	if tried < 40 {
		t.Errorf("only %d pairs of version and suite were tried", tried)
	}
}

// A client that offers everything gets the RSA certificate.
func TestRSAComesFirst(t *testing.T) {
	l := start(t)
	conn, err := shake(t, l, Echo, careless())
	if err != nil {
		t.Fatal(err)
	}
	if algorithm := conn.ConnectionState().PeerCertificates[0].PublicKeyAlgorithm; algorithm != x509.RSA {
		t.Errorf("the certificate is %v; want RSA", algorithm)
	}
}

func TestResumption(t *testing.T) {
	l := start(t)
	config := careful(t, l)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for _, want := range []bool{false, true} {
		conn, err := shake(t, l, Echo, config)
		if err != nil {
			t.Fatal(err)
		}
		exchange(t, conn, seedText)
		if c := last(t, l, Echo); c.Resumed != want {
			t.Errorf("resumed = %v; want %v", c.Resumed, want)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Seed 3.2 and 3.3: TLS 1.0 with TLS_RSA_WITH_AES_256_CBC_SHA, no server name,
// the certificate checked against cacert.pem.
func TestSeedChapter3(t *testing.T) {
	l := start(t)
	careful := careful(t, l)
	config := &tls.Config{
		MinVersion:         tls.VersionTLS10,
		MaxVersion:         tls.VersionTLS10,
		CipherSuites:       []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA},
		InsecureSkipVerify: true, // of the name: VerifyConnection does the rest
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: careful.RootCAs})
			return err
		},
	}
	for _, name := range []string{Seed8010, Seed8011} {
		records := &recordCounter{Conn: dial(t, l, name)}
		conn := tls.Client(records, config)
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 3 {
			before := records.data
			exchange(t, conn, seedText)
			// Ruling 31: one byte, then the rest. More would be more than one message.
			if got := records.data - before; got != 2 {
				t.Errorf("%s: the echo came in %d records; want 2", name, got)
			}
		}
		exchange(t, conn, "x")
		if c := last(t, l, name); c.ServerName != "" || c.Suite != 0x0035 || c.Version != tls.VersionTLS10 {
			t.Errorf("%s remembers %+v", name, c)
		}
	}
}
