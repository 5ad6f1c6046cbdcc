// Package fault bends a modem on command: rules say at which moment what goes
// wrong, and an Engine holds them against all that happens and has them act.
//
//	on: {command: QSSLOPEN, nth: 1}
//	do: {error: 565}
//
// A rule's trigger is a command of the host, a command line, an event of the
// modem, or a time; it can be narrowed by arguments, counted, and left to
// chance. An action is one of:
//
//   - a shaper, which bends the reply of the command that the trigger is about,
//     or the result code that it is about;
//   - an effect, which does something to the module, its line, its network or
//     its SIM;
//   - a reorderer, which puts the commands of a line into another order.
//
// Each kind of action is a struct in a file of its own, which says what it takes
// (package decl makes decoding, schema and reference of that) and does it. A new
// one is such a file and a row in actions.go.
//
// Rules are sorted by what they wait for. The engine asks of the modem only the
// seams that the rules at work need, so one that concerns other commands costs a
// look into a map.
package fault
