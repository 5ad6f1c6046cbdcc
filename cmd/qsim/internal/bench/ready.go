package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/lab"
)

// Ready is what qsim run --json prints and what the ready file holds. What there
// is none of is left out. Of several modems it describes the first, and all of them
// in Modems.
type Ready struct {
	Device  string        `json:"device"`            // what a host opens
	Devices []string      `json:"devices"`           // one for each port of the modem, or of the modems, one after the other
	Link    string        `json:"link,omitempty"`    // as given; further ports have LINK.1 and so on
	Listen  string        `json:"listen,omitempty"`  // tcp://HOST:PORT, with the port that was found
	Control string        `json:"control,omitempty"` // unix:PATH or HOST:PORT, what qsim ctl takes
	Module  string        `json:"module"`            // as AT+CGMM prints it
	Seed    uint64        `json:"seed"`              // of everything random
	PID     int           `json:"pid"`               // of this qsim
	Version string        `json:"version"`           // of this qsim
	Modems  []Modem       `json:"modems,omitempty"`  // with --count, by number
	Lab     []lab.Service `json:"lab,omitempty"`     // the servers in reach
}

// Modem is one of several.
type Modem struct {
	Number  int      `json:"number"`            // from 0, for qsim ctl --modem
	Device  string   `json:"device"`            // what a host opens
	Devices []string `json:"devices,omitempty"` // where the modem has more ports than one
	Link    string   `json:"link,omitempty"`
	IMEI    string   `json:"imei"`
	Seed    uint64   `json:"seed"`
	UFS     string   `json:"ufs,omitempty"` // the directory of its files
}

// ParseReady reads what a ready file holds.
func ParseReady(data []byte) (Ready, error) {
	var r Ready
	if err := json.Unmarshal(data, &r); err != nil {
		return Ready{}, fmt.Errorf("not a ready file: %w", err)
	}
	if r.Device == "" {
		return Ready{}, errors.New("not a ready file: it names no device")
	}
	return r, nil
}

func (b *Bench) clearReadyFile() error { return clearReadyFile(b.options.ReadyFile) }

func (b *Bench) writeReadyFile() error {
	return writeReadyFile(b.options.ReadyFile, b.Ready(), &b.closers)
}

// clearReadyFile removes the ready file of a qsim that was killed, so that
// nobody takes it for ours.
func clearReadyFile(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("there is something that is no file")
	case err == nil:
		err = os.Remove(path)
	}
	if err != nil {
		return cli.Environment("--ready-file "+path, err, "")
	}
	return nil
}

// writeReadyFile makes the ready file appear, whole, and go when c closes.
func writeReadyFile(path string, r Ready, c *closers) error {
	if path == "" {
		return nil
	}
	data, err := json.Marshal(r)
	if err == nil {
		data = append(data, '\n')
		err = replaceFile(path, data)
	}
	if err != nil {
		return cli.Environment("--ready-file "+path, err, "")
	}
	c.atClose(func() error {
		// Another qsim may have written its own there meanwhile.
		if now, err := os.ReadFile(path); err == nil && bytes.Equal(now, data) {
			return os.Remove(path)
		}
		return nil
	})
	return nil
}

// replaceFile writes data into a file beside path and renames that to path.
func replaceFile(path string, data []byte) error {
	// Always the same one: what a killed process leaves is the next one's.
	f, err := openNext(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".next"))
	if err != nil {
		return err
	}
	// It is for every script, whatever the umask.
	err = errors.Join(f.Chmod(0o644), f.Truncate(0))
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()), f.Close())
	}
	return f.Close()
}

// openNext opens a file that is going to be renamed, and waits until no other
// process is about to rename it.
func openNext(path string) (*os.File, error) {
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err == nil && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is there, and is no file", path)
		}
		if err == nil {
			err = lock(f, unix.LOCK_EX)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if now, err := os.Lstat(path); err == nil && os.SameFile(now, info) {
			return f, nil
		}
		if err := f.Close(); err != nil { // it has been renamed meanwhile
			return nil, err
		}
	}
}
