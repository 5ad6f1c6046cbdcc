package emulator_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/port"
)

// provocation leads to a result code without a fault: on a network, by what the
// host sends.
type provocation struct {
	net    network.Network
	script string         // is played first
	act    func(b *bench) // then this is done
}

// failing is a network whose connections fail with an error of the machine.
func failing(err error) network.Network {
	return layer{Network: network.Offline{}, dial: func(_ context.Context, t network.Target) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(t.Addr), Err: os.NewSyscallError("socket", err)}
	}}
}

// nameless resolves nothing.
var nameless = layer{Network: network.Offline{}, resolve: func(context.Context, network.Query) ([]netip.Addr, error) {
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}}

// deaf is a network that answers nothing.
var deaf = layer{
	Network: network.Offline{},
	resolve: func(ctx context.Context, q network.Query) ([]netip.Addr, error) {
		if addr, ok := network.Literal(q.Host); ok {
			return []netip.Addr{addr}, nil
		}
		<-ctx.Done()
		return nil, ctx.Err()
	},
	dial: func(ctx context.Context, _ network.Target) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	},
}

// leaving is a server that closes a second after it was reached.
func leaving(c *tls.Conn) {
	time.Sleep(time.Second)
	_ = c.Close()
}

// cable is a network whose connections take nothing any more once it is cut, and
// stay silent.
type cable struct {
	pipes
	cut atomic.Bool
}

func (c *cable) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	conn, err := c.pipes.Dial(ctx, t)
	return cableConn{conn, c}, err
}

type cableConn struct {
	net.Conn
	cable *cable
}

func (c cableConn) Write(p []byte) (int, error) {
	if c.cable.cut.Load() {
		return 0, syscall.EPIPE
	}
	return c.Conn.Write(p)
}

// opens is an open up to its result, and fails one that fails with a code.
const opens = "> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,0\n< OK\n"

func fails(code int) string { return opens + fmt.Sprintf("< +QSSLOPEN: 4,%d\n", code) }

// elsewhere plays a script on another port.
func (b *bench) elsewhere(script string) {
	b.t.Helper()
	p, dev := port.Pipe()
	if err := b.modem.Attach(p); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { dev.Close() })
	(&bench{t: b.t, dev: dev, timeout: b.timeout}).play("> ATE0\n< OK\n@echo off\n" + script)
}

// hello is a send of five bytes, up to its result.
const hello = "> AT+QSSLSEND=4,5\n<< \\r\\n>\\x20\n>> hello\n"

// provocations are how to come by each cause, by its words.
var provocations = map[string]provocation{
	"551, AT+QSSLOPEN: the host closed the port while an open in mode 2 was under way (not with AT&D0)": {
		net: &pipes{slow: time.Minute}, script: ">> AT+QSSLOPEN=1,0,4,\"192.0.2.1\",443,2\\r\n", act: (*bench).hangUp,
	},
	"552, any SSL or TCP/IP command: a parameter is missing, malformed or out of its range": {
		script: "> AT+QSSLOPEN=1,0,12,\"192.0.2.1\",443,0\n< ERROR\n" + tells(552) + "> AT+QISDE=x\n< ERROR\n" + tells(552) + "> AT+QICSGP=1,1\n< ERROR\n",
	},
	"552, AT+QIDNSCFG: the server is no IP address":                    {script: "> AT+QIDNSCFG=1,\"dns.lab\"\n< ERROR\n"},
	"554, AT+QSSLOPEN: the machine has no socket or no memory for one": {net: failing(syscall.EMFILE), script: fails(554)},
	"555, AT+QSSLOPEN: the machine does not speak the protocol of the server's address, such as IPv6": {
		net: failing(syscall.EAFNOSUPPORT), script: fails(555),
	},
	"556, AT+QSSLOPEN: the machine has no local address or port left": {net: failing(syscall.EADDRNOTAVAIL), script: fails(556)},
	"558, AT+QSSLSEND: the server does not read, and the send buffer of 10240 bytes has no room": {
		net: &pipes{serve: func(*tls.Conn) { time.Sleep(time.Minute) }},
		script: openBuffer + strings.Repeat("> AT+QSSLSEND=4,1460\n<< \\r\\n>\\x20\n>> "+strings.Repeat("x", 1460)+"\n< SEND OK\n", 7) +
			"> AT+QSSLSEND=4,21\n<< \\r\\n>\\x20\n>> 123456789012345678901\n< SEND FAIL\n",
	},
	"558, AT+QSSLSEND: writing to the connection has failed, and the end of it was not seen yet": {
		net: brokenCable, script: openBuffer, act: func(b *bench) {
			brokenCable.cut.Store(true)
			b.play("@echo off\n" + hello + "< SEND OK\n@wait 1s\n" + hello + "< SEND FAIL\n")
		},
	},
	"561, AT+QSSLOPEN: the PDP context is not active": {script: "> AT+QIDEACT=1\n< OK\n" + fails(561)},
	"561, AT+QIACT: the module is not registered":     {script: "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n> AT+QIACT=2\n< ERROR\n"},
	"561, AT+QIDNSCFG: the PDP context is not active": {script: "> AT+QIDNSCFG=2\n< ERROR\n" + tells(561) + "> AT+QIDNSCFG=2,\"192.0.2.1\"\n< ERROR\n"},
	"561, AT+QIDNSGIP: the PDP context is not active, or no longer": {
		net: deaf, script: "> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n> AT+QIDEACT=1\n< OK\n< +QIURC: \"dnsgip\",561\n" +
			"> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n< +QIURC: \"dnsgip\",561\n",
	},
	"561, AT+QPING: the PDP context is not active, or no longer": {
		net: deaf, script: "> AT+QPING=1,\"192.0.2.1\"\n< OK\n> AT+QIDEACT=1\n< OK\n< +QPING: 561\n> AT+QPING=1,\"name.lab\"\n< OK\n< +QPING: 561\n",
	},
	"563, AT+QSSLOPEN: the id is that of a client that is open, or opens": {script: openBuffer + fails(563)},
	"563, AT+QSSLOPEN: the server has closed the client of this id, and the host has not": {
		net: &pipes{serve: leaving}, script: openBuffer + "< +QSSLURC: \"closed\",4\n" + fails(563),
	},
	"564, AT+QIDNSGIP: another name is being resolved": {
		net: deaf, script: "> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n> AT+QIDNSGIP=1,\"name.lab\"\n< ERROR\n",
	},
	"565, AT+QIDNSGIP: the name cannot be resolved, not within 60 s, or to no address that the context can reach": {
		net: deaf, act: func(b *bench) {
			b.lasts(60*time.Second, "> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n< +QIURC: \"dnsgip\",565\n")
		},
	},
	"565, AT+QPING: as with AT+QIDNSGIP": {net: nameless, script: "> AT+QPING=1,\"name.lab\"\n< OK\n< +QPING: 565\n"},
	"568, AT+QPING: another ping is under way": {
		net: deaf, script: "> AT+QPING=1,\"192.0.2.1\"\n< OK\n> AT+QPING=1,\"192.0.2.1\"\n< ERROR\n",
	},
	"569, AT+QPING: no answer within the timeout": {
		net: deaf, act: func(b *bench) {
			b.lasts(10*time.Second, "> AT+QPING=1,\"192.0.2.1\",10,1\n< OK\n< +QPING: 569\n< +QPING: 0,1,0,1,0,0,0\n")
			b.play("@echo off\n> AT+QPING=1,\"192.0.2.1\",10,3\n< OK\n< +QPING: 569\n")
		},
	},
	"570, AT+QIDNSGIP: the module loses service while the name is being resolved": {
		net: deaf, script: "> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n< +QIURC: \"dnsgip\",570\n",
		act: func(b *bench) { b.play("@echo off\n> AT+QIDNSGIP=1,\"name.lab\"\n< OK\n< +QIURC: \"dnsgip\",570\n") },
	},
	"570, AT+QPING: the module loses service while the ping is under way": {
		net: deaf, script: "> AT+QPING=1,\"192.0.2.1\"\n< OK\n> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n< +QPING: 570\n",
		act: func(b *bench) { b.play("@echo off\n> AT+QPING=1,\"192.0.2.1\"\n< OK\n< +QPING: 570\n") },
	},
	"565, AT+QSSLOPEN: the name cannot be resolved, or not within 150 s":                       {net: nameless, script: fails(565)},
	"566, AT+QSSLOPEN: the server refuses, cannot be reached, or does not answer within 150 s": {net: &pipes{refuse: true}, script: fails(566)},
	"566, AT+QSSLOPEN: TLS fails: version, cipher suite, certificate, name, time, client certificate": {
		script: "> AT+QSSLCFG=\"sslversion\",0,0\n< OK\n" + fails(566),
	},
	"566, AT+QSSLOPEN: a file that the SSL context names is missing or not what it should be": {
		script: "> AT+QSSLCFG=\"seclevel\",0,1;+QSSLCFG=\"cacert\",0,\"UFS:none.pem\"\n< OK\n" + fails(566),
	},
	"567, AT+QSSLSEND: the client is not open": {script: "> AT+QSSLSEND=4,5\n< ERROR\n"},
	"567, AT+QSSLSEND: the connection ended while the prompt waited for data": {
		net:    &pipes{serve: leaving},
		script: openBuffer + "> AT+QSSLSEND=4,5\n<< \\r\\n>\\x20\n@wait 2s\n>> hello\n< ERROR\n< +QSSLURC: \"closed\",4\n",
	},
	"567, AT+QSSLRECV: the client is not open, or was closed by the server and is read empty": {
		net:    &pipes{serve: leaving},
		script: "> AT+QSSLRECV=4,10\n< ERROR\n" + tells(567) + openBuffer + "< +QSSLURC: \"closed\",4\n> AT+QSSLRECV=4,10\n< ERROR\n",
	},
	"567, AT+QISWTMD: the client is not open":                                         {script: "> AT+QISWTMD=4,1\n< ERROR\n"},
	"569, AT+QSSLOPEN: the server does not finish the handshake within negotiatetime": {net: &pipes{}, script: fails(569)},
	"570, AT+QSSLOPEN: the PDP context is gone since the module lost service, as with AT+CFUN=4": {
		script: "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n> AT+CFUN=1\n< OK\n< +CPIN: READY\n" + fails(570),
	},
	"570, AT+QSSLOPEN: the module lost service while the open was under way": {
		net: &pipes{slow: time.Minute}, script: opens + "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n< +QSSLOPEN: 4,570\n",
	},
	"570, AT+QIACT: the PDP context is gone, and AT+QIDEACT has not cleared it": {
		script: "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n> AT+QIACT=1\n< ERROR\n",
	},
	"571, AT+QSSLSEND: ESC at the prompt":                {script: openBuffer + "> AT+QSSLSEND=4\n<< \\r\\n>\\x20\n>> hello\\x1b\n< OK\n"},
	"572, AT+QIACT: the PDP context is active already":   {script: "> AT+QIACT=1\n< ERROR\n"},
	"572, AT+QIACT: three PDP contexts are active":       {script: "> AT+QIACT=2\n< OK\n> AT+QIACT=3\n< OK\n> AT+QIACT=4\n< ERROR\n"},
	"572, AT+QSSLRECV: the client is not in buffer mode": {script: openPush + "> AT+QSSLRECV=4,10\n< ERROR\n"},
	"573, AT+QIACT: AT+QICSGP named no APN, and the network has none of its own (a scenario's setup: {apn: required})": {
		act: func(b *bench) {
			b.pull(func(l emulator.Levers) { l.SetAPNRequired(true) })
			b.play("@echo off\n> AT+QIACT=2\n< ERROR\n")
		},
	},
	"574, AT+QSSLOPEN: another port is in transparent mode, or on its way there": {
		act: func(b *bench) {
			b.elsewhere(openTransparent)
			b.play("@echo off\n> AT+QSSLOPEN=1,0,5,\"192.0.2.1\",443,2\n< ERROR\n")
		},
	},
	"574, AT+QISWTMD: another port is in transparent mode, or on its way there": {
		script: strings.ReplaceAll(openBuffer, "4,", "5,"),
		act: func(b *bench) {
			b.elsewhere(openTransparent)
			b.play("@echo off\n> AT+QISWTMD=5,2\n< ERROR\n")
		},
	},
}

var brokenCable = &cable{pipes: pipes{serve: swallowing}}

// tells is how AT+QIGETERROR tells a code.
func tells(code emulator.Code) string {
	return fmt.Sprintf("> AT+QIGETERROR\n< +QIGETERROR: %d,%s\n< OK\n", int(code), code.String())
}

// TestCauses: each natural cause leads to its code without a fault, and every
// code has one or says why not.

func TestCauses(t *testing.T) {
	proofs := maps.Clone(provocations)
	maps.Copy(proofs, socketProvocations)
	used := map[string]bool{}
	for _, o := range emulator.Causes() {
		if (len(o.Natural) == 0) != (o.Fault != "") {
			t.Errorf("%d: %d natural causes, and %q", int(o.Code), len(o.Natural), o.Fault)
		}
		for _, c := range o.Natural {
			p, ok := proofs[c.String()]
			if !ok {
				t.Errorf("nothing provokes %v", c)
				continue
			}
			used[c.String()] = true
			t.Run(strings.ReplaceAll(c.String(), "/", " "), func(t *testing.T) {
				if p.net == nil {
					p.net = &pipes{serve: echoing}
				}
				bubble(t, p.net, func(b *bench) {
					b.play("@echo off\n" + p.script)
					if p.act != nil {
						p.act(b)
					}
					b.play("@echo off\n" + tells(c.Code))
					time.Sleep(2 * time.Minute) // the servers end
					synctest.Wait()
				})
			})
		}
	}
	for words := range proofs {
		if !used[words] {
			t.Errorf("there is no cause %q", words)
		}
	}
}
