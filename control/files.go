package control

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/vfs"
)

// The file store is safe for concurrent use, so reading it needs no loop;
// changes go through it, so that no command sees one half done.

func (s *door) listFiles(w http.ResponseWriter, _ *http.Request) error {
	list, err := s.t.Files.List()
	if err != nil {
		return err
	}
	u, err := s.t.Files.Usage()
	if err != nil {
		return err
	}
	files := Files{Files: []File{}, Total: u.Total, Free: u.Free, Used: u.Used}
	for _, f := range list {
		files.Files = append(files.Files, File{Name: f.Name, Size: f.Size})
	}
	return answer(w, http.StatusOK, files)
}

func (s *door) getFile(w http.ResponseWriter, r *http.Request) error {
	data, err := s.t.Files.ReadFile(fileName(r))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	// Where the client is gone nobody is left to be told.
	_, _ = w.Write(data)
	return nil
}

func (s *door) putFile(w http.ResponseWriter, r *http.Request) error {
	name := fileName(r)
	u, err := s.t.Files.Usage()
	if err != nil {
		return err
	}
	if r.ContentLength > 0 { // said beforehand: refused before it is sent
		if err := s.t.Files.Fits(name, r.ContentLength); err != nil {
			return err
		}
	}
	data, err := readBody(w, r, u.Total)
	if err != nil {
		return err
	}
	err = s.do(fmt.Sprintf("file %s stored, %d bytes", name, len(data)), func(emulator.Levers) error {
		return s.t.Files.WriteFile(name, data)
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, File{Name: name, Size: int64(len(data)), Checksum: fmt.Sprintf("%x", vfs.Sum(data))})
}

func (s *door) removeFile(w http.ResponseWriter, r *http.Request) error {
	name := fileName(r)
	err := nothing(r)
	if err == nil {
		err = s.do("file "+name+" deleted", func(emulator.Levers) error { return s.t.Files.Remove(name) })
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// fileName is the name in the path, without the storage that AT commands may put
// before it.
func fileName(r *http.Request) string {
	const storage = "UFS:"
	name := r.PathValue("name")
	if len(name) > len(storage) && strings.EqualFold(name[:len(storage)], storage) {
		return name[len(storage):]
	}
	return name
}
