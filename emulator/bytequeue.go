package emulator

// byteQueue is a first-in first-out buffer that keeps its memory.
type byteQueue struct {
	b   []byte
	off int // where the first byte is
}

func (q *byteQueue) len() int { return len(q.b) - q.off }

// push adds p at the end.
func (q *byteQueue) push(p []byte) {
	if q.off > 0 && len(q.b)+len(p) > cap(q.b) {
		q.b = q.b[:copy(q.b, q.b[q.off:])]
		q.off = 0
	}
	q.b = append(q.b, p...)
}

// peek is the first n bytes, valid until the next push.
func (q *byteQueue) peek(n int) []byte { return q.b[q.off : q.off+n] }

// pop drops the first n bytes.
func (q *byteQueue) pop(n int) {
	if q.off += n; q.off == len(q.b) {
		q.b, q.off = q.b[:0], 0
	}
}
