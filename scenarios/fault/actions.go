package fault

import (
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// actions are all that a rule can do. Each stands in a file of its own.
var actions = []decl.Alternative{
	{Name: "error", Doc: "the command fails with a result code of the SSL and TCP/IP commands, in the shape that it gives a failure: a URC of AT+QSSLOPEN in modes 0 and 1 and of AT+QNTP, otherwise ERROR, SEND FAIL or OK; AT+QIGETERROR tells the code. It does not run", New: func() any { return new(Error) }},
	{Name: "cme", Doc: "the command fails with this +CME ERROR. It does not run", New: func() any { return new(CME) }},
	{Name: "cms", Doc: "the command fails with this +CMS ERROR. It does not run; one that asks for data asks for it, and drops it", New: func() any { return new(CMS) }},
	{Name: "result", Doc: "the final result code of the command. It does not run; one that asks for data asks for it, and drops it", New: func() any { return new(Result) }},
	{Name: "respond", Doc: "the whole answer: information lines, and the result as the last one. The command does not run", New: func() any { return new(Respond) }},
	{Name: "raw", Doc: "bytes for the host, as they are. With a part or where they stand there in the answer, otherwise they come at once", New: func() any { return new(Raw) }},
	{Name: "urc", Doc: "a result code that the host has not asked for. With a part or where it stands there in the answer, otherwise it comes when the line is free", New: func() any { return new(URC) }},
	{Name: "urcs", Doc: "what the module sends unasked is held back, or let out at once", New: func() any { return new(URCs) }},
	{Name: "drop", Doc: "the answer, or a part of it, is not sent", New: func() any { return new(Drop) }, Bare: true},
	{Name: "delay", Doc: "the answer is held back, or a part of it and all that follows", New: func() any { return new(Delay) }},
	{Name: "cut", Doc: "a part of the answer ends early", New: func() any { return new(Cut) }},
	{Name: "replace", Doc: "text in the answer is replaced", New: func() any { return new(Replace) }},
	{Name: "order", Doc: "the commands of a line run, and answer, in this order", New: func() any { return new(Order) }},
	{Name: "wait", Doc: "what follows comes later, on the modem's clock", New: func() any { return new(Wait) }},

	{Name: "wire", Doc: "bytes on the serial line are split, lost, corrupted, ...", New: func() any { return new(Wire) }},
	{Name: "stall", Doc: "the serial line stands still for a while, and loses nothing", New: func() any { return new(Stall) }},
	{Name: "hang", Doc: "the module neither hears nor answers until it is restarted, or for a while", New: func() any { return new(Hang) }, Bare: true},
	{Name: "reboot", Doc: "the module restarts by itself: all that is not saved is lost, RDY comes again", New: func() any { return new(Reboot) }, Bare: true},
	{Name: "power", Doc: "the supply goes or comes", New: func() any { return new(Power) }},

	{Name: "resolve", Doc: "the name of the next open, or of the one under way, is not resolved as it should", New: func() any { return new(Resolve) }},
	{Name: "connect", Doc: "the TCP connection of the next open, or of the one under way, does not come about as it should", New: func() any { return new(Connect) }},
	{Name: "handshake", Doc: "the TLS handshake of the next open, or of the one under way, goes wrong", New: func() any { return new(Handshake) }},
	{Name: "close", Doc: "the connection ends", New: func() any { return new(Close) }},
	{Name: "write", Doc: "sending on the connection fails", New: func() any { return new(Write) }},
	{Name: "read", Doc: "receiving on the connection fails", New: func() any { return new(Read) }},
	{Name: "net", Doc: "the connection gets slow, or nothing passes", New: func() any { return new(Net) }},
	{Name: "peer", Doc: "the far end speaks without being asked", New: func() any { return new(Peer) }},

	{Name: "pdp", Doc: "the network takes a PDP context away, refuses one, or lets it drift", New: func() any { return new(PDP) }},
	{Name: "registration", Doc: "the place in the network changes", New: func() any { return new(Registration) }},
	{Name: "signal", Doc: "the signal changes", New: func() any { return new(Signal) }},
	{Name: "cell", Doc: "the module gets into another cell of its network", New: func() any { return new(Cell) }},
	{Name: "nitz", Doc: "the network tells another time, or none", New: func() any { return new(NITZ) }},
	{Name: "sim", Doc: "the SIM is taken out, put in, or locked", New: func() any { return new(SIM) }},
	{Name: "sms", Doc: "a message comes for the module", New: func() any { return new(SMS) }},
	{Name: "memory", Doc: "the module has no memory for another SSL client: 553", New: func() any { return new(Memory) }},
	{Name: "files", Doc: "the file store has no space left, or its medium fails", New: func() any { return new(Files) }},

	{Name: "mark", Doc: "sets a mark, for while. A boot clears all marks", New: func() any { return new(Mark) }},
	{Name: "unmark", Doc: "clears a mark", New: func() any { return new(Unmark) }},
	{Name: "set", Doc: "sets what belongs to the module as a whole", New: func() any { return new(Set) }},
}
