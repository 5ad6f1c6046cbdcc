package vfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"syscall"
)

// directory is a store in a directory of the host. It remembers nothing: what
// it answers is what is there. See the package's documentation for the rules by
// which host names and names correspond, and atomic.go for how it writes.
type directory struct {
	root *os.Root
}

// openDirectory opens the store in dir, making the directory if need be, and
// clears it of what killed processes left.
func openDirectory(dir string) (*directory, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	d := &directory{root: root}
	if _, err := d.hostNames("."); err != nil { // better now than at the first file
		return nil, errors.Join(err, root.Close())
	}
	d.sweep()
	return d, nil
}

// fail is fail of what the host does not do, and tells in which directory.
func (d *directory) fail(op, name string, kind, cause error) error {
	return fail(op, name, kind, fmt.Errorf("in %s: %w", d.root.Name(), cause))
}

func (d *directory) close() error { return d.root.Close() }

// hostNames returns the names of all that is in a directory of the store,
// sorted.
func (d *directory) hostNames(dir string) ([]string, error) {
	f, err := d.root.Open(dir)
	if err != nil {
		return nil, err
	}
	names, err := f.Readdirnames(-1)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

// size returns the size of a host file, and false if there is none or if it is
// not a regular one within the directory.
func (d *directory) size(host string) (int64, bool) {
	info, err := d.root.Stat(host)
	if err != nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// list makes the choice that find makes, for all names at once.
func (d *directory) list() ([]Info, error) {
	hosts, err := d.hostNames(".")
	if err != nil {
		return nil, fmt.Errorf("%w: in %s: %w", ErrList, d.root.Name(), err)
	}
	sizes := make(map[string]int64, len(hosts))
	for _, host := range hosts {
		name, ok := fileName(host)
		if !ok {
			continue
		}
		if _, taken := sizes[name]; taken && host != name {
			continue
		}
		if size, ok := d.size(host); ok {
			sizes[name] = size
		}
	}
	infos := make([]Info, 0, len(sizes))
	for name, size := range sizes {
		infos = append(infos, Info{Name: name, Size: size})
	}
	slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return infos, nil
}

// find returns those of hosts, which are sorted, that spell name and are
// regular files. The first is the file: the one that needs no decoding, if it
// is there. None means that there is no such file.
func (d *directory) find(hosts []string, name string) []string {
	var found []string
	for _, host := range hosts {
		if spelled, ok := fileName(host); !ok || spelled != name {
			continue
		}
		if _, ok := d.size(host); !ok {
			continue
		}
		if host == name {
			found = slices.Insert(found, 0, host)
		} else {
			found = append(found, host)
		}
	}
	return found
}

// lookup lists the directory and finds name in it. The error is ErrOpen or
// ErrNotFound.
func (d *directory) lookup(op, name string) ([]string, error) {
	hosts, err := d.hostNames(".")
	if err != nil {
		return nil, d.fail(op, name, ErrOpen, err)
	}
	found := d.find(hosts, name)
	if len(found) == 0 {
		return nil, fail(op, name, ErrNotFound, nil)
	}
	return found, nil
}

func (d *directory) stat(name string) (Info, error) {
	found, err := d.lookup("stat", name)
	if err != nil {
		return Info{}, err
	}
	size, ok := d.size(found[0])
	if !ok { // removed from under us
		return Info{}, fail("stat", name, ErrNotFound, nil)
	}
	return Info{Name: name, Size: size}, nil
}

func (d *directory) read(name string, limit int64) ([]byte, error) {
	found, err := d.lookup("read", name)
	if err != nil {
		return nil, err
	}
	// Without O_NONBLOCK a FIFO put here in the meantime would hold us for good.
	f, err := d.root.OpenFile(found[0], os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, d.fail("read", name, ErrNotFound, err)
		}
		return nil, d.fail("read", name, ErrOpen, err)
	}
	data, err := readAll(f, limit)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, d.fail("read", name, ErrRead, err)
	}
	if int64(len(data)) > limit {
		return nil, fail("read", name, ErrTooLarge, nil)
	}
	return data, nil
}

// readAll reads a file of at most limit bytes; of a larger one it returns more
// than limit bytes, but not many more.
func readAll(f *os.File, limit int64) ([]byte, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	// One byte more than it has, so that the end is seen at once; never more
	// than asked for, however large the host says the file is.
	data := make([]byte, 0, min(info.Size(), limit)+1)
	for int64(len(data)) <= limit {
		if len(data) == cap(data) {
			data = slices.Grow(data, Unit)
		}
		n, err := f.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (d *directory) create(name string, data []byte) error {
	hosts, err := d.hostNames(".")
	if err != nil {
		return d.fail("create", name, ErrOpen, err)
	}
	if len(d.find(hosts, name)) > 0 {
		return fail("create", name, ErrExist, nil)
	}
	err = d.commit(freeHostName(hosts, name), data, d.placeNew)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist): // made since we looked
		return d.fail("create", name, ErrExist, err)
	default:
		return d.fail("create", name, writeKind(err), err)
	}
}

func (d *directory) replace(name string, data []byte) error {
	hosts, err := d.hostNames(".")
	if err != nil {
		return d.fail("write", name, ErrOpen, err)
	}
	var host string
	if found := d.find(hosts, name); len(found) > 0 {
		host = found[0]
	} else {
		host = freeHostName(hosts, name)
	}
	if err := d.commit(host, data, d.root.Rename); err != nil {
		return d.fail("write", name, writeKind(err), err)
	}
	return nil
}

// freeHostName is the host name for a new file, chosen so that no host file
// system can take it for one of hosts.
func freeHostName(hosts []string, name string) string {
	host := hostName(name)
	if slices.ContainsFunc(hosts, func(taken string) bool { return strings.EqualFold(taken, host) }) {
		return hostNameEscaped(name)
	}
	return host
}

func (d *directory) remove(name string) error {
	found, err := d.lookup("remove", name)
	if err != nil {
		return err
	}
	// The file itself goes last: as long as it is there, it is what it was.
	for _, host := range slices.Backward(found) {
		if err := d.root.Remove(host); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return d.fail("remove", name, ErrRemove, err)
		}
	}
	if err := d.syncDir("."); err != nil {
		return d.fail("remove", name, ErrRemove, err)
	}
	return nil
}

func (d *directory) loadSettings(key string) ([]byte, error) {
	data, err := d.root.ReadFile(private + "/nv-" + settingsName(key))
	switch {
	case err == nil:
		return data, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail("load settings", key, ErrNotFound, nil)
	default:
		return nil, d.fail("load settings", key, ErrRead, err)
	}
}

func (d *directory) saveSettings(key string, data []byte) error {
	host := private + "/nv-" + settingsName(key)
	if err := d.commit(host, data, d.root.Rename); err != nil {
		return d.fail("save settings", key, writeKind(err), err)
	}
	return nil
}
