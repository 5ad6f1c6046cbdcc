package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestJSON(t *testing.T) { golden(t, ".json", JSON) }

func TestJSONReadsBack(t *testing.T) {
	for name, r := range samples() {
		if name == "weird" {
			continue // bytes that are no UTF-8 are lost on purpose
		}
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := JSON(&b, r); err != nil {
				t.Fatal(err)
			}
			var got Report
			if err := json.Unmarshal(b.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			ms := cmp.Transformer("ms", func(d time.Duration) int64 { return d.Round(time.Millisecond).Milliseconds() })
			if diff := cmp.Diff(r, &got, ms, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}

			// json.Marshal of the type itself gives the same object.
			plain, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			var one, two any
			if err := json.Unmarshal(plain, &one); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b.Bytes(), &two); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one, two); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestJSONParts reads a run and a check that stand alone.
func TestJSONParts(t *testing.T) {
	want := samples()["one"].Runs[0]
	p, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var run Run
	if err := json.Unmarshal(p, &run); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, run); diff != "" {
		t.Error(diff)
	}
	if p, err = json.Marshal(want.Checks[0]); err != nil {
		t.Fatal(err)
	}
	var check Check
	if err := json.Unmarshal(p, &check); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Checks[0], check); diff != "" {
		t.Error(diff)
	}
}

func TestJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"schema":"qsim/report/v9"}`: `"qsim/report/v9"`,
		`{}`:                          `the schema is ""`,
		`{"schema":"qsim/report/v1","seconds":1e300}`:       "292 years",
		`{"schema":"qsim/report/v1","seconds":"1s"}`:        "float64",
		`{"schema":"qsim/report/v1","runs":[{"exit":"x"}]}`: "exit",
	} {
		var r Report
		if err := json.Unmarshal([]byte(text), &r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %s", text, err, want)
		}
	}
}
