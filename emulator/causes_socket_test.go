package emulator_test

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/quectel-sim/qsim/emulator/network"
)

// What the sockets' rows are proved with.
const (
	tcpOpen   = "> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< OK\n"
	tcpOpened = tcpOpen + "< +QIOPEN: 4,0\n"
	listening = "> AT+QIOPEN=1,3,\"TCP LISTENER\",\"127.0.0.1\",0,2020\n< OK\n"
	tcpHello  = "> AT+QISEND=4,5\n<< \\r\\n>\\x20\n>> hello\n"
)

func tcpFails(code int) string { return tcpOpen + fmt.Sprintf("< +QIOPEN: 4,%d\n", code) }

// unread is a server that reads nothing.
func unread(net.Conn) { time.Sleep(time.Minute) }

// socketProvocations are those of the sockets.
var socketProvocations = map[string]provocation{
	"551, AT+QIOPEN: the host closed the port while an open in mode 2 was under way (not with AT&D0)": {
		net: &wires{pipes: pipes{slow: time.Minute}}, script: ">> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80,0,2\\r\n", act: (*bench).hangUp,
	},
	"552, AT+QISEND: the data is no hexadecimal text (AT+QICFG=\"dataformat\",1)": {
		net: &wires{}, script: "> AT+QICFG=\"dataformat\",1,0\n< OK\n" + tcpOpened + tcpHello + "< ERROR\n",
	},
	"554, AT+QIOPEN: the machine has no socket or no memory for one":                                {net: failing(syscall.EMFILE), script: tcpFails(554)},
	"555, AT+QIOPEN: the machine does not speak the protocol of the server's address, such as IPv6": {net: failing(syscall.EAFNOSUPPORT), script: tcpFails(555)},
	"556, AT+QIOPEN: the local port is that of another socket": {
		net: &wires{}, script: listening + "< +QIOPEN: 3,0\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80,2020\n< OK\n< +QIOPEN: 4,556\n",
	},
	"556, AT+QIOPEN: another program of the machine has the port of a TCP LISTENER or UDP SERVICE, or it may not have it": {
		net: &wires{offered: map[uint16]chan net.Conn{2020: make(chan net.Conn)}}, script: listening + "< +QIOPEN: 3,556\n",
	},
	"557, AT+QIOPEN: nobody can reach the module: --offline without the lab": {
		net: network.Offline{}, script: listening + "< +QIOPEN: 3,557\n",
	},
	"558, AT+QISEND: the peer does not read, and the send buffer has no room (AT+QICFG=\"send/buffersize\")": {
		net: &wires{serve: unread}, script: "> AT+QICFG=\"send/buffersize\",1460\n< OK\n" + tcpOpened +
			"> AT+QISEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n< SEND OK\n" + tcpHello + "< SEND FAIL\n",
	},
	"558, AT+QISEND: the peer has not acknowledged the data within 2 minutes, or the connection ended first (AT+QICFG=\"TCP/SendMode\")": {
		net: &wires{wrap: func(c net.Conn) net.Conn { return slowPeer{c, new(atomic.Int64)} }},
		script: "> AT+QICFG=\"TCP/SendMode\",1\n< OK\n> AT+QIOPEN=1,4,\"TCP\",\"192.0.2.1\",80\n< OK\n< +QIOPEN: 4,0\n" + tcpHello +
			"< SEND FAIL\n< +QIURC: \"recv\",4\n",
	},
	"558, AT+QISENDEX: the peer does not read, and the send buffer has no room (AT+QICFG=\"send/buffersize\")": {
		net: &wires{serve: unread}, script: "> AT+QICFG=\"send/buffersize\",1460\n< OK\n" + tcpOpened +
			"> AT+QISEND=4,1460\n<< \\r\\n>\\x20\n>> " + strings.Repeat("x", 1460) + "\n< SEND OK\n> AT+QISENDEX=4,\"61\"\n< SEND FAIL\n",
	},
	"560, a TCP LISTENER: the machine has no socket for one who connects": {
		net: &wires{failing: syscall.EMFILE}, script: listening + "< +QIOPEN: 3,0\n@quiet 1s\n",
	},
	"561, AT+QIOPEN: the PDP context is not active": {script: "> AT+QIDEACT=1\n< OK\n" + tcpFails(561)},
	"563, AT+QIOPEN: the id is that of a socket or SSL client that is open, opens, or was closed by its peer": {
		net: &wires{serve: func(c net.Conn) { time.Sleep(time.Second) }}, script: tcpOpened + tcpFails(563) + "< +QIURC: \"closed\",4\n" + tcpFails(563),
	},
	"565, AT+QIOPEN: the name cannot be resolved, or not within 150 s":                       {net: nameless, script: tcpFails(565)},
	"566, AT+QIOPEN: the server refuses, cannot be reached, or does not answer within 150 s": {net: &pipes{refuse: true}, script: tcpFails(566)},
	"567, AT+QISEND: the socket is not connected":                                            {script: "> AT+QISEND=4,5\n< ERROR\n"},
	"567, AT+QISENDEX: the socket is not connected":                                          {script: "> AT+QISENDEX=4,\"61\"\n< ERROR\n"},
	"567, AT+QIRD: the socket is not open, or was closed by its peer and is read empty": {
		net:    &wires{serve: func(c net.Conn) { time.Sleep(time.Second) }},
		script: "> AT+QIRD=4\n< ERROR\n" + tells(567) + tcpOpened + "< +QIURC: \"closed\",4\n> AT+QIRD=4\n< ERROR\n",
	},
	"569, AT+QISEND: no data has come to the prompt for as long as AT+QICFG=\"qisend/timeout\" says": {
		net: &wires{}, script: tcpOpened + "> AT+QISEND=4,5\n<< \\r\\n>\\x20\n< ERROR\n",
	},
	"570, AT+QIOPEN: the PDP context is gone since the module lost service, or went while the open was under way": {
		net: &wires{pipes: pipes{slow: time.Minute}}, script: tcpOpen + "> AT+CFUN=4\n< OK\n< +QIURC: \"pdpdeact\",1\n< +QIOPEN: 4,570\n" + tcpFails(570),
	},
	"571, AT+QISEND: ESC at the prompt":                      {net: &wires{}, script: tcpOpened + "> AT+QISEND=4\n<< \\r\\n>\\x20\n>> hello\\x1b\n< OK\n"},
	"572, AT+QIRD: the socket is not in buffer mode":         {net: &wires{}, script: tcpOpened + "> AT+QISWTMD=4,1\n< OK\n> AT+QIRD=4\n< ERROR\n"},
	"572, AT+QISENDEX: a UDP SERVICE has no peer to send to": {net: &wires{}, script: udpService + "> AT+QISENDEX=3,\"61\"\n< ERROR\n"},
	"572, AT+QISWTMD: a UDP SERVICE cannot be transparent":   {net: &wires{}, script: udpService + "> AT+QISWTMD=3,2\n< ERROR\n"},
	"574, AT+QIOPEN: another port is in transparent mode, or on its way there": {
		act: func(b *bench) {
			b.elsewhere(openTransparent)
			b.play("@echo off\n> AT+QIOPEN=1,5,\"TCP\",\"192.0.2.1\",80,0,2\n< ERROR\n")
		},
	},
}

const udpService = "> AT+QIOPEN=1,3,\"UDP SERVICE\",\"127.0.0.1\",0,3030\n< OK\n< +QIOPEN: 3,0\n"
