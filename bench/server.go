package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"time"
)

// roleServer is the far end of both sides: a TLS server that takes or gives as
// many bytes as the first packet says.
func roleServer([]string) error {
	cert, err := selfSigned()
	if err != nil {
		return err
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates:     []tls.Certificate{cert},
		MaxVersion:       tls.VersionTLS12,
		CipherSuites:     []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		CurvePreferences: []tls.CurveID{tls.CurveP256},
	})
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go serve(conn)
	}
}

// serve answers one connection. A client that leaves early is no error: the
// measurement tells.
func serve(conn net.Conn) {
	defer conn.Close()
	head := make([]byte, packet)
	if _, err := io.ReadFull(conn, head); err != nil {
		return
	}
	size := int64(binary.BigEndian.Uint64(head[1:]))
	if head[0] == 'd' {
		chunk := make([]byte, 16*1024)
		for left := size; left > 0; left -= int64(len(chunk)) {
			if _, err := conn.Write(chunk[:min(left, int64(len(chunk)))]); err != nil {
				return
			}
		}
	} else {
		if _, err := io.CopyN(io.Discard, conn, size); err != nil {
			return
		}
		if _, err := conn.Write([]byte{'.'}); err != nil {
			return
		}
	}
	_, _ = io.Copy(io.Discard, conn) // until the client leaves
}

func selfSigned() (tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
