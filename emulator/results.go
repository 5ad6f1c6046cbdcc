package emulator

import (
	"errors"
	"fmt"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
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

// CME is a mobile equipment error (27.007 9.2, and 400-426 for files).
type CME int

// The mobile equipment errors that are in use.
const (
	CMENotAllowed   CME = 3
	CMENotSupported CME = 4
	CMEFileInput    CME = 400
	CMEFileZeroByte CME = 402
	CMEDriveFull    CME = 403
	CMENotFound     CME = 405
	CMEFileName     CME = 406
	CMEFileExists   CME = 407
	CMEFileWrite    CME = 409
	CMEFileOpen     CME = 410
	CMEFileRead     CME = 411
	CMEFileList     CME = 417
	CMEFileDelete   CME = 418
	CMENoSpace      CME = 420
	CMEFileTimeout  CME = 421
	CMEFileTooLarge CME = 423
	CMEFileParam    CME = 425
)

var cmeTexts = map[CME]string{
	CMENotAllowed:   "operation not allowed",
	CMENotSupported: "operation not supported",
	CMEFileInput:    "invalid input value",
	CMEFileZeroByte: "read zero byte",
	CMEDriveFull:    "drive full",
	CMENotFound:     "file not found",
	CMEFileName:     "invalid file name",
	CMEFileExists:   "file already exist",
	CMEFileWrite:    "fail to write the file",
	CMEFileOpen:     "fail to open the file",
	CMEFileRead:     "fail to read the file",
	CMEFileList:     "list file failed",
	CMEFileDelete:   "delete file failed",
	CMENoSpace:      "no space",
	CMEFileTimeout:  "time out",
	CMEFileTooLarge: "file too large",
	CMEFileParam:    "invalid parameter",
}

func (c CME) Error() string { return fmt.Sprintf("CME %d: %s", int(c), cmeTexts[c]) }

// Classes of commands: how their errors look on the wire.
const (
	classBasic uint8 = iota // plain ERROR
	classStack              // plain ERROR, and the code kept for AT+QIGETERROR
	classFile               // +CME ERROR of 400-426
)

// resultStore keeps what AT+QIGETERROR tells: the result of the last SSL or
// TCP/IP command, an asynchronous one included (ruling 1).
type resultStore struct{ last Code }

// shapes are the codes whose command does not answer ERROR (seed 2.2.3, ruling
// 10).
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
	if class == classStack {
		m.result.last = stackCode(err)
	}
	if err == nil {
		return r
	}
	if shape, ok := shapes[m.result.last]; ok && class == classStack {
		return shape
	}
	m.log.Debug("command failed", "command", commandName(c), "error", err)
	var cme CME
	switch {
	case class == classFile:
		cme = fileError(err)
	case errors.As(err, &cme):
	default:
		return atengine.Error
	}
	return cmeResult(cme)
}

// cmeResult is cme as a result code.
func cmeResult(cme CME) atengine.Result {
	return atengine.Extended("+CME ERROR", int(cme), cmeTexts[cme])
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

// fileErrors are the errors of the file store in the module's numbers.
var fileErrors = []struct {
	err error
	cme CME
}{
	{vfs.ErrNotFound, CMENotFound},
	{vfs.ErrExist, CMEFileExists},
	{vfs.ErrName, CMEFileName},
	{vfs.ErrNoSpace, CMENoSpace},
	{vfs.ErrTooLarge, CMEFileTooLarge},
	{vfs.ErrRead, CMEFileRead},
	{vfs.ErrWrite, CMEFileWrite},
	{vfs.ErrOpen, CMEFileOpen},
	{vfs.ErrList, CMEFileList},
	{vfs.ErrRemove, CMEFileDelete},
}

func fileError(err error) CME {
	var cme CME
	if errors.As(err, &cme) {
		return cme
	}
	for _, e := range fileErrors {
		if errors.Is(err, e.err) {
			return e.cme
		}
	}
	return CMEFileParam
}

var _ = commands("TCP/IP", &Command{
	Name: "+QIGETERROR", Summary: "the last SSL or TCP/IP result code",
	Test: "OK", Source: "seed 5, ruling 1",
	Exec: func(m *Modem, _ *Call) Response {
		return atengine.Infof("+QIGETERROR: %d,%s", int(m.result.last), m.result.last.String())
	},
})
