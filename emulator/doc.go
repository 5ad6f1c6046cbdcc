// Package emulator is the module: a Quectel LTE Standard modem (EC200x, EC600x,
// EC800N, EG912Y) with its identity, its place in a network, its PDP contexts,
// its SSL clients and its files.
//
//	m, err := emulator.New(emulator.Options{Module: "EC200S"})
//	m.Attach(p)        // p: a PTY, a TCP port, an in-memory pipe
//	defer m.Close()
//
// A Modem is one goroutine, its loop, that owns all of its state. Ports,
// sockets, timers and callers hand it events; nothing else touches the state,
// so there is not one lock in this package. What can block (reading a port,
// resolving a name, a TLS handshake, writing to a server) runs in a goroutine
// of its own that owns nothing and posts what it found.
//
// Commands are declared in rows (commands in each file) next to what they do:
// a new one touches no other file.
package emulator
