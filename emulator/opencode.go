package emulator

import (
	"errors"
	"os"
	"syscall"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/tlsstack"
)

// socketErrors are the errors of the machine's sockets that the module tells
// apart from a server that cannot be reached.
var socketErrors = []struct {
	code  Code
	cause []error
}{
	// The machine has no socket to give.
	{CreateFailed, []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM}},
	// It has no local address or port left.
	{BindFailed, []error{syscall.EADDRNOTAVAIL, syscall.EADDRINUSE}},
	// It does not speak the address' protocol, such as IPv6.
	{NotSupported, []error{syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT, syscall.EPROTOTYPE}},
}

// errListen marks an error of taking connections or datagrams.
var errListen = errors.New("cannot listen")

// openCode is the result code of an error of an open. Nothing that TLS refuses
// is told apart: it is all 566 (family, measured).
func openCode(err error) Code {
	var t *tlsstack.Error
	var code Code
	switch {
	case errors.As(err, &code):
		return code
	case errors.Is(err, network.ErrBusy):
		return DNSBusy
	case errors.Is(err, errResolve):
		return DNSParseFailed
	case errors.As(err, &t):
		if t.Kind == tlsstack.KindTimeout {
			return OperationTimeout
		}
		return ConnectFailed
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		switch call.Syscall {
		case "bind":
			return BindFailed
		case "listen":
			return ListenFailed
		}
	}
	for _, e := range socketErrors {
		for _, cause := range e.cause {
			if errors.Is(err, cause) {
				return e.code
			}
		}
	}
	if errors.Is(err, errListen) {
		return ListenFailed
	}
	return ConnectFailed
}
