package emulator

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
	"github.com/warthog618/sms/encoding/ucs2"
)

// charset is what AT+CSCS sets: how texts and numbers pass the line.
type charset uint8

// The character sets of the family. With charsetGSM a byte is a septet of the
// GSM alphabet (23.038 6.2.1), so that 0 is @; with charsetUCS2 each character
// is four hexadecimal digits.
const (
	charsetGSM charset = iota
	charsetIRA
	charsetUCS2
)

var charsetWords = words[charset]{{charsetIRA, "IRA"}, {charsetGSM, "GSM"}, {charsetUCS2, "UCS2"}}

// Bounds of the user data of one message (23.040 9.2.3.24).
const (
	maxSeptets = 160
	maxOctets  = tpdu.MaxUDL
)

// backspace deletes the character before it, in a text (27.005 3.5.1).
const backspace = 8

// toSeptets is what a host typed as a text, in the GSM alphabet, escapes of the
// extension table included. The error is CMSTextParam: it is not of the
// character set, or the alphabet has no such character.
func (s charset) toSeptets(typed []byte) ([]byte, error) {
	var text string
	switch s {
	case charsetUCS2:
		runes, err := fromUCS2(typed)
		if err != nil {
			return nil, err
		}
		text = string(runes)
	case charsetIRA:
		typed = afterBackspaces(typed)
		for _, b := range typed {
			if b >= 0x80 {
				return nil, fmt.Errorf("byte %#x is not in IRA: %w", b, CMSTextParam)
			}
		}
		text = string(typed)
	default:
		typed = afterBackspaces(typed)
		for _, b := range typed {
			if b >= 0x80 {
				return nil, fmt.Errorf("byte %#x is not in the GSM alphabet: %w", b, CMSTextParam)
			}
		}
		return typed, nil
	}
	septets, err := gsmEncoder.Encode([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, CMSTextParam)
	}
	return septets, nil
}

// afterBackspaces is a text after its backspaces.
func afterBackspaces(typed []byte) []byte {
	out := make([]byte, 0, len(typed))
	for _, b := range typed {
		if b != backspace {
			out = append(out, b)
		} else if len(out) > 0 {
			out = out[:len(out)-1]
		}
	}
	return out
}

// fromSeptets is a text of the GSM alphabet as a host gets it. What IRA has not
// got becomes a question mark.
func (s charset) fromSeptets(septets []byte) string {
	if s == charsetGSM {
		return string(septets)
	}
	text, err := gsmDecoder.Decode(septets)
	if err != nil {
		return "" // only a strict decoder fails
	}
	return s.show(string(text))
}

// show is a text as a host gets it. What a set has not got becomes a question
// mark.
func (s charset) show(text string) string {
	var out []byte
	for _, r := range text {
		switch {
		case s == charsetUCS2:
			out = fmt.Appendf(out, "%X", ucs2.Encode([]rune{r}))
		case s == charsetIRA && r < 0x80:
			out = append(out, byte(r))
		case s == charsetIRA:
			out = append(out, '?')
		default:
			septets, err := gsmEncoder.Encode([]byte(string(r)))
			if err != nil {
				septets = []byte{'?'}
			}
			out = append(out, septets...)
		}
	}
	return string(out)
}

// fromUCS2 reads four hexadecimal digits a character. The error is CMSTextParam.
func fromUCS2(typed []byte) ([]rune, error) {
	b, err := unhex(typed)
	if err != nil || len(b)%2 != 0 {
		return nil, fmt.Errorf("a text in UCS2 is four hexadecimal digits a character: %w", CMSTextParam)
	}
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return utf16.Decode(units), nil
}

// unhex reads hexadecimal digits of either case. Line ends, that hosts put
// behind them before Ctrl-Z, are passed over (inferred).
func unhex(typed []byte) ([]byte, error) {
	typed = bytes.Map(func(r rune) rune {
		if r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, typed)
	b := make([]byte, hex.DecodedLen(len(typed)))
	n, err := hex.Decode(b, typed)
	return b[:n], err
}

// userData is the user data of a message, with its header, and its length as
// TP-UDL counts it: septets in the GSM alphabet, otherwise octets.
type userData struct {
	udl    int
	octets []byte
}

// encode makes user data of what a host typed. With the GSM alphabet and no
// header it is a text; otherwise two hexadecimal digits an octet (27.005 3.5.1).
// Errors: CMSTextParam, CMSTooLong.
func (s charset) encode(typed []byte, fo, dcs int) (userData, error) {
	if isText(fo, dcs) {
		septets, err := s.toSeptets(typed)
		if err != nil {
			return userData{}, err
		}
		if len(septets) > maxSeptets {
			return userData{}, fmt.Errorf("%d characters: %w", len(septets), CMSTooLong)
		}
		return userData{len(septets), gsm7.Pack7Bit(septets, 0)}, nil
	}
	octets, err := unhex(typed)
	switch {
	case err != nil:
		return userData{}, fmt.Errorf("with <fo> %d and <dcs> %d a text is hexadecimal: %w", fo, dcs, CMSTextParam)
	case len(octets) > maxOctets:
		return userData{}, fmt.Errorf("%d bytes: %w", len(octets), CMSTooLong)
	}
	udl := len(octets)
	if alphabet, _ := tpdu.DCS(dcs).Alphabet(); alphabet == tpdu.Alpha7Bit {
		udl = udl * 8 / 7
	}
	return userData{udl, octets}, nil
}

// isText reports whether text mode shows and takes user data as a text.
func isText(fo, dcs int) bool {
	alphabet, err := tpdu.DCS(dcs).Alphabet()
	return err == nil && alphabet == tpdu.Alpha7Bit && !tpdu.DCS(dcs).Compressed() && !tpdu.FirstOctet(fo).UDHI()
}
