package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"unicode/utf16"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// maxBody is how large what is sent may be, files apart, in bytes.
const maxBody = 1 << 20

// read reads what was sent into v, which has the tags of package decl. The error
// has all that is wrong.
func read(w http.ResponseWriter, r *http.Request, v any) error {
	body, err := readBody(w, r, maxBody)
	if err != nil {
		return err
	}
	return decl.Decode("", asYAML(body), v).Err()
}

// readBody is what was sent, at most limit bytes.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	return body, bodyError(err)
}

// bodyError is an error of reading a body as the client is told it: what is wrong
// with its chunks is its own doing.
func bodyError(err error) error {
	var large *http.MaxBytesError
	if err == nil || errors.As(err, &large) || errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return refuse("invalid", "", "the body cannot be read: %v", err)
}

// asYAML is text of which YAML makes the same as JSON does. All JSON is YAML but
// for tabs between its tokens, and for characters written as two escapes.
func asYAML(body []byte) []byte {
	if !json.Valid(body) {
		return body
	}
	body = bytes.ReplaceAll(body, []byte("\t"), []byte(" ")) // in a string there is none
	var out []byte
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			out = append(out, body[i])
			continue
		}
		if r, ok := pair(body[i:]); ok {
			out = append(out, string(r)...)
			i += len(`\ud83d\ude00`) - 1
			continue
		}
		out = append(out, body[i], body[i+1]) // valid JSON does not end in a backslash
		i++
	}
	return out
}

// pair is the character that s begins with, written as \uD83D\uDE00.
func pair(s []byte) (rune, bool) {
	if len(s) < 12 || s[1] != 'u' || s[6] != '\\' || s[7] != 'u' {
		return 0, false
	}
	high, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	if err != nil {
		return 0, false
	}
	low, err := strconv.ParseUint(string(s[8:12]), 16, 16)
	if err != nil {
		return 0, false
	}
	r := utf16.DecodeRune(rune(high), rune(low))
	return r, r != '\uFFFD'
}

// nothing refuses a body where none is taken.
func nothing(r *http.Request) error {
	var b [1]byte
	if n, err := r.Body.Read(b[:]); n > 0 {
		return refuse("invalid", "", "%s %s takes no body", r.Method, r.URL.Path)
	} else if err != nil && err != io.EOF {
		return bodyError(err)
	}
	return nil
}

// number is a query parameter that is a number from 0 on; ok is false where it
// is not there.
func number(r *http.Request, name string) (n uint64, ok bool, err error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, false, nil
	}
	n, err = strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, false, refuse("invalid", "such as ?"+name+"=17", "%s: %q is no number", name, text)
	}
	return n, true, nil
}

// onlyQuery refuses query parameters that a route has not got.
func onlyQuery(r *http.Request, known []parameter) error {
	for name := range r.URL.Query() {
		found := false
		for _, p := range known {
			found = found || p.name == name
		}
		if !found {
			return refuse("invalid", "", "there is no query parameter %q here", name)
		}
	}
	return nil
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// Where the client is gone nobody is left to be told.
	_, _ = w.Write(append(data, '\n'))
	return nil
}
