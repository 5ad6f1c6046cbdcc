package vfs

import "strings"

// MaxName is the longest name of a file, in bytes (family FILE application
// note). Escaped whole it is 240 bytes, which every host file system can hold.
const MaxName = 80

// ValidName tells whether name can be the name of a file: 1 to MaxName bytes,
// none of them NUL.
func ValidName(name string) bool {
	return name != "" && len(name) <= MaxName && strings.IndexByte(name, 0) < 0
}

// hostName is how name is stored where nothing stands in its way: as itself, as
// far as a host file system can be trusted with it.
func hostName(name string) string {
	return escape(name, func(i int, b byte) bool {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9':
			return true
		case b == '.':
			return i > 0
		default:
			return strings.IndexByte("-_+=@~", b) >= 0
		}
	})
}

// hostNameEscaped is how name is stored where hostName would meet a host file
// that differs in case only. It has no letters but those of hex digits, whose
// case means nothing, so it meets no other name's.
func hostNameEscaped(name string) string {
	return escape(name, func(int, byte) bool { return false })
}

// settingsName is the host name of a setting: letters in upper case are escaped
// too, since nobody looks for a free name here.
func settingsName(key string) string {
	return escape(key, func(_ int, b byte) bool {
		return 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '-'
	})
}

// escape replaces each byte for which keep is false by % and two hex digits.
// keep must refuse '%'.
func escape(name string, keep func(i int, b byte) bool) string {
	const digits = "0123456789abcdef"
	var out strings.Builder
	for i := range len(name) {
		if b := name[i]; keep(i, b) {
			out.WriteByte(b)
		} else {
			out.WriteByte('%')
			out.WriteByte(digits[b>>4])
			out.WriteByte(digits[b&15])
		}
	}
	return out.String()
}

// fileName is the name of the file that a host file holds, and whether it holds
// one. It is the inverse of hostName and hostNameEscaped, and takes any other
// host name as a user may have meant it: if it is no escape of a valid name, it
// is the name.
func fileName(host string) (string, bool) {
	if strings.HasPrefix(host, ".") {
		return "", false
	}
	if name, ok := unescape(host); ok && ValidName(name) {
		return name, true
	}
	return host, ValidName(host)
}

// unescape reverses escape. It fails where a % is not followed by two hex
// digits, of either case.
func unescape(host string) (string, bool) {
	if strings.IndexByte(host, '%') < 0 {
		return host, true
	}
	var out strings.Builder
	for i := 0; i < len(host); i++ {
		if host[i] != '%' {
			out.WriteByte(host[i])
			continue
		}
		if i+2 >= len(host) {
			return "", false
		}
		high, low := hexDigit(host[i+1]), hexDigit(host[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		out.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return out.String(), true
}

// hexDigit is the value of a hex digit, or -1.
func hexDigit(b byte) int {
	switch {
	case '0' <= b && b <= '9':
		return int(b - '0')
	case 'a' <= b && b <= 'f':
		return int(b-'a') + 10
	case 'A' <= b && b <= 'F':
		return int(b-'A') + 10
	default:
		return -1
	}
}
