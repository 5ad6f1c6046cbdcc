package lab

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

// A behaviour is what a server does with a connection once it stands, the TLS
// handshake included. When it returns, the connection is closed in order,
// unless it asked for a reset. Its error is for the log.
type behaviour func(*session) error

// maxRecord is the most that a TLS record carries.
const maxRecord = 16 << 10

// echo writes back what it reads, message by message, until the client is done.
func echo(s *session) error {
	buf := make([]byte, maxRecord)
	for {
		n, err := readMessage(s, buf)
		if n > 0 {
			if _, err := s.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return ignoreEOF(err)
		}
	}
}

// swallow reads until the client is done and says nothing.
func swallow(s *session) error {
	_, err := io.Copy(io.Discard, struct{ io.Reader }{s})
	return err
}

// closeAfterEcho echoes one message and is done.
func closeAfterEcho(s *session) error {
	buf := make([]byte, maxRecord)
	n, err := readMessage(s, buf)
	if n == 0 {
		return ignoreEOF(err)
	}
	_, err = s.Write(buf[:n])
	return err
}

// reset echoes one message and then drops the connection without a goodbye.
func reset(s *session) error {
	err := closeAfterEcho(s)
	s.reset = true
	return err
}

// splitPatience is how long the rest of a message that began with a single byte
// may take.
const splitPatience = 100 * time.Millisecond

// readMessage reads what the client sent in one go, as far as a stream shows
// it: what one Read gives. Clients of TLS 1.0 send the first byte of a message
// in a record of its own, right before the rest; these two are one message, or
// an echo would cut it in three.
func readMessage(s *session, buf []byte) (int, error) {
	n, err := s.Read(buf)
	if err != nil || n != 1 || s.version != tls.VersionTLS10 {
		return n, err
	}
	if err := s.tcp.SetReadDeadline(time.Now().Add(splitPatience)); err != nil {
		return n, err
	}
	more, err := s.Read(buf[n:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil // it was a message of one byte
	}
	return n + more, errors.Join(err, s.tcp.SetReadDeadline(time.Time{}))
}

// ignoreEOF drops the orderly end of the stream from err.
func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// unreadSize is how much closeUnread sends: more than AT+QSSLRECV takes at once
// (1500 bytes, seed 2.2.4), so that some of it is there when the closing comes.
const unreadSize = 4096

// UnreadData is what the service CloseUnread sends before it closes: numbered
// lines of 64 bytes, 4096 bytes in all.
func UnreadData() []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < unreadSize; i++ {
		fmt.Fprintf(&b, "%062d\r\n", i)
	}
	return b.Bytes()
}

func closeUnread(s *session) error {
	_, err := s.Write(UnreadData())
	return err
}

// What the service Unasked sends: first the banner, then lines numbered from 1.
const (
	UnaskedBanner = "qsim lab: nobody asked\r\n"
	UnaskedLine   = "line %d\r\n" // a format
)

// unasked sends a banner at once and a line at each interval, whatever the
// client does. It ends when the client is done.
func unasked(s *session) error {
	var reading error
	done := make(chan struct{})
	go func() {
		defer close(done)
		reading = swallow(s)
	}()
	if err := sendUnasked(s, done); err != nil {
		s.abort() // the client does not take it: end the reading, too
		<-done
		return err
	}
	return reading
}

// sendUnasked sends until done is closed.
func sendUnasked(s *session, done <-chan struct{}) error {
	if _, err := io.WriteString(s, UnaskedBanner); err != nil {
		return err
	}
	ticker := time.NewTicker(s.interval)
	defer ticker.Stop()
	for i := 1; ; i++ {
		select {
		case <-done:
			return nil
		case <-ticker.C:
			if _, err := fmt.Fprintf(s, UnaskedLine, i); err != nil {
				return err
			}
		}
	}
}

// callBack reads a line with a port of the modem's, connects to it, and passes on
// what comes, both ways, until one of the two ends.
func callBack(s *session) error {
	line, err := readLine(s)
	if err != nil {
		return ignoreEOF(err)
	}
	port, err := strconv.ParseUint(line, 10, 16)
	if err != nil {
		return err
	}
	modem, err := s.lab.Ring(context.Background(), uint16(port))
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(struct{ io.Writer }{s}, modem)
		_ = s.tcp.CloseRead() // the modem has closed: end the reading, too
	}()
	_, err = io.Copy(modem, struct{ io.Reader }{s})
	_ = modem.Close()
	<-done
	return err
}

// readLine reads up to an LF, a CR before it apart. A port has five digits.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); len(line) < 8; line = append(line, one[0]) {
		if _, err := io.ReadFull(r, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
	}
	return "", errors.New("no port in the first line")
}
