package seed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/quectel-sim/qsim/scenarios/chat"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// cacert stands for a certificate: of odd length, and longer than one write.
var cacert = []byte(strings.Repeat("-----BEGIN CERTIFICATE-----\n", 60) + "!")

// values are what a modem may say where the transcripts leave it open.
var values = map[string]string{"port": "65344", "checksum": Checksum(cacert)}

// flow is the session of a section, byte for byte.
func flow(t *testing.T, s Section) []chat.Chunk {
	t.Helper()
	chunks, err := s.Script.Flow(values, s.Files)
	if err != nil {
		t.Fatal(err)
	}
	return chunks
}

// lines is a flow as text: the bytes of each side, with its mark, one run per
// line.
func lines(chunks []chat.Chunk) []string {
	var out []string
	var last chat.Dir
	for _, c := range chunks {
		if c.Dir != last {
			out = append(out, map[chat.Dir]string{chat.Host: "> ", chat.Modem: "< "}[c.Dir])
			last = c.Dir
		}
		out[len(out)-1] += string(c.Bytes)
	}
	return out
}

// The bytes of the sessions, written down without the help of the format.
func TestBytes(t *testing.T) {
	const sent = "\r\n> "
	ok := func(line string) []string { return []string{"> " + line + "\r", "< " + line + "\r\r\nOK\r\n"} }
	state := func(port, mode string) []string {
		return []string{
			"> AT+QSSLSTATE\r", "< AT+QSSLSTATE\r\r\n+QSSLSTATE: 4,\"SSLClient\",\"220.180.239.212\"," + port +
				",65344,2,1,4," + mode + ",\"usbmodem\",1\r\n\r\nOK\r\n",
		}
	}
	read := []string{
		"> AT+QSSLRECV=4,1500\r", "< AT+QSSLRECV=4,1500\r\r\n+QSSLRECV: 18\r\nTest data from SSL\r\n\r\nOK\r\n",
		"> AT+QSSLRECV=4,1500\r", "< AT+QSSLRECV=4,1500\r\r\n+QSSLRECV: 0\r\n\r\nOK\r\n",
	}
	size := fmt.Sprint(len(cacert))
	tests := map[string][]string{
		"3.1-activate": slices.Concat(
			ok(`AT+QICSGP=1,1,"UNINET","","",1`), ok("AT+QIACT=1"),
			[]string{"> AT+QIACT?\r", "< AT+QIACT?\r\r\n+QIACT: 1,1,1,\"10.7.157.1\"\r\n\r\nOK\r\n"}),
		"3.1.3-deactivate": ok("AT+QIDEACT=1"),
		"upload": slices.Concat(ok(`AT+QFDEL="cacert.pem"`), []string{
			`> AT+QFUPL="cacert.pem",` + size + "\r", `< AT+QFUPL="cacert.pem",` + size + "\r\r\nCONNECT\r\n",
			"> " + string(cacert), "< \r\n+QFUPL: " + size + "," + values["checksum"] + "\r\n\r\nOK\r\n",
		}),
		"3.2-ssl-context": slices.Concat(
			ok(`AT+QSSLCFG="sslversion",1,1`), ok(`AT+QSSLCFG="ciphersuite",1,0X0035`),
			ok(`AT+QSSLCFG="seclevel",1,1`), ok(`AT+QSSLCFG="cacert",1,"UFS:cacert.pem"`)),
		"3.3-buffer": slices.Concat([]string{
			`> AT+QSSLOPEN=1,1,4,"220.180.239.212",8010,0` + "\r",
			`< AT+QSSLOPEN=1,1,4,"220.180.239.212",8010,0` + "\r\r\nOK\r\n\r\n+QSSLOPEN: 4,0\r\n",
		}, state("8010", "0"), []string{
			"> AT+QSSLSEND=4\r", "< AT+QSSLSEND=4\r" + sent,
			"> Test data from SSL\x1a", "< Test data from SSL\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",4\r\n",
		}, read, []string{
			"> AT+QSSLSEND=4,18\r", "< AT+QSSLSEND=4,18\r" + sent,
			"> Test data from SSL", "< Test data from SSL\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",4\r\n",
		}, read, ok("AT+QSSLCLOSE=4")),
		"3.4-direct-push": slices.Concat([]string{
			`> AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,1` + "\r",
			`< AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,1` + "\r\r\nOK\r\n\r\n+QSSLOPEN: 4,0\r\n",
		}, state("8011", "1"), []string{
			"> AT+QSSLSEND=4\r", "< AT+QSSLSEND=4\r" + sent,
			"> Test data from SSL\x1a", "< Test data from SSL\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",4,18\r\nTest data from SSL",
			"> AT+QSSLSEND=4,18\r", "< AT+QSSLSEND=4,18\r" + sent,
			"> Test data from SSL", "< Test data from SSL\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",4,18\r\nTest data from SSL",
		}, ok("AT+QSSLCLOSE=4")),
		"3.5-transparent": slices.Concat([]string{
			`> AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,2` + "\r",
			`< AT+QSSLOPEN= 1,1,4,"220.180.239.212",8011,2` + "\r\r\nCONNECT\r\n",
			"> Test data from SSL", "< Test data from SSL",
			"> +++", "< \r\nOK\r\n",
		}, ok("AT+QSSLCLOSE=4")),
	}
	for _, s := range Demo(cacert) {
		if diff := cmp.Diff(tests[s.Name], lines(flow(t, s))); diff != "" {
			t.Errorf("%s: -want +got\n%s", s.Name, diff)
		}
	}
	if len(tests) != len(demo) {
		t.Errorf("%d sections tested, there are %d", len(tests), len(demo))
	}
}

// replay is the module of a flow. It waits for its guard time after +++, as it
// does before it would take it for one.
func replay(dev io.ReadWriter, chunks []chat.Chunk) error {
	guard := time.Now()
	for _, c := range chunks {
		if c.Dir == chat.Modem {
			if _, err := dev.Write(c.Bytes); err != nil {
				return err
			}
			continue
		}
		got := make([]byte, len(c.Bytes))
		if _, err := io.ReadFull(dev, got); err != nil {
			return err
		}
		if !bytes.Equal(got, c.Bytes) {
			return fmt.Errorf("line %d: the host sent %q, want %q", c.Line, got, c.Bytes)
		}
		if string(got) == "+++" {
			if silence := time.Since(guard); silence < time.Second {
				return fmt.Errorf("+++ after %v of silence", silence)
			}
			time.Sleep(time.Second) // of the bubble
		}
		guard = time.Now()
	}
	return nil
}

// The whole chapter plays as one session, and the host's waits fit into a
// demonstration.
func TestDemoPlays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := net.Pipe()
		defer host.Close()
		sections := Demo(cacert)
		done := make(chan error, 1)
		go func() {
			defer modem.Close()
			var all []chat.Chunk
			for _, s := range sections {
				all = append(all, flow(t, s)...)
			}
			done <- replay(modem, all)
		}()
		start := time.Now()
		session := chat.NewSession(host)
		defer session.Close()
		for _, s := range sections {
			if _, err := session.Play(t.Context(), s.Script, s.Options()); err != nil {
				t.Fatal(errors.Join(err, <-done))
			}
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("the demo waits %v", took)
		}
	})
}

// A wrong checksum is a mismatch, not a value to be kept.
func TestChecksumIsCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, modem := net.Pipe()
		defer host.Close()
		chain, err := Chain("upload", cacert)
		if err != nil {
			t.Fatal(err)
		}
		chunks, err := chain[0].Script.Flow(map[string]string{"checksum": "dead"}, chain[0].Files)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			defer modem.Close()
			done <- replay(modem, chunks)
		}()
		_, err = chat.Play(t.Context(), host, chain[0].Script, chain[0].Options())
		var m *chat.Mismatch
		if !errors.As(err, &m) || m.Reason != chat.Differs || !strings.Contains(m.Step, "+QFUPL") {
			t.Errorf("error %v, want a mismatch at +QFUPL", err)
		}
		host.Close()
		<-done
	})
}

func TestChain(t *testing.T) {
	tests := map[string][]string{
		"3.1-activate":     {"3.1-activate"},
		"3.1.3-deactivate": {"3.1-activate", "3.1.3-deactivate"},
		"upload":           {"upload"},
		"3.2-ssl-context":  {"3.2-ssl-context"},
		"3.3-buffer":       {"3.1-activate", "upload", "3.2-ssl-context", "3.3-buffer"},
		"3.4-direct-push":  {"3.1-activate", "upload", "3.2-ssl-context", "3.4-direct-push"},
		"3.5-transparent":  {"3.1-activate", "upload", "3.2-ssl-context", "3.5-transparent"},
	}
	for _, name := range Names() {
		chain, err := Chain(name, cacert)
		if err != nil {
			t.Error(err)
			continue
		}
		var names []string
		for _, s := range chain {
			for _, need := range s.Needs { // complete: nothing needs what was not played
				if !slices.Contains(names, need) {
					t.Errorf("%s: %s needs %s before it", name, s.Name, need)
				}
			}
			names = append(names, s.Name)
		}
		if diff := cmp.Diff(tests[name], names); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
	if _, err := Chain("3.9", nil); err == nil || !strings.Contains(err.Error(), "3.1-activate, upload") {
		t.Errorf("error %v, want the known names", err)
	}
}

// Every file is a section of the demo, has a title, says what it needs, and
// keeps its steps when it is formatted.
func TestFiles(t *testing.T) {
	files, err := fs.Glob(FS, "*.chat")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(demo) {
		t.Errorf("%d files, %d sections", len(files), len(demo))
	}
	for _, name := range files {
		if !slices.Contains(demo, strings.TrimSuffix(path.Base(name), ".chat")) {
			t.Errorf("%s is not in the demo", name)
			continue
		}
		text, err := fs.ReadFile(FS, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"# needs:", "# before:", "\n@section "} {
			if strings.Count(string(text), want) != 1 {
				t.Errorf("%s: want %q once", name, want)
			}
		}
		script, err := chat.Parse(name, text)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := chat.Parse(name, chat.Format(script))
		if err != nil || !reflect.DeepEqual(again, script) {
			t.Errorf("%s changes when it is formatted (%v)", name, err)
		}
	}
	for _, s := range Demo(cacert) {
		if s.Title == "" {
			t.Errorf("%s has no title", s.Name)
		}
	}
}

func TestChecksum(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for content, want := range map[string]string{
		"": "0", "A": "4100", "AB": "4142", "ABC": "242", "hello": "6b09", string(all): "0",
	} {
		if got := Checksum([]byte(content)); got != want {
			t.Errorf("%q: %s, want %s", content, got, want)
		}
	}
}

func TestFileSystem(t *testing.T) {
	files := Files{"a": []byte("abc")}
	opened, err := files.Open("a")
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(opened)
	if err != nil || string(content) != "abc" {
		t.Errorf("%q, %v", content, err)
	}
	info, err := opened.Stat()
	if err != nil || info.Size() != 3 || info.Name() != "a" || info.IsDir() || !info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	if _, err := fs.ReadFile(files, "b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want ErrNotExist", err)
	}
}
