package main

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

const recvCommand = "AT+QSSLRECV=4,1500\r"

// The access modes of AT+QSSLOPEN.
const (
	bufferAccess = iota
	pushAccess
	transparentAccess
)

// transfers is how often a receive row moves its bytes in each process: one of
// direct push mode is short.
func transfers(access int) int {
	if access == pushAccess {
		return 4
	}
	return 1
}

// receiveRow is size bytes of a server read by a host in an access mode of the
// module, beside a bare loop that frames them alike.
func receiveRow(name string, access, size int, bare, modem func() (*process, error)) row {
	measure := func(ask func(*device) ([]byte, error)) func(*device) ([]float64, error) {
		return func(d *device) ([]float64, error) {
			in := &inbox{d: d, buf: make([]byte, 64*1024)}
			v := make([]float64, transfers(access))
			for i := range v {
				trigger, err := ask(d)
				if err != nil {
					return nil, err
				}
				if v[i], err = in.receive(access, trigger, size); err != nil {
					return nil, err
				}
			}
			return []float64{median(v)}, nil
		}
	}
	return row{
		name:    fmt.Sprintf("%s, %d MiB", name, size>>20),
		figures: []figure{{"", "MiB/s", 0.80, true}},
		bare:    onDevice(bare, measure(func(*device) ([]byte, error) { return []byte(goLine), nil })),
		qsim: onDevice(modem, func(d *device) ([]float64, error) {
			if err := d.setUp(); err != nil {
				return nil, err
			}
			if err := d.command(openCommand(access), "+QSSLOPEN: 4,0\r\n"); err != nil {
				return nil, err
			}
			if err := d.command("AT+QISDE=0", "OK\r\n"); err != nil {
				return nil, err
			}
			return measure(func(d *device) ([]byte, error) {
				return request('d', size), d.command(fmt.Sprintf("AT+QSSLSEND=4,%d", packet), "> ")
			})(d)
		}),
	}
}

// inbox is what has come from the device and is not yet understood.
type inbox struct {
	d          *device
	buf        []byte
	begin, end int // what of buf is not yet understood
}

// more reads some bytes.
func (in *inbox) more() error {
	if in.begin > 0 {
		in.end = copy(in.buf, in.buf[in.begin:in.end])
		in.begin = 0
	}
	n, err := in.d.read(in.buf[in.end:])
	in.end += n
	return err
}

// skipTo drops what comes up to mark, and mark itself.
func (in *inbox) skipTo(mark string) error {
	for {
		if i := bytes.Index(in.buf[in.begin:in.end], []byte(mark)); i >= 0 {
			in.begin += i + len(mark)
			return nil
		}
		in.begin = max(in.begin, in.end-len(mark)+1)
		if err := in.more(); err != nil {
			return fmt.Errorf("waiting for %q: %w", mark, err)
		}
	}
}

// number reads a number and the end of its line.
func (in *inbox) number() (int, error) {
	for {
		line, _, ok := bytes.Cut(in.buf[in.begin:in.end], []byte("\r\n"))
		if ok {
			in.begin += len(line) + 2
			return strconv.Atoi(string(line))
		}
		if err := in.more(); err != nil {
			return 0, err
		}
	}
}

// skip drops n bytes.
func (in *inbox) skip(n int) error {
	for in.end-in.begin < n {
		n -= in.end - in.begin
		in.begin = in.end
		if err := in.more(); err != nil {
			return fmt.Errorf("waiting for %d bytes of data: %w", n, err)
		}
	}
	in.begin += n
	return nil
}

// receive sends what makes size bytes come, and reads them, MiB/s.
func (in *inbox) receive(access int, trigger []byte, size int) (float64, error) {
	read := in.readBuffered
	if access == pushAccess {
		read = in.readPushed
	}
	began := time.Now()
	if err := in.d.write(trigger); err != nil {
		return 0, err
	}
	if err := read(size); err != nil {
		return 0, err
	}
	rate := mibPerSecond(size, began)
	return rate, in.settle(access)
}

// settle brings the sides to where a next transfer can begin: in buffer mode the
// host has been told of data until it has read that there is none.
func (in *inbox) settle(access int) error {
	if access == pushAccess {
		return nil
	}
	n, err := in.readOnce()
	if err == nil && n != 0 {
		err = fmt.Errorf("%d bytes too many", n)
	}
	return err
}

// readPushed reads size bytes of direct push mode.
func (in *inbox) readPushed(size int) error {
	for got := 0; got < size; {
		if err := in.skipTo(pushPrefix); err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", got, size, err)
		}
		n, err := in.number()
		if err != nil {
			return err
		}
		if err := in.skip(n); err != nil {
			return err
		}
		got += n
	}
	return nil
}

// readBuffered reads size bytes as a host does in buffer mode: told that there is
// something, it reads until there is nothing.
func (in *inbox) readBuffered(size int) error {
	for got := 0; got < size; {
		if err := in.skipTo(recvURC); err != nil {
			return fmt.Errorf("after %d of %d bytes: %w", got, size, err)
		}
		for got < size {
			n, err := in.readOnce()
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			got += n
		}
	}
	return nil
}

// readOnce is one AT+QSSLRECV; n is 0 when there was nothing to read.
func (in *inbox) readOnce() (n int, err error) {
	if err := in.d.write([]byte(recvCommand)); err != nil {
		return 0, err
	}
	if err := in.skipTo(recvPrefix); err != nil {
		return 0, err
	}
	if n, err = in.number(); err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, in.skipTo("\r\nOK\r\n")
	}
	return n, in.skip(n + len(recvEnd))
}
