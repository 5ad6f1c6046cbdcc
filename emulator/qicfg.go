package emulator

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// option is one value of a key of AT+QICFG.
type option struct {
	param atengine.Param
	value func(*socketSettings) *int
}

// options is a key of AT+QICFG whose values are numbers. A value that is left out
// stays as it is.
func options(key string, list ...option) variant {
	v := variant{Key: key}
	for _, o := range list {
		v.Params = append(v.Params, o.param.Opt())
	}
	v.Query = func(m *Modem, _ *Call) Response {
		line := `+QICFG: "` + key + `"`
		for _, o := range list {
			line += "," + strconv.Itoa(*o.value(&m.tcp.settings))
		}
		return atengine.Info(line)
	}
	v.Write = func(m *Modem, c *Call) Response {
		for i, o := range list {
			if c.Has(i) {
				*o.value(&m.tcp.settings) = c.Int(i)
			}
		}
		return Response{}
	}
	return v
}

// toggle is a key with one value, 0 or 1.
func toggle(key string, value func(*socketSettings) *int) variant {
	return options(key, option{atengine.Int("mode", 0, 1), value})
}

// ofSocket is a key of AT+QICFG about one socket: with the id alone it is a query.
func ofSocket(key string, params []atengine.Param, tell func(*socketExtras) string, set func(*Modem, *Call, *socketExtras) Response) variant {
	return variant{
		Key:       key,
		Params:    append([]atengine.Param{connectID}, params...),
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			return atengine.Infof(`+QICFG: "%s",%d,%s`, key, c.Int(0), tell(&m.tcp.of[c.Int(0)]))
		},
		Write: func(m *Modem, c *Call) Response { return set(m, c, &m.tcp.of[c.Int(0)]) },
	}
}

var _ = commands("TCP/IP", &Command{
	Name: "+QICFG", Class: classStack, Source: "family; values at delivery that it does not name are inferred",
	Summary: `options of the sockets: udp/sendmode, tcp/retranscfg, pdp/retry and wakeup/data are stored and told, ` +
		`TCP/SendMode 2 to 4 do what 1 does`,
	Variants: []variant{
		options("transpktsize", option{atengine.Int("transpktsize", 1, maxSend), func(s *socketSettings) *int { return &s.packetSize }}),
		options("transwaittm", option{atengine.Int("transwaittm", 0, 20), func(s *socketSettings) *int { return &s.packetWait }}),
		options("dataformat",
			option{atengine.Int("send_data_format", 0, 1), func(s *socketSettings) *int { return &s.sendHex }},
			option{atengine.Int("recv_data_format", 0, 1), func(s *socketSettings) *int { return &s.recvHex }}),
		toggle("viewmode", func(s *socketSettings) *int { return &s.view }),
		toggle("passiveclosed", func(s *socketSettings) *int { return &s.passiveClose }),
		toggle("udp/readmode", func(s *socketSettings) *int { return &s.readStream }),
		toggle("udp/sendmode", func(s *socketSettings) *int { return &s.sendStream }),
		options("tcp/keepalive",
			option{atengine.Int("enable", 0, 1), func(s *socketSettings) *int { return &s.keepAlive }},
			option{atengine.Int("idle_time", 1, 1800), func(s *socketSettings) *int { return &s.keepIdle }},
			option{atengine.Int("interval_time", 25, 100), func(s *socketSettings) *int { return &s.keepInterval }},
			option{atengine.Int("probe_cnt", 3, 10), func(s *socketSettings) *int { return &s.keepCount }}),
		toggle("recvind", func(s *socketSettings) *int { return &s.recvLength }),
		options("tcp/retranscfg",
			option{atengine.Int("max_backoffs", 3, 12), func(s *socketSettings) *int { return &s.retransTimes }},
			option{atengine.Int("max_rto", 5, 1000), func(s *socketSettings) *int { return &s.retransPeriod }}),
		toggle("tcp/accept", func(s *socketSettings) *int { return &s.accept }),
		options("send/buffersize", option{atengine.Int("size", maxSend, txRoom), func(s *socketSettings) *int { return &s.sendBuffer }}),
		autoSending(),
		ignoring(),
		toggle("formatcfg", func(s *socketSettings) *int { return &s.framedPrompt }),
		options("qisend/timeout", option{atengine.Int("time", 0, 120), func(s *socketSettings) *int { return &s.promptTime }}),
		toggle("close/mode", func(s *socketSettings) *int { return &s.asyncClose }),
		toggle("sendinfo", func(s *socketSettings) *int { return &s.sendInfo }),
		options("TCP/SendMode", option{atengine.Int("mode", 0, 4), func(s *socketSettings) *int { return &s.acked }}),
		options("pdp/retry",
			option{atengine.Int("pdpmode", 0, 1), func(s *socketSettings) *int { return &s.retry[0] }},
			option{atengine.Int("rat", 0, 1), func(s *socketSettings) *int { return &s.retry[1] }},
			option{atengine.Int("counts", 2, 4), func(s *socketSettings) *int { return &s.retry[2] }},
			option{atengine.Int("time", 1, 60), func(s *socketSettings) *int { return &s.retry[3] }}),
		ofSocket("wakeup/data", []atengine.Param{atengine.Str("data", 0, 128).Opt()},
			func(x *socketExtras) string { return `"` + x.wakeup + `"` },
			func(_ *Modem, c *Call, x *socketExtras) Response {
				x.wakeup = c.Text(1)
				return Response{}
			}),
	},
})

// ignoring is "recv/ignore": what is dropped, in hexadecimal; "" drops nothing.
// It is held against what comes at a time, a datagram or a segment.
func ignoring() variant {
	return ofSocket("recv/ignore", []atengine.Param{atengine.Str("hex_string", 0, 128).Opt()},
		func(x *socketExtras) string { return fmt.Sprintf(`"%X"`, x.ignore) },
		func(_ *Modem, c *Call, x *socketExtras) Response {
			data, err := hex.DecodeString(c.Text(1))
			if err != nil {
				return c.Refuse(1, "is no hexadecimal text")
			}
			x.ignore = data
			return Response{}
		})
}

// leastPeriod is the shortest of "send/auto", in seconds.
const leastPeriod = 20

// autoSending is "send/auto": data that a socket sends by itself, again and
// again; period 0 ends it.
func autoSending() variant {
	return ofSocket("send/auto",
		[]atengine.Param{atengine.Int("period", 0, 86400).Opt(), atengine.Str("data", 1, 128).Opt()},
		func(x *socketExtras) string { return fmt.Sprintf(`%d,"%s"`, x.auto.period, x.auto.data) },
		func(m *Modem, c *Call, x *socketExtras) Response {
			switch period := c.Int(1); {
			case period > 0 && period < leastPeriod:
				return c.Refuse(1, fmt.Sprintf("is 0 or at least %d", leastPeriod))
			case period > 0 && !c.Has(2):
				return c.Refuse(2, "is missing")
			}
			x.auto.start(m, c.Int(0), c.Int(1), c.Text(2))
			return Response{}
		})
}

// autoSend is a heartbeat of one socket.
type autoSend struct {
	period int // s; 0: none
	data   string
	timer  *timer
}

func (a *autoSend) stop() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	a.period = 0
}

// start has socket id send data every period, in seconds of the modem's clock,
// whenever it is connected.
func (a *autoSend) start(m *Modem, id, period int, data string) {
	a.stop()
	if period == 0 {
		return
	}
	a.period, a.data = period, data
	a.arm(m, id)
}

func (a *autoSend) arm(m *Modem, id int) {
	a.timer = m.after(time.Duration(a.period)*time.Second, func() {
		e, err := carries(m.ends.socket(id))
		if err == nil && e.mode != transparentMode && e.link.carries != addressed && e.room() >= len(a.data) {
			e.send([]byte(a.data))
		}
		a.arm(m, id)
	})
}
