package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A config is what a user can say.
type config struct {
	apn      string
	service  service
	host     string // of the server
	port     int
	messages int
	size     int    // of a message, in bytes
	ca       []byte // the CA certificate; nil: it is on the module
	urcPort  string // as the module names the port of this line
}

// Ids of the module that this program uses.
const (
	pdpID  = 1
	sslID  = 1
	client = 4
	caName = "UFS:cacert.pem"
)

// A stage is a part of the job that is done before the next can be. A recovery
// falls back to an earlier one; the stages after it are then done again, and
// each looks first at what is there already.
type stage int

const (
	stageSync     stage = iota // the module answers
	stageLine                  // echo, error format, URC port
	stageSIM                   // the SIM is ready
	stageNetwork               // registered
	stagePDP                   // a PDP context is active
	stageFile                  // the CA certificate is on the module
	stageSSL                   // the SSL context is configured
	stageOpen                  // the client is connected
	stageTransfer              // the messages are echoed
	stageFinish                // closed and deactivated
	stageDone
)

var stageNames = [...]string{
	"sync", "line", "SIM", "network", "PDP context", "CA certificate",
	"SSL context", "open", "transfer", "finish", "done",
}

// A driver does the job. All its state is here; what the module remembers is
// asked for rather than assumed.
type driver struct {
	config
	link   *link
	time   timing
	out    io.Writer // a line for each message
	report func(format string, args ...any)

	stage   stage
	strikes [stageDone]int // failures of a stage since the last progress
	spent   [actions]int   // recoveries since the last progress
	total   int            // recoveries in all

	// What URCs told, since the last open.
	openResult string // of the open, for our client; "": none yet
	readable   bool   // "recv"
	closed     bool   // "closed"
	pdpDown    bool   // "pdpdeact"

	stray    bool   // an open was given up: its result may still come
	noBoot   bool   // the module refuses to restart itself
	distrust bool   // the CA certificate on the module may be damaged
	untimed  bool   // the module's clock may not be set
	uploads  int    // that were tried
	sent     int    // messages sent on this connection
	inbox    []byte // received on this connection and not yet used
	done     int    // messages echoed
}

// run does the job. The error is for a human.
func (d *driver) run() error {
	steps := [...]func() error{
		d.sync, d.configureLine, d.checkSIM, d.awaitNetwork, d.activate, d.provideCA,
		d.configureSSL, d.connect, d.transfer, d.finish,
	}
	for d.stage < stageDone {
		err := steps[d.stage]()
		if err == nil {
			d.stage++
			continue
		}
		if err = d.recover(err); err != nil {
			return err
		}
	}
	return nil
}

// hear takes a URC.
func (d *driver) hear(text string) {
	name, args, _ := strings.Cut(strings.ReplaceAll(text, " ", ""), ":")
	switch name {
	case d.service.open:
		// "4,0" and nothing looser: a client 14 may be somebody else's.
		if id, result, ok := strings.Cut(args, ","); ok && id == strconv.Itoa(client) {
			d.openResult = result
		}
	case d.service.urc, "+QIURC":
		switch {
		case args == fmt.Sprintf(`"pdpdeact",%d`, pdpID):
			d.pdpDown = true
		case name != d.service.urc: // of a socket that is not ours
		case args == fmt.Sprintf(`"recv",%d`, client):
			d.readable = true
		case args == fmt.Sprintf(`"closed",%d`, client):
			d.closed = true
		}
	}
}

// command runs a command without information in its answer.
func (d *driver) command(longest time.Duration, format string, args ...any) error {
	_, err := d.link.do(request{text: fmt.Sprintf(format, args...), max: longest})
	return d.explain(err)
}

// query runs a command and gives the lines of its answer without their prefix.
// There is at least one, with so many fields.
func (d *driver) query(text, prefix string, fields int) ([]string, error) {
	r, err := d.link.do(request{text: text, want: want{prefix: prefix, fields: fields}})
	return rest(r.lines, prefix), d.explain(err)
}

// list is query for a list that may be empty.
func (d *driver) list(text, prefix string) ([]string, error) {
	r, err := d.link.do(request{text: text, want: want{prefix: prefix}, mayLack: true})
	return rest(r.lines, prefix), d.explain(err)
}

func rest(lines []string, prefix string) []string {
	list := make([]string, len(lines))
	for i, line := range lines {
		list[i] = strings.TrimSpace(strings.TrimPrefix(line, prefix))
	}
	return list
}

// explain asks for the code behind a plain ERROR of a TCP/IP or SSL command.
func (d *driver) explain(err error) error {
	f := failed(err)
	if f == nil || f.cause != causeRefused || f.code != 0 || f.why != "ERROR" || !keepsCode(f.what) {
		return err
	}
	r, asking := d.link.do(request{text: "AT+QIGETERROR", want: want{prefix: "+QIGETERROR:"}})
	if asking != nil {
		if is(asking, causeRefused, causeTimeout, causeStale) {
			return err
		}
		return asking
	}
	// "566,socket connect failed", on some modules with a blank behind the comma.
	code, words, _ := strings.Cut(rest(r.lines, "+QIGETERROR:")[0], ",")
	if n, err := strconv.Atoi(strings.TrimSpace(code)); err == nil && n != 0 {
		f.code, f.why = n, "ERROR, "+strings.TrimSpace(words)
	}
	return f
}

// keepsCode reports whether AT+QIGETERROR tells of a command.
func keepsCode(command string) bool {
	return strings.HasPrefix(command, "AT+QI") || strings.HasPrefix(command, "AT+QSSL")
}

// forget forgets the connection: it is gone, or will be.
func (d *driver) forget() {
	d.openResult, d.readable, d.closed = "", false, false
	d.inbox, d.sent = nil, d.done
}

// progress is made: earlier failures count no more.
func (d *driver) progress() {
	d.strikes, d.spent = [stageDone]int{}, [actions]int{}
}
