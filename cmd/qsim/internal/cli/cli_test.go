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
		{
			"several", fmt.Errorf("check: %w", Failures{Usage("a:1:2", "", "no"), Usage("b", "yes", "no")}), 2,
			"qsim: a:1:2: no\nqsim: b: no\nhint: yes\n",
		},
		{"none of several", Failures(nil).Err(), 0, ""},
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
	tests := []struct {
		err  error
		code int
		text string
	}{
		{Environment("x", errors.New("y"), "z"), CodeEnvironment, "qsim: QSIM_SPEED: x: y\nhint: z\n"},
		{errors.New("y"), CodeUsage, "qsim: QSIM_SPEED: y\n"},
		{Failures{Usage("a:1:2", "", "no"), Usage("a:3:4", "", "no")}, CodeUsage, "qsim: a:1:2: no\nqsim: a:3:4: no\n"},
	}
	for _, tt := range tests {
		var b strings.Builder
		if code := Report(&b, About("QSIM_SPEED", tt.err)); code != tt.code || b.String() != tt.text {
			t.Errorf("code %d, %q; want %d, %q", code, b.String(), tt.code, tt.text)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	words := []string{"run", "exec"}
	if got := DidYouMean("rnu", words, "see help"); got != "did you mean run?" {
		t.Errorf("near: %q", got)
	}
	if got := DidYouMean("xyz", words, "see help"); got != "see help" {
		t.Errorf("far: %q", got)
	}
}
