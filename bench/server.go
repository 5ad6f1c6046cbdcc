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

// request is the packet that tells the server to take ('u') or to give ('d') so
// many bytes.
func request(dir byte, size int) []byte {
	head := make([]byte, packet)
	head[0] = dir
	binary.BigEndian.PutUint64(head[1:], uint64(size))
	return head
}

// serve answers one connection, one request after the other. A client that leaves
// early is no error: the measurement tells.
func serve(conn net.Conn) {
	defer conn.Close()
	head, chunk := make([]byte, packet), make([]byte, 16*1024)
	for {
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		size := int64(binary.BigEndian.Uint64(head[1:]))
		if head[0] == 'd' {
			for left := size; left > 0; left -= int64(len(chunk)) {
				if _, err := conn.Write(chunk[:min(left, int64(len(chunk)))]); err != nil {
					return
				}
			}
			continue
		}
		if _, err := io.CopyN(io.Discard, conn, size); err != nil {
			return
		}
		if _, err := conn.Write([]byte{'.'}); err != nil {
			return
		}
	}
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
