//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without the SIM's messages to be deleted one by one, each round of smsd takes
// as long as it has patience for; the times are the least it takes.
const smsdConfig = `devices = GSM1
outgoing = {dir}/outgoing
checked = {dir}/checked
incoming = {dir}/incoming
sent = {dir}/sent
failed = {dir}/failed
logfile = {dir}/smsd.log
loglevel = 7
infofile = {dir}/smsd.running
pidfile = {dir}/smsd.pid
delaytime = 1
errorsleeptime = 1
[GSM1]
device = {device}
incoming = yes
baudrate = 115200
rtscts = no
memory_start = 0
`

// TestSmsd: smsd sends the message that lies in its directory, and puts into
// another one what the network delivers.
func TestSmsd(t *testing.T) {
	m := newModem(t)
	config := m.write("smsd.conf", smsdConfig)
	for _, dir := range []string{"outgoing", "checked", "incoming", "sent", "failed"} {
		if err := os.Mkdir(m.file(dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	m.write("outgoing/one", "To: "+number+"\n\n"+message)
	t.Cleanup(func() {
		if log, err := os.ReadFile(m.file("smsd.log")); err == nil && t.Failed() {
			t.Logf("smsd's log:\n%s", log)
		}
	})
	p := start(t, "", "smsd", "-c"+config, "-t")
	inDir := func(dir string) string {
		files, _ := filepath.Glob(m.file(dir + "/*")) // the pattern is a good one
		if len(files) == 0 {
			return ""
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			return "" // smsd moves its files about
		}
		return string(text)
	}
	p.until("a message that is sent", func() bool {
		if text := inDir("failed"); text != "" {
			t.Fatalf("smsd could not send:\n%s", text)
		}
		return inDir("sent") != ""
	})
	const answer = "hello to you"
	m.deliver("+"+number, answer)
	p.until("a message that came", func() bool { return strings.Contains(inDir("incoming"), answer) })
	if text := inDir("incoming"); !strings.Contains(text, "From: "+number) {
		t.Errorf("what came:\n%s", text)
	}
	m.wantSent()
}
