package vfs

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func openFile(t testing.TB, ufs *FS, name string, mode Mode) *File {
	t.Helper()
	file, err := ufs.OpenFile(name, mode)
	check(t, err)
	return file
}

func writeAt(t testing.TB, file *File, text string, offset int64) {
	t.Helper()
	if n, err := file.WriteAt([]byte(text), offset); n != len(text) || err != nil {
		t.Fatalf("WriteAt(%q, %d) = %d, %v", text, offset, n, err)
	}
}

func wantContent(t testing.TB, file *File, want string) {
	t.Helper()
	got, err := io.ReadAll(io.NewSectionReader(file, 0, file.Size()))
	check(t, err)
	if string(got) != want {
		t.Fatalf("the open file holds %q, want %q", got, want)
	}
}

func TestOpenModes(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		_, err := ufs.OpenFile("a", ReadOnly)
		wantError(t, err, ErrNotFound)
		_, err = ufs.OpenFile("", Update)
		wantError(t, err, ErrName)
		wantNames(t, ufs)

		file := openFile(t, ufs, "a", Update)
		wantFile(t, ufs, "a", "") // it is there at once
		for _, mode := range []Mode{Update, Truncate, ReadOnly} {
			_, err := ufs.OpenFile("a", mode)
			wantError(t, err, ErrOpened)
		}
		wantError(t, ufs.Create("a", nil), ErrExist)
		wantError(t, ufs.Remove("a"), ErrRemove)
		writeAt(t, file, "hello", 0)
		writeAt(t, file, "J", 0)
		writeAt(t, file, "!", 7)
		wantContent(t, file, "Jello\x00\x00!")
		wantFile(t, ufs, "a", "") // what it was, until it is closed
		check(t, file.Close())
		wantFile(t, ufs, "a", "Jello\x00\x00!")

		file = openFile(t, ufs, "a", Truncate)
		wantContent(t, file, "")
		wantFile(t, ufs, "a", "Jello\x00\x00!")
		check(t, file.Close()) // nothing was written: still it is cut off
		wantFile(t, ufs, "a", "")

		check(t, ufs.WriteFile("a", []byte("hello")))
		file = openFile(t, ufs, "a", ReadOnly)
		_, err = file.WriteAt([]byte("x"), 0)
		wantError(t, err, ErrReadOnly)
		wantError(t, file.Truncate(0), ErrReadOnly)
		wantError(t, file.Takes(0, 1), ErrReadOnly)
		wantContent(t, file, "hello")
		check(t, file.Close())
		wantFile(t, ufs, "a", "hello")
		check(t, ufs.Remove("a"))
	})
}

func TestReadAt(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		check(t, ufs.Create("a", []byte("0123456789")))
		file := openFile(t, ufs, "a", Update)
		for _, test := range []struct {
			offset int64
			length int
			want   string
			err    error
		}{
			{0, 4, "0123", nil},
			{4, 6, "456789", nil},
			{4, 7, "456789", io.EOF},
			{10, 1, "", io.EOF},
			{math.MaxInt64, 1, "", io.EOF},
			{-1, 1, "", ErrRead},
		} {
			p := make([]byte, test.length)
			n, err := file.ReadAt(p, test.offset)
			if string(p[:n]) != test.want || !errors.Is(err, test.err) {
				t.Errorf("ReadAt(%d, %d) = %q, %v", test.length, test.offset, p[:n], err)
			}
		}
		check(t, file.Truncate(20))
		wantContent(t, file, "0123456789")
		check(t, file.Truncate(3))
		writeAt(t, file, "x", 4) // what was cut off does not come back
		wantContent(t, file, "012\x00x")
		wantError(t, file.Truncate(-1), ErrWrite)
		_, err := file.WriteAt([]byte("x"), -1)
		wantError(t, err, ErrWrite)
		_, err = file.WriteAt([]byte("x"), math.MaxInt64)
		wantError(t, err, ErrTooLarge)
	})
}

func TestSyncAndDiscard(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		file := openFile(t, ufs, "a", Update)
		writeAt(t, file, "kept", 0)
		check(t, file.Sync())
		wantFile(t, ufs, "a", "kept")
		writeAt(t, file, "lost", 0)
		file.Discard()
		file.Discard()
		wantFile(t, ufs, "a", "kept")
		for _, call := range []func() error{
			func() error { _, err := file.ReadAt(make([]byte, 1), 0); return err },
			func() error { _, err := file.WriteAt([]byte("x"), 0); return err },
			func() error { return file.Truncate(0) },
			func() error { return file.Takes(0, 0) },
			file.Sync, file.Close,
		} {
			wantError(t, call(), ErrClosed)
		}
		if file.Size() != 0 || file.Name() != "a" {
			t.Errorf("closed: %q, %d bytes", file.Name(), file.Size())
		}
		check(t, openFile(t, ufs, "a", Update).Close()) // it can be opened again
	})
}

// Space is taken as it is written, and what a file has taken it may use.
func TestQuotaWhileWriting(t *testing.T) {
	eachStore(t, 4*Unit, func(t *testing.T, ufs *FS) {
		free := func(want int64) {
			t.Helper()
			usage, err := ufs.Usage()
			check(t, err)
			if usage.Free != want {
				t.Errorf("%d bytes are free, want %d", usage.Free, want)
			}
		}
		whole := func(units int) string { return string(make([]byte, units*Unit)) }
		check(t, ufs.Create("other", nil))
		file := openFile(t, ufs, "a", Update)
		free(2 * Unit)
		writeAt(t, file, whole(2), 0)
		free(Unit)
		if usage, err := ufs.Usage(); err != nil || usage.Used != 0 || usage.Files != 2 {
			t.Errorf("%+v, %v: what is not stored yet is counted", usage, err)
		}
		check(t, file.Takes(2*Unit, Unit))
		wantError(t, file.Takes(2*Unit, Unit+1), ErrNoSpace)
		wantError(t, file.Takes(4*Unit, 1), ErrTooLarge)
		_, err := file.WriteAt([]byte(whole(2)), Unit+1)
		wantError(t, err, ErrNoSpace)
		if file.Size() != 2*Unit {
			t.Errorf("%d bytes after a write that failed", file.Size())
		}
		wantError(t, ufs.Create("third", []byte(whole(2))), ErrNoSpace)
		check(t, ufs.Create("third", nil))
		free(0)
		_, err = ufs.OpenFile("fourth", Update)
		wantError(t, err, ErrNoSpace)
		ufs.Reserve(math.MaxInt64)
		writeAt(t, file, whole(1), Unit) // in its own room
		wantError(t, file.Takes(2*Unit, 1), ErrNoSpace)
		check(t, file.Close())
		ufs.Reserve(0)

		// Until it is closed, both contents of a file may be the one that stays.
		file = openFile(t, ufs, "a", Truncate)
		free(0)
		writeAt(t, file, "x", 0)
		free(0)
		check(t, file.Close())
		free(Unit)
		file = openFile(t, ufs, "a", Truncate)
		writeAt(t, file, whole(2), 0)
		free(0)
		file.Discard()
		free(Unit)
	})
}

// The medium that fails still tells what is there.
func TestFailing(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		check(t, ufs.Create("a", []byte("a")))
		check(t, ufs.Create("b", []byte("b")))
		file := openFile(t, ufs, "b", Update)
		writeAt(t, file, "new", 0)
		ufs.SetFailing(true)
		ufs.SetFailing(true)
		wantNames(t, ufs, "a", "b")
		for want, calls := range map[error][]func() error{
			ErrRead: {
				func() error { _, err := ufs.ReadFile("a"); return err },
				func() error { _, err := ufs.OpenFile("a", ReadOnly); return err },
				func() error { _, err := file.ReadAt(make([]byte, 1), 0); return err },
			},
			ErrWrite: {
				func() error { return ufs.Create("c", nil) },
				func() error { return ufs.WriteFile("a", nil) },
				func() error { _, err := ufs.OpenFile("c", Update); return err },
				func() error { _, err := file.WriteAt([]byte("x"), 0); return err },
				file.Sync,
			},
			ErrRemove:   {func() error { return ufs.Remove("a") }},
			ErrNotFound: {func() error { return ufs.Remove("c") }, func() error { _, err := ufs.ReadFile("c"); return err }},
		} {
			for _, call := range calls {
				wantError(t, call(), want)
			}
		}
		check(t, ufs.SaveSettings("profile", nil))
		ufs.SetFailing(false)
		ufs.SetFailing(false)
		check(t, file.Sync())
		wantFile(t, ufs, "a", "a")
		wantFile(t, ufs, "b", "new")

		// A file that cannot be stored is closed all the same.
		writeAt(t, file, "lost", 0)
		ufs.SetFailing(true)
		wantError(t, file.Close(), ErrWrite)
		ufs.SetFailing(false)
		wantFile(t, ufs, "b", "new")
		check(t, openFile(t, ufs, "b", ReadOnly).Close())
	})
}

// Somebody removes an open file by hand: its space stays taken, and its close
// brings it back.
func TestRemovedByHand(t *testing.T) {
	dir := t.TempDir()
	ufs := open(t, dir, 3*Unit)
	file := openFile(t, ufs, "a", Update)
	writeAt(t, file, string(make([]byte, 2*Unit)), 0)
	check(t, os.Remove(dir+"/a"))
	wantError(t, ufs.Fits("b", Unit+1), ErrNoSpace)
	check(t, ufs.Fits("a", 3*Unit))
	check(t, file.Close())
	wantNames(t, ufs, "a")
}

func TestOpenFileConcurrently(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		const workers = 4
		file := openFile(t, ufs, "shared", Update)
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				p := []byte{'0' + byte(worker)}
				for i := range int64(50) {
					_, err := file.WriteAt(p, i*workers+int64(worker))
					check(t, err)
					if _, err := file.ReadAt(make([]byte, 1), 0); err != nil && !errors.Is(err, io.EOF) {
						t.Error(err)
					}
					check(t, file.Sync())
				}
			})
		}
		wg.Wait()
		wantContent(t, file, string(bytes.Repeat([]byte("0123"), 50)))
		check(t, file.Close())
	})
}

// Whatever is done to open files, they hold what a slice would, the store shows
// the old content until a sync, and never more is taken than there is.
func TestFileEqualsSlice(t *testing.T) {
	const capacity = 5 * Unit
	names := []string{"a", "A", "b"}
	type opened struct {
		file *File
		data []byte
	}
	rapid.Check(t, func(t *rapid.T) {
		stores := []*FS{NewMemory(capacity)}
		directory, err := Open(tempDir(t)+"/ufs", capacity)
		if err != nil {
			t.Fatal(err)
		}
		defer directory.Close()
		ufs := append(stores, directory)[rapid.IntRange(0, 1).Draw(t, "store")]
		stored := map[string][]byte{}
		handles := map[string]*opened{}
		taken := func() (sum int64) {
			for _, name := range names {
				data, ok := stored[name]
				size := len(data)
				if h := handles[name]; h != nil {
					size, ok = max(size, len(h.data)), true
				}
				if ok {
					sum += allocated(int64(size))
				}
			}
			return sum
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			h := handles[name]
			op := rapid.SampledFrom([]string{"open", "truncate", "write", "write", "write", "cut", "sync", "close", "discard", "remove"}).Draw(t, "op")
			switch {
			case op == "remove":
				_, there := stored[name]
				if err := ufs.Remove(name); (err == nil) != (there && h == nil) {
					t.Fatalf("Remove: %v", err)
				} else if err == nil {
					delete(stored, name)
				}
			case h == nil:
				mode := map[string]Mode{"open": Update, "truncate": Truncate}[op]
				file, err := ufs.OpenFile(name, mode)
				_, there := stored[name]
				if err != nil {
					if there || !errors.Is(err, ErrNoSpace) || taken()+Unit <= capacity {
						t.Fatalf("OpenFile: %v", err)
					}
					continue
				}
				if !there {
					stored[name] = nil
				}
				h = &opened{file: file}
				if mode == Update {
					h.data = slices.Clone(stored[name])
				}
				handles[name] = h
			case op == "write":
				offset := rapid.IntRange(0, 2*Unit).Draw(t, "offset")
				p := bytes.Repeat([]byte{rapid.Byte().Draw(t, "fill")}, rapid.SampledFrom([]int{1, 100, Unit, 4 * Unit}).Draw(t, "size"))
				size := max(len(h.data), offset+len(p))
				grown := append(slices.Clone(h.data), make([]byte, size-len(h.data))...)
				copy(grown[offset:], p)
				old := h.data
				h.data = grown
				fits := taken() <= capacity
				h.data = old
				n, err := h.file.WriteAt(p, int64(offset))
				switch {
				case (err == nil) != fits:
					t.Fatalf("WriteAt(%d bytes, %d): %v, it fits: %v", len(p), offset, err, fits)
				case err == nil && n != len(p):
					t.Fatalf("%d of %d bytes written", n, len(p))
				case err == nil:
					h.data = grown
				}
			case op == "cut":
				size := rapid.IntRange(0, 2*Unit).Draw(t, "size")
				if err := h.file.Truncate(int64(size)); err != nil {
					t.Fatal(err)
				}
				h.data = h.data[:min(size, len(h.data))]
			case op == "discard":
				h.file.Discard()
				delete(handles, name)
			case op == "sync", op == "close":
				end := h.file.Sync
				if op == "close" {
					end = h.file.Close
					delete(handles, name)
				}
				if err := end(); err != nil {
					t.Fatal(err)
				}
				stored[name] = slices.Clone(h.data)
			}
			usage, err := ufs.Usage()
			if err != nil || usage.Free != capacity-taken() || usage.Files != len(stored) {
				t.Fatalf("%+v, %v: want %d taken by %d files", usage, err, taken(), len(stored))
			}
			for name, want := range stored {
				if got, err := ufs.ReadFile(name); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%s is stored with %d bytes, want %d: %v", name, len(got), len(want), err)
				}
			}
			for name, h := range handles {
				got, err := io.ReadAll(io.NewSectionReader(h.file, 0, h.file.Size()))
				if err != nil || !bytes.Equal(got, h.data) {
					t.Fatalf("%s is open with %d bytes, want %d: %v", name, len(got), len(h.data), err)
				}
			}
		}
	})
}
