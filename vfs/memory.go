package vfs

import (
	"bytes"
	"maps"
	"slices"
)

// memory is a store that lasts as long as the process.
type memory struct {
	files    map[string][]byte
	settings map[string][]byte
}

func newMemory() *memory {
	return &memory{files: map[string][]byte{}, settings: map[string][]byte{}}
}

func (m *memory) list() ([]Info, error) {
	infos := make([]Info, 0, len(m.files))
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		infos = append(infos, Info{Name: name, Size: int64(len(m.files[name]))})
	}
	return infos, nil
}

func (m *memory) stat(name string) (Info, error) {
	data, ok := m.files[name]
	if !ok {
		return Info{}, fail("stat", name, ErrNotFound, nil)
	}
	return Info{Name: name, Size: int64(len(data))}, nil
}

func (m *memory) read(name string, limit int64) ([]byte, error) {
	data, ok := m.files[name]
	switch {
	case !ok:
		return nil, fail("read", name, ErrNotFound, nil)
	case int64(len(data)) > limit:
		return nil, fail("read", name, ErrTooLarge, nil)
	}
	return bytes.Clone(data), nil
}

func (m *memory) create(name string, data []byte) error {
	if _, ok := m.files[name]; ok {
		return fail("create", name, ErrExist, nil)
	}
	return m.replace(name, data)
}

func (m *memory) replace(name string, data []byte) error {
	m.files[name] = append([]byte{}, data...)
	return nil
}

func (m *memory) remove(name string) error {
	if _, ok := m.files[name]; !ok {
		return fail("remove", name, ErrNotFound, nil)
	}
	delete(m.files, name)
	return nil
}

func (m *memory) loadSettings(key string) ([]byte, error) {
	data, ok := m.settings[key]
	if !ok {
		return nil, fail("load settings", key, ErrNotFound, nil)
	}
	return bytes.Clone(data), nil
}

func (m *memory) saveSettings(key string, data []byte) error {
	m.settings[key] = append([]byte{}, data...)
	return nil
}

func (m *memory) close() error { return nil }
