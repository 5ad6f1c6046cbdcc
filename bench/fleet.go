package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// fleet is a qsim with several modems.
type fleet struct {
	*process
	devices []string
	began   time.Duration // from the start of the process to its first line
}

// startFleet starts n modems. They reach server, if it is not "", as 192.0.2.1:8883.
func startFleet(qsim string, n int, server string) (*fleet, error) {
	args := []string{"run", "--log-level", "error", "--json", "--count", strconv.Itoa(n)}
	if server != "" {
		host, port, err := net.SplitHostPort(server)
		if err != nil {
			return nil, err
		}
		args = append(args, "--connect-to", "192.0.2.1:8883:"+host+":"+port)
	}
	began := time.Now()
	p, err := start(modemCore, qsim, args...)
	if err != nil {
		return nil, err
	}
	f := &fleet{process: p, began: time.Since(began)}
	var ready struct {
		Devices []string `json:"devices"`
	}
	if err := json.Unmarshal([]byte(p.hello), &ready); err != nil {
		p.stop()
		return nil, err
	}
	if f.devices = ready.Devices; len(f.devices) != n {
		p.stop()
		return nil, fmt.Errorf("%d devices for %d modems", len(f.devices), n)
	}
	return f, nil
}

// each has a host open each device in turn.
func (f *fleet) each(do func(*device) error) error {
	for i, path := range f.devices {
		d, err := openDevice(path)
		if err != nil {
			return err
		}
		err = do(d)
		d.close()
		if err != nil {
			return fmt.Errorf("modem %d: %w", i, err)
		}
	}
	return nil
}

// resident is the memory of the process in KiB, after what it has just done.
func (f *fleet) resident() (float64, error) {
	time.Sleep(time.Second)
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", f.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if kib, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 64)
		}
	}
	return 0, fmt.Errorf("no VmRSS")
}

// used is the time that all threads of the process have run.
func (f *fleet) used() (time.Duration, error) {
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", f.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	var all time.Duration
	for _, path := range tasks {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		var ns int64
		if err == nil {
			_, err = fmt.Sscan(string(text), &ns)
		}
		if err != nil {
			return 0, err
		}
		all += time.Duration(ns)
	}
	return all, nil
}

// idle is how much of one core the process takes while nobody asks, in percent.
func (f *fleet) idle(d time.Duration) (float64, error) {
	before, err := f.used()
	if err != nil {
		return 0, err
	}
	time.Sleep(d)
	after, err := f.used()
	return 100 * float64(after-before) / float64(d), err
}

// asker is one of several hosts that ask at the same time.
type asker struct {
	*device
	next  time.Time // when it asks, or asked
	asked bool
}

// pace has so many hosts ask AT every so often, each at its own time, for as long
// as d. It returns the round trips in microseconds.
func (f *fleet) pace(active int, every, d time.Duration) ([]float64, error) {
	askers := make([]asker, active)
	polls := make([]unix.PollFd, active)
	for i := range askers {
		dev, err := openDevice(f.devices[i*len(f.devices)/active])
		if err != nil {
			return nil, err
		}
		defer dev.close()
		if err := dev.command("ATE0", "OK\r\n"); err != nil {
			return nil, err
		}
		askers[i] = asker{device: dev}
		polls[i] = unix.PollFd{Fd: int32(dev.fd), Events: unix.POLLIN}
	}
	began := time.Now()
	for i := range askers {
		askers[i].next = began.Add(every * time.Duration(i) / time.Duration(active))
	}
	var trips []float64
	for time.Since(began) < d {
		due := time.Now().Add(every)
		for i := range askers {
			a := &askers[i]
			if !a.asked && !time.Now().Before(a.next) {
				a.next, a.asked, a.buf = time.Now(), true, a.buf[:0]
				if err := a.write([]byte("AT\r")); err != nil {
					return nil, err
				}
			}
			if !a.asked && a.next.Before(due) {
				due = a.next
			}
		}
		wait := (time.Until(due) + time.Millisecond - 1).Milliseconds() // a question may be late
		if _, err := unix.Poll(polls, int(max(0, wait))); err != nil && err != unix.EINTR {
			return nil, err
		}
		for i := range askers {
			if polls[i].Revents == 0 {
				continue
			}
			done, err := askers[i].answered()
			if err != nil {
				return nil, err
			}
			if done {
				trips = append(trips, micros(askers[i].next))
				askers[i].next = askers[i].next.Add(every)
			}
		}
	}
	return trips, nil
}

// answered reads what is there, and tells whether it is all of the answer.
func (a *asker) answered() (bool, error) {
	n, err := unix.Read(a.fd, a.buf[len(a.buf):cap(a.buf)])
	if err != nil {
		return false, err
	}
	a.buf = a.buf[:len(a.buf)+n]
	a.asked = string(a.buf) != "\r\nOK\r\n"
	return !a.asked, nil
}
