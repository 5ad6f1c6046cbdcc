package emulator_test

import (
	"strconv"
	"testing"

	"github.com/quectel-sim/qsim/lab"
)

// openAndClose opens client 4 on a service of the lab, checks that data goes both ways,
// and closes it.
const openAndClose = `> AT+QSSLOPEN=1,{ctx},4,"echo.lab",{port},0
< OK
< +QSSLOPEN: 4,0
> AT+QSSLSEND=4,5
<< \r\n>\x20
>> hello
< SEND OK
< +QSSLURC: "recv",4
> AT+QSSLRECV=4,1500
<< \r\n+QSSLRECV: 5\r\nhello\r\n\r\nOK\r\n
> AT+QSSLCLOSE=4
< OK
`

// TestSessionCache: with session_cache 1 an open resumes the session of an
// earlier one, as long as it is the same context, server and configuration
// (seed 2.2.1). What QSSLCLOSE releases is not the session (ruling 5).
func TestSessionCache(t *testing.T) {
	b := newBench(t, benchOptions{})
	b.play(setUp)
	for _, step := range []struct {
		does    string // settings before the open
		ctx     string
		service string
		resumes bool
	}{
		{"", "1", lab.Echo, false}, // off
		{"", "1", lab.Echo, false},
		{`AT+QSSLCFG="session_cache",1,1`, "1", lab.Echo, false}, // the first to be kept
		{"", "1", lab.Echo, true},
		{"", "1", lab.Echo, true},
		{"", "1", lab.Chained, false}, // another server
		{"", "1", lab.Chained, true},
		{"", "1", lab.Echo, true},
		{`AT+QSSLCFG="session_cache",2,1`, "2", lab.Echo, false}, // another context
		{"", "2", lab.Echo, true},
		{`AT+QSSLCFG="seclevel",1,1`, "1", lab.Echo, false}, // another configuration
		{"", "1", lab.Echo, true},
		{`AT+QSSLCFG="seclevel",1,1`, "1", lab.Echo, true}, // the same one
		{`AT+QSSLCFG="seclevel",1,0`, "1", lab.Echo, false},
		{`AT+QSSLCFG="sslversion",1,3`, "1", lab.Echo, false},
		{"", "1", lab.Echo, true},
		{`AT+QSSLCFG="session_cache",1,0`, "1", lab.Echo, false},
		{`AT+QSSLCFG="session_cache",1,1`, "1", lab.Echo, false}, // forgotten meanwhile
		{"", "2", lab.Echo, true},
	} {
		script := "@echo off\n"
		if step.does != "" {
			script += "> " + step.does + "\n< OK\n"
		}
		service, _ := b.lab.Service(step.service)
		b.playVars(script+openAndClose, map[string]string{"ctx": step.ctx, "port": strconv.Itoa(int(service.Port))})
		all := b.lab.Connections(step.service)
		if got := all[len(all)-1].Resumed; got != step.resumes {
			t.Errorf("%q, context %s, %s: resumed is %v, want %v", step.does, step.ctx, step.service, got, step.resumes)
		}
	}
}
