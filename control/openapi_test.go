package control_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/quectel-sim/qsim/control"
)

// TestDescriptionIsCurrent: openapi.json is what the table of routes makes.
func TestDescriptionIsCurrent(t *testing.T) {
	want, err := control.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(control.Served(), want) {
		t.Error("openapi.json differs from the routes: make generate")
	}
}

// described is what the tests read of openapi.json.
type described struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		RequestBody struct {
			Content map[string]struct {
				Example json.RawMessage `json:"example"`
			} `json:"content"`
		} `json:"requestBody"`
		Responses map[string]struct {
			Content map[string]struct {
				Schema json.RawMessage `json:"schema"`
			} `json:"content"`
		} `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]json.RawMessage `json:"schemas"`
	} `json:"components"`
}

// schema resolves one of the schemas of openapi.json.
func (d *described) schema(t *testing.T, text []byte) *jsonschema.Resolved {
	t.Helper()
	whole, err := json.Marshal(map[string]any{"$defs": d.Components.Schemas, "allOf": []json.RawMessage{text}})
	if err != nil {
		t.Fatal(err)
	}
	var s jsonschema.Schema
	if err := json.Unmarshal(bytes.ReplaceAll(whole, []byte("#/components/schemas/"), []byte("#/$defs/")), &s); err != nil {
		t.Fatal(err)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// paths are those that examples are tried on, where the route has a parameter.
var paths = strings.NewReplacer("{name}", "ca.pem", "{id}", "1")

// TestEveryRouteAsDescribed calls each route that openapi.json has with the body
// that stands there, and holds the answer against its schema; and the table has
// no other routes.
func TestEveryRouteAsDescribed(t *testing.T) {
	r := newRig(t, limits{speed: 100})
	_, text := r.call("GET", "/v1/openapi.json", "")
	var d described
	r.must(json.Unmarshal(text, &d))
	r.ok("POST", "/v1/faults", `{on: {command: QPOWD}, do: {error: 550}}`, nil)

	tried := 0
	for _, row := range control.Rows() {
		if row.ID == "events" { // it does not end: TestEvents
			tried++
			continue
		}
		op, ok := d.Paths[row.Path][strings.ToLower(row.Method)]
		if !ok || op.OperationID != row.ID {
			t.Errorf("%s %s is not described", row.Method, row.Path)
			continue
		}
		tried++
		body := ""
		if c, ok := op.RequestBody.Content["application/json"]; ok {
			body = string(c.Example)
		} else if c, ok := op.RequestBody.Content["application/octet-stream"]; ok {
			r.must(json.Unmarshal(c.Example, &body))
		}
		if row.ID == "getFile" || row.ID == "removeFile" {
			r.ok("PUT", "/v1/files/ca.pem", "x", nil)
		}
		if row.ID == "removeFault" { // all were removed before
			r.ok("POST", "/v1/reset", "", nil)
			var f control.Fault
			r.ok("POST", "/v1/faults", `{on: {command: QPOWD}, do: {error: 550}}`, &f)
			status, _ := r.call("DELETE", "/v1/faults/"+itoa(f.ID), "")
			if status != http.StatusNoContent {
				t.Errorf("%s: status %d", row.ID, status)
			}
			continue
		}
		status, data := r.call(row.Method, paths.Replace(row.Path), body)
		answer, ok := op.Responses[itoa(status)]
		if !ok || status >= 300 {
			t.Errorf("%s %s %s: status %d %s", row.Method, row.Path, body, status, data)
			continue
		}
		if c, ok := answer.Content["application/json"]; ok {
			var v any
			r.must(json.Unmarshal(data, &v))
			if err := d.schema(t, c.Schema).Validate(v); err != nil {
				t.Errorf("%s %s: %s\n%v", row.Method, row.Path, data, err)
			}
		}
	}
	described := 0
	for _, operations := range d.Paths {
		described += len(operations)
	}
	if described != tried {
		t.Errorf("%d routes are described, there are %d", described, tried)
	}

	// An error is as described, too.
	var e any
	_, data := r.call("POST", "/v1/power", `{"to": "up", "at": 1}`)
	r.must(json.Unmarshal(data, &e))
	if err := d.schema(t, []byte(`{"$ref": "#/components/schemas/Error"}`)).Validate(e); err != nil {
		t.Errorf("%s\n%v", data, err)
	}
}
