// The module takes server certificates that Go by itself refuses: RSA keys below
// 1024 bits and negative serial numbers. Whether they are trusted is decided in
// tlsstack, as the module decides. A program that uses the emulator as a library
// needs the same two lines for such servers.

//go:debug rsa1024min=0
//go:debug x509negativeserial=1

// Qsim is a Quectel LTE Standard module that exists only in software.
//
//	qsim run --lab --link ./ttyQ       a modem, until interrupted
//	qsim exec --lab -- ./host-tests    a modem, and one command beside it
//	qsim demo                          a session on it, shown as it happens
//
// A host program opens the device that qsim run prints, or that qsim exec puts
// into QSIM_DEVICE, as it would open /dev/ttyUSB2. qsim help tells the rest.
//
// This command wires together what the other packages do and holds no behaviour
// of a modem: each subcommand is one file; what they share is in internal.
package main

import (
	"os"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

func main() {
	os.Exit(cli.Report(os.Stderr, execute(os.Args[1:])))
}
