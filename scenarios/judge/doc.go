// Package judge holds a host program to what a scenario expects of it: that it
// does something in time, never does it, does it in order, so many times, or
// leaves the modem in a state. A Judge listens to the moments that a fault
// engine tells of, and gives its verdict when the run is over.
package judge
