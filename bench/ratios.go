package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// figure is one number a round gives: microseconds, or MiB/s.
type figure struct {
	name  string // behind the row's; "" for a row with one
	unit  string
	bar   float64
	least bool // the ratio must be at least bar, else at most
}

// row is something measured: each side gives one value for each figure.
type row struct {
	name    string
	figures []figure
	bare    side
	qsim    side
}

// side measures one side once, in a process of its own.
type side func() ([]float64, error)

// ratios is the table of what has a baseline.
func ratios(b bench) ([]section, error) {
	s := section{
		title: "Beside bare loops",
		text:  fmt.Sprintf(ratiosText, b.rounds),
		head:  []string{"what", "qsim", "baseline", "ratio", "bar", "", "A/A"},
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays is the system's to clear
	b.empty = filepath.Join(dir, "empty")
	if err := buildEmpty(b.empty); err != nil {
		return nil, err
	}
	rows, err := b.rows()
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if !strings.Contains(r.name, b.only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", r.name)
		cells, err := r.measure(b.rounds)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		s.rows = append(s.rows, cells...)
	}
	return []section{s}, nil
}

// ratiosText says how the table is read. %d is the number of rounds.
const ratiosText = "Each row was measured in %d rounds of baseline, qsim, baseline, each in a process of\n" +
	"its own. The host and the TLS server had the last core, the modem or its baseline\n" +
	"the first. \"qsim\" and \"baseline\" are medians over the rounds; \"ratio\" is the median of\n" +
	"qsim divided by the mean of the two baselines around it; \"bar\" is what it shall be,\n" +
	"for times at most, for rates at least. \"A/A\" is the least and the greatest ratio of\n" +
	"the two baselines of a round, which is 1 where nothing disturbs: a ratio is worth no\n" +
	"more than that. A MISS fails nothing.\n\n" +
	"The baselines are Go programs, too:\n\n" +
	"- `AT`, `AT+CSQ`, `AT+QSSLSTATE`: a loop that writes back what it reads from a PTY.\n" +
	"- idle rules: the same modem in the same process without rules. That they add no\n" +
	"  allocation is a test.\n" +
	"- `AT+QSSLOPEN`: utls with the same hello (ECDHE-RSA-AES128-GCM), dialled for each line\n" +
	"  from a PTY.\n" +
	"- transparent: a copy loop between a PTY and utls that cuts packets as the module does.\n" +
	"- buffer mode, direct push mode: a loop between a PTY and utls that frames the data\n" +
	"  alike and knows one command, the one that reads 1,500 bytes.\n" +
	"- process start: a program with one empty cobra command (bench/empty), up to its first\n" +
	"  line, built as qsim is. Two thirds of qsim's start are the kernel's (exec, 700 page\n" +
	"  faults; the empty one has 260), most of the rest are the tables that packages make\n" +
	"  before main, half of them those of dependencies (utls, yaml, jsonschema, sms): perf\n" +
	"  and GODEBUG=inittrace=1 tell."

// measure runs the rounds of a row; it gives one row of cells for each figure.
func (r row) measure(rounds int) ([][]string, error) {
	var first, ours, second [][]float64
	for range rounds {
		for _, s := range []struct {
			run  side
			into *[][]float64
		}{{r.bare, &first}, {r.qsim, &ours}, {r.bare, &second}} {
			v, err := s.run()
			if err != nil {
				return nil, err
			}
			*s.into = append(*s.into, v)
		}
	}
	cells := make([][]string, len(r.figures))
	for i, f := range r.figures {
		ratio := make([]float64, rounds)
		spread := make([]float64, rounds)
		for k := range rounds {
			ratio[k] = ours[k][i] / ((first[k][i] + second[k][i]) / 2)
			spread[k] = first[k][i] / second[k][i]
		}
		bare := append(column(first, i), column(second, i)...)
		cells[i] = []string{
			strings.TrimSpace(r.name + " " + f.name), f.value(column(ours, i)), f.value(bare),
			fmt.Sprintf("%.2f", median(ratio)), f.wanted(), f.verdict(median(ratio)),
			fmt.Sprintf("%.2f-%.2f", slices.Min(spread), slices.Max(spread)),
		}
	}
	return cells, nil
}

// value is the median of v with its unit.
func (f figure) value(v []float64) string { return fmt.Sprintf("%.1f %s", median(v), f.unit) }

// wanted is the bar in words.
func (f figure) wanted() string {
	if f.least {
		return fmt.Sprintf(">= %.2f", f.bar)
	}
	return fmt.Sprintf("<= %.2f", f.bar)
}

// verdict tells whether a value meets the bar.
func (f figure) verdict(v float64) string {
	if f.least && v < f.bar || !f.least && v > f.bar {
		return "MISS"
	}
	return "pass"
}

func column(rounds [][]float64, i int) []float64 {
	v := make([]float64, len(rounds))
	for k := range rounds {
		v[k] = rounds[k][i]
	}
	return v
}

func median(v []float64) float64 { return quantile(v, 0.5) }

func quantile[T cmp.Ordered](v []T, q float64) T {
	s := slices.Sorted(slices.Values(v))
	return s[min(len(s)-1, int(q*float64(len(s))))]
}
