// Package scenario reads scenario files: what goes wrong with a modem, and what
// the host on it must do about it.
//
//	name: the open fails, and the host tries again
//	modem: {module: EC200S, speed: 20}
//	lab: true
//	faults:
//	  - on: {command: QSSLOPEN, nth: 1}
//	    do: {error: 565}
//	expect:
//	  - after: {urc: '+QSSLOPEN: 4,565'}
//	    host: {command: QSSLOPEN}
//	    within: 30s
//
// A Scenario says what is to be; it does nothing. Its faults are for a
// fault.Engine, the rest is for whoever starts the modem and judges the host.
//
// Reading one reports everything that is wrong with it, each with its line, its
// column and the nearest valid word. The same types make the JSON Schema that
// editors use, and the reference of the documentation.
package scenario
