// Package control lets programs beside a host's look at a running modem and move
// what lies behind its AT commands: faults, result codes sent unasked, DTR,
// power, SIM, network, files, clock, and the journal of what happened. It is
// HTTP with JSON, on a Unix socket that only its user can open, or on TCP for
// this machine alone.
//
// Each route is one row of a table (routes.go), with the types of what it takes
// and answers. The mux, openapi.json and the tests come from that table.
//
//	curl --unix-socket qsim.sock http://qsim/v1/state
//	curl --unix-socket qsim.sock http://qsim/v1/faults -d '{"on": {"command": "QSSLOPEN"}, "do": {"error": 565}}'
//
// What is sent may be YAML as well as JSON: package decl reads both, and tells
// all that is wrong with it. An error is a JSON object with code, message and
// hint.
//
// The paths name no modem, since most processes have one. Where there are several,
// each has all of them behind its number: /modems/3/v1/state is that of the fourth,
// and /v1/modems lists them.
package control

//go:generate go run ./internal/openapi
