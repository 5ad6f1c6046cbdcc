//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/quectel-sim/qsim/tlsstack"
)

// client is a connection of tlsstack to a server.
type client struct {
	*tlsstack.Conn
	wire *tap
	log  *transcript // of the server
	mark int         // where in log the connection begins
	got  []byte      // all that was read
}

// Read notes what was read.
func (c *client) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.got = append(c.got, p[:n]...)
	return n, err
}

// offer is the Config that offers one pair, and verifies the server.
func offer(pki *pki, p pair) tlsstack.Config {
	return tlsstack.Config{
		MinVersion: p.version,
		MaxVersion: p.version,
		Suites:     []uint16{p.suite},
		ServerName: serverName,
		CheckName:  serverName,
		SecLevel:   1,
		CA:         pki.ca,
	}
}

// dial connects to a server for one of its exchanges.
func dial(t *testing.T, x exchange, cfg tlsstack.Config) (*client, error) {
	t.Helper()
	tcp, err := net.Dial("tcp", x.addr)
	if err != nil {
		t.Fatalf("the server is gone: %v", err)
	}
	c := &client{wire: &tap{Conn: tcp}, log: x.log, mark: x.log.mark()}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if c.Conn, err = tlsstack.Dial(ctx, c.wire, cfg); err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close() })
	return c, c.SetDeadline(time.Now().Add(patience))
}

// mustDial dials and wants the pair to come of it.
func mustDial(t *testing.T, x exchange, cfg tlsstack.Config, want pair) *client {
	t.Helper()
	c, err := dial(t, x, cfg)
	if err != nil {
		t.Fatal(err)
	}
	st := c.State()
	if got := (pair{st.Version, st.Suite}); got != want {
		t.Errorf("State says %v, want %v", got, want)
	}
	hello, ok := c.wire.in.serverHello()
	if !ok {
		t.Fatal("no ServerHello on the wire")
	}
	if got := (pair{hello.version, hello.suite}); got != want {
		t.Errorf("the ServerHello says %v, want %v", got, want)
	}
	if cfg.SecLevel > 0 && !st.Verified {
		t.Error("the server was not verified")
	}
	return c
}

// use exchanges data over a new connection, ends it as the exchange has it, and
// returns what the server says about it.
func use(t *testing.T, s *server, x exchange, c *client) report {
	t.Helper()
	if err := x.run(c); err != nil {
		t.Fatalf("%s: %v", x.name, err)
	}
	before := len(c.got)
	if !x.serverCloses {
		if err := c.CloseWrite(); err != nil {
			t.Fatalf("close: %v", err)
		}
		if c.wire.out.count(recordAlert) == 0 {
			t.Error("CloseWrite sent no alert")
		}
	}
	if _, err := io.Copy(io.Discard, onlyReader{c}); err != nil {
		t.Errorf("reading to the end: %v", err)
	}
	if err := c.Close(); err != nil { // s_server serves nobody else until then
		t.Errorf("close: %v", err)
	}
	if x.serverCloses && !x.noAlert && c.wire.in.count(recordAlert) == 0 {
		t.Error("the server sent no alert when it closed")
	}
	if !bytes.Contains(c.got[before:], []byte(x.last)) {
		t.Errorf("after our close the server sent %q, want %q", c.got[before:], x.last)
	}
	r, err := s.saw(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// onlyReader hides the other methods of a connection from io.Copy.
type onlyReader struct{ io.Reader }

// echo writes data and wants back what back makes of it. Writing goes on while
// the server answers.
func (c *client) echo(data []byte, back []byte) error {
	wrote := make(chan error, 1)
	go func() {
		_, err := c.Write(data)
		wrote <- err
	}()
	got := make([]byte, len(back))
	_, err := io.ReadFull(c, got)
	if err != nil {
		c.Close() // ends a Write under way
		return errors.Join(fmt.Errorf("read: %w", err), <-wrote)
	}
	if err := <-wrote; err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if !bytes.Equal(got, back) {
		return errors.New("what came back differs from what was sent")
	}
	return nil
}

// line is random text of n bytes, the last of them a line feed.
func line(n int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rand.IntN(len(letters))]
	}
	b[n-1] = '\n'
	return b
}

// several fails unless data went both ways in more than one record each.
func (c *client) several() error {
	if in, out := c.wire.in.count(recordData), c.wire.out.count(recordData); in < 2 || out < 2 {
		return fmt.Errorf("%d records of data in and %d out, want several", in, out)
	}
	return nil
}
