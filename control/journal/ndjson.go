package journal

import (
	"bufio"
	"encoding/json"
	"io"
)

// ndjsonBuffer is how many bytes wait to be written at the most.
const ndjsonBuffer = 64 << 10

// NDJSON is a sink that writes each entry as one line of JSON. A journal has it
// alone; Close comes when the modem has ended.
type NDJSON struct {
	w      *bufio.Writer
	encode *json.Encoder
	err    error // the first one
}

// NewNDJSON returns a sink that writes to w, in large pieces.
func NewNDJSON(w io.Writer) *NDJSON {
	n := &NDJSON{w: bufio.NewWriterSize(w, ndjsonBuffer)}
	n.encode = json.NewEncoder(n.w)
	n.encode.SetEscapeHTML(false)
	return n
}

// Put writes an entry. After an error it does nothing more: a modem does not
// stop because its journal cannot be written.
func (n *NDJSON) Put(e *Entry) {
	if n.err == nil {
		n.err = n.encode.Encode(e)
	}
}

// Close writes what still waits, and returns the first error there was. It does
// not close the writer.
func (n *NDJSON) Close() error {
	if n.err == nil {
		n.err = n.w.Flush()
	}
	return n.err
}
