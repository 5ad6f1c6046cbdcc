package emulator

import (
	"strings"

	"github.com/quectel-sim/qsim/vfs"
)

// The storages, as names of files begin and as lists show them. A name without
// one is on UFS.
const (
	ufsStorage = "UFS:"
	ramStorage = "RAM:" // of the EC2x (quirk ram-files)
)

// ramSize is the capacity of RAM:, in bytes (inferred).
const ramSize = 1 << 20

// filePlace is where a file is, whether it exists or not.
type filePlace struct {
	store   *vfs.FS
	storage string // ufsStorage or ramStorage
	name    string // in the store
}

// shown is the place as events and the state tell it: what is on UFS by its name
// alone.
func (p filePlace) shown() string {
	if p.storage == ufsStorage {
		return p.name
	}
	return p.storage + p.name
}

// storageNamed is the store of a storage, with or without its colon and in any
// case; nil: the module has none of that name.
func (m *Modem) storageNamed(text string) *vfs.FS {
	switch strings.ToUpper(strings.TrimSuffix(text, ":")) + ":" {
	case ufsStorage:
		return m.files
	case ramStorage:
		return m.ram
	}
	return nil
}

// fileAt is the place that a name in a command means. The error is CMEFileName
// for a storage that the module has not, as RAM: and SD: in the family.
func (m *Modem) fileAt(text string) (filePlace, error) {
	i := strings.IndexByte(text, ':')
	if i < 0 {
		return filePlace{m.files, ufsStorage, text}, nil
	}
	store := m.storageNamed(text[:i])
	if store == nil {
		return filePlace{}, CMEFileName
	}
	return filePlace{store, strings.ToUpper(text[:i+1]), text[i+1:]}, nil
}

// regularFileAt is fileAt of a name that must not be that of a directory, which
// ends in a slash: CMEFileType.
func (m *Modem) regularFileAt(text string) (filePlace, error) {
	at, err := m.fileAt(text)
	if err == nil && strings.HasSuffix(at.name, "/") {
		err = CMEFileType
	}
	return at, err
}

// readFile is the content of a file that a name means.
func (m *Modem) readFile(text string) ([]byte, error) {
	at, err := m.fileAt(text)
	if err != nil {
		return nil, err
	}
	return at.store.ReadFile(at.name)
}

// clearRAM empties RAM:, where the module has it.
func (m *Modem) clearRAM() {
	if m.quirks[quirkRAM] == "yes" {
		m.ram = vfs.NewMemory(ramSize)
	}
}
