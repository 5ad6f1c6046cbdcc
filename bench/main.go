// Command bench measures qsim beside the least that could do the same job: a
// bare PTY echo loop, a bare utls dial, bare loops between a PTY and utls, an
// empty cobra program. Each figure is a ratio against its baseline in the same
// run. The report is Markdown, on stdout and in a file.
//
// The host, which is this process, and the TLS server run on one core, the modem
// or its baseline on another. Rounds are interleaved (baseline, qsim, baseline),
// so that a machine whose speed drifts does not favour either; the ratio of the
// two baselines, which should be 1, tells how far a ratio can be trusted.
//
//	go run ./bench -qsim bin/qsim -out docs/performance.md
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) > 1 {
		if f, ok := roles[os.Args[1]]; ok {
			fail(f(os.Args[2:]))
			return
		}
	}
	var b bench
	flag.StringVar(&b.qsim, "qsim", "bin/qsim", "the `binary` to measure")
	flag.IntVar(&b.rounds, "rounds", 5, "interleaved rounds of each row")
	flag.IntVar(&b.size, "size", 64<<20, "`bytes` of a transparent transfer, and four times those of each other one")
	flag.StringVar(&b.only, "only", "", "only rows with this `text` in their name")
	out := flag.String("out", "", "`file` for the report, beside stdout")
	flag.Parse()
	fail(b.run(*out))
}

// roles are what this program is when it runs itself.
var roles = map[string]func([]string) error{
	"role-echo":    roleEcho,
	"role-dial":    roleDial,
	"role-copy":    roleCopy,
	"role-receive": roleReceive,
	"role-server":  roleServer,
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what is to be measured.
type bench struct {
	qsim   string // the binary
	empty  string // the binary of bench/empty
	server string // the address of the TLS server
	rounds int
	size   int    // bytes of a transparent transfer
	only   string // in the name of a row; "": all
}

// tables make the sections of the report, in their order.
var tables = []func(bench) ([]section, error){ratios, manyModems, growth}

// run measures and publishes.
func (b bench) run(out string) error {
	if b.rounds < 1 || b.size < 1 {
		return errors.New("nothing to measure")
	}
	pinSelf()
	server, err := start(hostCore, self(), "role-server")
	if err != nil {
		return err
	}
	defer server.stop()
	b.server = server.hello
	r := report{machine: thisMachine()}
	for _, table := range tables {
		list, err := table(b)
		if err != nil {
			return err
		}
		for _, s := range list {
			if len(s.rows) > 0 {
				r.sections = append(r.sections, s)
			}
		}
	}
	return r.publish(out)
}
