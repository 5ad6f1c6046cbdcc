// Package sntp asks time servers for the time, and answers as one does: the
// messages of SNTP version 4 (RFC 4330) without extensions.
package sntp

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"net"
	"time"
)

// Port is where time servers listen.
const Port = 123

// size is that of a message.
const size = 48

// Modes of a message (RFC 4330 4).
const (
	client = 3
	server = 4
)

const version = 4

// Places in a message.
const (
	atStratum  = 1
	atCode     = 12 // reference identifier: of a refusal its kiss code
	atOrigin   = 24
	atReceive  = 32
	atTransmit = 40
)

// epoch is the zero of era 0. Times from 2036-02-07 on are of era 1 (RFC 4330 3).
var epoch = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

const era = 1 << 32 // seconds

// ErrRefused is a server that does not want to be asked: a kiss of death (RFC
// 4330 8), or one whose clock is not set.
var ErrRefused = errors.New("the time server refuses")

// stamp is t as a message has it; the fraction is in units of 2^-32 s.
func stamp(t time.Time) uint64 {
	d := t.Unix() - epoch.Unix()
	fraction, _ := bits.Div64(uint64(t.Nanosecond()), 0, uint64(time.Second))
	return uint64(d)<<32 | fraction>>32
}

// moment is the time of a stamp.
func moment(s uint64) time.Time {
	seconds := int64(s >> 32)
	if seconds < era/2 {
		seconds += era
	}
	nanoseconds := (s & 0xFFFFFFFF) * uint64(time.Second) >> 32
	return time.Unix(epoch.Unix()+seconds, int64(nanoseconds)).UTC()
}

// Query asks the server at the other end of conn, once, and returns the time it is
// when its answer comes: what the server says and half the way there and back.
// Datagrams that do not answer the question are passed over. It ends with ctx,
// with an error of the connection, or with ErrRefused, and leaves conn open.
func Query(ctx context.Context, conn net.Conn) (time.Time, error) {
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // ends a read or a write that is under way
	})
	defer stop()
	began := time.Now()
	request := make([]byte, size)
	request[0] = version<<3 | client
	nonce := stamp(began)
	binary.BigEndian.PutUint64(request[atTransmit:], nonce)
	if _, err := conn.Write(request); err != nil {
		return time.Time{}, errors.Join(ctx.Err(), err)
	}
	buf := make([]byte, 512)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return time.Time{}, errors.Join(ctx.Err(), err)
		}
		took := time.Since(began)
		m := buf[:n]
		if n < size || m[0]&7 != server || binary.BigEndian.Uint64(m[atOrigin:]) != nonce {
			continue
		}
		sent := binary.BigEndian.Uint64(m[atTransmit:])
		if m[atStratum] == 0 || sent == 0 || m[0]>>6 == 3 {
			return time.Time{}, fmt.Errorf("%w: %q", ErrRefused, m[atCode:atCode+4])
		}
		t := moment(sent)
		if held := t.Sub(moment(binary.BigEndian.Uint64(m[atReceive:]))); held > 0 && held < took {
			took -= held
		}
		return t.Add(took / 2), nil
	}
}

// Answer is what a server of stratum 1 answers to a request that it has at now.
// It is nil for what is no request.
func Answer(request []byte, now time.Time) []byte {
	m := reply(request)
	if m == nil {
		return nil
	}
	m[atStratum] = 1
	copy(m[atCode:], "LOCL")
	for _, at := range []int{16, atReceive, atTransmit} { // 16: when the clock was last set
		binary.BigEndian.PutUint64(m[at:], stamp(now))
	}
	return m
}

// Refuse is what a server answers that wants to be left alone (a kiss of death).
// It is nil for what is no request.
func Refuse(request []byte) []byte {
	m := reply(request)
	if m != nil {
		copy(m[atCode:], "RATE")
	}
	return m
}

// reply is the beginning of an answer.
func reply(request []byte) []byte {
	if len(request) < size || request[0]&7 != client {
		return nil
	}
	m := make([]byte, size)
	m[0] = request[0]&0x38 | server // in the client's version
	m[2] = request[2]               // poll interval
	copy(m[atOrigin:], request[atTransmit:size])
	return m
}
