package legacy

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"testing"
)

// This file is the client against crypto/tls, a server that nobody here wrote,
// for all that it speaks.

// goSuites are those of crypto/tls among ours.
func goSuites() map[uint16]bool {
	known := map[uint16]bool{}
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		known[s.ID] = true
	}
	return known
}

// goServer is what crypto/tls is told.
func goServer(t testing.TB) *tls.Config {
	p := testPKI(t)
	pool := x509.NewCertPool()
	pool.AddCert(p.clientRSA.X509(t))
	pool.AddCert(p.clientEC.X509(t))
	var all []uint16
	for id := range goSuites() {
		all = append(all, id)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12,
		CipherSuites: all,
		Certificates: []tls.Certificate{p.rsa.Server(), p.ec.Server()},
		ClientCAs:    pool,
	}
}

// againstGo connects, echoes and closes.
func (o offer) againstGo(t *testing.T, config *tls.Config) (*Conn, tls.ConnectionState) {
	t.Helper()
	client, raw := connPair(t)
	s := tls.Server(raw, config)
	done := make(chan error, 1)
	go func() {
		defer s.Close()
		_, err := io.Copy(s, s)
		done <- err
	}()
	conn, err := o.connect(client)
	if err != nil {
		client.Close()
		t.Fatalf("client: %v; server: %v", err, <-done)
	}
	t.Cleanup(func() { conn.Close() })
	mustEcho(t, conn, bytes.Repeat([]byte("some data "), 4000))
	if err := conn.CloseWrite(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("server: %v", err)
	}
	return conn, s.ConnectionState()
}

func TestGoServer(t *testing.T) {
	known := goSuites()
	n := 0
	for _, p := range allPairs() {
		if p.version == ssl30 || !known[p.suite] {
			continue
		}
		n++
		t.Run(fmt.Sprintf("%04x/%04x", p.version, p.suite), func(t *testing.T) {
			config := goServer(t)
			o := offerOf(p)
			first, state := o.againstGo(t, config)
			if state.Version != p.version || state.CipherSuite != p.suite || state.DidResume {
				t.Errorf("the server says %04x, %04x, resumed %v", state.Version, state.CipherSuite, state.DidResume)
			}
			if !first.State().ExtendedMasterSecret || !first.State().SecureRenegotiation {
				t.Errorf("state is %+v", first.State())
			}
			o.session = first.Session()
			second, state := o.againstGo(t, config)
			if !state.DidResume || !second.State().Resumed {
				t.Errorf("resumed: server %v, client %v", state.DidResume, second.State().Resumed)
			}
		})
	}
	if n != 37 {
		t.Errorf("%d pairs were tried, crypto/tls speaks 37 of them", n)
	}
}

func TestGoServerAsksForCertificate(t *testing.T) {
	p := testPKI(t)
	for v := tls10; v <= tls12; v++ {
		for _, cert := range []*Identity{identity(p.clientRSA), identity(p.clientEC)} {
			for _, suite := range []uint16{0x002f, 0xc009, 0xc030} {
				if row, _ := suiteByID(suite); row.minVersion > v {
					continue
				}
				config := goServer(t)
				config.ClientAuth = tls.RequireAndVerifyClientCert
				o := offerOf(pair{v, suite})
				o.cfg.ClientCertificate = cert
				conn, state := o.againstGo(t, config)
				if !conn.State().ClientCertSent || len(state.PeerCertificates) != 1 {
					t.Errorf("%04x: sent %v, %d got", v, conn.State().ClientCertSent, len(state.PeerCertificates))
				}
			}
		}
	}
}

// Without a certificate a server that wants one breaks off, after its Finished
// in TLS 1.2 or before.
func TestGoServerWantsCertificate(t *testing.T) {
	config := goServer(t)
	config.ClientAuth = tls.RequireAnyClientCert
	client, raw := connPair(t)
	done := make(chan error, 1)
	go func() {
		defer raw.Close()
		done <- tls.Server(raw, config).Handshake()
	}()
	_, err := offerOf(anyPair).connect(client)
	var e *Error
	if !errors.As(err, &e) || e.Alert.Sent || !e.Alert.Fatal {
		t.Errorf("client: %v, want a fatal alert of the server", err)
	}
	if err := <-done; err == nil {
		t.Error("the server is content")
	}
}

func TestGoServerGroups(t *testing.T) {
	for _, group := range []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521} {
		config := goServer(t)
		config.CurvePreferences = []tls.CurveID{group}
		offerOf(anyPair).againstGo(t, config)
	}
}
