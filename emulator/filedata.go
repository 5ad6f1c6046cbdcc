package emulator

import (
	"errors"
	"fmt"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/vfs"
)

var _ = commands("Files",
	&Command{
		Name: "+QFREAD", Summary: "read from an open file", Source: "family, capture", Class: classFile, Max: 5 * time.Second,
		Params: []atengine.Param{fileHandle, atengine.Int("length", 1, maxFileSize).Opt().Named()},
		Write:  onFile((*Modem).readFileData),
	},
	&Command{
		Name: "+QFWRITE", Summary: "write to an open file", Source: "family; less data than announced: inferred, as +QFUPL",
		Class: classFile, Max: 5 * time.Second,
		Params: []atengine.Param{
			fileHandle,
			atengine.Int("length", 1, maxFileSize).Or(defaultUpload).Named(),
			atengine.Int("timeout", 1, 65535).Or(uploadTimeout).Named(),
		},
		Write: onFile((*Modem).writeFileData),
	},
)

// readFileData gives the host what follows the position, at most what it asked
// for; without a length all of it. The position is behind what was asked for
// when the data begins to come, also when the host stops it with +++ (inferred).
func (m *Modem) readFileData(c *Call, f *openFile) Response {
	left := max(f.file.Size()-f.position, 0)
	if c.Has(1) {
		left = min(left, int64(c.Int(1)))
	}
	if left == 0 && m.quirks[quirkReadEnd] == "402" {
		return atengine.Fail(CMEReadZero)
	}
	data := make([]byte, left)
	if left > 0 { // at the end there is nothing that could fail
		if _, err := f.file.ReadAt(data, f.position); err != nil {
			return atengine.Fail(err)
		}
	}
	f.position += left
	return atengine.Begin(&atengine.Download{
		Data:     data,
		Announce: atengine.Literal(fmt.Sprintf("CONNECT %d", left)),
		Done:     func(atengine.Ending) Response { return Response{} },
	})
}

// writeFileData takes data from the host and puts it at the position, over what
// is there. A length that was given must find room before the data may come: 420;
// without one the data must, when it has come: 403. What came before a timeout
// or +++ is written; what came before the host went is not (ruling 27).
func (m *Modem) writeFileData(c *Call, f *openFile) Response {
	at, p, want := f.position, m.portOf(c), 0
	if c.Has(1) {
		want = c.Int(1)
	}
	if err := f.file.Takes(at, want); err != nil {
		return atengine.Fail(err)
	}
	return atengine.Begin(&atengine.Upload{
		Length: c.Int(1), Idle: time.Duration(c.Int(2)) * time.Second,
		Done: func(data []byte, end atengine.Ending) Response {
			if end == atengine.HungUp {
				m.note(p, "the host went during a write: nothing of it is in "+f.at.shown())
				return Response{}
			}
			_, err := f.file.WriteAt(data, at)
			if errors.Is(err, vfs.ErrNoSpace) {
				err = CMEDriveFull
			}
			if err != nil {
				return atengine.Fail(err)
			}
			f.position, f.written = at+int64(len(data)), f.written || len(data) > 0
			r := atengine.Infof("+QFWRITE: %d,%d", len(data), f.file.Size())
			if end == atengine.TimedOut {
				r.Result = m.cmeResult(CMEFileTimeout)
			}
			return r
		},
	})
}
