package main

import (
	"fmt"
	"net"
	"strconv"
	"time"
)

const (
	roundTrips = 3000 // of an AT row, each side and round
	warmUp     = 300
	opens      = 60 // of the QSSLOPEN row
	starts     = 20 // of the row of starts
	packet     = 1024
)

// rows are what is measured beside a baseline.
func (b bench) rows() ([]row, error) {
	modem := func(args ...string) func() (*process, error) {
		args = append([]string{"run", "--log-level", "error"}, args...)
		return func() (*process, error) { return start(modemCore, b.qsim, args...) }
	}
	bare := func(role string, args ...string) func() (*process, error) {
		return func() (*process, error) { return start(modemCore, self(), append([]string{role}, args...)...) }
	}
	host, port, err := net.SplitHostPort(b.server)
	if err != nil {
		return nil, err
	}
	online := modem("--connect-to", "192.0.2.1:8883:"+host+":"+port)
	list := []row{}
	for _, cmd := range []string{"AT", "AT+CSQ", "AT+QSSLSTATE"} {
		list = append(list, commandRow(cmd, bare("role-echo"), modem()))
	}
	return append(list,
		dispatchRow("AT+CSQ"), dispatchRow("AT+QSSLSTATE"),
		openRow(bare("role-dial", b.server), online),
		transparentRow('u', "host to server", b.size, bare("role-copy", b.server), online),
		transparentRow('d', "server to host", b.size, bare("role-copy", b.server), online),
		receiveRow("buffer mode, AT+QSSLRECV", bufferAccess, b.size/4, bare("role-receive", "buffer", b.server, strconv.Itoa(b.size/4)), online),
		receiveRow("direct push mode", pushAccess, b.size/4, bare("role-receive", "push", b.server, strconv.Itoa(b.size/4)), online),
		startRow(func() (*process, error) { return start(modemCore, b.empty) }, modem()),
	), nil
}

// commandRow is the round trip of a command.
func commandRow(cmd string, bare, modem func() (*process, error)) row {
	return row{
		name:    cmd,
		figures: []figure{{"median", "us", 1.25, false}, {"p99", "us", 1.50, false}},
		bare:    onDevice(bare, func(d *device) ([]float64, error) { return d.roundTrips(cmd+"\r", cmd+"\r") }),
		qsim: onDevice(modem, func(d *device) ([]float64, error) {
			if err := d.command("ATE0", "OK\r\n"); err != nil {
				return nil, err
			}
			return d.roundTrips(cmd+"\r", "OK\r\n")
		}),
	}
}

// openRow is a TLS connection from the command to the URC.
func openRow(bare, modem func() (*process, error)) row {
	return row{
		name:    "AT+QSSLOPEN to its URC",
		figures: []figure{{"median", "us", 1.25, false}},
		bare:    onDevice(bare, func(d *device) ([]float64, error) { return d.opens("dial\r", "+done\r\n", "") }),
		qsim: onDevice(modem, func(d *device) ([]float64, error) {
			if err := d.setUp(); err != nil {
				return nil, err
			}
			return d.opens(openCommand(bufferAccess)+"\r", "+QSSLOPEN: 4,0\r\n", "AT+QSSLCLOSE=4,0")
		}),
	}
}

// transparentRow is size bytes through a transparent connection.
func transparentRow(dir byte, name string, size int, bare, modem func() (*process, error)) row {
	return row{
		name:    fmt.Sprintf("transparent, %d MiB %s", size>>20, name),
		figures: []figure{{"", "MiB/s", 0.85, true}},
		bare:    onDevice(bare, func(d *device) ([]float64, error) { return d.transfer(dir, size) }),
		qsim: onDevice(modem, func(d *device) ([]float64, error) {
			if err := d.setUp(); err != nil {
				return nil, err
			}
			if err := d.command(openCommand(transparentAccess), "CONNECT\r\n"); err != nil {
				return nil, err
			}
			return d.transfer(dir, size)
		}),
	}
}

// openCommand opens client 4 to the TLS server in an access mode.
func openCommand(access int) string {
	return fmt.Sprintf(`AT+QSSLOPEN=1,1,4,"192.0.2.1",8883,%d`, access)
}

// onDevice is a side that starts a process with a device, measures, and ends it.
func onDevice(begin func() (*process, error), measure func(*device) ([]float64, error)) side {
	return func() ([]float64, error) {
		p, err := begin()
		if err != nil {
			return nil, err
		}
		defer p.stop()
		d, err := openDevice(p.hello)
		if err != nil {
			return nil, err
		}
		defer d.close()
		return measure(d)
	}
}

// roundTrips is the median and the 99th percentile of a command's round trip.
func (d *device) roundTrips(send, until string) ([]float64, error) {
	v := make([]float64, 0, roundTrips)
	for i := range warmUp + roundTrips {
		began := time.Now()
		if err := d.exchange(send, until); err != nil {
			return nil, err
		}
		if i >= warmUp {
			v = append(v, micros(began))
		}
	}
	return []float64{median(v), quantile(v, 0.99)}, nil
}

// opens is the median time from a command to what tells that it is connected.
func (d *device) opens(send, until, after string) ([]float64, error) {
	v := make([]float64, 0, opens)
	for range opens {
		began := time.Now()
		if err := d.exchange(send, until); err != nil {
			return nil, err
		}
		v = append(v, micros(began))
		if after == "" {
			continue
		}
		if err := d.command(after, "OK\r\n"); err != nil {
			return nil, err
		}
	}
	return []float64{median(v)}, nil
}

// setUp makes a modem ready to open ECDHE-RSA-AES128-GCM.
func (d *device) setUp() error {
	for _, c := range []string{"ATE0", "AT+QIACT=1", `AT+QSSLCFG="sslversion",1,3`, `AT+QSSLCFG="ciphersuite",1,0XC02F`} {
		if err := d.command(c, "OK\r\n"); err != nil {
			return err
		}
	}
	return nil
}

func micros(began time.Time) float64 { return float64(time.Since(began).Nanoseconds()) / 1e3 }
