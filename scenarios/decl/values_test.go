package decl_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// TestValues reads one value of each kind, and its String back.
func TestValues(t *testing.T) {
	type one struct {
		Duration decl.Duration `yaml:"duration"`
		Size     decl.Size     `yaml:"size"`
		Time     decl.Time     `yaml:"time"`
		Bytes    decl.Bytes    `yaml:"bytes"`
		Count    decl.Count    `yaml:"count"`
		Matcher  decl.Matcher  `yaml:"matcher"`
	}
	key := func(v one, name string) fmt.Stringer {
		return map[string]fmt.Stringer{
			"duration": v.Duration, "size": v.Size, "time": v.Time, "bytes": v.Bytes, "count": v.Count, "matcher": v.Matcher,
		}[name]
	}
	tests := []struct{ text, want, wrong string }{
		{"duration: 500ms", "500ms", ""},
		{"duration: 120s", "2m", ""},
		{"duration: 1h0m5s", "1h0m5s", ""},
		{"duration: 720h", "720h", ""},
		{"duration: 0s", "0s", ""},
		{"duration: 1.5s", "1.5s", ""},
		{"duration: 720h1ns", "", "duration: 720h1ns is more than 720h"},
		{"duration: -5s", "", `duration: wants a duration such as 500ms, not "-5s"`},
		{"duration: 5", "", "duration: wants a duration such as 500ms, not 5"},
		{`duration: "0"`, "", `duration: wants a duration such as 500ms, not "0"`},
		{"duration: 9999999999h", "", `duration: wants a duration such as 500ms, not "9999999999h"`},
		{"size: 4096", "4KiB", ""},
		{"size: 10kB", "10kB", ""},
		{"size: 1MiB", "1MiB", ""},
		{"size: 0", "0", ""},
		{"size: 17B", "17", ""},
		{"size: 1GiB", "1GiB", ""},
		{"size: 1073741825", "", "size: wants a size such as 4096 or 64KiB, not 1073741825"},
		{"size: 18446744073709551617GiB", "", `size: wants a size such as 4096 or 64KiB, not "18446744073709551617GiB"`},
		{"size: -1", "", "size: wants a size such as 4096 or 64KiB, not -1"},
		{"time: now", "now", ""},
		{"time: 2021-08-25T12:00:00.5+08:00", "2021-08-25T12:00:00.5+08:00", ""},
		{"time: 2021-08-25", "", `time: wants a time such as 2021-08-25T12:00:00+08:00, or now, not "2021-08-25"`},
		{`bytes: '\r\x1a\\'`, `\r\x1a\\`, ""},
		{`bytes: "\r"`, `\r`, ""},
		{"bytes: 5", "5", ""},
		{"bytes: [5]", "", `bytes: wants text with escapes such as \r and \x1a, not a list`},
		{"count: 3", "3", ""},
		{"count: 3+", "3+", ""},
		{"count: 2-5", "2-5", ""},
		{"count: 0", "0", ""},
		{"count: 5-2", "", "count: 5-2 ends before it starts"},
		{"count: -3", "", "count: wants a number of times such as 3, 3+ or 2-5, not -3"},
		{"matcher: 4", "4", ""},
		{`matcher: "4"`, "'4'", ""},
		{"matcher: [peer, {not: /x/}]", "[peer, {not: /x/}]", ""},
		{"matcher: {min: 3, max: 0x10}", "{from: 3, to: 16}", ""},
		{"matcher: {not: {not: 0xC02F}}", "{not: {not: 0xC02F}}", ""},
		{"matcher: {min: 3, from: 2}", "", "matcher: that end is given already"},
		{"matcher: {not: 1, to: 3}", "", "matcher: not stands alone"},
		{"matcher: {}", "", `matcher: wants a value, a list of values, "/regexp/", {not: ...} or {from: 3, to: 7}, not a mapping`},
		{"matcher: //", "", "matcher: an empty regular expression matches everything"},
		{"matcher: /" + strings.Repeat("x", 1025) + "/", "", "matcher: a regular expression of more than 1024 bytes"},
		{"matcher: /[z-a]/", "", "matcher: invalid character class range: `z-a`"},
	}
	for _, tt := range tests {
		t.Run(tt.text[:min(len(tt.text), 40)], func(t *testing.T) {
			var v one
			problems := decl.Decode("", []byte(tt.text), &v)
			if tt.wrong != "" {
				if len(problems) != 1 || problems[0].Why != tt.wrong {
					t.Fatalf("got %v; want %s", problems, tt.wrong)
				}
				return
			}
			name, _, _ := strings.Cut(tt.text, ":")
			if got := key(v, name).String(); len(problems) > 0 || got != tt.want {
				t.Errorf("got %s, %v; want %s", got, problems, tt.want)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		matcher  string
		yes, not []string
	}{
		{"4", []string{"4", "04", "0x4"}, []string{"", "5", "4 ", "four", "+4"}},
		{`"4"`, []string{"4"}, []string{"04", "0x4"}},
		{`"0xC02F"`, []string{"0xC02F", "0XC02F", "0xc02f", "49199"}, []string{"C02F", "0xC02E"}},
		{"0xC02F", []string{"0xC02F", "0XC02F", "49199"}, []string{"C02F"}},
		{"-5", []string{"-5", "-05"}, []string{"5", "--5"}},
		{"898600810906F8048812", []string{"898600810906F8048812"}, []string{"898600810906f8048812"}},
		{"89860081090600488121", []string{"89860081090600488121"}, []string{"089860081090600488121"}}, // too great for a number
		{"peer", []string{"peer"}, []string{"Peer", "peer "}},
		{"true", []string{"true"}, []string{"1"}},
		{"''", []string{""}, []string{"0"}},
		{"[1, peer]", []string{"1", "01", "peer"}, []string{"2"}},
		{"{not: 1}", []string{"2", "", "peer"}, []string{"1", "01"}},
		{"{not: [1, 2]}", []string{"3"}, []string{"1", "2"}},
		{"/^a.c$/", []string{"abc"}, []string{"xabc", "ABC"}},
		{"/b/", []string{"abc"}, []string{"ac"}},
		{"/a", []string{"/a"}, []string{"a"}},
		{"/", []string{"/"}, []string{""}},
		{"{from: 3, to: 7}", []string{"3", "7", "0x5"}, []string{"2", "8", "", "x"}},
		{"{min: 3}", []string{"3", "99"}, []string{"2"}},
		{"{max: 3}", []string{"3", "-9"}, []string{"4"}},
	}
	for _, tt := range tests {
		var v struct {
			M decl.Matcher `yaml:"m"`
		}
		if err := decl.Decode("", []byte("m: "+tt.matcher), &v).Err(); err != nil {
			t.Errorf("%s: %v", tt.matcher, err)
			continue
		}
		for _, s := range tt.yes {
			if !v.M.Match(s) {
				t.Errorf("%s does not match %q", tt.matcher, s)
			}
		}
		for _, s := range tt.not {
			if v.M.Match(s) {
				t.Errorf("%s matches %q", tt.matcher, s)
			}
		}
	}
	if zero := (decl.Matcher{}); !zero.IsZero() || !zero.Match("anything") || zero.String() != "" {
		t.Error("the zero matcher asks for something")
	}
	if m := decl.Is("4"); m.IsZero() || !m.Match("04") || m.Match("5") {
		t.Error("Is(4) is not 4")
	}
}

func TestCount(t *testing.T) {
	tests := []struct {
		count   decl.Count
		yes, no []int
	}{
		{decl.Count{}, []int{0, 7}, nil},
		{decl.Exactly(0), []int{0}, []int{1}},
		{decl.AtLeast(3), []int{3, 1 << 40}, []int{2}},
		{decl.Between(2, 5), []int{2, 5}, []int{1, 6}},
	}
	for _, tt := range tests {
		for _, n := range tt.yes {
			if !tt.count.Has(n) {
				t.Errorf("%v has no %d", tt.count, n)
			}
		}
		for _, n := range tt.no {
			if tt.count.Has(n) {
				t.Errorf("%v has %d", tt.count, n)
			}
		}
	}
}

func TestTimeAt(t *testing.T) {
	now, then := time.Unix(1, 0), time.Unix(2, 0)
	if got := (decl.Time{Now: true}).At(now); !got.Equal(now) {
		t.Errorf("now is %v", got)
	}
	if got := (decl.Time{Time: then}).At(now); !got.Equal(then) {
		t.Errorf("then is %v", got)
	}
}
