package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	growthName  = "cost against numbers"
	growthTimes = 200 // of what is measured, each
	fileSize    = 1024
	mostFiles   = 65 // of 4 KiB, and room for one more, in the 280 KiB of a module
)

// growth is what one thing costs while there are more and more of others.
func growth(b bench) ([]section, error) {
	if !strings.Contains(growthName, b.only) {
		return nil, nil
	}
	s := section{title: "Cost against numbers", text: growthText, head: []string{"what it costs", "beside"}}
	for _, n := range sizes {
		s.head = append(s.head, strconv.Itoa(n))
	}
	for _, r := range []struct {
		what, beside string
		most         int
		cost         func(n int) (float64, error) // microseconds
	}{
		{"AT", "idle modems", 1000, func(n int) (float64, error) { return b.besideModems(n, "") }},
		{"AT", "modems with an open TLS connection each", 1000, func(n int) (float64, error) { return b.besideModems(n, b.server) }},
		{"AT+CSQ, in process", "rules that do not concern it", 1000, func(n int) (float64, error) {
			times, err := dispatch("AT+CSQ", n)
			if err != nil {
				return 0, err
			}
			return times[0][0], nil
		}},
		{"AT+QFUPL and AT+QFDEL of 1 KiB", "files of 1 KiB", mostFiles, b.besideFiles},
	} {
		fmt.Fprintln(os.Stderr, "bench:", growthName+":", r.what, "beside", r.beside)
		cells := []string{r.what, r.beside}
		for _, n := range sizes {
			v, err := r.cost(min(n, r.most))
			if err != nil {
				return nil, fmt.Errorf("%s beside %d %s: %w", r.what, n, r.beside, err)
			}
			cell := fmt.Sprintf("%.1f us", v)
			if n > r.most {
				cell += fmt.Sprintf(" (%d)", r.most)
			}
			if cells = append(cells, cell); n > r.most {
				break
			}
		}
		for len(cells) < len(s.head) {
			cells = append(cells, "-")
		}
		s.rows = append(s.rows, cells)
	}
	return []section{s}, nil
}

// besideModems is the round trip of AT on one of n modems, each with a connection
// to server unless that is "".
func (b bench) besideModems(n int, server string) (float64, error) {
	f, err := startFleet(b.qsim, n, server)
	if err != nil {
		return 0, err
	}
	defer f.stop()
	if server != "" {
		if err := f.each((*device).connect); err != nil {
			return 0, err
		}
	}
	d, err := openDevice(f.devices[n/2])
	if err != nil {
		return 0, err
	}
	defer d.close()
	if err := d.command("ATE0", "OK\r\n"); err != nil {
		return 0, err
	}
	v, err := d.roundTrips("AT\r", "OK\r\n")
	if err != nil {
		return 0, err
	}
	return v[0], nil
}

// besideFiles is the time to store and to delete a file where there are n of them.
func (b bench) besideFiles(n int) (float64, error) {
	p, err := start(modemCore, b.qsim, "run", "--log-level", "error")
	if err != nil {
		return 0, err
	}
	defer p.stop()
	d, err := openDevice(p.hello)
	if err != nil {
		return 0, err
	}
	defer d.close()
	if err := d.command("ATE0", "OK\r\n"); err != nil {
		return 0, err
	}
	for i := range n {
		if err := d.upload(strconv.Itoa(i)); err != nil {
			return 0, err
		}
	}
	times := make([]float64, growthTimes)
	for i := range times {
		began := time.Now()
		if err := d.upload("one more"); err != nil {
			return 0, err
		}
		if err := d.command(`AT+QFDEL="one more"`, "OK\r\n"); err != nil {
			return 0, err
		}
		times[i] = micros(began)
	}
	return median(times), nil
}

// upload stores a file.
func (d *device) upload(name string) error {
	if err := d.command(fmt.Sprintf("AT+QFUPL=\"%s\",%d", name, fileSize), "CONNECT\r\n"); err != nil {
		return err
	}
	return d.exchange(strings.Repeat("x", fileSize), "OK\r\n")
}

const growthText = "What one thing costs, in microseconds, while there are 1 to 1,000 others: the median of\n" +
	"round trips over a PTY, or of the command in process where that is said. A modem has 12\n" +
	"connections at the most, so a thousand of them are those of a thousand modems,\n" +
	"and room for some 70 files."
