package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/quectel-sim/qsim/clock"
	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/emulator/network"
	"github.com/quectel-sim/qsim/lab"
	"github.com/quectel-sim/qsim/port"
	"github.com/quectel-sim/qsim/vfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// On a good module with a good network the program does its job.
func TestHealthyModule(t *testing.T) {
	servers, err := lab.Start(lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	m, err := emulator.New(emulator.Options{
		Seed: 1, Clock: clock.New(1), Network: servers.Network(network.Offline{}), Files: vfs.NewMemory(1 << 20),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	p, err := port.OpenPTY()
	if err != nil {
		t.Skip("no PTY here: ", err)
	}
	if err := m.Attach(p); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "cacert.pem")
	if err := os.WriteFile(ca, servers.Files()["cacert.pem"], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-ca", ca}, {"-n", "3"}, {"-tcp"}} {
		var stdout, stderr strings.Builder
		code := run(args, func(string) string { return p.Path() }, &stdout, &stderr)
		want := "message 1: 200 bytes echoed\nmessage 2: 200 bytes echoed\nmessage 3: 200 bytes echoed\ndone: 3 messages echoed\n"
		if code != 0 || stdout.String() != want || stderr.Len() > 0 {
			t.Errorf("%q: %d, %q, %q", args, code, stdout.String(), stderr.String())
		}
	}
}

// What the program misreads. The module is played: it answers OK to all but one
// command. A program that is mended fails here, and belongs into ../robust.
func TestMisreadings(t *testing.T) {
	tests := []struct {
		name    string
		command string // the one that is answered otherwise
		answer  string
		stderr  string
	}{
		{
			"takes the result of another client's open for its own", `AT+QSSLOPEN=1,1,4,"echo.lab",4433,0`,
			"\r\nOK\r\n\r\n+QSSLOPEN: 5,566\r\n\r\n+QSSLOPEN: 4,0\r\n",
			"naive: the open failed: +QSSLOPEN: 5,566\n",
		},
		{
			"takes a URC for the answer to its question", "AT+CPIN?",
			"\r\n+QUSIM: 1\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n",
			"naive: AT+CPIN?: +QUSIM: 1\n",
		},
		{
			"takes debug output for a result", "AT+QIACT=1",
			"%DBG<88>last ERROR cleared\r\n\r\nOK\r\n",
			"naive: AT+QIACT=1: %DBG<88>last ERROR cleared\n",
		},
		{
			"takes a URC for data", "AT+QSSLRECV=4,1500",
			"\r\n+QSSLRECV: 200\r\n\r\n+QSSLURC: \"closed\",4\r\n" + string(message(1, 200)) + "\r\n\r\nOK\r\n",
			"naive: message 1: 200 bytes came back that are not what was sent\n",
		},
		{
			"reads once, and takes a part for all", "AT+QSSLRECV=4,1500",
			"\r\n+QSSLRECV: 90\r\n" + string(message(1, 200)[:90]) + "\r\n\r\nOK\r\n",
			"naive: message 1: 90 bytes came back that are not what was sent\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address := play(t, tt.command, tt.answer)
			var stdout, stderr strings.Builder
			code := run([]string{"-n", "1", address}, func(string) string { return "" }, &stdout, &stderr)
			if code != 1 || stdout.Len() > 0 || stderr.String() != tt.stderr {
				t.Errorf("%d, %q, %q", code, stdout.String(), stderr.String())
			}
		})
	}
}

// play plays a module on a TCP port until its host goes.
func play(t *testing.T, command, answer string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for {
			line, err := in.ReadString('\r')
			if err != nil {
				return
			}
			line = strings.TrimSuffix(line, "\r")
			switch {
			case line == command:
				fmt.Fprint(conn, answer)
			case line == "AT+CPIN?":
				fmt.Fprint(conn, "\r\n+CPIN: READY\r\n\r\nOK\r\n")
			case line == "AT+CEREG?":
				fmt.Fprint(conn, "\r\n+CEREG: 0,1\r\n\r\nOK\r\n")
			case strings.HasPrefix(line, "AT+QFLST"):
				fmt.Fprint(conn, "\r\n+QFLST: \"UFS:cacert.pem\",1123\r\n\r\nOK\r\n")
			case strings.HasPrefix(line, "AT+QSSLOPEN"):
				fmt.Fprint(conn, "\r\nOK\r\n\r\n+QSSLOPEN: 4,0\r\n")
			case strings.HasPrefix(line, "AT+QSSLSEND"):
				fmt.Fprint(conn, "\r\n> ")
				if _, err := in.Discard(200); err != nil {
					return
				}
				fmt.Fprint(conn, "\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",4\r\n")
			default:
				fmt.Fprint(conn, "\r\nOK\r\n")
			}
		}
	}()
	return "tcp://" + l.Addr().String()
}
