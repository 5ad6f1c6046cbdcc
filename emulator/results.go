package emulator

import (
	"errors"
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
)

// Code is a result code of an SSL or TCP/IP command (seed chapter 5). As an
// error it makes the command answer ERROR and AT+QIGETERROR tell the code.
type Code int

// The result codes of seed table 5.
const (
	Success           Code = 0
	UnknownError      Code = 550
	OperationBlocked  Code = 551
	InvalidParameter  Code = 552
	MemoryNotEnough   Code = 553
	CreateFailed      Code = 554
	NotSupported      Code = 555
	BindFailed        Code = 556
	ListenFailed      Code = 557
	WriteFailed       Code = 558
	ReadFailed        Code = 559
	AcceptFailed      Code = 560
	OpenPDPFailed     Code = 561
	ClosePDPFailed    Code = 562
	IdentityUsed      Code = 563
	DNSBusy           Code = 564
	DNSParseFailed    Code = 565
	ConnectFailed     Code = 566
	SocketClosed      Code = 567
	OperationBusy     Code = 568
	OperationTimeout  Code = 569
	PDPBroken         Code = 570
	SendCancelled     Code = 571
	OperationNotAllow Code = 572
	APNNotConfigured  Code = 573
	PortBusy          Code = 574
)

// codeTexts are what AT+QIGETERROR prints beside a code. The seed's table has
// capitals; the wire has none (ruling 1).
var codeTexts = map[Code]string{
	Success:           "operate successfully",
	UnknownError:      "unknown error",
	OperationBlocked:  "operation blocked",
	InvalidParameter:  "invalid parameters",
	MemoryNotEnough:   "memory not enough",
	CreateFailed:      "create socket failed",
	NotSupported:      "operation not supported",
	BindFailed:        "socket bind failed",
	ListenFailed:      "socket listen failed",
	WriteFailed:       "socket write failed",
	ReadFailed:        "socket read failed",
	AcceptFailed:      "socket accept failed",
	OpenPDPFailed:     "open pdp context failed",
	ClosePDPFailed:    "close pdp context failed",
	IdentityUsed:      "socket identity has been used",
	DNSBusy:           "dns busy",
	DNSParseFailed:    "dns parse failed",
	ConnectFailed:     "socket connect failed",
	SocketClosed:      "socket has been closed",
	OperationBusy:     "operation busy",
	OperationTimeout:  "operation timeout",
	PDPBroken:         "pdp context broken down",
	SendCancelled:     "cancel send",
	OperationNotAllow: "operation not allowed",
	APNNotConfigured:  "apn not configured",
	PortBusy:          "port busy",
}

// String is the code's text on the wire.
func (c Code) String() string { return codeTexts[c] }

func (c Code) Error() string { return fmt.Sprintf("%d %s", int(c), c.String()) }

// Classes of commands: how their errors look on the wire.
const (
	classBasic uint8 = iota // plain ERROR
	classStack              // plain ERROR, and the code kept for AT+QIGETERROR
	classFile               // +CME ERROR of 400-426
)

// resultStore keeps what AT+QIGETERROR tells: the result of the last SSL or
// TCP/IP command, an asynchronous one included (ruling 1).
type resultStore struct{ last Code }

// outcome tells the port that asked how an asynchronous command went (ruling
// 19), and keeps the code for AT+QIGETERROR (ruling 1), or not.
func (a *port) outcome(code Code, lines ...string) {
	m := a.m
	m.result.last = code
	if m.quirks[quirkAsyncError] == "zero" {
		m.result.last = Success
	}
	for _, text := range lines {
		m.urcBy(a, text)
	}
}

// shapes are the codes that a command which asks for data does not tell with
// ERROR, once it has them (seed 2.2.3, ruling 10).
var shapes = map[Code]atengine.Result{
	WriteFailed:   atengine.Literal("SEND FAIL"),
	SendCancelled: atengine.OK,
}

// policy is the one place where an error becomes a result code.
type policy struct{}

// Result maps err to the wire.
func (policy) Result(m *Modem, c *Call, r atengine.Result, err error) atengine.Result {
	class := classBasic
	if c != nil && c.Command != nil {
		class = c.Command.Class
	}
	code := stackCode(err)
	var f forced
	switch {
	case errors.As(err, &f):
		m.result.last = f.stored
	case class == classStack:
		m.result.last = code
	}
	if err == nil {
		return r
	}
	if shape, ok := shapes[code]; ok && class == classStack && askers[string(c.Name)] != nil {
		return shape
	}
	m.log.Debug("command failed", "command", commandName(c), "error", err)
	m.tellStoreFault(c, err)
	var cme CME
	var cms CMS
	var forcedTo forcedCME
	switch {
	case errors.As(err, &f):
		return atengine.Error
	case errors.As(err, &forcedTo):
		cme = CME(forcedTo)
	case class == classFile:
		cme = fileError(err)
	case errors.As(err, &cms):
		return cmsResult(m, cms)
	case errors.As(err, &cme):
	default:
		return atengine.Error
	}
	return m.cmeResult(cme)
}

func commandName(c *Call) string {
	if c == nil || c.Command == nil {
		return ""
	}
	return "AT" + c.Command.Name
}

// stackCode is the result code of an error: its own, or 552 for what is wrong
// with the command itself.
func stackCode(err error) Code {
	var code Code
	switch {
	case err == nil:
		return Success
	case errors.As(err, &code):
		return code
	}
	return InvalidParameter
}

var _ = commands("TCP/IP", &Command{
	Name: "+QIGETERROR", Summary: "the last SSL or TCP/IP result code",
	Test: "OK", Source: "seed 5, ruling 1",
	Exec: func(m *Modem, _ *Call) Response {
		return atengine.Infof("+QIGETERROR: %d,%s", int(m.result.last), m.result.last.String())
	},
})
