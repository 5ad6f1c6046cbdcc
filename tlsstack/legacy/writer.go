package legacy

import (
	"encoding/binary"
	"io"
	"slices"
)

// recordWriter seals records and gives them to a connection. Records are
// collected by add and go out, in one Write, by flush.
type recordWriter struct {
	dst        io.Writer
	version    uint16
	protection protection
	seq        uint64
	buffer     []byte // sealed records
}

// newRecordWriter is a writer of unprotected records.
func newRecordWriter(dst io.Writer, version uint16) recordWriter {
	return recordWriter{dst: dst, version: version, protection: clear{}}
}

// protect switches to new keys.
func (w *recordWriter) protect(p protection) { w.protection, w.seq = p, 0 }

// add seals data in as many records as it needs.
func (w *recordWriter) add(kind byte, data []byte) error {
	for len(data) > maxPlaintext {
		if err := w.addRecord(kind, data[:maxPlaintext]); err != nil {
			return err
		}
		data = data[maxPlaintext:]
	}
	return w.addRecord(kind, data)
}

// addRecord seals one record.
func (w *recordWriter) addRecord(kind byte, data []byte) error {
	start, lead := len(w.buffer), w.protection.lead()
	// With room for all of it seal works in place.
	b := slices.Grow(w.buffer, recordHeader+lead+len(data)+w.protection.tail(len(data)))
	b = append(b, kind, byte(w.version>>8), byte(w.version), 0, 0)
	fragment := append(b[len(b):len(b)+lead], data...)
	sealed, err := w.protection.seal(recordID{w.seq, kind, w.version}, fragment)
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint16(b[start+3:], uint16(len(sealed)))
	w.buffer = b[:len(b)+len(sealed)]
	w.seq++
	return nil
}

// flush writes what add has collected.
func (w *recordWriter) flush() error {
	if len(w.buffer) == 0 {
		return nil
	}
	_, err := w.dst.Write(w.buffer)
	w.buffer = w.buffer[:0]
	return err
}
