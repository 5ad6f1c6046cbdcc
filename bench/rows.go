package main

import (
	"fmt"
	"net"
	"time"
)

const (
	roundTrips = 3000 // of an AT row, each side and round
	warmUp     = 300
	opens      = 60 // of the QSSLOPEN row
	packet     = 1024
)

// rows are the measured rows. server is the address of the TLS server.
func rows(qsim, server string, size int) []row {
	list := []row{}
	for _, cmd := range []string{"AT", "AT+CSQ", "AT+QSSLSTATE"} {
		list = append(list, row{
			name:    cmd,
			figures: []figure{{"median", "us", 1.25, false}, {"p99", "us", 1.50, false}},
			bare: onDevice(func() (*process, error) { return start(modemCore, self(), "role-echo") },
				func(d *device) ([]float64, error) { return d.roundTrips(cmd+"\r", cmd+"\r") }),
			qsim: onDevice(func() (*process, error) { return start(modemCore, qsim, "run", "--log-level", "error") },
				func(d *device) ([]float64, error) {
					if err := d.command("ATE0", "OK\r\n"); err != nil {
						return nil, err
					}
					return d.roundTrips(cmd+"\r", "OK\r\n")
				}),
		})
	}
	list = append(list, dispatchRow("AT+CSQ"), dispatchRow("AT+QSSLSTATE"))
	modem := func() (*process, error) {
		host, port, err := net.SplitHostPort(server)
		if err != nil {
			return nil, err
		}
		return start(modemCore, qsim, "run", "--log-level", "error", "--connect-to", "192.0.2.1:8883:"+host+":"+port)
	}
	list = append(list, row{
		name:    "QSSLOPEN to its URC",
		figures: []figure{{"median", "us", 1.25, false}},
		bare: onDevice(func() (*process, error) { return start(modemCore, self(), "role-dial", server) },
			func(d *device) ([]float64, error) { return d.opens("dial\r", "+done\r\n", "") }),
		qsim: onDevice(modem, func(d *device) ([]float64, error) {
			if err := d.setUp(); err != nil {
				return nil, err
			}
			return d.opens("AT+QSSLOPEN=1,1,4,\"192.0.2.1\",8883,0\r", "+QSSLOPEN: 4,0\r\n", "AT+QSSLCLOSE=4,0")
		}),
	})
	for _, dir := range []byte{'u', 'd'} {
		name := map[byte]string{'u': "host to server", 'd': "server to host"}[dir]
		list = append(list, row{
			name:    fmt.Sprintf("transparent %d MiB", size>>20),
			figures: []figure{{name, "MiB/s", 0.85, true}},
			bare: onDevice(func() (*process, error) { return start(modemCore, self(), "role-copy", server) },
				func(d *device) ([]float64, error) { return d.transfer(dir, size) }),
			qsim: onDevice(modem, func(d *device) ([]float64, error) {
				if err := d.setUp(); err != nil {
					return nil, err
				}
				if err := d.command("AT+QSSLOPEN=1,1,4,\"192.0.2.1\",8883,2", "CONNECT\r\n"); err != nil {
					return nil, err
				}
				return d.transfer(dir, size)
			}),
		})
	}
	return list
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
