package emulator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// quirkScript shows a value of a quirk, behind a network of its own.
type quirkScript struct {
	name, value string
	net         network.Network
	script      string
}

// quirkScripts show each value of each quirk.
var quirkScripts = []quirkScript{
	{"qigeterror-async", "stored", &pipes{refuse: true}, failedOpen + "< +QIGETERROR: 566,socket connect failed\n< OK\n"},
	{"qigeterror-async", "zero", &pipes{refuse: true}, failedOpen + "< +QIGETERROR: 0,operate successfully\n< OK\n" +
		// What fails at once tells its code as ever.
		"> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\n< ERROR\n> AT+QIGETERROR\n< +QIGETERROR: 566,socket connect failed\n< OK\n"},
	{"failed-open-id", "free", &pipes{refuse: true}, failedOpen + "< +QIGETERROR: 566,socket connect failed\n< OK\n> AT+QSSLSTATE\n< OK\n" + failedOpen[:strings.Index(failedOpen, "> AT+QIG")]},
	{"failed-open-id", "held", &pipes{refuse: true}, failedOpen + `< +QIGETERROR: 566,socket connect failed
< OK
> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.1",443,{port},4,1,4,0,"usbmodem",0
< OK
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,0
< OK
< +QSSLOPEN: 4,563
> AT+QSSLSEND=4
< ERROR
> AT+QSSLRECV=4,10
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 567,socket has been closed
< OK
> AT+QISWTMD=4,2
< ERROR
> AT+QSSLCLOSE=4
< OK
> AT+QSSLSTATE
< OK
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,2
< ERROR
> AT+QSSLSTATE
< +QSSLSTATE: 4,"SSLClient","192.0.2.1",443,{port},4,1,4,0,"usbmodem",0
< OK
> AT+QIDEACT=1;+QSSLSTATE
< OK
`},
	{"recv-zero", "refuse", &pipes{serve: echoing}, echoed + `> AT+QSSLRECV=4,0
< ERROR
> AT+QIGETERROR
< +QIGETERROR: 552,invalid parameters
< OK
> AT+QSSLRECV=?
< +QSSLRECV: (0-11),(1-1500)
< OK
`},
	{"recv-zero", "query", &pipes{serve: echoing}, echoed + `> AT+QSSLRECV=4,0
< +QSSLRECV: 5,0,5
< OK
> AT+QSSLRECV=4,2
<< \r\n+QSSLRECV: 2\r\nhe\r\n\r\nOK\r\n
> AT+QSSLRECV=4,0
< +QSSLRECV: 5,2,3
< OK
> AT+QSSLRECV=4,1501
< ERROR
> AT+QSSLRECV=5,0
< ERROR
> AT+QSSLRECV=?
< +QSSLRECV: (0-11),(0-1500)
< OK
`},
	{"no-pdp", "561", network.Offline{}, "> AT+QIDEACT=1\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,561\n"},
	{"no-pdp", "error", network.Offline{}, "> AT+QIDEACT=1\n< OK\n> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< ERROR\n" +
		"> AT+QIGETERROR\n< +QIGETERROR: 561,open pdp context failed\n< OK\n"},
	{"iotopmode", "stored", network.Offline{}, "> AT+QCFG=\"iotopmode\",2\n< OK\n> AT+QCFG=\"iotopmode\"\n< +QCFG: \"iotopmode\",2\n< OK\n"},
	{"iotopmode", "error", network.Offline{}, "> AT+QCFG=\"iotopmode\",2\n< ERROR\n> AT+QCFG=\"iotopmode\"\n< ERROR\n> AT+QCFG=\"nwscanmode\"\n< +QCFG: \"nwscanmode\",0\n< OK\n"},
	{"done-order", "sms-pb", network.Offline{}, restart + "< +QIND: SMS DONE\n< +QIND: PB DONE\n@quiet 1h\n"},
	{"done-order", "pb-sms", network.Offline{}, restart + "< +QIND: PB DONE\n< +QIND: SMS DONE\n@quiet 1h\n"},
	{"app-rdy", "off", network.Offline{}, restart + "< +QIND: SMS DONE\n< +QIND: PB DONE\n@quiet 1h\n"},
	{"app-rdy", "on", network.Offline{}, restart + "< +QIND: SMS DONE\n< +QIND: PB DONE\n@quiet 490ms\n< APP RDY\n@quiet 1h\n"},
	{"qiact-active", "error", network.Offline{}, "> AT+QIACT=1\n< ERROR\n" + tells(572)},
	{"qiact-active", "ok", network.Offline{}, "> AT+QIACT=1\n< OK\n" + tells(0) + "> AT+QIACT?\n< +QIACT: 1,1,1,\"10.7.157.1\"\n< OK\n"},
	{"cgact-active", "ok", network.Offline{}, "> AT+CGACT=1,1\n< OK\n"},
	{"cgact-active", "error", network.Offline{}, "> AT+CGACT=1,1\n< ERROR\n> AT+QIDEACT=1;+CGACT=0,1;+CGACT=1,1\n< OK\n"},
	{"cgpaddr", "quoted", network.Offline{}, "> AT+CGPADDR=1\n< +CGPADDR: 1,\"10.7.157.1\"\n< OK\n"},
	{"cgpaddr", "bare", network.Offline{}, "> AT+CGPADDR=1\n< +CGPADDR: 1,10.7.157.1\n< OK\n"},
	{"connect-text", "plain", network.Offline{}, "> ATD*99#\n< CONNECT\n< NO CARRIER\n"},
	{"connect-text", "rate", network.Offline{}, "> ATD*99#\n< CONNECT 150000000\n< NO CARRIER\n> ATX0D*99#\n< CONNECT\n< NO CARRIER\n"},
	{"cms-error", "cmee", network.Offline{}, "> AT+CMGR=1\n< +CMS ERROR: 321\n> AT+CMEE=2\n< OK\n> AT+CMGR=1\n< +CMS ERROR: invalid memory index\n> AT+CMEE=0\n< OK\n> AT+CMGR=1\n< ERROR\n"},
	{"cms-error", "number", network.Offline{}, "> AT+CMEE=2\n< OK\n> AT+CMGR=1\n< +CMS ERROR: 321\n> AT+CMEE=0\n< OK\n> AT+CMGR=1\n< +CMS ERROR: 321\n"},
	{"sms-first-index", "1", network.Offline{}, "> AT+CMGD=?\n< +CMGD: (1-255),(0-4)\n< OK\n> AT+CMGD=0\n< +CMS ERROR: 321\n" + writtenPDU + "< +CMGW: 1\n< OK\n> AT+CMGD=1\n< OK\n"},
	{"sms-first-index", "0", network.Offline{}, "> AT+CMGD=?\n< +CMGD: (0-254),(0-4)\n< OK\n> AT+CMGD=255\n< +CMS ERROR: 321\n" + writtenPDU + "< +CMGW: 0\n< OK\n" +
		"> AT+CMGL=4\n< +CMGL: 0,2,,11\n<| 00010005810180F600000161\n< OK\n> AT+CMGD=0\n< OK\n> AT+CMGL=4\n< OK\n"},
	{"no-pdp", "561", network.Offline{}, "> AT+QIDEACT=1\n< OK\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 4,561\n"},
	{"no-pdp", "error", network.Offline{}, "> AT+QIDEACT=1\n< OK\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< ERROR\n"},
	{"failed-open-id", "held", &wires{pipes: pipes{refuse: true}}, `> AT+QIOPEN=1,4,"TCP","192.0.2.1",80
< OK
< +QIOPEN: 4,566
> AT+QISTATE
< +QISTATE: 4,"TCP","192.0.2.1",80,0,4,1,4,0,"usbmodem"
< OK
> AT+QIOPEN=1,4,"TCP","192.0.2.1",80
< OK
< +QIOPEN: 4,563
> AT+QICLOSE=4;+QISTATE
< OK
`},
	{"shared-ids", "on", &pipes{serve: echoing}, openBuffer + "> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 4,563\n"},
	{"shared-ids", "off", &pipes{serve: echoing}, openBuffer + "> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 4,0\n" +
		"> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443\n< OK\n< +QSSLOPEN: 4,563\n> AT+QICLOSE=4;+QSSLCLOSE=4\n< OK\n"},
	{"qisde-ssl", "on", &pipes{serve: echoing}, openBuffer + "> AT+QSSLSEND=4,2\n<< \\r\\n>\\x20\n>> Hi\n<< Hi\n< SEND OK\n< +QSSLURC: \"recv\",4\n"},
	{"qisde-ssl", "off", &pipes{serve: echoing}, openBuffer + "> AT+QSSLSEND=4,2\n<< \\r\\n>\\x20\n>> Hi\n< SEND OK\n< +QSSLURC: \"recv\",4\n"},
	{"state-port", "own", &pipes{serve: echoing}, openBuffer + portTold + "\"usbmodem\",0\n< OK\n"},
	{"state-port", "uart1", &pipes{serve: echoing}, openBuffer + portTold + "\"uart1\",0\n< OK\n"},
	{"state-port", "usbat", &pipes{serve: echoing}, openBuffer + portTold + "\"usbat\",0\n< OK\n"},
	{"qicfg-ssl", "off", &pipes{serve: echoing}, asEC801E + "< SEND OK\n<< \\r\\n+QSSLURC: \"recv\",4,2\\r\\nHi\n"},
	{"qicfg-ssl", "on", &pipes{serve: echoing}, asEC801E + "< +QISEND: 4,0,10238\n< OK\n< +QSSLURC: \"recv\",4,2,4869\n"},
	{"prompt", "blank", network.Offline{}, "> AT+CMGW=11\n<< \\r\\n>\\x20\n>> \\x1b\n< OK\n"},
	{"prompt", "bare", network.Offline{}, "> AT+CMGW=11\n<< \\r\\n>\n>> \\x1b\n< OK\n"},
	{"urc-port", "first", network.Offline{}, "> AT+QURCCFG=\"urcport\"\n< +QURCCFG: \"urcport\",\"usbmodem\"\n< OK\n"},
	{"urc-port", "usbat", network.Offline{}, "> AT+QURCCFG=\"urcport\"\n< +QURCCFG: \"urcport\",\"usbat\"\n< OK\n"},
	{"iccid", "iccid", network.Offline{}, "> AT+QCCID;+ICCID\n< +QCCID: {n}\n< +ICCID: {n}\n< OK\n> AT+CCID\n< ERROR\n"},
	{"iccid", "ccid", network.Offline{}, "> AT+QCCID;+ICCID;+CCID\n< +QCCID: {n}\n< +ICCID: {n}\n< +CCID: {n}\n< OK\n"},
	{"iccid", "none", network.Offline{}, "> AT+QCCID\n< +QCCID: {n}\n< OK\n> AT+ICCID\n< ERROR\n> AT+CCID\n< ERROR\n"},
	{"file-read-end", "connect", network.Offline{}, emptyFile + "<< \\r\\nCONNECT 0\\r\\n\\r\\nOK\\r\\n\n"},
	{"file-read-end", "402", network.Offline{}, emptyFile + "< +CME ERROR: 402\n"},
	{"file-cme", "mixed", network.Offline{}, failedFiles + "< +CME ERROR: 421\n> AT+QFUPL=\"a\"\n< +CME ERROR: file already exist\n"},
	{"file-cme", "text", network.Offline{}, failedFiles + "< +CME ERROR: time out\n> AT+QFUPL=\"a\"\n< +CME ERROR: file already exist\n"},
	{"file-cme", "number", network.Offline{}, failedFiles + "< +CME ERROR: 421\n> AT+QFUPL=\"a\"\n< +CME ERROR: 407\n" +
		// Only those of files.
		"> AT+CPIN=1234\n< +CME ERROR: operation not allowed\n"},
	{"ram-files", "no", network.Offline{}, "> AT+QFLDS=\"RAM\"\n< +CME ERROR: 400\n> AT+QFUPL=\"RAM:a\",5\n< +CME ERROR: 406\n" +
		"> AT+QFTUCAT=1\n< ERROR\n> AT+QFFLUSH=1\n< ERROR\n"},
	{"ram-files", "yes", network.Offline{}, ramFile + "> AT+QFTUCAT=1\n< OK\n> AT+QFFLUSH=1\n< OK\n> AT+QFLST=\"RAM:*\"\n< +QFLST: \"RAM:a\",0\n< OK\n"},
}

const (
	emptyFile   = "> AT+QFOPEN=\"a\"\n< +QFOPEN: 1\n< OK\n> AT+QFREAD=1,10\n"
	failedFiles = "> AT+CMEE=2\n< OK\n> AT+QFUPL=\"a\",5\n< CONNECT\n< +QFUPL: 0,0\n"
	ramFile     = "> AT+QFUPL=\"RAM:a\",5\n< CONNECT\n>> hello\n< +QFUPL: 5,6b09\n< OK\n> AT+QFOPEN=\"RAM:a\"\n< +QFOPEN: 1\n< OK\n"
)

// asEC801E sends on an SSL client with the settings of a driver for that module.
const asEC801E = "> AT+QISDE=0\n< OK\n> AT+QICFG=\"viewmode\",1;+QICFG=\"sendinfo\",1;+QICFG=\"dataformat\",0,1\n< OK\n" +
	openPush + "> AT+QSSLSEND=4,2\n<< \\r\\n>\\x20\n>> Hi\n"

const portTold = "> AT+QSSLSTATE=4\n< +QSSLSTATE: 4,\"SSLClient\",\"{addr:any}\",{port},{lport},2,1,4,0,"

const failedOpen = "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n< +QSSLOPEN: 4,566\n> AT+QIGETERROR\n"

const (
	restart    = "> AT+CFUN=1,1\n< OK\n< RDY\n< +CFUN: 1\n< +CPIN: READY\n< +QUSIM: 1\n"
	writtenPDU = "> AT+CMGW=11\n<< \\r\\n>\\x20\n>> 00010005810180F600000161\\x1a\n"
)

const echoed = openBuffer + "> AT+QISDE=0\n< OK\n>> AT+QSSLSEND=4,5\\rhello\n<< \\r\\n>\\x20\n< SEND OK\n< +QSSLURC: \"recv\",4\n"

func TestQuirks(t *testing.T) {
	for _, q := range quirkScripts {
		t.Run(q.name+"="+q.value, func(t *testing.T) {
			bubbleWith(t, emulator.Options{Network: q.net, Quirks: map[string]string{q.name: q.value}}, func(b *bench) {
				b.play(quiet + "> AT+QIACT=1\n< OK\n" + q.script)
			})
		})
	}
	// Two need a connection or a certificate of the lab.
	for value, state := range map[string]string{"real": `{lport}`, "zero": "0"} {
		b := newBench(t, benchOptions{quirks: map[string]string{"state-lport": value}})
		b.play(setUp + "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\n< OK\n< +QSSLOPEN: 4,0\n> AT+QSSLSTATE=4\n" +
			"< +QSSLSTATE: 4,\"SSLClient\",\"{addr:any}\",4433," + state + ",2,1,4,0,\"usbmodem\",1\n< OK\n")
		if s := b.state(); len(s.SSL) != 1 || s.SSL[0].Remote == "" {
			t.Errorf("%+v", s.SSL)
		}
	}
	for value, code := range map[string]string{"on": "566", "off": "0"} {
		newBench(t, benchOptions{quirks: map[string]string{"name-check": value}}).play(
			setUp + verified + "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4438,0\n< OK\n< +QSSLOPEN: 4," + code + "\n")
	}
}

// TestQuirkTable: each quirk has two values or more, a default among them, and
// says what it does and who says so; each value has its test.
func TestQuirkTable(t *testing.T) {
	elsewhere := []string{"state-lport", "name-check", "line-rate"}
	for _, m := range emulator.Modules() {
		if got, want := len(m.Quirks()), len(emulator.Quirks()); got != want {
			t.Errorf("%s has %d quirks, want %d", m.Name, got, want)
		}
	}
	for _, q := range emulator.Quirks() {
		if len(q.Values) < 2 || !slices.Contains(q.Values, q.Default) || q.Does == "" || q.Source == "" {
			t.Errorf("%+v", q)
		}
		for _, v := range q.Values {
			if err := emulator.CheckQuirk(q.Name, v); err != nil {
				t.Error(err)
			}
			tested := slices.Contains(elsewhere, q.Name)
			for _, s := range quirkScripts {
				tested = tested || s.name == q.Name && s.value == v
			}
			if !tested {
				t.Errorf("%s=%s has no test", q.Name, v)
			}
		}
	}
	for _, bad := range [][2]string{{"recv-zero", "yes"}, {"recv-nought", "query"}, {"", ""}} {
		err := emulator.CheckQuirk(bad[0], bad[1])
		if err == nil || !strings.Contains(err.Error(), "refuse or query") && !strings.Contains(err.Error(), "failed-open-id, recv-zero") {
			t.Errorf("%v: %v", bad, err)
		}
		if _, err := emulator.New(emulator.Options{Quirks: map[string]string{bad[0]: bad[1]}}); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

// TestRuling18URCPort: the one connector of a modem is its USB modem port and its
// UART; URCs for its USB AT port are lost, while answers and the result of an
// open are not.
func TestRuling18URCPort(t *testing.T) {
	drop := func(b *bench) {
		b.t.Helper()
		b.pull(func(l emulator.Levers) {
			if err := l.DeactivatePDP(1); err != nil {
				b.t.Error(err)
			}
		})
	}
	const again = "@echo off\n> AT+QIDEACT=1;+QIACT=1\n< OK\n"
	bubble(t, &pipes{serve: echoing}, func(b *bench) {
		for _, name := range []string{"usbmodem", "uart1"} {
			b.play("@echo off\n> AT+QURCCFG=\"urcport\",\"" + name + "\"\n< OK\n")
			drop(b)
			b.play("@echo off\n< +QIURC: \"pdpdeact\",1\n" + again)
		}
		b.play("@echo off\n> AT+QURCCFG=\"urcport\",\"usbat\"\n< OK\n" + openBuffer)
		drop(b)
		b.play("@echo off\n@quiet 1h\n> AT+QSSLSTATE\n< +QSSLSTATE: 4,\"SSLClient\",\"192.0.2.1\",443,{port},4,1,4,0,\"usbmodem\",0\n< OK\n")
		if !b.events.noted(`usbat": dropped +QIURC: "pdpdeact",1`) {
			t.Error("that a URC is lost is not noted")
		}
		if s := b.state(); s.URCDrops != 2 {
			t.Errorf("%d are lost, want 2", s.URCDrops)
		}
	})
	// With several ports each name is a port; the quirk names the second.
	o := emulator.Options{Network: &pipes{serve: echoing}, Quirks: map[string]string{"urc-port": "usbat"}}
	bubbleWith(t, o, func(b *bench) {
		p, dev := port.Pipe()
		if err := b.modem.Attach(p); err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		second := &bench{t: t, dev: dev, timeout: b.timeout}
		b.play(quiet + again[len("@echo off\n"):])
		drop(b)
		second.play("< +QIURC: \"pdpdeact\",1\n")
		b.play(again + "> AT+QURCCFG=\"urcport\",\"uart1\"\n< OK\n")
		drop(b)
		b.play("@echo off\n@quiet 1h\n")
		second.play("@quiet 1h\n")
	})
}
