package legacy

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"
	"testing/iotest"
)

func TestReaderLimits(t *testing.T) {
	tests := []struct {
		name  string
		bytes []byte
		alert uint8
	}{
		{"type", []byte{24, 3, 3, 0, 1, 0}, alertUnexpectedMessage},
		{"HTTP", []byte("HTTP/1.1 400"), alertUnexpectedMessage},
		{"version", []byte{22, 3, 4, 0, 1, 0}, alertProtocolVersion},
		{"SSL 2.0", []byte{22, 2, 0, 0, 1, 0}, alertProtocolVersion},
		{"length", []byte{22, 3, 3, 0x48, 0x01}, alertRecordOverflow},
		{"content", append([]byte{22, 3, 3, 0x40, 0x01}, make([]byte, maxPlaintext+1)...), alertRecordOverflow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRecordReader(bytes.NewReader(test.bytes), nil)
			_, _, err := r.next()
			wantAlert(t, err, test.alert, true)
		})
	}
}

// records are a few of all sizes, one behind the other.
func records(t testing.TB) (wire []byte, sizes []int) {
	t.Helper()
	w := newRecordWriter(io.Discard, tls12)
	sizes = []int{1, 5000, 0, maxPlaintext, 3, maxPlaintext, maxPlaintext, 100}
	for i, n := range sizes {
		if err := w.add(recordApplication, bytes.Repeat([]byte{byte(i)}, n)); err != nil {
			t.Fatal(err)
		}
	}
	return w.buffer, sizes
}

// However the bytes come, the records are the same; and the buffer stays small.
func TestReaderPieces(t *testing.T) {
	wire, sizes := records(t)
	sources := map[string]func(io.Reader) io.Reader{
		"all":  func(r io.Reader) io.Reader { return r },
		"half": iotest.HalfReader,
		"one":  iotest.OneByteReader,
		"EOF":  iotest.DataErrReader,
	}
	for name, source := range sources {
		for _, known := range []int{0, 1, 5, 6, 7, 5000, 20000} {
			r := newRecordReader(source(bytes.NewReader(wire[known:])), bytes.Clone(wire[:known]))
			for i, n := range sizes {
				kind, content, err := r.next()
				if err != nil || kind != recordApplication || !bytes.Equal(content, bytes.Repeat([]byte{byte(i)}, n)) {
					t.Fatalf("%s, %d known: record %d is of type %d, %d bytes: %v", name, known, i, kind, len(content), err)
				}
			}
			if _, _, err := r.next(); err != io.EOF {
				t.Errorf("%s: %v at the end, want EOF", name, err)
			}
			if len(r.buffer) > largeBuffer {
				t.Errorf("%s: the buffer has grown to %d bytes", name, len(r.buffer))
			}
		}
	}
}

// Every prefix ends in EOF between records and in ErrUnexpectedEOF inside one.
func TestReaderPrefixes(t *testing.T) {
	w := newRecordWriter(io.Discard, tls12)
	ends := map[int]bool{0: true}
	for range 3 {
		if err := w.add(recordApplication, []byte("data")); err != nil {
			t.Fatal(err)
		}
		ends[len(w.buffer)] = true
	}
	for n := range w.buffer {
		r := newRecordReader(bytes.NewReader(w.buffer[:n]), nil)
		var err error
		for err == nil {
			_, _, err = r.next()
		}
		want := io.ErrUnexpectedEOF
		if ends[n] {
			want = io.EOF
		}
		if err != want {
			t.Errorf("after %d bytes: %v, want %v", n, err, want)
		}
	}
}

// An error in the middle of a record loses nothing of it.
func TestReaderTriesAgain(t *testing.T) {
	wire, sizes := records(t)
	r := newRecordReader(&hesitant{wire: wire}, nil)
	for i, n := range sizes {
		for {
			_, content, err := r.next()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != nil || !bytes.Equal(content, bytes.Repeat([]byte{byte(i)}, n)) {
				t.Fatalf("record %d: %d bytes, %v", i, len(content), err)
			}
			break
		}
	}
}

// hesitant times out before every piece.
type hesitant struct {
	wire  []byte
	ready bool
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.ready = !h.ready; h.ready {
		return 0, os.ErrDeadlineExceeded
	}
	n := copy(p[:min(len(p), 777)], h.wire)
	h.wire = h.wire[n:]
	return n, nil
}

// A connection that brings little has a small buffer.
func TestReaderBuffer(t *testing.T) {
	w := newRecordWriter(io.Discard, tls12)
	for range 20 {
		if err := w.add(recordApplication, make([]byte, 1460)); err != nil {
			t.Fatal(err)
		}
	}
	r := newRecordReader(bytes.NewReader(w.buffer), nil)
	for range 20 {
		if _, _, err := r.next(); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.buffer) != smallBuffer {
		t.Errorf("the buffer is of %d bytes, want %d", len(r.buffer), smallBuffer)
	}
}
