package emulator

import (
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// maxOpenFiles is how many files can be open at a time (field).
const maxOpenFiles = 10

// openFile is a file that AT+QFOPEN has opened.
//
// It belongs to the module, not to the port that opened it: it stays open when
// the host goes (inferred). What is written to it is its own until AT+QFCLOSE
// puts it in the place of the file in the store, whole; a module that loses power
// before has the old file (inferred; that AT+QFLST shows the old size until then
// is the family's).
type openFile struct {
	handle   int // from 1; the lowest that was free
	at       filePlace
	mode     vfs.Mode
	file     *vfs.File
	position int64 // in bytes from the beginning, at most the file's size
	written  bool  // since it was opened, or put into the store
}

// openFiles are the files that are open. A file's handle is its index plus 1.
type openFiles [maxOpenFiles]*openFile

// open opens a file at its beginning. Errors: CMETooManyOpen, and those of
// vfs.FS.OpenFile.
func (o *openFiles) open(at filePlace, mode vfs.Mode) (*openFile, error) {
	for i := range o {
		if o[i] != nil {
			continue
		}
		file, err := at.store.OpenFile(at.name, mode)
		if err != nil {
			return nil, err
		}
		o[i] = &openFile{handle: i + 1, at: at, mode: mode, file: file, written: mode == vfs.Truncate}
		return o[i], nil
	}
	return nil, CMETooManyOpen
}

// get is the open file that the first parameter of a command names, or
// CMEFileHandle.
func (o *openFiles) get(c *Call) (*openFile, error) {
	if i := c.Int(0); i >= 1 && i <= len(o) && o[i-1] != nil {
		return o[i-1], nil
	}
	return nil, CMEFileHandle
}

// named is the open file at a place, or nil.
func (o *openFiles) named(at filePlace) *openFile {
	for _, f := range o {
		if f != nil && f.at == at {
			return f
		}
	}
	return nil
}

// losePower forgets what is open and what was written to it.
func (o *openFiles) losePower() {
	for _, f := range o {
		if f != nil {
			f.file.Discard()
		}
	}
	*o = openFiles{}
}

// storeFile puts what was written to a file into the store by a method of vfs.File.
func (m *Modem) storeFile(c *Call, f *openFile, by func() error) error {
	size := f.file.Size()
	if err := by(); err != nil {
		return err
	}
	if f.written {
		f.written = false
		m.event(Event{Kind: FileUploaded, Port: m.PortOf(c.Line), Bytes: int(size), Text: f.at.shown()})
	}
	return nil
}

// Origins of AT+QFSEEK.
const (
	fromBeginning = iota
	fromPosition
	fromEnd
)

// fileHandle is how a command names an open file. Handles are the module's to
// choose, so a wrong one is no wrong parameter.
var fileHandle = atengine.Int("filehandle", 0, math.MaxInt32).Named()

// onFile makes a handler of one that is about an open file.
func onFile(f func(m *Modem, c *Call, f *openFile) Response) atengine.Handler[*Modem] {
	return func(m *Modem, c *Call) Response {
		file, err := m.handles.get(c)
		if err != nil {
			return atengine.Fail(err)
		}
		return f(m, c, file)
	}
}

var _ = commands("Files",
	&Command{
		Name: "+QFOPEN", Summary: "open a file, list those that are open", Source: "family, capture", Class: classFile,
		Params: []atengine.Param{filename, atengine.Int("mode", int(vfs.Update), int(vfs.ReadOnly)).Or(int(vfs.Update))},
		Read:   (*Modem).listOpenFiles,
		Write: func(m *Modem, c *Call) Response {
			at, err := m.regularFileAt(c.Text(0))
			if err != nil {
				return atengine.Fail(err)
			}
			f, err := m.handles.open(at, vfs.Mode(c.Int(1)))
			if errors.Is(err, vfs.ErrNoSpace) {
				err = CMEDriveFull
			}
			if err != nil {
				return atengine.Fail(err)
			}
			return atengine.Infof("+QFOPEN: %d", f.handle)
		},
	},
	&Command{
		Name: "+QFCLOSE", Summary: "close an open file", Source: "family, capture", Class: classFile,
		Params: []atengine.Param{fileHandle},
		Write: onFile(func(m *Modem, c *Call, f *openFile) Response {
			m.handles[f.handle-1] = nil // also when it fails
			return atengine.Fail(m.storeFile(c, f, f.file.Close))
		}),
	},
	&Command{
		Name: "+QFSEEK", Summary: "set the position in an open file", Source: "family; from the end backwards: inferred", Class: classFile,
		Params: []atengine.Param{
			fileHandle, atengine.Int("offset", 0, math.MaxInt32).Named(),
			atengine.Int("position", fromBeginning, fromEnd).Or(fromBeginning),
		},
		Write: onFile(func(_ *Modem, c *Call, f *openFile) Response {
			to := int64(c.Int(1))
			switch c.Int(2) {
			case fromPosition:
				to += f.position
			case fromEnd:
				to = f.file.Size() - to
			}
			if to < 0 || to > f.file.Size() {
				return atengine.Fail(CMEBeyondFile)
			}
			f.position = to
			return Response{}
		}),
	},
	&Command{
		Name: "+QFPOSITION", Summary: "position in an open file", Source: "family", Class: classFile,
		Params: []atengine.Param{fileHandle},
		Write: onFile(func(_ *Modem, _ *Call, f *openFile) Response {
			return atengine.Infof("+QFPOSITION: %d", f.position)
		}),
	},
	&Command{
		Name: "+QFSIZE", Summary: "size of an open file", Source: "family; the answer's form: inferred", Class: classFile,
		Params: []atengine.Param{fileHandle},
		Write: onFile(func(_ *Modem, _ *Call, f *openFile) Response {
			return atengine.Infof("+QFSIZE: %d", f.file.Size())
		}),
	},
	&Command{
		Name: "+QFMD5", Summary: "MD5 of an open file", Source: "family; the answer's form: inferred", Class: classFile,
		Params: []atengine.Param{filename},
		Write:  (*Modem).fileMD5,
	},
)

func (m *Modem) listOpenFiles(*Call) Response {
	var lines []string
	for _, f := range m.handles {
		if f != nil {
			lines = append(lines, fmt.Sprintf(`+QFOPEN: "%s%s",%d,%d`, f.at.storage, f.at.name, f.handle, f.mode))
		}
	}
	return atengine.Info(lines...)
}

// fileMD5 tells the MD5 of a file, which must be open, with what was written to
// it.
func (m *Modem) fileMD5(c *Call) Response {
	at, err := m.fileAt(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	f := m.handles.named(at)
	if f == nil {
		if _, err := at.store.Stat(at.name); err != nil {
			return atengine.Fail(err)
		}
		return atengine.Fail(CMEFileHandle)
	}
	sum := md5.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f.file, 0, f.file.Size())); err != nil {
		return atengine.Fail(err)
	}
	return atengine.Infof("+QFMD5: %x", sum.Sum(nil))
}
