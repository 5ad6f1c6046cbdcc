package scenario

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Parse reads a scenario from text. name is that of its file, for messages and
// where it has none of its own. open reads the files that it names, by their
// path relative to its own; nil: it may name none. The scenario is nil when
// there are problems, which are all that is wrong with it.
func Parse(name string, data []byte, open func(rel string) ([]byte, error)) (*Scenario, decl.Problems) {
	s := &Scenario{}
	problems := decl.Decode(name, data, s)
	if open == nil {
		open = func(string) ([]byte, error) {
			return nil, errors.New("there is no file beside this scenario: use text or base64")
		}
	}
	problems = append(problems, s.load(open)...)
	if len(problems) > 0 {
		problems.Sort()
		return nil, problems
	}
	if s.Name == "" {
		s.Name = Key(name)
	}
	return s, nil
}

// Bundled is behind the name of a file that comes with qsim, so that nobody looks
// for it.
const Bundled = " (bundled)"

// Key is the name by which a file's scenario is known: that of the file without
// its directory and ending.
func Key(file string) string {
	base := strings.TrimSuffix(path.Base(filepath.ToSlash(file)), Bundled)
	return strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
}

// LoadFile reads a scenario file. An error that is a decl.Problems tells what is
// wrong with its content; any other that it could not be read.
func LoadFile(file string) (*Scenario, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	data, err := all(f)
	if err != nil {
		return nil, err
	}
	s, problems := Parse(file, data, func(rel string) ([]byte, error) {
		if filepath.IsAbs(rel) {
			return nil, errors.New("the path is absolute")
		}
		f, err := os.Open(filepath.Join(filepath.Dir(file), filepath.FromSlash(rel)))
		if err != nil {
			return nil, err
		}
		return all(f)
	})
	return s, problems.Err()
}

// LoadFS reads a scenario file of a file system. The files that it names lie in
// or below its directory. The errors are those of LoadFile.
func LoadFS(fsys fs.FS, name string) (*Scenario, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := all(f)
	if err != nil {
		return nil, err
	}
	s, problems := Parse(name, data, func(rel string) ([]byte, error) {
		if !fs.ValidPath(rel) {
			return nil, errors.New("the path leads out of the scenario's directory")
		}
		f, err := fsys.Open(path.Join(path.Dir(name), rel))
		if err != nil {
			return nil, err
		}
		return all(f)
	})
	return s, problems.Err()
}

// maxRead bounds what is read of one file, in bytes. What is larger is too large
// for anything here; that of a scenario itself is bounded by decl.
const maxRead = 2 << 20

// all reads and closes f.
func all(f fs.File) ([]byte, error) {
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("it is a directory")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	if err == nil && len(data) > maxRead {
		err = fmt.Errorf("larger than %d bytes", maxRead)
	}
	return data, err
}

// Encode writes the scenario as YAML that loads to the same again. What its
// files hold stands in it, so that it needs nothing beside it.
func (s *Scenario) Encode() ([]byte, error) { return decl.Encode(s) }
