package lab

import (
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
)

// The CA's own keys are left out: they are for the generator alone.
//
//go:embed pki/ca.pem pki/intermediate.pem pki/client.pem pki/client_key.pem
//go:embed pki/echo.pem pki/echo_ec.pem pki/chained.pem pki/self_signed.pem
//go:embed pki/expired.pem pki/not_yet_valid.pem pki/wrong_name.pem
//go:embed pki/server_key.pem pki/server_ec_key.pem
var pki embed.FS

// An identity is who a server says it is, and what it asks of its clients.
type identity struct {
	name         string
	certificates [][]string // file names in pki: the leaf first, its key last
	clientCert   bool       // demand one of the CA
	legacy       bool       // TLS 1.0 and RSA key exchange only
}

var (
	none        = identity{name: "none"} // no TLS
	caSigned    = identity{name: "ca-signed", certificates: [][]string{{"echo", "server_key"}, {"echo_ec", "server_ec_key"}}}
	chained     = identity{name: "chained", certificates: [][]string{{"chained", "intermediate", "server_key"}}}
	selfSigned  = identity{name: "self-signed", certificates: [][]string{{"self_signed", "server_key"}}}
	expired     = identity{name: "expired", certificates: [][]string{{"expired", "server_key"}}}
	notYetValid = identity{name: "not-yet-valid", certificates: [][]string{{"not_yet_valid", "server_key"}}}
	wrongName   = identity{name: "wrong-name", certificates: [][]string{{"wrong_name", "server_key"}}}
	clientCert  = identity{name: "client-cert", certificates: caSigned.certificates, clientCert: true}
	legacy      = identity{name: "legacy", certificates: [][]string{{"echo", "server_key"}}, legacy: true}
)

// legacySuites are what a server from before ECDHE and SHA-256 has.
var legacySuites = []uint16{
	tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	tls.TLS_RSA_WITH_RC4_128_SHA,
}

// config is the identity for crypto/tls; nil without an error means no TLS.
func (id identity) config() (*tls.Config, error) {
	if len(id.certificates) == 0 {
		return nil, nil
	}
	config := &tls.Config{
		// Versions and suites are named because the defaults leave out the old
		// ones; named ones need no GODEBUG setting.
		MinVersion:                  tls.VersionTLS10,
		MaxVersion:                  tls.VersionTLS12,
		CipherSuites:                allSuites(),
		CurvePreferences:            []tls.CurveID{tls.X25519, tls.CurveP256},
		DynamicRecordSizingDisabled: true,
	}
	for _, files := range id.certificates {
		pair, err := keyPair(files)
		if err != nil {
			return nil, fmt.Errorf("identity %s: %w", id.name, err)
		}
		config.Certificates = append(config.Certificates, pair)
	}
	if id.clientCert {
		ca, err := file("ca")
		if err != nil {
			return nil, err
		}
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(ca) {
			return nil, errors.New("pki/ca.pem holds no certificate; run go generate")
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if id.legacy {
		config.MaxVersion, config.CipherSuites = tls.VersionTLS10, legacySuites
	}
	return config, nil
}

// allSuites is every suite of crypto/tls, secure or not.
func allSuites() []uint16 {
	var ids []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, suite.ID)
	}
	return ids
}

// keyPair reads a certificate, what is sent with it, and its key.
func keyPair(files []string) (tls.Certificate, error) {
	var chain []byte
	certs, key := files[:len(files)-1], files[len(files)-1]
	for _, name := range certs {
		pem, err := file(name)
		if err != nil {
			return tls.Certificate{}, err
		}
		chain = append(chain, pem...)
	}
	pem, err := file(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(chain, pem)
}

// file is a PEM file of pki, by its name without the ending.
func file(name string) ([]byte, error) { return pki.ReadFile("pki/" + name + ".pem") }

// ufsFiles are the files for the modem's UFS, by their names there.
func ufsFiles() (map[string][]byte, error) {
	files := map[string][]byte{}
	for name, source := range map[string]string{
		"cacert.pem":   "ca",
		"client.pem":   "client",
		"user_key.pem": "client_key",
	} {
		pem, err := file(source)
		if err != nil {
			return nil, err
		}
		files[name] = pem
	}
	return files, nil
}
