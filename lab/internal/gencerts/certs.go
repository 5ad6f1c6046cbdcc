package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// The lab's names and addresses, as package lab resolves them.
const labName = "echo.lab"

var labAddresses = []net.IP{net.IPv4(192, 0, 2, 10), net.IPv4(220, 180, 239, 212)}

var (
	begin    = date(2020) // of everything but notYetValid
	end      = date(2120) // of everything but expired
	longAgo  = date(2021) // the end of expired
	farAhead = date(2110) // the begin of notYetValid
)

func date(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }

// keySpec is a private key. All RSA servers share one: what tells them apart
// is their certificates.
type keySpec struct {
	name string // file name without .pem
	ec   bool   // P-256 rather than RSA 2048
}

var keys = []keySpec{
	{name: "ca_key"},
	{name: "intermediate_key"},
	{name: "server_key"},
	{name: "server_ec_key", ec: true},
	{name: "client_key"},
}

// certSpec is a certificate, to be signed by one that stands before it.
type certSpec struct {
	name     string // file name without .pem
	key      string // of its subject
	issuer   string // file name without .pem; its own: self-signed
	template x509.Certificate
}

// The serial numbers are fixed and unique per issuer, as RFC 5280 4.1.2.2 asks.
var certs = []certSpec{
	{"ca", "ca_key", "ca", authority(1, "qsim lab CA")},
	{"intermediate", "intermediate_key", "ca", authority(2, "qsim lab intermediate CA")},
	{"echo", "server_key", "ca", server(3, labName)},
	{"echo_ec", "server_ec_key", "ca", server(4, labName)},
	{"chained", "server_key", "intermediate", server(5, labName)},
	{"self_signed", "server_key", "self_signed", server(6, labName)},
	{"expired", "server_key", "ca", valid(server(7, labName), begin, longAgo)},
	{"not_yet_valid", "server_key", "ca", valid(server(8, labName), farAhead, end)},
	{"wrong_name", "server_key", "ca", server(9, "elsewhere.lab")},
	{"client", "client_key", "ca", client(10, "qsim client")},
}

func base(serial int64, commonName string) x509.Certificate {
	return x509.Certificate{
		SerialNumber:          big.NewInt(serial),
		Subject:               pkix.Name{Organization: []string{"qsim lab"}, CommonName: commonName},
		NotBefore:             begin,
		NotAfter:              end,
		BasicConstraintsValid: true,
	}
}

func authority(serial int64, commonName string) x509.Certificate {
	c := base(serial, commonName)
	c.IsCA = true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return c
}

func server(serial int64, name string) x509.Certificate {
	c := base(serial, name)
	// The module compares the server name with DNS names and, without any,
	// with the common name; the addresses are for clients that look there.
	c.DNSNames = []string{name}
	if name == labName {
		c.IPAddresses = labAddresses
	}
	c.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	return c
}

func client(serial int64, commonName string) x509.Certificate {
	c := base(serial, commonName)
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return c
}

func valid(c x509.Certificate, from, to time.Time) x509.Certificate {
	c.NotBefore, c.NotAfter = from, to
	return c
}
