package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// Bounds of the file commands (family).
const (
	defaultUpload  = 10240
	uploadTimeout  = 5 // seconds
	uploadAckEvery = 1024
	maxFileSize    = 1 << 30
)

var filename = atengine.Str("filename", 1, 84).Bare()

var _ = commands("Files",
	&Command{
		Name: "+QFLDS", Summary: "space of the file store", Source: "family, capture", Class: classFile, Test: "OK",
		Params: []atengine.Param{atengine.Str("name_pattern", 3, 4).Bare()},
		Exec: func(m *Modem, _ *Call) Response {
			u, err := usage(m.files)
			if err != nil {
				return atengine.Fail(err)
			}
			return atengine.Infof("+QFLDS: %d,%d", u.Used, u.Files)
		},
		Write: func(m *Modem, c *Call) Response {
			store := m.storageNamed(c.Text(0))
			if store == nil {
				return atengine.Fail(CMEFileValue)
			}
			u, err := usage(store)
			if err != nil {
				return atengine.Fail(err)
			}
			return atengine.Infof("+QFLDS: %d,%d", u.Free, u.Total)
		},
	},
	&Command{
		Name: "+QFLST", Summary: "list files", Source: "family, capture", Class: classFile, Test: "OK",
		Params: []atengine.Param{atengine.Str("name_pattern", 1, 84).Bare()},
		Exec:   func(m *Modem, _ *Call) Response { return m.listFiles("*") },
		Write:  func(m *Modem, c *Call) Response { return m.listFiles(c.Text(0)) },
	},
	&Command{
		Name: "+QFDEL", Summary: `delete a file, or all ("*")`, Source: "seed 4, family, capture", Class: classFile,
		Params: []atengine.Param{filename},
		Write:  (*Modem).deleteFile,
	},
	&Command{
		Name: "+QFUPL", Summary: "upload a file", Source: "seed 4, ruling 27, family, capture", Class: classFile, Max: 5 * time.Second,
		Params: []atengine.Param{
			filename,
			atengine.Int("file_size", 1, maxFileSize).Or(defaultUpload).As("(1-<freesize>)"),
			atengine.Int("timeout", 1, 65535).Or(uploadTimeout),
			atengine.OneOf("ackmode", 0, 1).Or(0),
		},
		Write: (*Modem).uploadFile,
	},
	&Command{
		Name: "+QFDWL", Summary: "download a file", Source: "family, capture", Class: classFile,
		Params: []atengine.Param{filename},
		Write:  (*Modem).downloadFile,
	},
)

// usage tells how full a store is.
func usage(store *vfs.FS) (vfs.Usage, error) {
	u, err := store.Usage()
	if err != nil {
		err = fmt.Errorf("%w: %w", CMEDiskInfo, err)
	}
	return u, err
}

// listFiles answers the files of a pattern: "*", "UFS:*", or a name. One that is
// open shows the size that it has in the store, not what was written since
// (family).
func (m *Modem) listFiles(pattern string) Response {
	at, err := m.fileAt(pattern)
	if err != nil {
		return atengine.Fail(err)
	}
	line := func(f vfs.Info) string { return fmt.Sprintf(`+QFLST: "%s%s",%d`, at.storage, f.Name, f.Size) }
	if at.name != "*" {
		info, err := at.store.Stat(at.name)
		if err != nil {
			return atengine.Fail(err)
		}
		return atengine.Info(line(info))
	}
	list, err := at.store.List()
	if err != nil {
		return atengine.Fail(err)
	}
	lines := make([]string, len(list))
	for i, info := range list {
		lines[i] = line(info)
	}
	return atengine.Info(lines...)
}

// deleteFile deletes a file, or all. One that is open is not deleted (field: a
// host has to close it first); of all, the others are.
func (m *Modem) deleteFile(c *Call) Response {
	at, err := m.fileAt(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	if at.name != "*" {
		return atengine.Fail(at.store.Remove(at.name))
	}
	list, err := at.store.List()
	for _, f := range list {
		err = cmp.Or(err, at.store.Remove(f.Name))
	}
	return atengine.Fail(err)
}

// uploadFile takes a file from the host. What came before a timeout or +++ is
// kept; what came before the host went is not (ruling 27).
func (m *Modem) uploadFile(c *Call) Response {
	at, err := m.regularFileAt(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	size, ack, p := c.Int(1), 0, m.portOf(c)
	switch _, err := at.store.Stat(at.name); {
	case err == nil:
		return atengine.Fail(CMEFileExists)
	case !errors.Is(err, vfs.ErrNotFound):
		return atengine.Fail(err)
	}
	if err := at.store.Fits(at.name, int64(size)); err != nil {
		return atengine.Fail(err)
	}
	if c.Int(3) == 1 {
		ack = uploadAckEvery
	}
	return atengine.Begin(&atengine.Upload{
		Length: size, Idle: time.Duration(c.Int(2)) * time.Second, AckEvery: ack,
		Done: func(data []byte, end atengine.Ending) Response {
			if end == atengine.HungUp {
				m.note(p, "the host went during an upload: nothing of "+at.name+" is kept")
				return Response{}
			}
			if err := at.store.Create(at.name, data); err != nil {
				return atengine.Fail(err)
			}
			m.event(Event{Kind: FileUploaded, Port: p.name, Bytes: len(data), Text: at.shown()})
			r := atengine.Infof("+QFUPL: %d,%x", len(data), vfs.Sum(data))
			if end == atengine.TimedOut {
				r.Result = m.cmeResult(CMEFileTimeout)
			}
			return r
		},
	})
}

// A command that is made to answer something else takes its data all the same.
var (
	_ = asks("+QFUPL", takeFile)
	_ = asks("+QFWRITE", takeFile)
)

// takeFile asks for what +QFUPL and +QFWRITE, whose parameters are alike, ask
// for, and drops it.
func takeFile(_ *Modem, c *Call, then Response) Response {
	u := &atengine.Upload{
		Length: c.Int(1), Idle: time.Duration(c.Int(2)) * time.Second,
		Done: func([]byte, atengine.Ending) Response { return then },
	}
	if c.Int(3) == 1 {
		u.AckEvery = uploadAckEvery
	}
	return atengine.Begin(u)
}

func (m *Modem) downloadFile(c *Call) Response {
	at, err := m.regularFileAt(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	data, err := at.store.ReadFile(at.name)
	if err != nil {
		return atengine.Fail(err)
	}
	return atengine.Begin(&atengine.Download{
		Data: data,
		Done: func(end atengine.Ending) Response {
			if end == atengine.Escape {
				return Response{}
			}
			return atengine.Infof("+QFDWL: %d,%x", len(data), vfs.Sum(data))
		},
	})
}
