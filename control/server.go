package control

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/quectel-sim/qsim/control/journal"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/vfs"
)

// Target is a modem that is looked at and moved. What has no remark must be there.
type Target struct {
	Modem   *emulator.Modem
	Faults  *fault.Engine // attached to the modem
	Files   *vfs.FS       // the modem's
	Journal *journal.Journal
	Device  string // what its host opens; "": nobody asks
	Link    string // what leads there; "": nothing
}

// limits are what a server bears.
type limits struct {
	header, request, write time.Duration // for a head; a head and its body; an answer, or a part of a stream
	idle                   time.Duration // between two requests
	alive                  time.Duration // between two signs of life on a stream
	connections, streams   int
	rules                  int // faults at one time
}

// usual are the limits of Serve with one modem. A client that is slow gets its
// time; one that only holds a connection does not.
var usual = limits{
	header: 5 * time.Second, request: 30 * time.Second, write: 10 * time.Second, idle: 30 * time.Second,
	alive: 15 * time.Second, connections: 128, streams: 32, rules: 10_000,
}

// of are the limits of a server of n modems: one who looks at all of them needs a
// stream, and a connection for it, of each.
func (l limits) of(n int) limits {
	l.streams += n - 1
	l.connections += n - 1
	return l
}

// Server is one that runs.
type Server struct {
	modems  []Target
	qsim    string // its version
	limits  limits
	address string
	local   bool // only for this machine
	guard   *http.CrossOriginProtection
	mux     *http.ServeMux
	http    *http.Server
	streams chan struct{} // a place for each
	quit    context.CancelFunc
	serving sync.WaitGroup
}

// Options say where a server is, and who may reach it.
type Options struct {
	Address  string       // unix:PATH, or HOST:PORT of an address of this machine; port 0 takes a free one
	Insecure bool         // it may be the address of another machine: nobody is asked who he is
	Version  string       // of qsim
	Log      *slog.Logger // nil: silent
}

// Serve serves modems, of which there is one at least. The socket of a process
// that has gone is replaced. Close ends it, before the modems are closed.
func Serve(o Options, modems ...Target) (*Server, error) {
	return serve(o, usual.of(len(modems)), modems)
}

func serve(o Options, limits limits, modems []Target) (*Server, error) {
	l, shown, err := listen(o.Address, o.Insecure)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, quit := context.WithCancel(context.Background())
	s := &Server{
		modems: modems, qsim: o.Version,
		limits: limits, address: shown, guard: http.NewCrossOriginProtection(), mux: http.NewServeMux(),
		local:   !o.Insecure && !strings.HasPrefix(shown, UnixPrefix),
		streams: make(chan struct{}, limits.streams), quit: quit,
	}
	s.fill()
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: limits.header, ReadTimeout: limits.request, WriteTimeout: limits.request, IdleTimeout: limits.idle,
		MaxHeaderBytes: 16 << 10,
		BaseContext:    func(net.Listener) context.Context { return ctx },
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.serving.Go(func() {
		if err := s.http.Serve(netutil.LimitListener(l, limits.connections)); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the control interface ends", "error", err)
		}
	})
	return s, nil
}

// Address is what clients call: unix: with an absolute path, or HOST:PORT with
// the port that was taken.
func (s *Server) Address() string { return s.address }

// closeTime is how long requests have to end.
const closeTime = 2 * time.Second

// Close ends the streams, lets requests end, and removes the socket.
func (s *Server) Close() error {
	s.quit()
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.serving.Wait()
	return err
}

// fill gives the mux its routes. What has a path and no such method gets an
// answer of its own, as has what has no path.
func (s *Server) fill() {
	methods := map[string][]string{}
	for _, r := range routes() {
		methods[r.path] = append(methods[r.path], r.method)
		s.mux.HandleFunc(r.method+" "+r.path, func(w http.ResponseWriter, q *http.Request) {
			err := onlyQuery(q, r.query)
			if err == nil {
				err = s.lead(&r, w, q)
			}
			if err != nil {
				s.fail(w, err)
			}
		})
	}
	for path, allowed := range methods {
		s.mux.HandleFunc(path, func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			s.fail(w, refuse("method_not_allowed", "it takes "+strings.Join(allowed, ", "), "%s does not take %s", q.URL.Path, q.Method))
		})
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, q *http.Request) { s.fail(w, unknownPath(q)) })
}

func unknownPath(q *http.Request) error {
	return refuse("not_found", "GET /v1/openapi.json describes what there is", "there is nothing at %s", q.URL.Path)
}

// ServeHTTP refuses what comes from a web page, then leaves it to the route.
func (s *Server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	switch asked := q.URL.EscapedPath(); {
	case s.local && !localName(q.Host):
		s.fail(w, refuse("forbidden", "call it 127.0.0.1 or localhost", "it is not known as %q here", q.Host))
	case s.guard.Check(q) != nil:
		s.fail(w, refuse("forbidden", "", "a web page of another origin has no access"))
	case q.Method == http.MethodConnect || path.Clean("/"+asked) != asked:
		s.fail(w, unknownPath(q)) // the mux would lead to another path
	default:
		s.toModem(w, q)
	}
}

// localName reports whether a name of the server is one of this machine: a web
// page can give any other one our address.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}

// fail answers an error.
func (s *Server) fail(w http.ResponseWriter, err error) {
	e := asError(err)
	if e.Code == "timeout" {
		w.Header().Set("Connection", "close")
	}
	// An Error is always JSON.
	_ = answer(w, e.Status, e)
}
