// Package interop runs host programs that nobody here wrote against qsim, each as
// its users run it: the program opens a device, and behind the device is qsim
// run --link. It holds tests only, behind a build tag:
//
//	go test -tags interop ./cmd/qsim/interop
//
// The programs, and the Debian packages they come from:
//
//	gammu            gammu           identifies, asks for the network, sends a message
//	smsd             smstools        sends and receives messages
//	gnokii           gnokii-cli      identifies, sends a message
//	comgt            comgt           signal, registration
//	chat             ppp             the module maker's script, up to CONNECT
//	wvdial           wvdial          its own init strings, up to CONNECT
//	serialport-gsm   nodejs, npm     initialises, sends and receives messages
//
// serialport-gsm is a package of npm. The test installs it, of one exact version,
// into a directory of the user's cache when it is not there.
//
// A program that is missing fails the run; nothing is ever skipped. Each runs in
// a process group of its own and has a time limit, after which the group is
// killed. A test that fails shows what the program said and the transcript of its
// line.
//
// # What is the witness
//
// The program's own words, and the transcript of the line that qsim writes: a
// message was sent when the number and the text that were asked for are in the
// PDU that came out of the program, and the module gave it a reference.
package interop
