package control

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// OpenAPI is the description of the interface, made from the table of routes.
// openapi.json holds it, and is what is served.
func OpenAPI() ([]byte, error) {
	d := describer{schemas: object{}}
	paths := object{}
	for _, r := range routes() {
		operation, err := d.operation(&r)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		operations, ok := paths[r.path].(object)
		if !ok {
			operations = object{}
			paths[r.path] = operations
		}
		operations[strings.ToLower(r.method)] = operation
	}
	if err := d.answers("Error", reflect.TypeFor[Error]()); err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title":   "qsim control",
			"version": "v1",
			"description": "Looks at a running modem and moves what lies behind its AT commands. What is sent may be YAML as well. " +
				"Requests of web pages of another origin are refused.",
		},
		"servers": []object{
			{"url": "/", "description": "the modem, where there is one alone"},
			{
				"url": "/modems/{modem}", "description": "one of several",
				"variables": object{"modem": object{"default": "0", "description": "its number, from 0; GET /v1/modems lists them"}},
			},
		},
		"paths":      paths,
		"components": object{"schemas": d.schemas},
	}, "", "  ")
	return append(text, '\n'), err
}

type object map[string]any

// describer collects the schemas that operations refer to.
type describer struct{ schemas object }

const schemaPlace = "#/components/schemas/"

func reference(name string) object { return object{"$ref": schemaPlace + name} }

// operation describes one route.
func (d *describer) operation(r *route) (object, error) {
	o := object{"operationId": r.id, "summary": r.summary}
	if list := parameters(r); len(list) > 0 {
		o["parameters"] = list
	}
	if r.takes != nil {
		body, err := d.body(r)
		if err != nil {
			return nil, err
		}
		o["requestBody"] = body
	}
	done := object{"description": http.StatusText(r.status)}
	switch r.gives.(type) {
	case nil:
	case octets:
		done["content"] = object{"application/octet-stream": object{}}
	case stream:
		done["content"] = object{"text/event-stream": object{"schema": object{"type": "string"}}}
	case document:
		done["content"] = object{"application/json": object{"schema": object{"type": "object"}}}
	default:
		t := reflect.TypeOf(r.gives)
		if err := d.answers(t.Name(), t); err != nil {
			return nil, err
		}
		done["content"] = object{"application/json": object{"schema": reference(t.Name())}}
	}
	responses := object{
		strconv.Itoa(r.status): done,
		"default":              failure("what is wrong with the request, or with the modem"),
	}
	for _, code := range r.fails {
		responses[strconv.Itoa(statuses[code])] = failure(code)
	}
	o["responses"] = responses
	return o, nil
}

func failure(description string) object {
	return object{"description": description, "content": object{"application/json": object{"schema": reference("Error")}}}
}

// parameters are those of the path and of the query.
func parameters(r *route) (list []object) {
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			list = append(list, object{
				"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": object{"type": "string"},
			})
		}
	}
	for _, p := range r.query {
		list = append(list, object{
			"name": p.name, "in": "query", "description": p.does, "schema": object{"type": "integer", "minimum": 0},
		})
	}
	return list
}

// body describes what is sent.
func (d *describer) body(r *route) (object, error) {
	var schema *jsonschema.Schema
	var name string
	var empty any
	switch r.takes.(type) {
	case octets:
		return object{"required": true, "content": object{"application/octet-stream": object{"example": r.example}}}, nil
	case ruleBody:
		name, schema, empty = "Rule", decl.Schema(fault.Rule{}, "Rule"), new(fault.Rule)
	default:
		kind := reflect.TypeOf(r.takes).Elem()
		name, empty = kind.Name(), reflect.New(kind).Interface()
		schema = decl.Schema(r.takes, name)
	}
	// A body may be left out where an empty one would do.
	required := len(decl.Decode("", []byte("{}"), empty)) > 0
	if err := d.add(name, schema); err != nil {
		return nil, err
	}
	var example any
	if err := json.Unmarshal([]byte(r.example), &example); err != nil {
		return nil, fmt.Errorf("the example: %w", err)
	}
	kind := object{"schema": reference(name), "example": example}
	return object{"required": required, "content": object{
		"application/json": kind, "application/yaml": object{"schema": reference(name)},
	}}, nil
}

// texts are the types that are text in JSON.
var texts = map[reflect.Type]*jsonschema.Schema{
	reflect.TypeFor[time.Time]():             {Type: "string", Format: "date-time"},
	reflect.TypeFor[emulator.Phase]():        {Type: "string"},
	reflect.TypeFor[emulator.SIMState]():     {Type: "string"},
	reflect.TypeFor[emulator.Registration](): {Type: "string"},
	reflect.TypeFor[json.RawMessage]():       {Ref: schemaPlace + "Rule"},
}

// answers adds the schema of a type that is answered.
func (d *describer) answers(name string, t reflect.Type) error {
	schema, err := jsonschema.ForType(t, &jsonschema.ForOptions{TypeSchemas: texts})
	if err != nil {
		return err
	}
	return d.add(name, schema)
}

// add adds a schema. Those that it defines for itself get its name before theirs.
func (d *describer) add(name string, schema *jsonschema.Schema) error {
	text, err := json.Marshal(schema)
	if err != nil {
		return err
	}
	moved := strings.NewReplacer(
		`"#/$defs/`+name+`"`, `"`+schemaPlace+name+`"`,
		`"#/$defs/`, `"`+schemaPlace+name+`.`)
	var o object
	if err := json.Unmarshal([]byte(moved.Replace(string(text))), &o); err != nil {
		return err
	}
	own := object{}
	if defs, ok := o["$defs"].(map[string]any); ok {
		for def, s := range defs {
			if def != name {
				def = name + "." + def
			}
			own[def] = s
		}
	}
	delete(o, "$defs")
	delete(o, "$schema")
	if _, ok := own[name]; !ok { // else it only refers to that
		own[name] = map[string]any(o)
	}
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if have, ok := d.schemas[name]; ok && !reflect.DeepEqual(have, own[name]) {
			return fmt.Errorf("two schemas are called %s", name)
		}
		d.schemas[name] = own[name]
	}
	return nil
}
