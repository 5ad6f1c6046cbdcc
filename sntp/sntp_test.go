package sntp

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// TestStamps: times of both eras come back, to a quarter of a nanosecond and
// what is cut off.
func TestStamps(t *testing.T) {
	for _, text := range []string{
		"1970-01-01T00:00:00Z", "2026-08-06T12:40:04.999999999Z", "2036-02-07T06:28:15Z", "2036-02-07T06:28:16Z", "2100-01-01T00:00:00.5Z",
	} {
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		if got := moment(stamp(want)); want.Sub(got).Abs() > time.Nanosecond {
			t.Errorf("%v, want %v", got, want)
		}
	}
	// RFC 4330 3: era 1 begins at 2036-02-07 06:28:16 with 0.
	if s := stamp(time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)); s != 0 {
		t.Errorf("%x", s)
	}
}

// ask asks a server that answers each datagram with those of f.
func ask(t *testing.T, timeout time.Duration, f func([]byte) [][]byte) (time.Time, error) {
	t.Helper()
	there, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 512)
		n, from, err := there.ReadFrom(buf)
		if err != nil {
			return
		}
		for _, p := range f(buf[:n]) {
			if _, err := there.WriteTo(p, from); err != nil {
				t.Error(err)
			}
		}
	}()
	conn, err := net.Dial("udp", there.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	got, err := Query(ctx, conn)
	if e := errors.Join(conn.Close(), there.Close()); e != nil {
		t.Error(e)
	}
	<-done
	return got, err
}

func TestQuery(t *testing.T) {
	now := time.Date(2040, 5, 6, 7, 8, 9, 250e6, time.UTC)
	got, err := ask(t, time.Minute, func(p []byte) [][]byte {
		forged := Answer(p, now.AddDate(1, 0, 0))
		forged[atOrigin]++ // answers another question
		return [][]byte{{}, p, forged, Answer(p, now), forged}
	})
	if d := got.Sub(now); err != nil || d < 0 || d > 30*time.Second {
		t.Errorf("%v %v", got, err)
	}
	_, err = ask(t, time.Minute, func(p []byte) [][]byte { return [][]byte{Refuse(p)} })
	if !errors.Is(err, ErrRefused) || err.Error() != `the time server refuses: "RATE"` {
		t.Error(err)
	}
	_, err = ask(t, time.Minute, func(p []byte) [][]byte {
		m := Answer(p, now)
		m[0] |= 3 << 6 // its clock is not set
		return [][]byte{m}
	})
	if !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	_, err = ask(t, 10*time.Millisecond, func([]byte) [][]byte { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestAnswerOnlyRequests: an answer is not answered, or two servers would never
// end.
func TestAnswerOnlyRequests(t *testing.T) {
	request := make([]byte, size)
	request[0] = version<<3 | client
	a := Answer(request, time.Now())
	for _, p := range [][]byte{nil, request[:size-1], a, Refuse(request), make([]byte, size)} {
		if Answer(p, time.Now()) != nil || Refuse(p) != nil {
			t.Errorf("%x is answered", p)
		}
	}
	if len(a) != size || a[0] != version<<3|server {
		t.Errorf("%x", a)
	}
}
