// Package atengine is the serial line of a modem: it turns the bytes that a
// host program writes into commands, and answers into the bytes it reads. It
// follows ITU-T V.250 and 3GPP TS 27.007 and knows no module.
//
// A module declares its commands as rows of a Table: the name, the typed
// parameters with their ranges, and a handler for each form. From a row derive
// the range checks, the answer to the test form (=?), what an omitted parameter
// means, and the description that documentation is generated from.
//
// A Line is one serial port. Bytes from the host go into Feed, everything the
// host reads leaves through Output, and time comes from Timers. A Line starts
// no goroutine and takes no lock: whoever owns it calls it from one goroutine,
// and timers must fire on that same goroutine.
//
// A Line is always in one of six states:
//
//	command     collecting and running command lines
//	busy        a command has been started and answers later (Call.Wait)
//	prompt      "> " data entry, ended by a length or by Ctrl-Z (Prompt)
//	upload      CONNECT and raw bytes from the host (Upload)
//	download    CONNECT and raw bytes to the host (Download)
//	transparent the port belongs to a connection until +++, DTR or its end
//	            (Transparent)
//
// Unsolicited result codes wait while a command runs, while a command line is
// half typed, and while the port carries data; then they leave in order.
package atengine
