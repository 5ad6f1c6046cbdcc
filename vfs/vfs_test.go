package vfs

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// eachStore runs a test on a store in memory and on one in a directory.
func eachStore(t *testing.T, capacity int64, test func(t *testing.T, ufs *FS)) {
	t.Run("memory", func(t *testing.T) { test(t, NewMemory(capacity)) })
	t.Run("directory", func(t *testing.T) { test(t, open(t, t.TempDir(), capacity)) })
}

func TestFiles(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		wantNames(t, ufs)
		check(t, ufs.Create("b", []byte("one")))
		wantError(t, ufs.Create("b", []byte("two")), ErrExist)
		wantFile(t, ufs, "b", "one")
		check(t, ufs.WriteFile("b", []byte("three")))
		check(t, ufs.WriteFile("a", nil))
		check(t, ufs.Create("B", []byte("other")))
		wantFile(t, ufs, "b", "three")
		wantFile(t, ufs, "B", "other")
		wantNames(t, ufs, "B", "a", "b")

		info, err := ufs.Stat("b")
		check(t, err)
		if info != (Info{Name: "b", Size: 5}) {
			t.Errorf("Stat = %+v", info)
		}
		check(t, ufs.Remove("b"))
		wantNames(t, ufs, "B", "a")

		for _, call := range []func() error{
			func() error { _, err := ufs.Stat("b"); return err },
			func() error { _, err := ufs.ReadFile("b"); return err },
			func() error { return ufs.Remove("b") },
		} {
			wantError(t, call(), ErrNotFound)
		}
	})
}

func TestInvalidNames(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		for _, name := range []string{"", "a\x00b", strings.Repeat("x", 81), strings.Repeat("x", 300)} {
			for _, call := range []func() error{
				func() error { _, err := ufs.Stat(name); return err },
				func() error { _, err := ufs.ReadFile(name); return err },
				func() error { _, err := ufs.LoadSettings(name); return err },
				func() error { return ufs.Create(name, nil) },
				func() error { return ufs.WriteFile(name, nil) },
				func() error { return ufs.Remove(name) },
				func() error { return ufs.Fits(name, 1) },
				func() error { return ufs.SaveSettings(name, nil) },
			} {
				wantError(t, call(), ErrName)
			}
		}
	})
}

func TestErrorsNameTheFile(t *testing.T) {
	eachStore(t, 0, func(t *testing.T, ufs *FS) {
		err := ufs.Create("cacert.pem", nil)
		if got, want := err.Error(), `create "cacert.pem": file too large`; got != want {
			t.Errorf("error %q, want %q", got, want)
		}
	})
}

// Who changes what he gave or got must not change the file.
func TestContentIsCopied(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		data := []byte("given")
		check(t, ufs.Create("a", data))
		check(t, ufs.SaveSettings("a", data))
		clear(data)
		got, err := ufs.ReadFile("a")
		check(t, err)
		clear(got)
		wantFile(t, ufs, "a", "given")
		settings, err := ufs.LoadSettings("a")
		check(t, err)
		if string(settings) != "given" {
			t.Errorf("settings %q", settings)
		}
	})
}

// The figures are those of an EG800K, less what its system keeps for itself.
func TestUsage(t *testing.T) {
	eachStore(t, 184320, func(t *testing.T, ufs *FS) {
		wantUsage := func(want Usage) {
			t.Helper()
			got, err := ufs.Usage()
			check(t, err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("usage (-want +got):\n%s", diff)
			}
		}
		wantUsage(Usage{Total: 184320, Free: 184320})
		check(t, ufs.Create("isrgx1.pem", make([]byte, 1939)))
		wantUsage(Usage{Total: 184320, Free: 180224, Used: 1939, Files: 1})
		check(t, ufs.Create("empty", nil))
		check(t, ufs.Create("unit", make([]byte, Unit)))
		check(t, ufs.Create("more", make([]byte, Unit+1)))
		wantUsage(Usage{Total: 184320, Free: 184320 - 5*Unit, Used: 1939 + 2*Unit + 1, Files: 4})
		check(t, ufs.SaveSettings("profile", make([]byte, 10_000)))
		wantUsage(Usage{Total: 184320, Free: 184320 - 5*Unit, Used: 1939 + 2*Unit + 1, Files: 4})
	})
}

func TestQuota(t *testing.T) {
	eachStore(t, 4*Unit+100, func(t *testing.T, ufs *FS) {
		check(t, ufs.Create("two", make([]byte, 2*Unit)))
		for _, test := range []struct {
			name string
			size int64
			want error
		}{
			{"new", 0, nil},
			{"new", 2 * Unit, nil},
			{"new", 2*Unit + 1, ErrNoSpace},
			{"new", 4 * Unit, ErrNoSpace},
			{"new", 4*Unit + 1, ErrTooLarge},
			{"new", math.MaxInt64, ErrTooLarge},
			{"new", -1, ErrTooLarge},
			{"two", 4 * Unit, nil}, // its own space counts as free
			{"two", 4*Unit + 1, ErrTooLarge},
		} {
			if err := ufs.Fits(test.name, test.size); !errors.Is(err, test.want) {
				t.Errorf("Fits(%q, %d) = %v, want %v", test.name, test.size, err, test.want)
			}
		}
		wantError(t, ufs.Create("new", make([]byte, 2*Unit+1)), ErrNoSpace)
		wantError(t, ufs.Create("two", make([]byte, 9*Unit)), ErrExist)
		wantError(t, ufs.WriteFile("two", make([]byte, 9*Unit)), ErrTooLarge)
		wantNames(t, ufs, "two")
		check(t, ufs.WriteFile("two", make([]byte, 4*Unit)))
		wantError(t, ufs.Create("new", nil), ErrNoSpace)
	})
}

func TestSettings(t *testing.T) {
	eachStore(t, 0, func(t *testing.T, ufs *FS) {
		_, err := ufs.LoadSettings("profile")
		wantError(t, err, ErrNotFound)
		for key, value := range map[string]string{"profile": "1", "Profile": "2", "../x": "3", "empty": ""} {
			check(t, ufs.SaveSettings(key, []byte("old")))
			check(t, ufs.SaveSettings(key, []byte(value)))
		}
		for key, value := range map[string]string{"profile": "1", "Profile": "2", "../x": "3", "empty": ""} {
			got, err := ufs.LoadSettings(key)
			check(t, err)
			if string(got) != value {
				t.Errorf("settings %q are %q, want %q", key, got, value)
			}
		}
		wantNames(t, ufs)
	})
}

// Every method from several goroutines: the race detector watches, nobody sees
// half a file, and one of those who create the same file wins.
func TestConcurrentUse(t *testing.T) {
	eachStore(t, 1<<20, func(t *testing.T, ufs *FS) {
		const workers, rounds = 4, 10
		var wg sync.WaitGroup
		won := make(chan int, workers)
		for worker := range workers {
			wg.Go(func() {
				switch err := ufs.Create("once", []byte{byte(worker)}); {
				case err == nil:
					won <- worker
				case !errors.Is(err, ErrExist):
					t.Error(err)
				}
				own := fmt.Sprintf("own-%d", worker)
				for round := range rounds {
					content := bytes.Repeat([]byte{byte(worker*rounds + round)}, 5000)
					if err := errors.Join(ufs.WriteFile("shared", content), ufs.WriteFile(own, content), ufs.SaveSettings("shared", content)); err != nil {
						t.Error(err)
					}
					for _, name := range []string{"shared", own} {
						if got, err := ufs.ReadFile(name); err != nil || len(got) != 5000 || !bytes.Equal(got, bytes.Repeat(got[:1], 5000)) {
							t.Errorf("%s: %d bytes, not of one write; %v", name, len(got), err)
						}
					}
					_, listErr := ufs.List()
					_, usageErr := ufs.Usage()
					if err := errors.Join(listErr, usageErr, ufs.Remove(own)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		close(won)
		if len(won) != 1 {
			t.Fatalf("%d created the same file", len(won))
		}
		wantFile(t, ufs, "once", string([]byte{byte(<-won)}))
		wantNames(t, ufs, "once", "shared")
	})
}

// A directory behaves as memory does, whatever is asked of it.
func TestDirectoryEqualsMemory(t *testing.T) {
	kinds := []error{ErrNotFound, ErrName, ErrExist, ErrWrite, ErrOpen, ErrRead, ErrList, ErrRemove, ErrNoSpace, ErrTooLarge}
	kind := func(err error) error {
		for _, kind := range kinds {
			if errors.Is(err, kind) {
				return kind
			}
		}
		return err
	}
	names := rapid.SampledFrom([]string{
		"a", "A", "%61", "%41", "a.pem", "A.PEM", "a.Pem", ".", "..", "../a", "a/b", "/a", ".qsim", ".qsim/tmp-a",
		"*", "my cert", "\xff\xfe", "ü", "Ü", "K", "k", "\u212a", // the Kelvin sign folds to k
		strings.Repeat("A", 80), strings.Repeat("a", 80), strings.Repeat("a", 81), "", "a\x00",
	})
	const capacity = 6 * Unit
	rapid.Check(t, func(t *rapid.T) {
		parent := tempDir(t)
		directory, err := Open(parent+"/ufs", capacity)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := directory.Close(); err != nil {
				t.Fatal(err)
			}
		}()
		memory := NewMemory(capacity)
		same := func(what string, got, want any, gotErr, wantErr error) {
			if kind(gotErr) != kind(wantErr) {
				t.Fatalf("%s: directory %v, memory %v", what, gotErr, wantErr)
			}
			if !reflect.DeepEqual(want, got) {
				diff := cmp.Diff(want, got)
				t.Fatalf("%s (-memory +directory):\n%s", what, diff)
			}
		}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			name := names.Draw(t, "name")
			size := rapid.SampledFrom([]int{0, 1, Unit, Unit + 1, 3 * Unit, 7 * Unit}).Draw(t, "size")
			data := bytes.Repeat([]byte{rapid.Byte().Draw(t, "fill")}, size)
			switch op := rapid.SampledFrom([]string{"create", "write", "remove", "save"}).Draw(t, "op"); op {
			case "create":
				same(op, nil, nil, directory.Create(name, data), memory.Create(name, data))
			case "write":
				same(op, nil, nil, directory.WriteFile(name, data), memory.WriteFile(name, data))
			case "remove":
				same(op, nil, nil, directory.Remove(name), memory.Remove(name))
			case "save":
				same(op, nil, nil, directory.SaveSettings(name, data), memory.SaveSettings(name, data))
			}
			gotData, gotErr := directory.ReadFile(name)
			wantData, wantErr := memory.ReadFile(name)
			same("read", gotData, wantData, gotErr, wantErr)
			gotInfo, gotErr := directory.Stat(name)
			wantInfo, wantErr := memory.Stat(name)
			same("stat", gotInfo, wantInfo, gotErr, wantErr)
			gotData, gotErr = directory.LoadSettings(name)
			wantData, wantErr = memory.LoadSettings(name)
			same("load", gotData, wantData, gotErr, wantErr)
			same("fits", nil, nil, directory.Fits(name, int64(size)), memory.Fits(name, int64(size)))
		}
		gotList, gotErr := directory.List()
		wantList, wantErr := memory.List()
		same("list", gotList, wantList, gotErr, wantErr)
		gotUsage, gotErr := directory.Usage()
		wantUsage, wantErr := memory.Usage()
		same("usage", gotUsage, wantUsage, gotErr, wantErr)
		wantTidy(t, parent)
	})
}

// What is reserved no file can take, and nothing that is stored is lost by it.
func TestReserve(t *testing.T) {
	eachStore(t, 4*Unit, func(t *testing.T, ufs *FS) {
		check(t, ufs.Create("a", make([]byte, Unit)))
		check(t, ufs.Create("b", make([]byte, Unit)))
		free := func(want int64) {
			t.Helper()
			usage, err := ufs.Usage()
			check(t, err)
			if usage.Free != want || usage.Total != 4*Unit || usage.Used == 0 {
				t.Errorf("usage %+v, want %d free", usage, want)
			}
		}
		ufs.Reserve(2 * Unit)
		free(0)
		wantError(t, ufs.Fits("c", 1), ErrNoSpace)
		wantError(t, ufs.Create("c", nil), ErrNoSpace)
		check(t, ufs.WriteFile("a", make([]byte, Unit-1))) // in its own room
		wantError(t, ufs.WriteFile("a", make([]byte, Unit+1)), ErrNoSpace)
		check(t, ufs.Remove("b"))
		free(Unit)
		check(t, ufs.Create("c", []byte("c")))
		ufs.Reserve(math.MaxInt64)
		free(0)
		wantNames(t, ufs, "a", "c")
		wantFile(t, ufs, "c", "c")
		ufs.Reserve(-1)
		if got := ufs.Reserved(); got != 0 {
			t.Errorf("%d bytes are reserved", got)
		}
		free(2 * Unit)
	})
}
