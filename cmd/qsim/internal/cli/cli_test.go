package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	tests := []struct {
		name string
		err  error
		code int
		text string
	}{
		{"nothing", nil, 0, ""},
		{"a code alone", fmt.Errorf("child: %w", Exit(7)), 7, ""},
		{
			"with a hint", Usage("--speed", "0.01 to 1000", "%q is no speed", "x"), 2,
			"qsim: --speed: \"x\" is no speed\nhint: 0.01 to 1000\n",
		},
		{
			"of the environment", Environment("--listen", errors.New("address in use"), ""), 3,
			"qsim: --listen: address in use\n",
		},
		{"wrapped", fmt.Errorf("somewhere: %w", &Failure{Code: 1, Why: "no match\n"}), 1, "qsim: no match\n"},
		{"any other", errors.New("accepts 1 arg"), 2, "qsim: accepts 1 arg\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			if code := Report(&b, tt.err); code != tt.code || b.String() != tt.text {
				t.Errorf("code %d, %q; want %d, %q", code, b.String(), tt.code, tt.text)
			}
		})
	}
}

func TestAbout(t *testing.T) {
	f := About("QSIM_SPEED", Environment("x", errors.New("y"), "z"))
	if f.Code != CodeEnvironment || f.Error() != "QSIM_SPEED: x: y" || f.Hint != "z" {
		t.Errorf("got %+v", f)
	}
	if f := About("QSIM_SPEED", errors.New("y")); f.Code != CodeUsage || f.Error() != "QSIM_SPEED: y" {
		t.Errorf("got %+v", f)
	}
}

func TestNearest(t *testing.T) {
	words := []string{"run", "exec", "connect-to", "offline", "EC200S", "EC200T"}
	tests := []struct{ word, want string }{
		{"rn", "run"},
		{"rnu", "run"},
		{"conect-to", "connect-to"},
		{"conn", "connect-to"},
		{"ec200s", "EC200S"},
		{"EC20S", "EC200S"},
		{"ofline", "offline"},
		{"offlien", "offline"},
		{"xyz", ""},
		{"", ""},
		{"e", ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.word, words); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
