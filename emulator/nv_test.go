package emulator_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/vfs"
)

// keeps is how a setting outlives a loss of power.
type keeps int

const (
	lost   keeps = iota // it does not
	byW                 // when AT&W has stored it
	atOnce              // always
)

const untouch = true // by AT&F

// settingRows are the settings of line, port and power: how to set each, how to
// ask for it, what is told at delivery and then, and what becomes of it.
var settingRows = []struct {
	set, ask, before, after string
	kept                    keeps
	stays                   bool // AT&F does not touch it
}{
	{"ATE0", "AT&V", "E: 1", "E: 0", byW, false},
	{"ATQ1", "AT&V", "Q: 0", "Q: 1", byW, false},
	{"ATV0", "AT&V", "V: 1", "V: 0", byW, false},
	{"ATX1", "AT&V", "X: 4", "X: 1", byW, false},
	{"AT&C0", "AT&V", "&C: 1", "&C: 0", byW, false},
	{"AT&D1", "AT&V", "&D: 2", "&D: 1", byW, false},
	{"ATS0=3", "AT&V", "S0: 0", "S0: 3", byW, false},
	{"ATS3=10", "AT&V", "S3: 13", "S3: 10", lost, false},
	{"ATS4=13", "AT&V", "S4: 10", "S4: 13", lost, false},
	{"ATS5=9", "AT&V", "S5: 8", "S5: 9", lost, false},
	{"ATS6=4", "AT&V", "S6: 2", "S6: 4", lost, false},
	{"ATS7=60", "AT&V", "S7: 0", "S7: 60", lost, false},
	{"ATS8=5", "AT&V", "S8: 2", "S8: 5", lost, false},
	{"ATS10=20", "AT&V", "S10: 15", "S10: 20", lost, false},
	{"ATS12=20", "ATS12?", "\n050\r", "\n020\r", lost, false},
	{"AT+CMEE=2", "AT+CMEE?", "+CMEE: 1", "+CMEE: 2", lost, false},
	{"AT+IFC=2,2", "AT+IFC?", "+IFC: 0,0", "+IFC: 2,2", byW, false},
	{"AT+CREG=2", "AT+CREG?", "+CREG: 0,", "+CREG: 2,", byW, false},
	{"AT+CGREG=2", "AT+CGREG?", "+CGREG: 0,", "+CGREG: 2,", byW, false},
	{"AT+CEREG=2", "AT+CEREG?", "+CEREG: 0,", "+CEREG: 2,", byW, false},
	{"AT+IPR=9600", "AT+IPR?", "+IPR: 115200", "+IPR: 9600", byW, untouch},
	{"AT+QSCLK=1", "AT+QSCLK?", "+QSCLK: 0", "+QSCLK: 1", lost, untouch},
	{"AT+CFUN=4", "AT+CFUN?", "+CFUN: 1", "+CFUN: 4", lost, untouch},
	{"AT+QISDE=0", "AT+QISDE?", "+QISDE: 1", "+QISDE: 0", lost, untouch},
	{`AT+QURCCFG="urcport","uart1"`, `AT+QURCCFG="urcport"`, `"usbmodem"`, `"uart1"`, atOnce, untouch},

	{`AT+QINDCFG="csq",1`, `AT+QINDCFG="csq"`, `"csq",0`, `"csq",1`, lost, untouch},
	{`AT+QINDCFG="ring",0,1`, `AT+QINDCFG="ring"`, `"ring",1`, `"ring",0`, atOnce, untouch},
	{`AT+QINDCFG="all",0,1`, `AT+QINDCFG="all"`, `"all",1`, `"all",0`, atOnce, untouch},

	{`AT+QCFG="gprsattach",0`, `AT+QCFG="gprsattach"`, "h\",1", "h\",0", atOnce, untouch},
	{`AT+QCFG="nwscanmode",3,1`, `AT+QCFG="nwscanmode"`, "e\",0", "e\",3", atOnce, untouch},
	{`AT+QCFG="nwscanseq",12`, `AT+QCFG="nwscanseq"`, "q\",0", "q\",12", atOnce, untouch},
	{`AT+QCFG="servicedomain",1`, `AT+QCFG="servicedomain"`, "n\",2", "n\",1", atOnce, untouch},
	{`AT+QCFG="roamserviceex",3`, `AT+QCFG="roamserviceex"`, "x\",0", "x\",3", atOnce, untouch},
	{`AT+QCFG="band",0,80`, `AT+QCFG="band"`, "0x0,0x1e2", "0x0,0x80,0x0", atOnce, untouch},
	{`AT+QCFG="iotopmode",2,1`, `AT+QCFG="iotopmode"`, "e\",0", "e\",2", atOnce, untouch},
	{`AT+QCFG="urc/ri/ring","off"`, `AT+QCFG="urc/ri/ring"`, `"pulse",120,1`, `"off",120,1`, atOnce, untouch},
	{`AT+QCFG="urc/ri/smsincoming","pulse",5`, `AT+QCFG="urc/ri/smsincoming"`, `"pulse",120,1`, `"pulse",5,1`, atOnce, untouch},
	{`AT+QCFG="urc/ri/other","pulse",,5`, `AT+QCFG="urc/ri/other"`, `"pulse",120,1`, `"pulse",120,5`, atOnce, untouch},
	{`AT+QCFG="risignaltype","physical"`, `AT+QCFG="risignaltype"`, `"respective"`, `"physical"`, atOnce, untouch},
	{`AT+QCFG="urcdelay",20`, `AT+QCFG="urcdelay"`, "y\",0", "y\",20", atOnce, untouch},
	{`AT+QCFG="urc/cache",1`, `AT+QCFG="urc/cache"`, "e\",0", "e\",1", lost, untouch},
	{`AT+QCFG="usbnet",3`, `AT+QCFG="usbnet"`, "t\",1", "t\",3", atOnce, untouch},
	{`AT+QCFG="ppp/termframe",1`, `AT+QCFG="ppp/termframe"`, "e\",0", "e\",1", atOnce, untouch},
	{`AT+QCFG="airplanecontrol",1`, `AT+QCFG="airplanecontrol"`, "l\",0", "l\",1", atOnce, untouch},
	{`AT+QCFG="uart2ipr",9600`, `AT+QCFG="uart2ipr"`, "r\",115200", "r\",9600", atOnce, untouch},
}

// restartable is a modem whose process can end and begin again on the same
// directory.
type restartable struct {
	*host
	modem *emulator.Modem
	files *vfs.FS
	dir   string
}

func (r *restartable) start(t *testing.T) {
	t.Helper()
	var err error
	if r.files, err = vfs.Open(r.dir, 1<<20); err != nil {
		t.Fatal(err)
	}
	o := emulator.Options{Files: r.files, Clock: clock.New(1000), Network: network.Offline{}}
	if r.modem, err = emulator.New(o); err != nil {
		t.Fatal(err)
	}
	p, dev := port.Pipe()
	if err := r.modem.Attach(p); err != nil {
		t.Fatal(err)
	}
	r.host = newHost(t, dev)
}

func (r *restartable) end(t *testing.T) {
	t.Helper()
	for _, err := range []error{r.modem.Close(), r.files.Close()} {
		if err != nil {
			t.Error(err)
		}
	}
	r.close()
}

// reboot reboots the module, and takes what it says.
func (r *restartable) reboot(t *testing.T) {
	t.Helper()
	if err := r.modem.Do(func(l emulator.Levers) error { l.Reboot(); return nil }); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		s, err := r.modem.State()
		if err != nil || time.Now().After(end) {
			t.Fatalf("%v, it is %v", err, s.Boot)
		}
		if s.Boot == emulator.PhaseReady {
			break
		}
	}
	r.take(regexp.MustCompile(`(?s)^.*`))
}

// says sends a command line, whatever ends one now, and waits for what must be in
// the answer.
func (r *restartable) says(line, want string) {
	r.t.Helper()
	r.send(line + "\r\n")
	r.take(regexp.MustCompile(regexp.QuoteMeta(want)))
}

// TestSettingsAndPower walks through the settings: a reboot loses exactly what is
// not saved, and a restart of qsim with the same directory no more than that.
func TestSettingsAndPower(t *testing.T) {
	for _, c := range settingRows {
		t.Run(c.set, func(t *testing.T) {
			t.Parallel()
			for _, store := range []string{"", "&W"} {
				r := &restartable{dir: t.TempDir()}
				r.start(t)
				r.says(c.ask, c.before)
				r.send(c.set + "\r\n")
				r.says(c.ask, c.after)
				if store != "" {
					r.send("AT&W\r\n")
					r.says(c.ask, c.after)
				}
				want := c.before
				if c.kept == atOnce || c.kept == byW && store != "" {
					want = c.after
				}
				r.reboot(t)
				r.says(c.ask, want)
				r.end(t)
				r.start(t)
				r.says(c.ask, want)
				if store == "" {
					r.send(c.set + "\r\n")
					r.says(c.ask, c.after)
					want = c.before
					if c.stays {
						want = c.after
					}
					r.send("AT&F\r\n")
					r.says(c.ask, want)
				}
				r.end(t)
			}
		})
	}
}

// TestSettingsWalkIsWhole: no key of AT+QCFG is forgotten.
func TestSettingsWalkIsWhole(t *testing.T) {
	walked := map[string]bool{}
	for _, c := range settingRows {
		walked[c.ask] = true
	}
	for _, g := range emulator.Groups() {
		for _, row := range g.Commands {
			if row.Name != "+QCFG" {
				continue
			}
			for _, v := range row.Variants {
				if ask := `AT+QCFG="` + v.Key + `"`; !walked[ask] {
					t.Errorf("%s is not among the settings", ask)
				}
			}
		}
	}
}

// TestStoredByAnother: what an older qsim has stored in another shape is not
// taken, and is no reason not to start.
func TestStoredByAnother(t *testing.T) {
	files := vfs.NewMemory(1 << 20)
	text := `{"qcfg":{"band":["0x5"],"nosuchkey":["1"],"urc/cache":["1"],"usbnet":["3"]},"qindcfg":{"nosuchkey":true}}`
	if err := files.SaveSettings("settings", []byte(text)); err != nil {
		t.Fatal(err)
	}
	_, h := newModem(t, emulator.Options{Files: files})
	got := h.ask(`AT+QCFG="band";+QCFG="urc/cache";+QCFG="usbnet";+QINDCFG="csq"`)
	for _, want := range []string{`0x0,0x1e200000095,0x0`, `"urc/cache",0`, `"usbnet",3`, `"csq",0`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %s", got, want)
		}
	}
}
