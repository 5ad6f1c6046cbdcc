package emulator

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/tlsstack"
)

// sslClient is the nature of an SSL client.
type sslClient struct{ ctx int } // the SSL context that it opens with

var sslWords = dialect{
	open: "+QSSLOPEN", read: "+QSSLRECV", urc: "+QSSLURC",
	connected: TLSConnected, sent: TLSSent, received: TLSReceived, closed: TLSClosed,
}

func (sslClient) dialect() *dialect { return &sslWords }

// splits reports whether the server may cut its records: those of SSL 3.0 and
// TLS 1.0 do so in CBC mode.
func (sslClient) splits(l link) bool {
	s := l.ReadWriter.(*tlsstack.Conn).State()
	return s.Version <= tlsstack.TLS10 && strings.Contains(tlsstack.SuiteName(s.Suite), "_CBC_")
}

func (sslClient) ignores(*endpoint, []byte) bool { return false }

// settings are those at delivery: AT+QICFG is about sockets. With quirk qicfg-ssl
// it is about how SSL clients show data as well.
func (sslClient) settings(m *Modem) socketSettings {
	s := sslSettings
	if m.quirks[quirkQICFGSSL] == "on" {
		of := &m.tcp.settings
		s.view, s.sendHex, s.recvHex, s.sendInfo = of.view, of.sendHex, of.recvHex, of.sendInfo
	}
	return s
}

// sslSettings are those at delivery. A prompt of AT+QSSLSEND waits for ever (seed
// 2.2.3 knows no timeout).
var sslSettings = func() socketSettings {
	s := atDelivery
	s.promptTime = 0
	return s
}()

func (sslClient) tell(e *endpoint, code Code) {
	e.owner.outcome(code, openURC(sslWords.open, e.id, code))
}

// prepare loads what the SSL context names.
func (c sslClient) prepare(e *endpoint) (func(*attempt) opening, error) {
	m := e.m
	settings := &m.ssl.contexts[c.ctx]
	m.log.Debug("opening", "client", e.id, "host", e.host, "port", e.remotePort, "settings", settings.words(), "rtc", m.rtc.String())
	cfg, err := m.dialConfig(settings, e.host, e.remotePort)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ConnectFailed, err)
	}
	log, id := m.log, e.id
	cfg.Trace = func(line string) { log.Debug(line, "client", id) }
	negotiation := m.clock.Wall(time.Duration(settings.negotiate) * time.Second)
	return func(a *attempt) opening {
		o := a.reach()
		if o.err == nil {
			o.shakeHands(a, cfg, negotiation)
		}
		return o
	}, nil
}

// shakeHands puts TLS on a connection that was made. Limit is on the wall clock.
func (o *opening) shakeHands(a *attempt, cfg tlsstack.Config, limit time.Duration) {
	ctx, cancel := context.WithTimeout(a.ctx, limit)
	defer cancel()
	a.tell(TLSHello, o.remote.String())
	conn, err := tlsstack.Dial(ctx, o.link.wire, cfg)
	if err != nil {
		o.link.cut() // the handshake's error is the one that counts
		o.link, o.err = link{}, err
		return
	}
	o.link.ReadWriter = conn
	s := conn.State()
	o.text = tlsstack.VersionName(s.Version) + " " + tlsstack.SuiteName(s.Suite)
}

var _ = commands("SSL", &Command{
	Name: "+QSSLOPEN", Summary: "open an SSL client", Class: classStack, Max: networkTime,
	Source: "seed 2.2.2, rulings 3, 19 and 34",
	Params: []atengine.Param{
		pdpCtxID, sslCtxID, clientID,
		atengine.Str("serveraddr", 1, 255),
		atengine.Int("server_port", 1, 65535).Named(),
		atengine.Int("access_mode", 0, 2).Or(0),
	},
	Write: func(m *Modem, c *Call) Response {
		return m.open(c, &endpoint{
			as: sslClient{ctx: c.Int(1)}, m: m, table: m.ends.ssl, id: c.Int(2), pdp: c.Int(0),
			host: c.Text(3), remotePort: uint16(c.Int(4)), owner: m.portOf(c), mode: accessMode(c.Int(5)),
		})
	},
})

var _ = forces("+QSSLOPEN", func(m *Modem, c *Call, code Code, f forced) Response {
	return m.forceOpen(c, c.Int(2), accessMode(c.Int(5)), code, f)
})

var _ = commands("SSL", &Command{
	Name: "+QSSLCLOSE", Summary: "close an SSL client", Class: classStack, Max: 10 * time.Second,
	Source: "seed 2.2.5, rulings 4, 5 and 11",
	Params: []atengine.Param{clientID, atengine.Int("close_timeout", 0, 65535).Or(10)},
	Plain:  true,
	Write: func(m *Modem, c *Call) Response {
		e, unit := m.ends.client(c.Int(0)), time.Second
		if client, ok := sslClientOf(e); ok && m.ssl.contexts[client.ctx].closeMillis == 1 {
			unit = time.Millisecond
		}
		return m.close(c, e, time.Duration(c.Int(1))*unit)
	},
})

// sslClientOf is the SSL client that an endpoint, which may be nil, is.
func sslClientOf(e *endpoint) (c sslClient, ok bool) {
	if e != nil {
		c, ok = e.as.(sslClient)
	}
	return c, ok
}

var _ = commands("SSL", &Command{
	Name: "+QSSLSTATE", Summary: "state of the SSL clients", Class: classStack, Test: "OK",
	Source: "seed 2.2.6, 3.3.1, ruling 17",
	Params: []atengine.Param{clientID},
	Exec: func(m *Modem, _ *Call) Response {
		var lines []string
		for e := range m.ends.all {
			if c, ok := sslClientOf(e); ok {
				lines = append(lines, c.stateLine(e))
			}
		}
		return atengine.Info(lines...)
	},
	Write: func(m *Modem, c *Call) Response {
		e := m.ends.client(c.Int(0))
		if client, ok := sslClientOf(e); ok {
			return atengine.Info(client.stateLine(e))
		}
		return Response{}
	},
})

// stateLine is the client's line of AT+QSSLSTATE.
func (c sslClient) stateLine(e *endpoint) string {
	return fmt.Sprintf(`+QSSLSTATE: %d,"SSLClient",%s,%d,%d,%d,%d,"%s",%d`,
		e.id, e.addresses(), e.state, e.pdp, e.id, e.mode, e.portName(), c.ctx)
}
