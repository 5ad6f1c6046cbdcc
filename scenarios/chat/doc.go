// Package chat is the transcript of a session between a host and a modem: a
// text that people read and that machines play, byte for byte. The same file is
// a test, a demonstration, a recording, and a check of real hardware.
//
// # A transcript
//
//	# seed 2.2.6: which SSL clients are open?
//	> AT+QSSLSTATE
//	< +QSSLSTATE: 4,"SSLClient","220.180.239.212",8010,{port},2,1,4,0,"usbmodem",1
//	< OK
//
//	> AT+QSSLSEND=4,18
//	<< \r\n>\x20
//	>> Test data from SSL
//	<< Test data from SSL
//	< SEND OK
//
// Every line is one step, so that the n-th step is on line n. A blank line and
// a line that starts with # mean nothing. The others say exactly these bytes:
//
//	> TEXT    the host sends TEXT CR; while echo is on, the modem must answer
//	          with the echo, TEXT CR, before anything else
//	< TEXT    the modem says CR LF TEXT CR LF, the frame that V.250 gives a
//	          result code, an information text and an unsolicited code
//	<| TEXT   the modem says TEXT CR LF: a further line inside such a frame
//	>> BYTES  the host sends BYTES and nothing else
//	<< BYTES  the modem says BYTES and nothing else
//
// One blank parts the mark from the text. Text is UTF-8; \r \n \t \a \b \f \v
// \\ and \xHH stand for single bytes, in every form. A blank at the end of a
// line must be written \x20, because editors strip it.
//
// # What varies
//
// {port} in a line of the modem matches decimal digits, {sum:hex} hexadecimal
// digits of either case, {addr:any} whatever comes (nothing, too) up to the
// byte after the placeholder, never a CR or LF. The text that matched is kept
// under the name: the same name again, whatever its type, matches this text
// alone. In a line of the host a name stands for the text kept under it. Names
// can also be given before the start, in [Options].Vars. {{ is a brace.
//
// # Directives
//
//	@section TITLE    what the next steps show
//	@echo on|off      does the modem echo the lines of the host? At the start: on
//	@wait 1.1s        the host sends nothing for this long
//	@quiet 1s         nor does the modem, or it is a mismatch
//	@timeout 10s      how long every expectation from here on may take, at the
//	                  start [Options].Timeout
//	@file NAME        the host sends the content of a file, as it is
//	@size VAR NAME    keep the length of a file, in decimal, under the name VAR
//	@reopen           the host closes the device and opens it again, which a
//	                  modem behind a PTY takes as a drop of DTR
//
// # Playing
//
// [Play] is the host: it sends what the host sends, and compares what the modem
// says with the script, in the script's order and without gaps, so an
// unsolicited code has its place as well. Where they part, a [Mismatch] tells
// the line, both texts with the first wrong byte marked, and what went before.
// Bytes that nothing expects are a mismatch too. Several scripts on one device
// are played with a [Session].
//
// # Recording
//
// A [Recorder] makes a transcript of bytes on their way. What it writes holds
// the recorded bytes exactly: a readable form where one has these bytes, else
// the raw one.
package chat
