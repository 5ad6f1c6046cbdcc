package emulator_test

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/scenarios/chat"
)

// FuzzModem gives a modem any bytes a host can send. It must not panic, and the
// next host must find a modem that answers AT.
func FuzzModem(f *testing.F) {
	files, err := filepath.Glob("testdata/*.chat")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		script, err := chat.Parse(file, text)
		if err != nil {
			f.Fatal(err)
		}
		var input []byte
		for _, step := range script.Steps {
			switch line, _ := step.Data.Expand(map[string]string{"pem": "3", "size": "3"}); step.Op {
			case chat.OpSend:
				input = append(append(input, line...), '\r')
			case chat.OpSendRaw:
				input = append(input, line...)
			}
		}
		f.Add(input)
	}
	for _, seed := range []string{
		"AT+QIACT=1;+QSSLOPEN=1,0,0,\"x\",1,2\rdata+++ATO\rAT+QISWTMD=0,1\r",
		"AT&D0;+QIACT=1;+QSSLOPEN=1,0,0,\"x\",1,2\rAT\r",
		"ATS3=33!ATV0Q1!A/AT+QFUPL=\"x\",4,1,1!abcd!AT+QFDWL=\"x\"!",
		"AT+QIACT=1;+QIOPEN=1,0,\"TCP\",\"x\",1,0,2\rdata+++AT+QISEND=0\rhi\x1aAT+QIRD=0\rAT+QICLOSE=0\r",
		"AT+QIACT=1;+QIOPEN=1,0,\"UDP SERVICE\",\"127.0.0.1\",0,9\rAT+QISEND=0,1,\"192.0.2.1\",7\rxAT+QISTATE\rAT+QICFG=\"send/auto\",0,20,\"x\"\r",
		"AT+QSSLSEND=0\x1b\x1aAT+QIACT=1\rAT+QSSLOPEN=1,0,0,\"x\",1\rAT+QSSLSEND=0\rhello\x1a",
	} {
		f.Add([]byte(seed))
	}
	answer := regexp.MustCompile(`AT\r\r\nOK\r\n`)
	f.Fuzz(func(t *testing.T, input []byte) {
		events := &eventLog{}
		// At this speed no command takes long.
		m, err := emulator.New(emulator.Options{Network: &wires{pipes: pipes{serve: echoing}}, Events: events, Clock: clock.New(1000)})
		if err != nil {
			t.Fatal(err)
		}
		p, dev := port.Pipe()
		if err := m.Attach(p); err != nil {
			t.Fatal(err)
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(io.Discard, dev) // until it is closed
		}()
		if _, err := dev.Write(input); err != nil {
			t.Fatal(err)
		}
		if err := dev.Close(); err != nil {
			t.Fatal(err)
		}
		<-read
		events.wait(t, emulator.HostClose)
		// Whatever the bytes have set: the line ends with CR, and AT&D2.
		if err := m.Calm(); err != nil {
			t.Fatal(err)
		}
		again, err := p.Open()
		if err != nil {
			t.Fatal(err)
		}
		h := newHost(t, again)
		h.send("AT\r")
		h.take(answer)
		h.close()
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}
