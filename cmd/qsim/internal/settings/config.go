package settings

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
)

// maxConfig is more than any file of settings needs, in bytes.
const maxConfig = 1 << 20

// fromFile sets what the YAML file at path says and nothing before it has said.
// Every error tells where in the file it is.
func fromFile(path string, fs *pflag.FlagSet) error {
	data, err := readConfig(path)
	if err != nil {
		return cli.Usage("--config", "", "%v", err)
	}
	c := config{path: path, fs: fs, seen: map[string]int{}}
	var docs []yaml.Node
	if err := yaml.Load(data, &docs, yaml.WithAllDocuments()); err != nil {
		return c.syntax(err)
	}
	switch {
	case len(docs) > 1:
		return c.at(&docs[1], "", "a second document: the settings are one")
	case len(docs) == 0 || len(docs[0].Content) == 0: // empty, or comments alone
		return nil
	}
	return c.apply(resolve(docs[0].Content[0]))
}

func readConfig(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err == nil && len(data) > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", path, maxConfig)
	}
	return data, err
}

// config is a file being applied to flags.
type config struct {
	path string
	fs   *pflag.FlagSet
	seen map[string]int // the line of each key
}

// at is a failure at a node.
func (c *config) at(n *yaml.Node, hint, why string, args ...any) error {
	return cli.Usage(fmt.Sprintf("%s:%d:%d", c.path, n.Line, n.Column), hint, why, args...)
}

// syntax is the failure of a file that is no YAML.
func (c *config) syntax(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return cli.Usage(c.path, "", "%v", err)
	}
	return cli.Usage(fmt.Sprintf("%s:%d:%d", c.path, max(1, e.Mark.Line), max(1, e.Mark.Column)), "", "%s", e.Message)
}

func (c *config) apply(root *yaml.Node) error {
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil
	}
	if root.Kind != yaml.MappingNode {
		return c.at(root, "one setting a line, such as module: EC200S", "not a list of settings")
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if err := c.set(resolve(root.Content[i]), resolve(root.Content[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// set sets one key.
func (c *config) set(key, val *yaml.Node) error {
	one, known := lookup(key.Value)
	f := c.fs.Lookup(key.Value)
	if key.Kind != yaml.ScalarNode || !known || f == nil || one.name == "config" {
		return c.at(key, cli.DidYouMean(key.Value, c.keys(), "the keys are the flags without --, but for config"),
			"unknown key %q", key.Value)
	}
	if line, twice := c.seen[one.name]; twice {
		return c.at(key, "", "%s is set already, in line %d", one.name, line)
	}
	c.seen[one.name] = key.Line
	target := f.Value
	if f.Changed { // said already: only see whether it could be
		target = one.value(New())
	}
	values := []*yaml.Node{val}
	if one.list && val.Kind == yaml.SequenceNode {
		values = val.Content
	}
	for _, v := range values {
		if v = resolve(v); v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
			return c.at(v, "", "%s wants a value, and one only", one.name)
		}
		if err := target.Set(v.Value); err != nil {
			return cli.About(fmt.Sprintf("%s:%d:%d: %s", c.path, v.Line, v.Column, one.name), err)
		}
	}
	return nil
}

// keys are what a file may set.
func (c *config) keys() (names []string) {
	c.fs.VisitAll(func(f *pflag.Flag) {
		if Variable(f) != "" && f.Name != "config" {
			names = append(names, f.Name)
		}
	})
	return names
}

// resolve follows aliases.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}
