// Package soak has many modems of one process work for long, under hosts that do
// what hosts do, and what they should not: the tests, behind the build tag soak,
// are what make soak runs.
//
// Each host has a seed of its own, out of the run's: the same seed makes the same
// hosts, if not the same order among them. A third of the modems have faults armed
// meanwhile; the hosts of the others hold every byte against what they sent.
package soak
