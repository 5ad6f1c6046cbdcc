package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interrupts are the signals that end a command.
var interrupts = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// untilInterrupted is a context that the first SIGINT, SIGTERM or SIGHUP ends;
// a second one ends the process.
func untilInterrupted() (context.Context, context.CancelFunc) { return until(interrupts) }

// until is a context that the first of some signals ends; a second one ends the
// process at once.
func until(signals []os.Signal) (context.Context, context.CancelFunc) {
	surviveReaders()
	ctx, cancel := context.WithCancelCause(context.Background())
	c := make(chan os.Signal, 1)
	heed(c, signals...)
	go func() {
		var cause error
		select {
		case s := <-c:
			cause = interrupted{s}
		case <-ctx.Done():
		}
		signal.Stop(c) // what comes from here on does what it does by default
		cancel(cause)
	}()
	return ctx, func() { cancel(nil) }
}

// interrupted is the error of a signal that came.
type interrupted struct{ os.Signal }

func (i interrupted) Error() string { return "signal: " + i.String() }

// heed has signals sent to c, but for those that qsim was started to ignore, as
// nohup has it.
func heed(c chan<- os.Signal, signals ...os.Signal) {
	for _, s := range signals {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
}

// surviveReaders makes a reader of stdout or stderr that goes an error of the
// next write and no more, so that nothing is left standing. The signal is taken
// and dropped: were it ignored, a command that qsim starts would ignore it, too.
func surviveReaders() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}
