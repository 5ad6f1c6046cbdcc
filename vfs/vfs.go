package vfs

import (
	"errors"
	"math"
	"slices"
	"sync"
)

// Unit is what space is given out in, in bytes (EG800K, measured).
const Unit = 4096

// FS is the file store of one module. Make one with NewMemory or Open. It is
// safe for concurrent use.
type FS struct {
	capacity int64

	mu       sync.RWMutex // held for writing by what changes a file
	store    store
	open     map[string]*File // by name
	reserved int64            // bytes that no file may take
}

// store is where the files are. Its caller has checked names, keys and quota,
// and lets nobody else in while something is changed.
type store interface {
	list() ([]Info, error) // sorted by name
	stat(name string) (Info, error)
	read(name string, limit int64) ([]byte, error)
	create(name string, data []byte) error
	replace(name string, data []byte) error
	remove(name string) error
	loadSettings(key string) ([]byte, error)
	saveSettings(key string, data []byte) error
	close() error
}

// Info describes a file.
type Info struct {
	Name string
	Size int64 // bytes
}

// Usage is how full the store is, in bytes.
type Usage struct {
	Total int64 // the capacity
	Free  int64 // Total less what is reserved and what the files take in units of Unit, open ones with what was written; never below 0
	Used  int64 // the sum of the sizes of all files, as List has them
	Files int   // how many there are
}

// NewMemory returns an empty store of capacity bytes that is gone with the
// process. A capacity below 0 means 0: no file fits.
func NewMemory(capacity int64) *FS {
	return newFS(newMemory(), capacity)
}

// Open returns the store of capacity bytes in the directory dir, which is
// created, with its parents, if it is missing. It removes what a killed process
// left behind. A capacity below 0 means 0. The error is ErrOpen.
//
// A directory that cannot be written to can be opened and read; only writing
// fails.
func Open(dir string, capacity int64) (*FS, error) {
	store, err := openDirectory(dir)
	if err != nil {
		return nil, fail("open", dir, ErrOpen, err)
	}
	return newFS(store, capacity), nil
}

func newFS(s store, capacity int64) *FS {
	return &FS{capacity: max(capacity, 0), store: s, open: map[string]*File{}}
}

// Close gives back what the store holds of the host. It removes no file. After
// it every other method of a directory store fails.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.store.close()
}

// List returns all files, sorted by name bytewise. A directory is read anew
// each time. The error is ErrList.
func (f *FS) List() ([]Info, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.store.list()
}

// Stat describes one file. Errors: ErrName, ErrNotFound, ErrOpen.
func (f *FS) Stat(name string) (Info, error) {
	if !ValidName(name) {
		return Info{}, fail("stat", name, ErrName, nil)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.store.stat(name)
}

// ReadFile returns the content of a file, as the caller's own. Errors: ErrName,
// ErrNotFound, ErrOpen, ErrRead, and ErrTooLarge of a file put in by hand that
// is larger than the capacity.
func (f *FS) ReadFile(name string) ([]byte, error) {
	if !ValidName(name) {
		return nil, fail("read", name, ErrName, nil)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.store.read(name, f.capacity)
}

// Create makes a file that is not there yet, whole or not at all. Errors:
// ErrName, ErrExist, ErrNoSpace, ErrTooLarge, ErrWrite, ErrOpen, ErrList, the
// first that applies.
func (f *FS) Create(name string, data []byte) error {
	if !ValidName(name) {
		return fail("create", name, ErrName, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.store.stat(name); err == nil {
		return fail("create", name, ErrExist, nil)
	}
	if err := f.fits("create", name, int64(len(data))); err != nil {
		return err
	}
	return f.store.create(name, data)
}

// WriteFile makes a file or replaces its content, whole or not at all. What the
// old content took counts as free, though both are on the host's disk for a
// moment. A File that is open keeps its own content, and puts it in this one's
// place if it was written to. Errors: as Create, but for ErrExist.
func (f *FS) WriteFile(name string, data []byte) error {
	if !ValidName(name) {
		return fail("write", name, ErrName, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fits("write", name, int64(len(data))); err != nil {
		return err
	}
	return f.store.replace(name, data)
}

// Remove removes a file. Errors: ErrName, ErrNotFound, ErrOpen, ErrRemove, also
// of a file that is open.
func (f *FS) Remove(name string) error {
	if !ValidName(name) {
		return fail("remove", name, ErrName, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[name] != nil {
		return fail("remove", name, ErrRemove, errors.New("it is open"))
	}
	return f.store.remove(name)
}

// Reserve keeps bytes of the capacity away from files, in the place of what was
// reserved before; 0 or less gives all of it back. It may be more than is free:
// nothing that is stored is lost, there is only no room for more.
func (f *FS) Reserve(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reserved = max(bytes, 0)
}

// Reserved is what Reserve was last told.
func (f *FS) Reserved() int64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.reserved
}

// Usage tells how full the store is. The error is ErrList.
func (f *FS) Usage() (Usage, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	infos, err := f.store.list()
	if err != nil {
		return Usage{}, err
	}
	usage := Usage{Total: f.capacity, Free: f.free(infos, ""), Files: len(infos)}
	for _, info := range infos {
		usage.Used += info.Size
	}
	return usage, nil
}

// Fits tells whether WriteFile would find room for size bytes under name; what
// the file takes now counts as free. It is what to ask before taking an upload;
// whether the name is taken is a matter for Stat. Errors: ErrName, ErrNoSpace,
// ErrTooLarge of a size that not even an empty store could take or that is
// negative, ErrList.
func (f *FS) Fits(name string, size int64) error {
	if !ValidName(name) {
		return fail("fit", name, ErrName, nil)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.fits("fit", name, size)
}

func (f *FS) fits(op, name string, size int64) error {
	if size < 0 || allocated(size) > f.capacity {
		return fail(op, name, ErrTooLarge, nil)
	}
	infos, err := f.store.list()
	if err != nil {
		return err
	}
	if allocated(size) > f.free(infos, name) {
		return fail(op, name, ErrNoSpace, nil)
	}
	return nil
}

// LoadSettings returns what SaveSettings last stored under key. Keys are held
// to the rules of names but have nothing to do with files. Errors: ErrName,
// ErrNotFound, ErrRead.
func (f *FS) LoadSettings(key string) ([]byte, error) {
	if !ValidName(key) {
		return nil, fail("load settings", key, ErrName, nil)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.store.loadSettings(key)
}

// SaveSettings stores data under key, whole or not at all, outside the quota.
// Errors: ErrName, ErrWrite, and ErrNoSpace or ErrTooLarge when the host is
// full or limits its files.
func (f *FS) SaveSettings(key string, data []byte) error {
	if !ValidName(key) {
		return fail("save settings", key, ErrName, nil)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.store.saveSettings(key, data)
}

// allocated is what a file of size bytes takes: whole units, at least one.
func allocated(size int64) int64 {
	if size > math.MaxInt64-Unit {
		return math.MaxInt64
	}
	return max(1, (size+Unit-1)/Unit) * Unit
}

// free is what the files and the reserve leave of the capacity, the file called
// except not counted. It never falls below 0. An open file takes what the larger
// of its two contents does: the one in the store comes back if the other is lost.
func (f *FS) free(infos []Info, except string) int64 {
	left := f.capacity - min(f.capacity, f.reserved)
	stored := 0
	for _, info := range infos {
		size := info.Size
		if open := f.open[info.Name]; open != nil {
			size = max(size, int64(len(open.data)))
			stored++
		}
		if info.Name != except {
			left -= min(left, allocated(size))
		}
	}
	if stored == len(f.open) {
		return left
	}
	for name, open := range f.open { // those that somebody has removed by hand
		gone := !slices.ContainsFunc(infos, func(i Info) bool { return i.Name == name })
		if gone && name != except {
			left -= min(left, allocated(int64(len(open.data))))
		}
	}
	return left
}
