package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/quectel-sim/qsim/emulator"
)

// door is the server, as a request for one of its modems finds it.
type door struct {
	*Server
	t Target
}

// modemsPrefix begins the path of one modem among several: /modems/3 and behind
// it a path of the interface.
const modemsPrefix = "/modems/"

// chosen is the key of the number of the modem that a request names.
type chosen struct{}

// toModem takes the number of a modem off the path, if there is one, and leaves
// the rest to the mux.
func (s *Server) toModem(w http.ResponseWriter, q *http.Request) {
	rest, named := strings.CutPrefix(q.URL.EscapedPath(), modemsPrefix)
	if !named {
		s.mux.ServeHTTP(w, q)
		return
	}
	word, _, _ := strings.Cut(rest, "/")
	n, err := strconv.Atoi(word)
	if err != nil || n < 0 || n >= len(s.modems) || strconv.Itoa(n) != word {
		s.fail(w, refuse("not_found", s.numbers(), "there is no modem %.20q", word))
		return
	}
	path, err := url.PathUnescape(rest[len(word):])
	if err != nil || path == "" {
		s.fail(w, unknownPath(q))
		return
	}
	of := q.Clone(context.WithValue(q.Context(), chosen{}, n))
	of.URL.Path, of.URL.RawPath = path, rest[len(word):]
	s.mux.ServeHTTP(w, of)
}

// numbers tells how modems are named.
func (s *Server) numbers() string {
	if len(s.modems) == 1 {
		return "there is one modem, " + modemsPrefix + "0"
	}
	return fmt.Sprintf("%s0/v1 to %s%d/v1; GET /v1/modems lists them", modemsPrefix, modemsPrefix, len(s.modems)-1)
}

// lead leads a request to the modem that it names. One alone need not be named.
func (s *Server) lead(r *route, w http.ResponseWriter, q *http.Request) error {
	n, named := q.Context().Value(chosen{}).(int)
	if !named && len(s.modems) > 1 && !r.common {
		return refuse(Which, s.numbers(), "there are %d modems here", len(s.modems))
	}
	return r.serve(&door{Server: s, t: s.modems[n]}, w, q)
}

// listModems answers with all modems.
func (s *door) listModems(w http.ResponseWriter, _ *http.Request) error {
	list := Modems{Modems: make([]Modem, len(s.modems))}
	for i, t := range s.modems {
		list.Modems[i] = Modem{Number: i, Device: t.Device, Link: t.Link, Module: t.Modem.Module(), IMEI: t.Modem.IMEI()}
	}
	return answer(w, http.StatusOK, list)
}

// do runs f on the modem's loop. What it is about to do goes to the journal, and
// that it could not.
func (s *door) do(text string, f func(l emulator.Levers) error) error {
	return s.t.Modem.Do(func(l emulator.Levers) error {
		s.t.Journal.Control(s.t.Modem.Now(), text)
		err := f(l)
		if err != nil {
			s.t.Journal.Control(s.t.Modem.Now(), "refused: "+err.Error())
		}
		return err
	})
}
