package testpki

import (
	"bytes"
	"slices"
)

// MutateDER changes a certificate, or any DER, by its structure: each change is
// four bytes, what to do, to which element (two bytes, counted as they begin)
// and a value. The lengths of what is around a changed element fit again, unless
// the change is about a length. At most limit changes are made; donor is other
// DER to take elements from.
func MutateDER(der, donor, changes []byte, limit int) []byte {
	root := parseDER(bytes.Clone(der))
	gifts := flatten(parseDER(bytes.Clone(donor)), nil)
	for ; len(changes) >= 4 && limit > 0; changes = changes[4:] {
		limit--
		all := flatten(root, nil)
		if len(all) == 0 {
			break
		}
		at := (int(changes[1])<<8 | int(changes[2])) % len(all)
		all[at].change(changes[0], changes[3], gifts)
	}
	return root.marshal(nil)
}

// element is one of a DER tree. The root is no element, but holds them.
type element struct {
	parent   *element
	root     bool
	tag      []byte // identifier octets
	value    []byte // of a primitive one
	children []*element
	wrap     []byte // bytes before the children: the unused bits of a BIT STRING
	lie      int    // added to the length that the header says
	long     int    // bytes of length more than needed
}

// parseDER reads as much as is DER; the rest is one element without a header.
func parseDER(der []byte) *element {
	root := &element{root: true}
	root.fill(der, 0)
	return root
}

// maxDepth is deeper than any certificate.
const maxDepth = 24

// fill makes children of what it can and keeps the rest as it is.
func (e *element) fill(der []byte, depth int) {
	for len(der) > 0 {
		child, n := readElement(der)
		if child == nil {
			e.children = append(e.children, &element{parent: e, root: true, wrap: der})
			return
		}
		child.parent = e
		e.children = append(e.children, child)
		body := child.value
		// What holds other elements: constructed ones, and the strings of extensions
		// and keys in which there is DER again.
		switch {
		case depth >= maxDepth:
		case child.tag[0]&0x20 != 0:
			child.value = nil
			child.fill(body, depth+1)
		case child.tag[0] == 4 && whole(body):
			child.value = nil
			child.fill(body, depth+1)
		case child.tag[0] == 3 && len(body) > 1 && whole(body[1:]):
			child.value, child.wrap = nil, body[:1]
			child.fill(body[1:], depth+1)
		}
		der = der[n:]
	}
}

// whole tells whether der is one element and nothing else.
func whole(der []byte) bool {
	e, n := readElement(der)
	return e != nil && n == len(der)
}

// readElement reads one element with a tag of one byte; nil if it is none.
func readElement(der []byte) (*element, int) {
	if len(der) < 2 || der[0]&0x1f == 0x1f {
		return nil, 0
	}
	n, at := int(der[1]), 2
	if n >= 0x80 {
		more := n & 0x7f
		if more == 0 || more > 3 || len(der) < 2+more {
			return nil, 0
		}
		n = 0
		for _, b := range der[2 : 2+more] {
			n = n<<8 | int(b)
		}
		at += more
	}
	if len(der) < at+n {
		return nil, 0
	}
	return &element{tag: der[:1:1], value: der[at : at+n : at+n]}, at + n
}

// flatten lists the elements as they begin.
func flatten(e *element, out []*element) []*element {
	for _, c := range e.children {
		out = flatten(c, append(out, c))
	}
	return out
}

// marshal is the element as DER again, lies included.
func (e *element) marshal(out []byte) []byte {
	body := append(bytes.Clone(e.wrap), e.value...)
	for _, c := range e.children {
		body = c.marshal(body)
	}
	if e.root {
		return append(out, body...)
	}
	out = append(out, e.tag...)
	n := max(0, len(body)+e.lie)
	bytesOfLength := e.long
	for m := n; m > 0; m >>= 8 {
		bytesOfLength++
	}
	if n < 0x80 && e.long == 0 {
		out = append(out, byte(n))
	} else {
		out = append(out, 0x80|byte(bytesOfLength))
		for i := bytesOfLength - 1; i >= 0; i-- {
			out = append(out, byte(n>>(8*min(i, 7))))
		}
	}
	return append(out, body...)
}

// change does one thing to an element.
func (e *element) change(op, value byte, gifts []*element) {
	siblings := e.parent.children
	at := slices.Index(siblings, e)
	switch op % 13 {
	case 0: // some bits of a byte of its value
		if v := e.content(); len(v) > 0 {
			v[int(value)%len(v)] ^= 1 << (value & 7)
		}
	case 1: // a byte of its value is another
		if v := e.content(); len(v) > 0 {
			v[0] = value
		}
	case 2: // it goes
		e.parent.children = slices.Delete(siblings, at, at+1)
	case 3: // it comes twice
		e.parent.children = slices.Insert(siblings, at, e.clone(e.parent))
	case 4: // its tag is another
		if len(e.tag) > 0 {
			e.tag = []byte{value}
		}
	case 5: // its length is a lie
		e.lie = int(int8(value))
	case 6: // its length has more bytes than it needs
		e.long = int(value) % 9
	case 7: // it is empty
		e.value, e.children, e.wrap = nil, nil, nil
	case 8: // it has bytes more
		e.value = append(e.value, bytes.Repeat([]byte{value}, int(value)+1)...)
	case 9: // it has bytes less
		e.value = e.value[:len(e.value)*int(value)/256]
	case 10: // another stands in its place
		if len(gifts) > 0 {
			siblings[at] = gifts[int(value)%len(gifts)].clone(e.parent)
		}
	case 11: // it and the next change places
		next := (at + 1) % len(siblings)
		siblings[at], siblings[next] = siblings[next], siblings[at]
	case 12: // it is in sequences, some levels deep
		inside := e.clone(nil)
		for range value % 16 {
			around := &element{tag: []byte{0x30}, children: []*element{inside}}
			inside.parent, inside = around, around
		}
		inside.parent = e.parent
		siblings[at] = inside
	}
}

// clone is the element again, under another parent.
func (e *element) clone(parent *element) *element {
	c := *e
	c.parent, c.value, c.wrap, c.children = parent, bytes.Clone(e.value), bytes.Clone(e.wrap), nil
	for _, child := range e.children {
		c.children = append(c.children, child.clone(&c))
	}
	return &c
}

// content is what a change of bytes can change.
func (e *element) content() []byte {
	if len(e.value) > 0 {
		return e.value
	}
	return e.wrap
}
