package vfs

import "errors"

// failing is a store on a medium that has failed: it still tells what is there,
// but gives nothing and takes nothing. Settings lie elsewhere.
type failing struct{ store }

var errMedium = errors.New("the medium fails")

// SetFailing makes the medium fail, or work again. While it fails, files are
// listed, but reading one fails with ErrRead, writing with ErrWrite, removing
// with ErrRemove; an open file's content included.
func (f *FS) SetFailing(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was, is := f.store.(failing)
	switch {
	case is && !on:
		f.store = was.store
	case on && !is:
		f.store = failing{f.store}
	}
}

// medium is nil, or why the content of an open file can be neither read nor
// written; kind is what that counts as.
func (f *FS) medium(op, name string, kind error) error {
	if _, is := f.store.(failing); is {
		return fail(op, name, kind, errMedium)
	}
	return nil
}

func (s failing) read(name string, _ int64) ([]byte, error) {
	if _, err := s.stat(name); err != nil {
		return nil, err
	}
	return nil, fail("read", name, ErrRead, errMedium)
}

func (s failing) create(name string, _ []byte) error {
	return fail("create", name, ErrWrite, errMedium)
}

func (s failing) replace(name string, _ []byte) error {
	return fail("write", name, ErrWrite, errMedium)
}

func (s failing) remove(name string) error {
	if _, err := s.stat(name); err != nil {
		return err
	}
	return fail("remove", name, ErrRemove, errMedium)
}
