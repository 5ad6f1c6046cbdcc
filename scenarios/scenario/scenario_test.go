package scenario_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/jsonschema-go/jsonschema"
	"go.yaml.in/yaml/v4"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/scenarios/library"
	"github.com/quectel-sim/qsim/scenarios/scenario"
)

// content compares scenarios by what they say: not where it stands, nor where
// the content of a file came from.
var content = cmp.Options{
	cmpopts.IgnoreTypes(decl.Pos{}),
	cmpopts.IgnoreFields(scenario.File{}, "Path", "Text", "Base64"),
	cmpopts.EquateEmpty(),
	cmp.Exporter(func(reflect.Type) bool { return true }),
}

// ca is what testdata/ca.pem holds.
func ca(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExample reads a file that uses what there is.
func TestExample(t *testing.T) {
	s, err := scenario.LoadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	when := time.Date(2021, 8, 25, 12, 0, 0, 0, time.FixedZone("", 8*3600))
	want := &scenario.Scenario{
		Name:  "broker drops TLS in the middle of a transfer",
		About: "After the third send the server closes; the host must open again.",
		Modem: scenario.Modem{
			Module: "EC200S", Speed: 20, Boot: scenario.Boot{Mode: "cold", RDY: decl.Duration(11 * time.Second)},
			Quirks: scenario.Quirks{"no-pdp": "561", "urc-port": "usbat"},
		},
		Lab: true,
		Setup: scenario.Setup{
			At:        []scenario.Line{`AT+QURCCFG="urcport","usbat"`},
			Files:     map[scenario.FileName]scenario.File{"cacert.pem": {Data: ca(t)}},
			RTC:       &scenario.Clock{Time: decl.Time{Time: when}},
			SIM:       "ready",
			ConnectTo: []scenario.Redirect{{Host: "broker.example", Port: 8883, ToHost: "127.0.0.1", ToPort: 8883}},

			Registration: "home",
		},
	}
	parts := *s
	parts.Faults, parts.Expect = nil, nil
	if diff := cmp.Diff(want, &parts, content); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := s.Setup.Redirects(); len(got) != 1 || got[0] != (network.Rule{Host: "broker.example", Port: 8883, ToHost: "127.0.0.1", ToPort: 8883}) {
		t.Errorf("redirects %+v", got)
	}

	var rules []string
	for _, r := range s.Faults {
		text := r.On.String() + ":"
		for _, step := range r.Do {
			text += " " + step.Name
		}
		rules = append(rules, text)
	}
	if diff := cmp.Diff([]string{
		"AT+QSSLOPEN: error", "AT+QSSLSEND clientID=4: result", "AT+QIACT contextID={not: 1}: error",
		"tls.connected client 4: close", "AT+QSSLOPEN: mark", "AT+QSSLOPEN: error",
		"a line of 3+ commands: order", "the time 10s: pdp wait urc",
	}, rules); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if a, ok := s.Faults[2].Do[0].Action.(*fault.Error); !ok || a.Code != 572 || a.Stored == nil || *a.Stored != 572 {
		t.Errorf("%+v", s.Faults[2].Do[0].Action)
	}

	if len(s.Expect) != 3 {
		t.Fatalf("%d expectations", len(s.Expect))
	}
	one := s.Expect[0]
	if one.Kind() != "host" || one.Name != "host closes the dead client" || one.Within.Std() != 30*time.Second ||
		one.Host.Command != "+QSSLCLOSE" || one.After == nil || !one.After.URC.Match(`+QSSLURC: "closed",4`) || one.Pos.Line != 31 {
		t.Errorf("%+v", one)
	}
	if two := s.Expect[1]; two.Kind() != "never" || two.Never.Command != "+QPOWD" || two.Within != 0 {
		t.Errorf("%+v", two)
	}
	if three := s.Expect[2]; three.Kind() != "finally" || !three.Finally.SSL[4].Equal(decl.Is("connected")) {
		t.Errorf("%+v", three)
	}
}

// TestExpectations: each form with all its keys, and what holds without them.
func TestExpectations(t *testing.T) {
	const text = `expect:
  - {name: a, message: b, host: {command: QIACT}, after: {at: 3s}, within: 1m30s, each: true, optional: true}
  - {host: {event: tls.connected}}
  - {never: {command: QPOWD}, after: {event: boot}, until: {urc: RDY}}
  - {order: [{command: QIACT}, {command: QSSLOPEN}]}
  - {count: {command: QSSLOPEN}, is: 2-4}
`
	s, problems := scenario.Parse("dir/five.yaml", []byte(text), nil)
	if problems != nil {
		t.Fatal(problems)
	}
	at, command := decl.Duration(3*time.Second), func(name string) *fault.Trigger { return &fault.Trigger{Command: name} }
	rdy := decl.Is("RDY")
	want := []scenario.Expectation{
		{
			Name: "a", Message: "b", Host: command("+QIACT"), After: &fault.Trigger{At: &at},
			Within: decl.Duration(90 * time.Second), Each: true, Optional: true,
		},
		{Host: &fault.Trigger{Event: "tls.connected"}, Within: scenario.DefaultWithin},
		{Never: command("+QPOWD"), After: &fault.Trigger{Event: "boot"}, Until: &fault.Trigger{URC: &rdy}},
		{Order: []fault.Trigger{*command("+QIACT"), *command("+QSSLOPEN")}},
		{Count: command("+QSSLOPEN"), Is: decl.Between(2, 4)},
	}
	if diff := cmp.Diff(want, s.Expect, content); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if s.Name != "five" {
		t.Errorf("the name is %q, not that of the file", s.Name)
	}
}

// TestFiles: a file's content, and who may read which.
func TestFiles(t *testing.T) {
	const text = "setup: {files: {a: b/c.pem, 'UFS:d': {text: \"x\\ny\"}, e: {base64: AAH/}}}"
	fsys := fstest.MapFS{
		"set/one.yaml":     {Data: []byte(text)},
		"set/b/c.pem":      {Data: []byte("c")},
		"set/up.yaml":      {Data: []byte("setup: {files: {a: ../secret, b: /secret, c: ./b/c.pem, d: b}}")},
		"set/big.yaml":     {Data: []byte("setup: {files: {a: big.bin, b: {text: x}}}")},
		"set/big.bin":      {Data: make([]byte, 256<<10)},
		"secret":           {Data: []byte("s")},
		"set/alone.yaml":   {Data: []byte("lab: true")},
		"set/big.txt.yaml": {Data: make([]byte, 3<<20)},
	}
	s, err := scenario.LoadFS(fsys, "set/one.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[scenario.FileName]string{"a": "c", "d": "x\ny", "e": "\x00\x01\xff"} {
		if got := string(s.Setup.Files[name].Data); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{
		"set/up.yaml": `set/up.yaml:1:20: ../secret: the path leads out of the scenario's directory
  hint: the path is relative to the scenario file
set/up.yaml:1:34: /secret: the path leads out of the scenario's directory
  hint: the path is relative to the scenario file
set/up.yaml:1:46: ./b/c.pem: the path leads out of the scenario's directory
  hint: the path is relative to the scenario file
set/up.yaml:1:60: b: it is a directory
  hint: the path is relative to the scenario file`,
		"set/none.yaml":    "open set/none.yaml: file does not exist",
		"set":              "it is a directory",
		"set/big.txt.yaml": "larger than 2097152 bytes",
	} {
		if s, err := scenario.LoadFS(fsys, name); s != nil || err == nil || err.Error() != want {
			t.Errorf("%s: %+v, %v; want %s", name, s, err, want)
		}
	}
	if _, err := scenario.LoadFS(fsys, "set/big.yaml"); err == nil || !strings.HasSuffix(err.Error(), ": the files of a scenario hold 262144 bytes at most") {
		t.Errorf("too large: %v", err)
	}
	if _, problems := scenario.Parse("stdin", []byte(text), nil); len(problems) != 1 || problems[0].Error() !=
		"stdin:1:20: b/c.pem: there is no file beside this scenario: use text or base64" {
		t.Errorf("without files: %v", problems)
	}
	if _, err := scenario.LoadFile(filepath.Join(t.TempDir(), "none.yaml")); !os.IsNotExist(err) {
		t.Errorf("no such file: %v", err)
	}
}

// good are the texts of scenarios without a mistake.
func good(t testing.TB) map[string][]byte {
	t.Helper()
	example, err := os.ReadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][]byte{"example": example, "starter": []byte(library.Starter()), "nothing": nil}
	for _, name := range library.Names() {
		if texts[name], err = library.Text(name); err != nil {
			t.Fatal(err)
		}
	}
	return texts
}

// parse reads a text beside which the files lie that the good ones name.
func parse(t testing.TB, data []byte) (*scenario.Scenario, decl.Problems) {
	return scenario.Parse("f.yaml", data, func(rel string) ([]byte, error) {
		if rel != "ca.pem" && rel != "old-ca.pem" {
			return nil, os.ErrNotExist
		}
		return ca(t), nil
	})
}

// TestEncode: a scenario that is written and read again is the same, and needs
// no file beside it.
func TestEncode(t *testing.T) {
	for name, text := range good(t) {
		s, problems := parse(t, text)
		if problems != nil {
			t.Fatalf("%s: %v", name, problems)
		}
		seed := uint64(1<<64 - 1)
		s.Modem.Module, s.Modem.Seed = "EC600N-CN", &seed
		written, err := s.Encode()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, problems := scenario.Parse("f.yaml", written, nil)
		if problems != nil {
			t.Fatalf("%s: %v\nin\n%s", name, problems, written)
		}
		if diff := cmp.Diff(s, again, content); diff != "" {
			t.Errorf("%s: -written +read\n%s\nin\n%s", name, diff, written)
		}
	}
}

// TestEncodeExample: what is written is as a person would write it.
func TestEncodeExample(t *testing.T) {
	s, err := scenario.LoadFile("testdata/example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/example.encoded.yaml"
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestSchema: the schema that is shipped is that of the code; it takes what has
// no mistake and refuses mistakes that a schema can tell.
func TestSchema(t *testing.T) {
	text, err := scenario.Schema()
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("../schema/qsim-v1.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), string(shipped)); diff != "" {
		t.Errorf("run go generate: -code +shipped\n%s", diff)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(shipped, &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	validate := func(text []byte) error {
		var value any = map[string]any{}
		if len(text) > 0 {
			if err := yaml.Load(text, &value); err != nil {
				t.Fatal(err)
			}
		}
		// As an editor has it: with the types of JSON.
		data, err := json.Marshal(texts(value))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatal(err)
		}
		return resolved.Validate(value)
	}
	for name, text := range good(t) {
		if err := validate(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{
		"unknown-key", "wrong-type", "two-actions", "code-out-of-range", "quirks", "bad-modem", "unknown-action",
		"bad-modifiers", "bad-part", "two-expectations", "no-expectation", "not-of-this-kind", "bad-duration", "bad-count",
	} {
		text, err := os.ReadFile("testdata/bad/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if validate(text) == nil {
			t.Errorf("the schema takes %s", name)
		}
	}
}

// texts is a value whose mappings have texts for keys, and whose times are texts.
func texts(v any) any {
	switch v := v.(type) {
	case map[any]any:
		m := map[string]any{}
		for key, value := range v {
			text, err := json.Marshal(key)
			if err != nil {
				return err
			}
			m[strings.Trim(string(text), `"`)] = texts(value)
		}
		return m
	case map[string]any:
		m := map[string]any{}
		for key, value := range v {
			m[key] = texts(value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = texts(value)
		}
		return list
	case time.Time:
		return v.Format(time.RFC3339)
	}
	return v
}

// TestReference tells of each key, once and with a line of its own.
func TestReference(t *testing.T) {
	seen := map[string]bool{}
	for _, section := range scenario.Reference() {
		if seen[section.Name] {
			t.Errorf("%s is there twice", section.Name)
		}
		seen[section.Name] = true
	}
	for _, name := range []string{"scenario", "modem", "boot", "setup", "file", "expectation"} {
		if !seen[name] {
			t.Errorf("%s is missing", name)
		}
	}
}

// FuzzLoad reads any bytes. What has no problem is written and read again, and
// is the same.
func FuzzLoad(f *testing.F) {
	for _, text := range good(f) {
		f.Add(text)
	}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, problems := parse(t, data)
		if (s == nil) != (len(problems) > 0) {
			t.Fatalf("%+v, %v", s, problems)
		}
		if s == nil {
			return
		}
		written, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, problems := scenario.Parse("f.yaml", written, nil)
		if problems != nil {
			t.Fatalf("%v\nin\n%s", problems, written)
		}
		if diff := cmp.Diff(s, again, content); diff != "" {
			t.Errorf("%s\nin\n%s", diff, written)
		}
	})
}
