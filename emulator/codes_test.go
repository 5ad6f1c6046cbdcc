package emulator_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
)

// layer is a network with some of it replaced.
type layer struct {
	network.Network
	resolve func(context.Context, network.Query) ([]netip.Addr, error)
	dial    func(context.Context, network.Target) (net.Conn, error)
}

func (l layer) Resolve(ctx context.Context, q network.Query) ([]netip.Addr, error) {
	if l.resolve != nil {
		return l.resolve(ctx, q)
	}
	return l.Network.Resolve(ctx, q)
}

func (l layer) Dial(ctx context.Context, t network.Target) (net.Conn, error) {
	if l.dial != nil {
		return l.dial(ctx, t)
	}
	return l.Network.Dial(ctx, t)
}

// verified is a context that looks at everything: the CA, the name, the time.
const verified = `> AT+QSSLCFG="seclevel",1,1;+QSSLCFG="sni",1,1;+QSSLCFG="ignorelocaltime",1,0
< OK
`

// TestResultCodes gives each cause its code, in the URC of modes 0 and 1, and in
// mode 2 as ERROR and AT+QIGETERROR. Each is followed by an open that works.
func TestResultCodes(t *testing.T) {
	tests := []struct {
		name   string
		config string // lines before the open
		host   string // "": echo.lab
		port   int
		code   int
	}{
		{name: "good", port: 4433},
		{name: "chained", port: 4434},
		{name: "chain ignored", port: 4434, config: `AT+QSSLCFG="ignoremulticertchainverify",1,1`},
		{name: "legacy server", port: 4440},
		{name: "legacy server, TLS 1.2 alone", port: 4440, config: `AT+QSSLCFG="sslversion",1,3`, code: 566},
		{name: "legacy server, a suite it lacks", port: 4440, config: `AT+QSSLCFG="ciphersuite",1,0XC02F`, code: 566},
		{name: "expired", port: 4436, code: 566},
		{name: "expired, ignored", port: 4436, config: `AT+QSSLCFG="ignorelocaltime",1,1`},
		{name: "expired by AT+CCLK", port: 4433, config: `AT+CCLK="21/01/01,00:00:00+00";+CCLK="19/12/31,23:59:59+00"`, code: 566},
		{name: "not yet valid", port: 4437, code: 566},
		{name: "not yet valid, ignored", port: 4437, config: `AT+QSSLCFG="ignorelocaltime",1,1`},
		{name: "expired one, at a time when it was not", port: 4436, config: `AT+CCLK="20/06/01,12:00:00+32"`},
		{name: "clock never set", port: 4433, config: `AT+CCLK="70/01/01,00:00:00+00"`, code: 566},
		{name: "clock never set, ignored", port: 4433, config: `AT+CCLK="70/01/01,00:00:00+00";+QSSLCFG="ignorelocaltime",1,1`},
		{name: "wrong CA", port: 4433, config: `AT+QSSLCFG="cacert",1,"UFS:client.pem"`, code: 566},
		{name: "wrong CA, seclevel 0", port: 4433, config: `AT+QSSLCFG="cacert",1,"UFS:client.pem";+QSSLCFG="seclevel",1,0`},
		{name: "self-signed", port: 4435, code: 566},
		{name: "self-signed, ignored", port: 4435, config: `AT+QSSLCFG="ignoreinvalidcertsign",1,1`},
		{name: "wrong name", port: 4438, code: 566},
		{name: "wrong name, without SNI", port: 4438, config: `AT+QSSLCFG="sni",1,0`},
		{name: "CA file missing", port: 4433, config: `AT+QSSLCFG="cacert",1,"UFS:none.pem"`, code: 566},
		{name: "CA file missing, seclevel 0", port: 4433, config: `AT+QSSLCFG="cacert",1,"UFS:none.pem";+QSSLCFG="seclevel",1,0`},
		{name: "no CA", port: 4433, config: `AT+QSSLCFG="cacert",1,""`, code: 566},
		{name: "CA on another storage", port: 4433, config: `AT+QSSLCFG="cacert",1,"SD:cacert.pem"`, code: 566},
		{name: "CA file is a key", port: 4433, config: `AT+QSSLCFG="cacert",1,"user_key.pem"`, code: 566},
		{name: "client certificate demanded", port: 4439, code: 566},
		{name: "client certificate", port: 4439, config: clientFiles + `;+QSSLCFG="seclevel",1,2`},
		{name: "client certificate, seclevel 1", port: 4439, config: clientFiles, code: 566},
		{name: "client key missing", port: 4439, config: clientFiles + `;+QSSLCFG="seclevel",1,2;+QSSLCFG="clientkey",1,"none"`, code: 566},
		{name: "client key not set", port: 4439, config: clientFiles + `;+QSSLCFG="seclevel",1,2;+QSSLCFG="clientkey",1,""`, code: 566},
		{name: "client certificate not set", port: 4439, config: clientFiles + `;+QSSLCFG="seclevel",1,2;+QSSLCFG="clientcert",1,""`, code: 566},
		{name: "client key of another certificate", port: 4439, config: clientFiles + `;+QSSLCFG="seclevel",1,2;+QSSLCFG="clientcert",1,"cacert.pem"`, code: 566},
		{name: "refused", port: 9, code: 566},
		{name: "no TLS there", port: 7, code: 566},
		{name: "unreachable", host: "203.0.113.9", port: 443, code: 566},
		{name: "unresolvable", host: "nowhere.lab", port: 443, code: 565},
		{name: "no name", host: "not a name", port: 443, code: 565},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, benchOptions{})
			if test.host == "" {
				test.host = "echo.lab"
			}
			script := setUp + verified + `> AT+QSSLCFG="clientcert",1,"";+QSSLCFG="clientkey",1,""` + "\n< OK\n"
			if test.config != "" {
				script += "> " + test.config + "\n< OK\n"
			}
			for mode := range 3 {
				script += fmt.Sprintf("> AT+QSSLOPEN=1,1,4,%q,%d,%d\n", test.host, test.port, mode)
				switch {
				case mode < 2:
					script += fmt.Sprintf("< OK\n< +QSSLOPEN: 4,%d\n", test.code)
				case test.code == 0:
					script += "< CONNECT\n>> AT\n<< AT\n"
					continue
				default:
					script += "< ERROR\n"
				}
				if test.code == 0 {
					script += "> AT+QSSLCLOSE=4\n< OK\n"
				} else {
					script += fmt.Sprintf("> AT+QIGETERROR\n< +QIGETERROR: %d,{text:any}\n< OK\n", test.code) // ruling 1
					script += "> AT+QSSLSTATE\n< OK\n"                                                        // ruling 3
				}
			}
			if test.code != 0 {
				script += `> AT+QSSLOPEN=1,0,4,"echo.lab",4433,0
< OK
< +QSSLOPEN: 4,0
> AT+QIGETERROR
< +QIGETERROR: 0,operate successfully
< OK
>> AT+QSSLSEND=4,4\rback
<< \r\n>\x20
< SEND OK
< +QSSLURC: "recv",4
`
			}
			b.play(script)
			if strings.HasPrefix(test.name, "client certificate") && test.code == 0 {
				if c := b.lab.Connections(lab.ClientCert); len(c) == 0 || c[0].ClientCert == "" {
					t.Errorf("the server saw no certificate: %+v", c)
				}
			}
		})
	}
}

const clientFiles = `AT+QSSLCFG="clientcert",1,"UFS:client.pem";+QSSLCFG="clientkey",1,"UFS:user_key.pem"`

// TestDNSFails: whatever is wrong with name resolution is 565, and an address
// does not depend on it.
func TestDNSFails(t *testing.T) {
	for name, err := range map[string]error{
		"server failure": &net.DNSError{Err: "server misbehaving", Name: "echo.lab"},
		"timeout":        &net.DNSError{Err: "i/o timeout", Name: "echo.lab", IsTimeout: true},
		"no address":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, benchOptions{net: func(next network.Network) network.Network {
				return layer{Network: next, resolve: func(ctx context.Context, q network.Query) ([]netip.Addr, error) {
					if _, ok := network.Literal(q.Host); ok {
						return next.Resolve(ctx, q)
					}
					return nil, err
				}}
			}})
			b.play(setUp + `> AT+QSSLOPEN=1,1,4,"echo.lab",4433,0
< OK
< +QSSLOPEN: 4,565
> AT+QIGETERROR
< +QIGETERROR: 565,dns parse failed
< OK
> AT+QSSLOPEN=1,1,4,"220.180.239.212",8010,0
< OK
< +QSSLOPEN: 4,0
`)
		})
	}
	// A server that never answers is given up with the network's 150 s.
	t.Run("silence", func(t *testing.T) {
		silent := layer{resolve: func(ctx context.Context, _ network.Query) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		bubble(t, silent, func(b *bench) {
			b.lasts(150*time.Second, "> AT+QSSLOPEN=1,0,4,\"echo.lab\",443,0\n< OK\n< +QSSLOPEN: 4,565\n")
		})
	})
}

// TestMachineFails: what the machine lacks for a connection has codes of its own,
// in the URC and with mode 2 by AT+QIGETERROR; a busy resolver as well.
func TestMachineFails(t *testing.T) {
	dial := func(err error) network.Network {
		return layer{Network: network.Offline{}, dial: func(_ context.Context, t network.Target) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(t.Addr), Err: os.NewSyscallError("socket", err)}
		}}
	}
	resolve := func(err error) network.Network {
		return layer{Network: network.Offline{}, resolve: func(context.Context, network.Query) ([]netip.Addr, error) {
			return nil, fmt.Errorf("lookup: %w", err)
		}}
	}
	for _, test := range []struct {
		code int
		text string
		net  []network.Network
	}{
		{554, "create socket failed", []network.Network{dial(syscall.EMFILE), dial(syscall.ENFILE), dial(syscall.ENOBUFS), dial(syscall.ENOMEM)}},
		{555, "operation not supported", []network.Network{dial(syscall.EAFNOSUPPORT), dial(syscall.EPROTONOSUPPORT), dial(syscall.EPROTOTYPE)}},
		{556, "socket bind failed", []network.Network{dial(syscall.EADDRNOTAVAIL), dial(syscall.EADDRINUSE)}},
		{564, "dns busy", []network.Network{resolve(network.ErrBusy)}},
		{565, "dns parse failed", []network.Network{resolve(syscall.EMFILE)}},
		{566, "socket connect failed", []network.Network{dial(syscall.ECONNREFUSED), dial(syscall.ETIMEDOUT), dial(syscall.EHOSTUNREACH)}},
	} {
		for _, net := range test.net {
			bubble(t, net, func(b *bench) {
				b.play(fmt.Sprintf(`@echo off
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,0
< OK
< +QSSLOPEN: 4,%[1]d
> AT+QIGETERROR
< +QIGETERROR: %[1]d,%[2]s
< OK
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,1
< OK
< +QSSLOPEN: 4,%[1]d
> AT+QSSLOPEN=1,0,4,"192.0.2.1",443,2
< ERROR
> AT+QIGETERROR
< +QIGETERROR: %[1]d,%[2]s
< OK
`, test.code, test.text))
			})
		}
	}
}

// TestSilentServer: the lab's server that never answers the hello, at a speed
// that makes 300 s short.
func TestSilentServer(t *testing.T) {
	newBench(t, benchOptions{speed: 500}).play(setUp + `> AT+QSSLOPEN=1,1,4,"echo.lab",4453,0
< OK
< +QSSLOPEN: 4,569
> AT+QIGETERROR
< +QIGETERROR: 569,operation timeout
< OK
> AT+QSSLCFG="negotiatetime",1,30
< OK
> AT+QSSLOPEN=1,1,4,"echo.lab",4453,2
< ERROR
`)
}

// TestUnreachable: the connection times out below (566, not 569: that is the
// handshake's).
func TestUnreachable(t *testing.T) {
	for name, err := range map[string]error{
		"unreachable": network.ErrUnreachable,
		"timed out":   &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			newBench(t, benchOptions{net: func(next network.Network) network.Network {
				return layer{Network: next, dial: func(context.Context, network.Target) (net.Conn, error) { return nil, err }}
			}}).play(setUp + "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\n< OK\n< +QSSLOPEN: 4,566\n> AT+QSSLSTATE\n< OK\n")
		})
	}
}

// TestRuling33DNSServers: the servers of AT+QIDNSCFG are asked once they are
// set, before that the system's.
func TestRuling33DNSServers(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	b := newBench(t, benchOptions{net: func(next network.Network) network.Network {
		return layer{Network: next, resolve: func(ctx context.Context, q network.Query) ([]netip.Addr, error) {
			mu.Lock()
			asked = append(asked, fmt.Sprint(q.Servers))
			mu.Unlock()
			return next.Resolve(ctx, q)
		}}
	}})
	open := "> AT+QSSLOPEN=1,1,4,\"echo.lab\",4433,0\n< OK\n< +QSSLOPEN: 4,0\n> AT+QSSLCLOSE=4\n< OK\n"
	b.play(setUp + open + "> AT+QIDNSCFG=1,\"192.0.2.1\"\n< OK\n" + open + "> AT+QIDNSCFG=1,\"192.0.2.1\",\"192.0.2.2\"\n< OK\n" + open)
	mu.Lock()
	defer mu.Unlock()
	if got := strings.Join(asked, " "); got != "[] [192.0.2.1] [192.0.2.1 192.0.2.2]" {
		t.Error(got)
	}
}
