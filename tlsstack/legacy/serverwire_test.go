package legacy

import (
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// The messages and records of the test server, as they come and go.

func (s *serverSide) extends(id uint16) bool {
	return slices.ContainsFunc(s.extensions, func(e Extension) bool { return e.Type == id })
}

// readClientHello takes what matters of it.
func (s *serverSide) readClientHello() error {
	_, body, err := s.message()
	if err != nil {
		return err
	}
	var id cryptobyte.String
	in := cryptobyte.String(body)
	if !in.ReadUint16(&s.offered) || !in.ReadBytes(&s.clientRandom, 32) || !in.ReadUint8LengthPrefixed(&id) {
		return fmt.Errorf("a ClientHello that cannot be read")
	}
	s.clientID = id
	return nil
}

// build sends a message made by a builder.
func (s *serverSide) build(kind uint8, body func(*cryptobyte.Builder)) error {
	var b cryptobyte.Builder
	body(&b)
	m, err := b.Bytes()
	if err != nil {
		return err
	}
	return s.send(kind, m)
}

// send adds a message, as the test wants it, to what flush sends.
func (s *serverSide) send(kind uint8, body []byte) error {
	if s.before != nil {
		if err := s.before(s, kind); err != nil {
			return err
		}
	}
	m := marshalMessage(kind, body)
	if s.tamper != nil {
		m = s.tamper(kind, m)
	}
	s.transcript.add(m)
	for s.fragment > 0 && len(m) > s.fragment {
		if err := s.out.add(recordHandshake, m[:s.fragment]); err != nil {
			return err
		}
		m = m[s.fragment:]
	}
	if len(m) == 0 {
		return nil
	}
	return s.out.add(recordHandshake, m)
}

// message takes the client's next.
func (s *serverSide) message() (kind uint8, body []byte, err error) {
	for {
		if n := messageHeader; len(s.messages) >= n {
			if n += int(s.messages[2])<<8 | int(s.messages[3]); len(s.messages) >= n {
				m := s.messages[:n]
				s.messages = s.messages[n:]
				s.transcript.add(m)
				return m[0], m[messageHeader:], nil
			}
		}
		recordKind, content, err := s.record()
		if err != nil {
			return 0, nil, err
		}
		if recordKind != recordHandshake {
			return 0, nil, fmt.Errorf("record %d in the handshake", recordKind)
		}
		s.messages = append(s.messages, content...)
	}
}

// record takes the client's next, alerts apart.
func (s *serverSide) record() (kind byte, content []byte, err error) {
	for {
		kind, content, err := s.in.next()
		if err != nil || kind != recordAlert {
			return kind, content, err
		}
		if content[0] == levelFatal {
			return 0, nil, &Error{Alert: Alert{Code: content[1], Fatal: true}, Reason: "the client broke off"}
		}
		if content[1] == alertCloseNotify {
			return 0, nil, io.EOF
		}
		s.noCert = s.noCert || content[1] == alertNoCertificate
	}
}

// data takes the client's next application data.
func (s *serverSide) data() ([]byte, error) {
	kind, content, err := s.record()
	if err == nil && kind != recordApplication {
		err = fmt.Errorf("record %d where data was due", kind)
	}
	return content, err
}

// write sends one record.
func (s *serverSide) write(kind byte, data []byte) error {
	if err := s.out.add(kind, data); err != nil {
		return err
	}
	return s.out.flush()
}

// echo sends everything back until the client closes.
func (s *serverSide) echo() error {
	for {
		data, err := s.data()
		if err == io.EOF {
			return s.write(recordAlert, []byte{levelWarning, alertCloseNotify})
		}
		if err != nil {
			return err
		}
		if err := s.write(recordApplication, data); err != nil {
			return err
		}
	}
}
