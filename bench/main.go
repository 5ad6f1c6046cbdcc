// Command bench measures qsim beside the least that could do the same job: a
// bare PTY echo loop, a bare utls dial, a bare copy loop between a PTY and utls.
// Each figure is a ratio against its baseline in the same run.
//
// The host, which is this process, and the TLS server run on one core, the modem
// or its baseline on another. Rounds are interleaved (baseline, qsim, baseline),
// so that a machine whose speed drifts does not favour either; the ratio of the
// two baselines, which should be 1, tells how far a ratio can be trusted.
//
//	go run ./bench -qsim bin/qsim
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) > 1 {
		if f, ok := roles[os.Args[1]]; ok {
			fail(f(os.Args[2:]))
			return
		}
	}
	qsim := flag.String("qsim", "bin/qsim", "the `binary` to measure")
	rounds := flag.Int("rounds", 5, "interleaved rounds of each row")
	size := flag.Int("size", 64<<20, "`bytes` of a transfer")
	only := flag.String("only", "", "only rows with this `text` in their name")
	flag.Parse()
	fail(run(*qsim, *only, *rounds, *size))
}

// roles are what this program is when it runs itself.
var roles = map[string]func([]string) error{
	"role-echo":   roleEcho,
	"role-dial":   roleDial,
	"role-copy":   roleCopy,
	"role-server": roleServer,
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run measures all rows and prints the table.
func run(qsim, only string, rounds, size int) error {
	pinSelf()
	fmt.Printf("%s, %s/%s, %d cores, %d interleaved rounds\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), rounds)
	fmt.Printf("| %-34s | %10s | %10s | %6s | %8s | %-4s | %s |\n", "row", "qsim", "bare", "ratio", "bar", "", "A/A")
	fmt.Println("|---|---|---|---|---|---|---|")
	server, err := start(hostCore, self(), "role-server")
	if err != nil {
		return err
	}
	defer server.stop()
	for _, r := range rows(qsim, server.hello, size) {
		if !strings.Contains(r.name, only) {
			continue
		}
		if err := r.measure(rounds); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// figure is one number a round gives: microseconds, or MiB/s.
type figure struct {
	name  string
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

// measure runs the rounds of a row and prints its figures.
func (r row) measure(rounds int) error {
	var first, ours, second [][]float64
	for range rounds {
		for _, s := range []struct {
			run  side
			into *[][]float64
		}{{r.bare, &first}, {r.qsim, &ours}, {r.bare, &second}} {
			v, err := s.run()
			if err != nil {
				return err
			}
			*s.into = append(*s.into, v)
		}
	}
	for i, f := range r.figures {
		ratio := make([]float64, rounds)
		spread := make([]float64, rounds)
		for k := range rounds {
			ratio[k] = ours[k][i] / ((first[k][i] + second[k][i]) / 2)
			spread[k] = first[k][i] / second[k][i]
		}
		verdict, sign := "pass", "<="
		if f.least {
			sign = ">="
		}
		if m := median(ratio); f.least && m < f.bar || !f.least && m > f.bar {
			verdict = "MISS"
		}
		fmt.Printf("| %-34s | %10s | %10s | %6.2f | %s %.2f | %-4s | %.2f-%.2f |\n",
			r.name+" "+f.name, value(column(ours, i), f), value(column(first, i), f),
			median(ratio), sign, f.bar, verdict, slices.Min(spread), slices.Max(spread))
	}
	return nil
}

func value(v []float64, f figure) string { return fmt.Sprintf("%.1f %s", median(v), f.unit) }

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
