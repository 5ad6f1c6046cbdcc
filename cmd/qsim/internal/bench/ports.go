package bench

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
)

// openPort opens port i of the modem, from 0 on.
func (b *Bench) openPort(i int) (emulator.Port, error) {
	if b.options.Listen != "" {
		addr, err := next(b.options.Listen, b.options.firstPort+i)
		if err != nil {
			return nil, cli.Environment("--listen "+b.options.Listen, err, "port 0 takes free ones")
		}
		p, err := port.ListenTCP(addr)
		if err != nil {
			return nil, cli.Environment("--listen "+addr, plain(err),
				"port 0 takes a free one; the first line of the output tells which")
		}
		return p, nil
	}
	p, err := port.OpenPTY()
	if err != nil {
		hint := "qsim run --listen tcp://127.0.0.1:0 needs none"
		if errors.Is(err, unix.ENOSPC) {
			hint = "the system has no more of them: sysctl kernel.pty.max, 4096 by default, and each port of a modem needs one"
		}
		return nil, cli.Environment("open a PTY", plain(err), hint)
	}
	return p, nil
}

// next is the address i port numbers on: ports of one modem follow each other. A
// free one, port 0, stays that.
func next(addr string, i int) (string, error) {
	host, number, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	n, err := strconv.ParseUint(number, 10, 16)
	switch {
	case err != nil:
		return "", err
	case n == 0:
		return addr, nil
	}
	if n += uint64(i); n > 65535 {
		return "", errors.New("there are not so many port numbers behind it")
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

// placeLinks links PATH to the first device, and PATH.1, PATH.2 to the others.
func (b *Bench) placeLinks() error {
	if b.options.Link == "" {
		return nil
	}
	for i, device := range b.devices {
		path := b.options.Link
		if i > 0 {
			path = fmt.Sprintf("%s.%d", path, i)
		}
		link, err := port.Link(path, device)
		if err != nil {
			return cli.Environment("--link "+path, plain(err), "")
		}
		b.links = append(b.links, link.Path())
		b.atClose(link.Close)
	}
	return nil
}

// plain is an error of package port without the words that the user's own flag
// already says.
func plain(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
