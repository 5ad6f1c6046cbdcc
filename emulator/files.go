package emulator

import (
	"fmt"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

// storage is the one storage of the family. RAM: and SD: are other modules'.
const storage = "UFS:"

// fileName strips the storage from a name. A name of another storage is an
// invalid one.
func fileName(name string) (string, error) {
	if len(name) >= len(storage) && strings.EqualFold(name[:len(storage)], storage) {
		return name[len(storage):], nil
	}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return "", CMEFileName
	}
	return name, nil
}

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
			u, err := m.files.Usage()
			if err != nil {
				return atengine.Fail(err)
			}
			return atengine.Infof("+QFLDS: %d,%d", u.Used, u.Files)
		},
		Write: func(m *Modem, c *Call) Response {
			if !strings.EqualFold(strings.TrimSuffix(c.Text(0), ":"), "UFS") {
				return atengine.Fail(CMEFileParam)
			}
			u, err := m.files.Usage()
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
		Name: "+QFUPL", Summary: "upload a file", Source: "seed 4, ruling 27, family, capture", Class: classFile, Max: 5e9,
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

// listFiles answers the files of a pattern: "*", "UFS:*", or a name.
func (m *Modem) listFiles(pattern string) Response {
	name, err := fileName(pattern)
	if err != nil {
		return atengine.Fail(err)
	}
	if name != "*" {
		info, err := m.files.Stat(name)
		if err != nil {
			return atengine.Fail(err)
		}
		return atengine.Info(listLine(info))
	}
	list, err := m.files.List()
	if err != nil {
		return atengine.Fail(err)
	}
	lines := make([]string, len(list))
	for i, info := range list {
		lines[i] = listLine(info)
	}
	return atengine.Info(lines...)
}

func listLine(f vfs.Info) string { return fmt.Sprintf(`+QFLST: "%s%s",%d`, storage, f.Name, f.Size) }

func (m *Modem) deleteFile(c *Call) Response {
	name, err := fileName(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	if name != "*" {
		return atengine.Fail(m.files.Remove(name))
	}
	list, err := m.files.List()
	for _, f := range list {
		if err == nil {
			err = m.files.Remove(f.Name)
		}
	}
	return atengine.Fail(err)
}

// uploadFile takes a file from the host. What came before a timeout or +++ is
// kept; what came before the host went is not (ruling 27).
func (m *Modem) uploadFile(c *Call) Response {
	name, err := fileName(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	size, ack, p := c.Int(1), 0, m.portOf(c)
	if _, err := m.files.Stat(name); err == nil {
		return atengine.Fail(CMEFileExists)
	}
	if err := m.files.Fits(name, int64(size)); err != nil {
		return atengine.Fail(err)
	}
	if c.Int(3) == 1 {
		ack = uploadAckEvery
	}
	return atengine.Begin(&atengine.Upload{
		Length: size, Idle: time.Duration(c.Int(2)) * time.Second, AckEvery: ack,
		Done: func(data []byte, end atengine.Ending) Response {
			if end == atengine.HungUp {
				m.note(p, "the host went during an upload: nothing of "+name+" is kept")
				return Response{}
			}
			if err := m.files.Create(name, data); err != nil {
				return atengine.Fail(err)
			}
			m.event(Event{Kind: FileUploaded, Port: p.name, Bytes: len(data), Text: name})
			r := atengine.Infof("+QFUPL: %d,%x", len(data), vfs.Sum(data))
			if end == atengine.TimedOut {
				r.Result = cmeResult(CMEFileTimeout)
			}
			return r
		},
	})
}

var _ = asks("+QFUPL", func(_ *Modem, c *Call, then Response) Response {
	return atengine.Begin(&atengine.Upload{
		Length: c.Int(1), Idle: time.Duration(c.Int(2)) * time.Second,
		Done: func([]byte, atengine.Ending) Response { return then },
	})
})

func (m *Modem) downloadFile(c *Call) Response {
	name, err := fileName(c.Text(0))
	if err != nil {
		return atengine.Fail(err)
	}
	data, err := m.files.ReadFile(name)
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
