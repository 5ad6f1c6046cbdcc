package chat

import (
	"fmt"
	"io/fs"
	"strconv"
	"time"
)

// Dir says which side bytes come from.
type Dir uint8

// The two directions.
const (
	Host  Dir = iota + 1 // sent by the host, received by the modem
	Modem                // sent by the modem, received by the host
)

// String is "host" or "modem".
func (d Dir) String() string {
	switch d {
	case Host:
		return "host"
	case Modem:
		return "modem"
	}
	return "nobody"
}

// Op is what a step does. Its text is the mark that starts the line.
type Op string

// The steps of a script; the package documentation says what each one means.
// The comment names the fields of [Step] that count.
const (
	OpBlank      Op = ""         // none
	OpComment    Op = "#"        // Text
	OpSend       Op = ">"        // Data
	OpSendRaw    Op = ">>"       // Data, not empty
	OpExpect     Op = "<"        // Data
	OpExpectMore Op = "<|"       // Data
	OpExpectRaw  Op = "<<"       // Data, not empty
	OpSection    Op = "@section" // Text, not empty
	OpEcho       Op = "@echo"    // On
	OpWait       Op = "@wait"    // Duration
	OpQuiet      Op = "@quiet"   // Duration
	OpTimeout    Op = "@timeout" // Duration
	OpFile       Op = "@file"    // Text: the file
	OpSize       Op = "@size"    // Text: the file; Name: what keeps its length
	OpReopen     Op = "@reopen"  // none
)

// MaxDuration bounds what @wait, @quiet and @timeout can ask for.
const MaxDuration = time.Hour

// Step is one line of a script.
type Step struct {
	Op       Op
	Data     Pattern       // the bytes of a send or an expectation, unframed
	Text     string        // a comment, a title, or the name of a file
	Name     string        // of a variable
	Duration time.Duration // more than 0, at most MaxDuration
	On       bool
}

// Script is a transcript. Steps[i] stands on line i+1 of the text.
type Script struct {
	Name  string // of the file, for messages
	Steps []Step
}

// Chunk is a run of bytes that one side sends in one step of a script.
type Chunk struct {
	Dir   Dir
	Bytes []byte
	Line  int // of the script, from 1
}

// Flow is the session as bytes, in the order of the script, with the echo where
// it is implied. Variables come from vars and @size, files from files; either
// may be nil. A variable that has no value is an error: what the modem will say
// in its place is not known.
func (s *Script) Flow(vars map[string]string, files fs.FS) ([]Chunk, error) {
	known := make(map[string]string, len(vars))
	for name, value := range vars {
		known[name] = value
	}
	var flow []Chunk
	echo := true
	for i, step := range s.Steps {
		var err error
		add := func(dir Dir, p Pattern) {
			var bytes string
			if bytes, err = p.Expand(known); err == nil {
				flow = append(flow, Chunk{dir, []byte(bytes), i + 1})
			}
		}
		switch step.Op {
		case OpEcho:
			echo = step.On
		case OpSize:
			known[step.Name], err = fileSize(files, step.Text)
		case OpFile:
			var content []byte
			if content, err = readFile(files, step.Text); err == nil {
				flow = append(flow, Chunk{Host, content, i + 1})
			}
		case OpSend, OpSendRaw:
			add(Host, step.wire())
			if step.Op == OpSend && echo && err == nil {
				add(Modem, step.wire())
			}
		case OpExpect, OpExpectMore, OpExpectRaw:
			add(Modem, step.wire())
		}
		if err != nil {
			return nil, s.errorAt(i, err)
		}
	}
	return flow, nil
}

// wire is the step's bytes as they pass on the wire: Data in its frame.
func (s Step) wire() Pattern {
	switch s.Op {
	case OpSend:
		return s.Data.framed("", "\r")
	case OpExpect:
		return s.Data.framed("\r\n", "\r\n")
	case OpExpectMore:
		return s.Data.framed("", "\r\n")
	}
	return s.Data
}

// errorAt says where in the script err arose.
func (s *Script) errorAt(i int, err error) error {
	return fmt.Errorf("%s:%d: %w", s.Name, i+1, err)
}

// readFile reads a file that a script sends or measures.
func readFile(files fs.FS, name string) ([]byte, error) {
	if files == nil {
		return nil, fmt.Errorf("file %q: the script was given no files", name)
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, fmt.Errorf("file %q: %w", name, err)
	}
	return content, nil
}

// fileSize is the length of a file in decimal digits.
func fileSize(files fs.FS, name string) (string, error) {
	content, err := readFile(files, name)
	return strconv.Itoa(len(content)), err
}
