package emulator_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
)

// asking is a TLS 1.2 server with ECDHE-ECDSA-AES128-SHA whose records, behind the
// handshake, are made here: crypto/tls asks nobody for another handshake.
type asking struct {
	*net.TCPConn
	random []byte // of the ServerHello
	mac    []byte
	block  cipher.Block
	seq    uint64
}

// Write sees the handshake go out.
func (a *asking) Write(p []byte) (int, error) {
	if a.random == nil {
		a.random = bytes.Clone(p[5+4+2:][:32]) // behind the record's head, the message's, the version
	}
	return a.TCPConn.Write(p)
}

// shake does the handshake and takes its keys. What comes from the client is read
// from what it returns.
func (a *asking) shake() (*tls.Conn, error) {
	var log bytes.Buffer
	config := quickTLS()
	config.MaxVersion, config.CipherSuites, config.SessionTicketsDisabled = tls.VersionTLS12, []uint16{0xc009}, true
	config.KeyLogWriter = &log
	s := tls.Server(a, config)
	if err := s.Handshake(); err != nil {
		return nil, err
	}
	var random, master []byte
	if _, err := fmt.Sscanf(log.String(), "CLIENT_RANDOM %x %x", &random, &master); err != nil {
		return nil, err
	}
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(sha256.New, master)
		h.Write(slices.Concat(parts...))
		return h.Sum(nil)
	}
	seed := slices.Concat([]byte("key expansion"), a.random, random)
	var keys []byte // RFC 5246 6.3
	for x := sum(seed); len(keys) < 2*(20+16); x = sum(x) {
		keys = append(keys, sum(x, seed)...)
	}
	var err error
	a.mac, a.seq = keys[20:40], 1 // the Finished was 0
	a.block, err = aes.NewCipher(keys[56:72])
	return s, err
}

// say sends a record.
func (a *asking) say(kind byte, text []byte) error {
	head := binary.BigEndian.AppendUint64(nil, a.seq)
	h := hmac.New(sha1.New, a.mac)
	h.Write(append(append(head, record(kind, text...)[:5]...), text...))
	body := h.Sum(bytes.Clone(text))
	pad := 16 - len(body)%16
	body = append(body, bytes.Repeat([]byte{byte(pad - 1)}, pad)...)
	iv := make([]byte, 16)
	cipher.NewCBCEncrypter(a.block, iv).CryptBlocks(body, body)
	a.seq++
	_, err := a.TCPConn.Write(record(kind, append(iv, body...)...))
	return err
}

// TestRenegotiationAskedFor: a server asks for another handshake before each thing
// that it says. The host sees none of that: data goes on, both ways.
func TestRenegotiationAskedFor(t *testing.T) {
	n := &rogue{}
	failed := make(chan error, len(finishers))
	n.serve.Store(func(c *net.TCPConn) {
		a := &asking{TCPConn: c}
		s, err := a.shake()
		for text, buf := []byte("hello"), make([]byte, 100); err == nil; {
			for range 3 {
				err = a.say(22, make([]byte, 4))
			}
			if err == nil {
				err = a.say(23, text)
			}
			if err == nil {
				var k int
				k, err = s.Read(buf)
				text = buf[:k]
			}
		}
		failed <- err
	})
	b := newQuietBench(t, false, emulator.Options{Network: n})
	b.play("> ATE0\n< OK\n@echo off\n> AT+QISDE=0\n< OK\n> AT+QIACT=1\n< OK\n> AT+QSSLCFG=\"session_cache\",1,1\n< OK\n")
	for _, f := range finishers {
		script := fmt.Sprintf("@echo off\n> AT+QSSLOPEN=1,%d,4,\"a.example\",443,1\n< OK\n< +QSSLOPEN: 4,0\n<< \\r\\n+QSSLURC: \"recv\",4,5\\r\\nhello\n", f.context)
		for i := range 20 {
			script += fmt.Sprintf(">> AT+QSSLSEND=4,2\\r%02d\n<< \\r\\n>\\x20\n< SEND OK\n<< \\r\\n+QSSLURC: \"recv\",4,2\\r\\n%02[1]d\n", i)
		}
		b.play(script + "> AT+QSSLCLOSE=4\n< OK\n> AT\n< OK\n")
		if err := <-failed; err == nil || err.Error() != "EOF" {
			t.Errorf("%s: the server ended with %v", f.name, err)
		}
	}
}
