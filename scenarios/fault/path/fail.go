package path

import "syscall"

// FailReads has every Read of the open connection fail from now on, one that
// waits included: with err, or EIO for nil. It reports whether there is a
// connection.
func (p *Path) FailReads(err error) bool {
	if err == nil {
		err = syscall.EIO
	}
	return p.onConn(func(c *conn) { c.readErr = err })
}

// FailWrites has the writes of the open connection fail once it has taken n more
// bytes: with err, or EPIPE for nil. The Write that passes n takes the bytes
// before. It reports whether there is a connection.
func (p *Path) FailWrites(err error, n int) bool {
	if err == nil {
		err = syscall.EPIPE
	}
	return p.onConn(func(c *conn) { c.writeErr, c.writeLeft = err, max(n, 0) })
}
