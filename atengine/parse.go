package atengine

import "bytes"

// command is one command cut out of a command line. The slices point into the
// line.
type command struct {
	name  []byte // upper case, with its prefix: "+QSSLCFG", "&D", "E", "S"
	form  Form
	args  []byte // what follows "=", or the number of a basic command
	index []byte // S-register: its number
}

// nextCommand cuts the first command off a command line body (what follows
// "AT") and returns it with the rest. name is scratch for the upper-case name.
// At the end of the line ok is false.
func nextCommand(body, name []byte) (c command, rest []byte, ok bool, err error) {
	body = bytes.TrimLeft(body, " ;")
	if len(body) == 0 {
		return command{}, nil, false, nil
	}
	if isPrefix(body[0]) {
		c, rest, err = extendedCommand(body, name)
	} else {
		c, rest, err = basicCommand(body, name)
	}
	return c, rest, true, err
}

func isPrefix(b byte) bool { return b == '+' || b == '^' || b == '$' || b == '%' || b == '*' }

// extendedCommand reads +NAME, +NAME?, +NAME=? or +NAME=args (V.250 5.4.3), up
// to a semicolon or the end of the line.
func extendedCommand(body, name []byte) (c command, rest []byte, err error) {
	i := 1
	for i < len(body) && isNameByte(body[i]) {
		i++
	}
	c.name = appendUpper(name, body[:i])
	if i == 1 {
		return c, nil, ErrSyntax
	}
	body = bytes.TrimLeft(body[i:], " ")
	end := commandEnd(body)
	tail, rest := bytes.TrimRight(body[:end], " "), body[end:]
	switch {
	case len(tail) == 0:
		c.form = Exec
	case tail[0] == '?':
		c.form = Read
		if len(tail) > 1 {
			return c, nil, ErrSyntax
		}
	case tail[0] == '=':
		c.form = Write
		c.args = tail[1:]
		if t := bytes.TrimLeft(c.args, " "); len(t) > 0 && t[0] == '?' {
			c.form = Test
			if len(t) > 1 {
				return c, nil, ErrSyntax
			}
		}
	default:
		return c, nil, ErrSyntax
	}
	return c, rest, nil
}

// basicCommand reads X, X0, &X0, S3=13 or S3? (V.250 5.4.1). It ends where its
// number does, so that the next may be glued to it.
func basicCommand(body, name []byte) (c command, rest []byte, err error) {
	i := 0
	if body[0] == '&' {
		i = 1
	}
	if i >= len(body) || !isLetter(body[i]) {
		return c, nil, ErrSyntax
	}
	i++
	c.name = appendUpper(name, body[:i])
	c.form = Exec
	if c.name[0] == 'D' { // a dial string takes the rest of the line (V.250 6.3.1)
		c.args = body[i:]
		return c, nil, nil
	}
	body = bytes.TrimLeft(body[i:], " ")
	n := digits(body)
	number, body := body[:n], body[n:]
	if c.name[0] != 'S' {
		if next := bytes.TrimLeft(body, " "); len(next) > 0 && (next[0] == '?' || next[0] == '=') {
			return c, nil, ErrSyntax // ATE? is no ATE0
		}
		c.args = number
		return c, body, nil
	}
	c.index = number
	body = bytes.TrimLeft(body, " ")
	switch {
	case len(body) > 0 && body[0] == '?':
		c.form = Read
		return c, body[1:], nil
	case len(body) > 0 && body[0] == '=':
		body = bytes.TrimLeft(body[1:], " ")
		n := digits(body)
		c.form = Write
		c.args = body[:n]
		return c, body[n:], nil
	}
	return c, nil, ErrSyntax
}

func digits(p []byte) int {
	n := 0
	for n < len(p) && p[n] >= '0' && p[n] <= '9' {
		n++
	}
	return n
}

// commandEnd is the index of the first semicolon outside quotes, or the length.
func commandEnd(p []byte) int {
	quoted := false
	for i, b := range p {
		switch {
		case b == '"':
			quoted = !quoted
		case b == ';' && !quoted:
			return i
		}
	}
	return len(p)
}

// nextArg cuts the first argument off args and trims the blanks around it
// (ruling 14). more is false when it was the last one.
func nextArg(args []byte) (arg, rest []byte, more bool) {
	quoted := false
	for i, b := range args {
		switch {
		case b == '"':
			quoted = !quoted
		case b == ',' && !quoted:
			return bytes.Trim(args[:i], " "), args[i+1:], true
		}
	}
	return bytes.Trim(args, " "), nil, false
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// isNameByte reports whether b may be in the name of an extended command
// (V.250 5.4.1).
func isNameByte(b byte) bool {
	return isLetter(b) || b >= '0' && b <= '9' || bytes.IndexByte([]byte("!%-./:_"), b) >= 0
}

func appendUpper(dst, src []byte) []byte {
	dst = dst[:0]
	for _, b := range src {
		if b >= 'a' && b <= 'z' {
			b -= 0x20
		}
		dst = append(dst, b)
	}
	return dst
}

// findAT is the index after the first "AT" of a typed line, or -1. What stands
// before it is ignored: hosts send ESC or +++ to wake a modem.
func findAT(line []byte) int {
	for i := 0; i+1 < len(line); i++ {
		if line[i]|0x20 == 'a' && line[i+1]|0x20 == 't' {
			return i + 2
		}
	}
	return -1
}
