package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// sizes are the numbers of whatever there can be many of.
var sizes = []int{1, 10, 100, 1000}

const (
	activeHosts = 100                   // at the most, of the modems of a process
	pace        = 50 * time.Millisecond // between two questions of a host
	paceTime    = 4 * time.Second
	idleTime    = 5 * time.Second
)

// Bars of one more modem, in KiB, and of a thousand idle ones, in percent of a
// core.
const (
	barModem = 32
	barTLS   = 160
	barIdle  = 1
)

// scale is what a number of modems costs.
type scale struct {
	began        time.Duration
	resident     float64 // KiB, once each has answered AT
	connected    float64 // KiB, once each has an open TLS connection as well
	idle         float64 // percent of a core
	median, tail float64 // of a round trip of AT, microseconds
}

const scaleName = "many modems in one process"

// manyModems are the tables of --count.
func manyModems(b bench) ([]section, error) {
	if !strings.Contains(scaleName, b.only) {
		return nil, nil
	}
	all := map[int]scale{}
	costs := section{
		title: "Many modems",
		text:  scaleText,
		head:  []string{"modems", "start", "start of each", "memory", "idle", "AT p50", "AT p99", "active"},
	}
	for _, n := range sizes {
		fmt.Fprintln(os.Stderr, "bench:", scaleName+":", n)
		s, err := b.scaleOf(n)
		if err != nil {
			return nil, fmt.Errorf("%d modems: %w", n, err)
		}
		all[n] = s
		costs.rows = append(costs.rows, []string{
			strconv.Itoa(n), fmt.Sprintf("%.0f ms", s.began.Seconds()*1e3), fmt.Sprintf("%.2f ms", s.began.Seconds()*1e3/float64(n)),
			fmt.Sprintf("%.1f MiB", s.resident/1024), fmt.Sprintf("%.2f %%", s.idle),
			fmt.Sprintf("%.0f us", s.median), fmt.Sprintf("%.0f us", s.tail), strconv.Itoa(min(n, activeHosts)),
		})
	}
	few, many := all[100], all[1000]
	modem := (many.resident - few.resident) / 900
	tls := (many.connected - few.connected) / 900
	bars := section{
		title: "One more modem",
		text:  barsText,
		head:  []string{"what", "qsim", "bar", ""},
	}
	for _, r := range []struct {
		what, unit string
		value      float64
		bar        float64
	}{
		{"memory of a modem that has answered AT", "KiB", modem, barModem},
		{"memory of one with an open TLS connection", "KiB", tls, barTLS},
		{"1,000 idle modems", "% of a core", many.idle, barIdle},
	} {
		f := figure{unit: r.unit, bar: r.bar}
		bars.rows = append(bars.rows, []string{r.what, fmt.Sprintf("%.2f %s", r.value, r.unit), f.wanted(), f.verdict(r.value)})
	}
	return []section{costs, bars}, nil
}

// scaleOf measures n modems.
func (b bench) scaleOf(n int) (s scale, err error) {
	f, err := startFleet(b.qsim, n, b.server)
	if err != nil {
		return s, err
	}
	defer f.stop()
	s.began = f.began
	err = f.each(func(d *device) error { return d.command("AT", "OK\r\n") })
	if err == nil {
		s.resident, err = f.resident()
	}
	if err == nil {
		s.idle, err = f.idle(idleTime)
	}
	if err != nil {
		return s, err
	}
	trips, err := f.pace(min(n, activeHosts), pace, paceTime)
	if err != nil {
		return s, err
	}
	s.median, s.tail = median(trips), quantile(trips, 0.99)
	if err = f.each((*device).connect); err == nil {
		s.connected, err = f.resident()
	}
	return s, err
}

// connect opens a TLS connection.
func (d *device) connect() error {
	if err := d.setUp(); err != nil {
		return err
	}
	return d.exchange("AT+QSSLOPEN=1,1,4,\"192.0.2.1\",8883,0\r", "+QSSLOPEN: 4,0\r\n")
}

const scaleText = "`qsim run --count N`, on one core. \"start\" is from the start of the process to its first\n" +
	"line, when all take commands; \"memory\" what is resident once each has answered AT;\n" +
	"\"idle\" how much of the core they take while nobody asks. The round trips are those of\n" +
	"100 hosts at the most that ask AT every 50 ms, each at its own time: of one host, most\n" +
	"of it is waking up."

const barsText = "Memory is the slope from 100 modems to 1,000. The connections are open at the same\n" +
	"time, after a handshake each, with ECDHE-RSA-AES128-GCM."
