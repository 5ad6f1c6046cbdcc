package decl

import (
	"regexp"
	"sync"
)

// lazyRegexp is regexp.MustCompile at the first use. Most processes read no file,
// and should not wait at their start for what would.
func lazyRegexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
