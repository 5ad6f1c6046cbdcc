// Package path is what can go wrong between a module and its server: while a
// name is resolved, while a connection is made, in the TLS handshake, and on the
// connection afterwards. It bends a network.Network and the connections that
// this gives; it knows no modem and no scenario.
//
// A [Path] is the way of one client. For each of the client's opens, Open gives
// the network to use:
//
//	p := path.New(clock, random)
//	p.Connect(path.ConnectFault{How: path.Refused})
//	way := p.Open(next)         // this open is refused
//	way = p.Open(next)          // this one is not
//	...
//	p.Close(path.Reset)         // the connection that is open now
//
// # When a fault counts
//
// Resolve, Connect, Handshake and Conditions arm a fault for one open: the one
// under way if it has not come to the point concerned, else the next. The points
// are the question to the resolver, the first attempt to connect, and the first
// byte of the server's that is read. So a fault may be armed before the open is
// asked for, or by what the open itself does, while it waits. Arming twice for
// the same point counts once: the later one.
//
// Close, FailReads, FailWrites and Lift act on the open connection at once, and
// wake whoever waits on it. They report whether there was one.
//
// # What a modem makes of it
//
// In brackets is the result code of an open (seed 5):
//
//	resolve    fails [565], busy [564], silent [565, after 150 s]
//	connect    refused, resets, unreachable [566], times out [566, after 150 s],
//	           no socket [554], unsupported [555], no bind [556], no listen [557]
//	handshake  alert, reset, truncated, garbage [566], stalls [569, after the
//	           negotiation time]
//
// After the handshake the end of a connection is an URC, or NO CARRIER.
//
// # Sockets that listen
//
// One that takes connections passes the faults of the machine's when it opens.
// Each connection that comes to it has a path of its own, that of the socket which
// the module makes of it: it is an open whose server has come by itself. A UDP
// service is a connection with many peers, which cannot be refused. What is closed
// or conditioned there is the service as a whole. Datagrams stay whole under
// conditions.
//
// # Time and chance
//
// All durations are on the modem's clock. What is random (jitter, garbage) comes
// from the source given to New, which is asked when a fault is armed and never
// from another goroutine, so that the same run asks it in the same order.
//
// # Cost
//
// A connection with nothing armed only forwards. A Read or a Write allocates
// nothing and takes no lock but the one that keeps writes apart.
package path
