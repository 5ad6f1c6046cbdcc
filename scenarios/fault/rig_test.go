package fault_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
	"github.com/quectel-sim/qsim/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// setting is what a test says of its modem, beside the rules.
type setting struct {
	Speed  float64           `yaml:"speed" is:"0.01-1000"`
	Quirks map[string]string `yaml:"quirks"`
	Faults []fault.Rule      `yaml:"faults"`
}

// rig is a modem with an engine, the lab behind it and a host in front.
type rig struct {
	t       *testing.T
	modem   *emulator.Modem
	engine  *fault.Engine
	host    *device
	files   map[string][]byte
	journal journal
}

type journal struct {
	mu   sync.Mutex
	text []string
}

func (j *journal) add(e fault.Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = append(j.text, fmt.Sprintf("%s: %s", e.Rule, e.Text))
}

func newRig(t *testing.T, text string) *rig {
	t.Helper()
	s := setting{Speed: 1}
	if err := decl.Decode("rules.yaml", []byte(text), &s).Err(); err != nil {
		t.Fatal(err)
	}
	l, err := lab.Start(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, files: l.Files()}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	files := vfs.NewMemory(1 << 20)
	for name, data := range l.Files() {
		if err := files.Create(name, data); err != nil {
			t.Fatal(err)
		}
	}
	r.engine = fault.New(s.Faults, fault.Options{Seed: 1, Journal: r.journal.add})
	r.modem, err = emulator.New(emulator.Options{
		Seed: 1, Clock: clock.New(s.Speed), Network: l.Network(network.Offline{}), Files: files, Events: r.engine,
		Quirks: s.Quirks,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.modem.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.engine.Attach(r.modem); err != nil {
		t.Fatal(err)
	}
	p, host := port.Pipe()
	if err := r.modem.Attach(p); err != nil {
		t.Fatal(err)
	}
	r.host = &device{p, host}
	t.Cleanup(func() { r.host.Close() })
	return r
}

// device is the host's side of a port that can be opened again.
type device struct {
	port *port.PipePort
	*port.PipeHost
}

func (d *device) Reopen() error {
	if err := d.Close(); err != nil {
		return err
	}
	host, err := d.port.Open()
	d.PipeHost = host
	return err
}

// stands checks what the modem is like at the end.
func (r *rig) stands(text string) {
	r.t.Helper()
	var want fault.State
	if err := decl.Decode("state.yaml", []byte(text), &want).Err(); err != nil {
		r.t.Fatal(err)
	}
	err := r.modem.Do(func(l emulator.Levers) error {
		now, marks := l.State(), map[string]bool{}
		for _, m := range r.engine.Marks() {
			marks[m] = true
		}
		if diff := want.Differs(&now, marks); diff != "" {
			return errors.New(diff)
		}
		return nil
	})
	if err != nil {
		r.t.Error(err)
	}
}

// play plays a transcript.
func (r *rig) play(name, script string) {
	r.t.Helper()
	s, err := chat.Parse(name, []byte(script))
	if err != nil {
		r.t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, data := range r.files {
		files[name] = &fstest.MapFile{Data: data}
	}
	_, err = chat.Play(context.Background(), r.host, s, chat.Options{Timeout: 10 * time.Second, Settle: 20 * time.Millisecond, Files: files})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestFaults plays each testdata/*.txtar: rules.yaml, the rules and perhaps the
// speed; session.chat, what a host lives through. Where there is a file journal,
// the engine must have written these lines; where there is a state.yaml, that
// must hold at the end.
func TestFaults(t *testing.T) {
	names, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatal(errors.Join(err, errors.New("no tests")))
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			parts := map[string]string{}
			for _, f := range archive.Files {
				parts[f.Name] = string(f.Data)
			}
			r := newRig(t, parts["rules.yaml"])
			r.play(name, parts["session.chat"])
			if want, ok := parts["state.yaml"]; ok {
				r.stands(want)
			}
			if want, ok := parts["journal"]; ok {
				r.journal.mu.Lock()
				defer r.journal.mu.Unlock()
				if got := strings.Join(r.journal.text, "\n") + "\n"; got != want {
					t.Errorf("journal:\n%swant:\n%s", got, want)
				}
			}
		})
	}
}
