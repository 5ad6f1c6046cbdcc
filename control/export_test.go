package control

import (
	"log/slog"
	"time"
)

// ServeWithin is Serve with other limits: times for a request and for an answer,
// between two signs of life, and the number of connections, streams and rules. 0
// is the usual one.
func ServeWithin(addr string, t Target, log *slog.Logger, request, alive time.Duration, connections, streams, rules int) (*Server, error) {
	l := usual
	if request > 0 {
		l.header, l.request, l.write, l.idle = request, request, request, request
	}
	if alive > 0 {
		l.alive = alive
	}
	if connections > 0 {
		l.connections = connections
	}
	if streams > 0 {
		l.streams = streams
	}
	if rules > 0 {
		l.rules = rules
	}
	return serve(Options{Address: addr, Version: "test", Log: log}, l, []Target{t})
}

// Row is a row of the table of routes.
type Row struct{ Method, Path, ID, Example string }

// Rows are all of them.
func Rows() (rows []Row) {
	for _, r := range routes() {
		rows = append(rows, Row{r.method, r.path, r.id, r.example})
	}
	return rows
}

// Served is what openapi.json held when this was built.
func Served() []byte { return description }
