package legacy

import (
	"encoding/binary"
	"errors"
	"io"
)

// Record types (RFC 5246 6.2.1) and the limits of records and messages.
const (
	recordChangeCipher byte = 20
	recordAlert        byte = 21
	recordHandshake    byte = 22
	recordApplication  byte = 23

	recordHeader  = 5 // bytes: type, version, length
	maxPlaintext  = 16384
	maxCiphertext = maxPlaintext + 2048
	maxMessage    = 16384 // of the handshake, header included, as in mbedTLS
)

// The read buffer is small for a connection that brings little, and holds two
// full records once one has come that does not fit.
const (
	smallBuffer = 4096
	largeBuffer = 2 * (recordHeader + maxCiphertext)
)

// recordReader takes records from a connection and opens them. It reads as much
// as there is in one go, and decrypts in its buffer.
type recordReader struct {
	src        io.Reader
	buffer     []byte // the whole of it is used
	start, end int    // what has been read and not taken
	protection protection
	seq        uint64
}

// newRecordReader is a reader that first sees what has been read already.
func newRecordReader(src io.Reader, read []byte) recordReader {
	return recordReader{
		src:        src,
		buffer:     read[:cap(read)],
		end:        len(read),
		protection: clear{},
	}
}

// protect switches to new keys.
func (r *recordReader) protect(p protection) { r.protection, r.seq = p, 0 }

// next takes the next record and returns its content, which stays valid until
// the next call. At the end of the connection it returns io.EOF between records
// and io.ErrUnexpectedEOF in the middle of one. After an error of the
// connection it can be called again; what has been read of a record is kept.
func (r *recordReader) next() (kind byte, content []byte, err error) {
	if err := r.fill(recordHeader); err != nil {
		return 0, nil, err
	}
	header := r.buffer[r.start : r.start+recordHeader]
	id := recordID{seq: r.seq, kind: header[0], version: binary.BigEndian.Uint16(header[1:])}
	n := int(binary.BigEndian.Uint16(header[3:]))
	switch {
	case id.kind < recordChangeCipher || id.kind > recordApplication:
		return 0, nil, breach(alertUnexpectedMessage, "a record of type %d", id.kind)
	case id.version < ssl30 || id.version > tls12:
		return 0, nil, breach(alertProtocolVersion, "a record of version 0x%04x", id.version)
	case n > maxCiphertext:
		return 0, nil, breach(alertRecordOverflow, "a record of %d bytes", n)
	}
	if err := r.fill(recordHeader + n); err != nil {
		return 0, nil, err
	}
	fragment := r.buffer[r.start+recordHeader : r.start+recordHeader+n]
	r.start += recordHeader + n
	r.seq++
	content, err = r.protection.open(id, fragment)
	if err != nil {
		return 0, nil, breach(alertBadRecordMAC, "a record that cannot be decrypted")
	}
	if len(content) > maxPlaintext {
		return 0, nil, breach(alertRecordOverflow, "a record with %d bytes in it", len(content))
	}
	return id.kind, content, nil
}

// fill reads until n bytes are there, n being at most a record.
func (r *recordReader) fill(n int) error {
	if r.end-r.start >= n {
		return nil
	}
	if r.start == r.end {
		r.start, r.end = 0, 0
	}
	if r.start+n > len(r.buffer) {
		r.makeRoom(n)
	}
	for r.end-r.start < n {
		got, err := r.src.Read(r.buffer[r.end:])
		r.end += got
		if err != nil && r.end-r.start < n {
			if errors.Is(err, io.EOF) && r.end > r.start {
				return io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// makeRoom moves what is there to the front of the buffer, or of a larger one
// if n bytes do not fit.
func (r *recordReader) makeRoom(n int) {
	to := r.buffer
	if n > smallBuffer && n > len(to) {
		to = make([]byte, largeBuffer)
	} else if n > len(to) {
		to = make([]byte, smallBuffer)
	}
	r.end = copy(to, r.buffer[r.start:r.end])
	r.start, r.buffer = 0, to
}
