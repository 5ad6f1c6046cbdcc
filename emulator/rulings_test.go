package emulator_test

import (
	"os"
	"regexp"
	"testing"
)

// rulings says for each ruling that concerns what this package builds where it
// is tested. Those that are missing are built elsewhere: 32, 36 and 40 (TLS and
// the lab), or later.
var rulings = map[int]string{
	1:  "codes_test.go",
	2:  "closing_test.go",
	3:  "codes_test.go",
	4:  "bubble_test.go",
	5:  "access_test.go",
	6:  "testdata/ssl-commands.chat",
	7:  "access_test.go",
	8:  "bubble_test.go",
	9:  "access_test.go",
	10: "access_test.go",
	11: "bubble_test.go",
	12: "testdata/qsslcfg.chat",
	13: "testdata/qsslcfg.chat",
	14: "testdata/qsslcfg.chat",
	15: "testdata/pdp.chat",
	16: "testdata/pdp.chat",
	17: "testdata/serial.chat",
	18: "access_test.go",
	19: "access_test.go",
	20: "bubble_test.go",
	21: "modem_test.go",
	22: "modem_test.go",
	23: "access_test.go",
	24: "bubble_test.go",
	25: "access_test.go",
	26: "hangup_test.go",
	27: "hangup_test.go",
	28: "hangup_test.go",
	29: "access_test.go",
	30: "access_test.go",
	31: "access_test.go",
	33: "codes_test.go",
	34: "testdata/ssl-commands.chat",
	35: "testdata/pdp.chat",
	37: "modem_test.go",
	38: "testdata/qsslcfg.chat",
	39: "testdata/ssl-commands.chat",
}

// TestRulings holds the table to the truth: each file names its rulings where it
// tests them.
func TestRulings(t *testing.T) {
	for number := 1; number <= 40; number++ {
		file, ok := rulings[number]
		if !ok {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if !names(text, number) {
			t.Errorf("%s does not name ruling %d", file, number)
		}
	}
}

var named = regexp.MustCompile(`[rR]ulings? ?(\d+)(?:(To|And)(\d+))?`)

// names reports whether a text has "ruling 8", "Ruling08", "Ruling21And22" or
// "Rulings17To19".
func names(text []byte, n int) bool {
	for _, m := range named.FindAllSubmatch(text, -1) {
		first, last := number(string(m[1])), number(string(m[3]))
		switch {
		case n == first, n == last, string(m[2]) == "To" && n > first && n < last:
			return true
		}
	}
	return false
}
