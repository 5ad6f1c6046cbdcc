package scenario

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/vfs"
)

// maxFiles is how much the files of a scenario may hold in all, in bytes. It is
// far more than certificates need, and [Scenario.Encode] can put it into one file.
const maxFiles = 256 << 10

// storage is the name of the module's store, which may stand before a file's.
const storage = "UFS:"

// FileName is the name of a file in the module's store, without UFS: before it.
type FileName string

// DecodeYAML reads a name with or without UFS:.
func (f *FileName) DecodeYAML(n *decl.Node) {
	name := n.Text()
	if len(name) >= len(storage) && strings.EqualFold(name[:len(storage)], storage) {
		name = name[len(storage):]
	}
	if strings.Contains(name, ":") {
		n.Fail("UFS: is the family's one storage", "setup.files: %q is on a storage that the module has not got", n.Text())
		return
	}
	if !vfs.ValidName(name) {
		n.Want("", f.Describe())
		return
	}
	*f = FileName(name)
}

// EncodeYAML is what it is read from.
func (f FileName) EncodeYAML() any { return storage + string(f) }

// Describe says what it takes.
func (FileName) Describe() string {
	return "the name of a file of 1 to 80 bytes such as UFS:cacert.pem"
}

// JSONSchema is its schema.
func (FileName) JSONSchema() *jsonschema.Schema { return &jsonschema.Schema{Type: "string"} }

// File is what a file in the module's store holds.
type File struct {
	_ struct{} `name:"file" doc:"What a file holds: one of path, text and base64."`

	Pos    decl.Pos
	Path   string `yaml:"path" short:"yes" doc:"a file beside the scenario that holds it, its path relative to the scenario's"`
	Text   string `yaml:"text" doc:"what it holds, as text"`
	Base64 string `yaml:"base64" doc:"what it holds, in base64 (RFC 4648)"`

	Data []byte `yaml:"-"` // what it holds, once the scenario is read
}

// CheckYAML wants one of the three ways to say what a file holds.
func (f *File) CheckYAML(n *decl.Node) {
	if n.Kind() != decl.Mapping {
		return
	}
	var first string
	for key := range n.Pairs() {
		if first != "" {
			key.Fail("one of them", "two in one: %s and %s", first, key.Text())
			return
		}
		first = key.Text()
	}
	switch first {
	case "":
		n.Fail("path, text or base64", "it does not say what the file holds")
	case "text":
		f.Data = []byte(f.Text)
	case "base64":
		data, err := base64.StdEncoding.DecodeString(f.Base64)
		if err != nil {
			n.Get("base64").Fail("", "no base64: %v", err)
		}
		f.Data = data
	}
}

// EncodeYAML is what it is read from, with what it holds in place of a path: the
// scenario then needs no file beside it.
func (f File) EncodeYAML() any {
	if isText(f.Data) {
		return map[string]string{"text": string(f.Data)}
	}
	return map[string]string{"base64": base64.StdEncoding.EncodeToString(f.Data)}
}

// isText reports whether data is text that YAML can hold in a readable way.
func isText(data []byte) bool {
	for _, c := range data {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return false
		}
	}
	return utf8.Valid(data)
}

// load reads the files that lie beside the scenario.
func (s *Scenario) load(open func(rel string) ([]byte, error)) (problems decl.Problems) {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(s.Setup.Files)) {
		f := s.Setup.Files[name]
		if f.Path != "" {
			data, err := open(f.Path)
			if err != nil {
				problems = append(problems, f.Pos.Problem("the path is relative to the scenario file", "%s: %v", f.Path, reason(err)))
				continue
			}
			f.Data = data
			s.Setup.Files[name] = f
		}
		if total += len(f.Data); total > maxFiles {
			problems = append(problems, f.Pos.Problem("", "the files of a scenario hold %d bytes at most", maxFiles))
			break
		}
	}
	return problems
}

// reason is what the system said about a path that is named already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
