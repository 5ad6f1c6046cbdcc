//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gsmPackage is what npm installs. Its native part comes built.
const gsmPackage = "serialport-gsm@4.0.1"

// installed returns the directory of node's modules with gsmPackage in it.
func installed(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "qsim-interop", gsmPackage)
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "serialport-gsm")); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		run(t, "", nil, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, gsmPackage)
	}
	return filepath.Join(dir, "node_modules")
}

// TestSerialportGSM: it initialises the modem, sends a message, and is told of one
// that comes.
func TestSerialportGSM(t *testing.T) {
	t.Setenv("NODE_PATH", installed(t))
	m := newModem(t)
	p := start(t, "", "node", "testdata/serialport-gsm.js", m.device, number, message)
	p.until("a message that is sent", func() bool {
		return strings.Contains(p.said.String(), `"response":"Message Successfully Sent"`)
	})
	m.deliver("+"+number, "hello to you")
	said := p.wait()
	for _, want := range []string{
		`initialised "Modem Successfully Initialized"`, `serial {"modemSerial":"86431405`, `signal {"signalQuality":"24",`,
		`received {"sender":"` + number + `","message":"hello to you"}`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %s", want)
		}
	}
	m.wantSent()
}
