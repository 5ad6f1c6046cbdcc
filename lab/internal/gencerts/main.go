// Gencerts writes the certificates and keys of the lab (ruling 36). They are
// fixed: what exists and fits together is kept, so that running it again
// changes nothing. With -force everything is made anew.
//
//	go run ./internal/gencerts [-dir pki] [-force]
//
// The keys are public the moment they are committed. They protect nothing and
// no machine outside a test bench may trust them.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	dir := flag.String("dir", "pki", "where the PEM files are")
	force := flag.Bool("force", false, "replace what exists")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	written, err := generate(*dir, *force)
	for _, name := range written {
		fmt.Fprintln(os.Stderr, "gencerts: wrote", name)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gencerts:", err)
		os.Exit(1)
	}
}
