package bench

import (
	"errors"
	"slices"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

// closers take down what was started, the last first.
type closers []func() error

// atClose has closer called by close, before those that were given before.
func (c *closers) atClose(closer func() error) { *c = append(*c, closer) }

// close calls them, once. Its error is a *cli.Failure.
func (c *closers) close() error {
	var errs []error
	for _, closer := range slices.Backward(*c) {
		errs = append(errs, closer())
	}
	*c = nil
	err := errors.Join(errs...)
	var f *cli.Failure
	if err != nil && !errors.As(err, &f) {
		return cli.Environment("take the modem down", err, "")
	}
	return err
}
