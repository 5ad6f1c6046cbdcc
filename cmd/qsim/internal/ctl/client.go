// Package ctl is the client of a modem's control interface. Its errors are
// *cli.Failure: code 1 is the modem's refusal, code 3 a modem that cannot be
// reached.
package ctl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/scenarios/decl"
)

// Client calls one modem.
type Client struct {
	address string
	base    string
	http    *http.Client
}

// dialTime bounds a connection to what is on this machine.
const dialTime = 5 * time.Second

// callTime bounds a request with its answer, streams apart.
const callTime = 30 * time.Second

// New returns a client of an address: unix:PATH or HOST:PORT.
func New(address string) (*Client, error) {
	if err := control.CheckAddress(address); err != nil {
		return nil, cli.Usage("--control", "unix:PATH or HOST:PORT, as qsim run --json tells it", "%v", err)
	}
	transport := &http.Transport{MaxIdleConns: 1}
	c := &Client{address: address, base: "http://" + address, http: &http.Client{Transport: transport}}
	dialer := &net.Dialer{Timeout: dialTime}
	if path, ok := strings.CutPrefix(address, control.UnixPrefix); ok {
		c.base = "http://qsim"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return dialer.DialContext(ctx, "unix", path) }
	} else {
		transport.DialContext = dialer.DialContext
	}
	return c, nil
}

// Choose has c call the modem with a number, from 0, of several.
func (c *Client) Choose(modem int) { c.base += "/modems/" + strconv.Itoa(modem) }

// FilePath is the path of the route of a file. In a path as it is written, the names
// . and .. would lead elsewhere.
func FilePath(name string) string {
	if name == "." || name == ".." {
		return "/v1/files/" + strings.ReplaceAll(name, ".", "%2E")
	}
	return "/v1/files/" + url.PathEscape(name)
}

// Close ends the connection.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call makes a request. What is not nil is sent: it has the tags of package
// decl. The answer is read into one that is not nil.
func (c *Client) Call(ctx context.Context, method, path string, send, answer any) error {
	var body []byte
	if send != nil {
		var err error
		if body, err = decl.Encode(send); err != nil {
			return cli.Usage(path, "", "%v", err)
		}
	}
	data, err := c.Bytes(ctx, method, path, body, "application/yaml")
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(data, answer); err != nil {
		return c.strange(err)
	}
	return nil
}

// Bytes makes a request and returns the answer as it is. A nil body is none.
func (c *Client) Bytes(ctx context.Context, method, path string, body []byte, kind string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	r, err := c.open(ctx, method, path, body, kind, "")
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, c.unreachable(err)
	}
	return data, nil
}

// open makes a request, and leaves the answer to be read. An answer that is a
// refusal is an error.
func (c *Client) open(ctx context.Context, method, path string, body []byte, kind, last string) (io.ReadCloser, error) {
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, reader)
	if err != nil {
		return nil, cli.Usage("--control", "", "%v", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if res.StatusCode < http.StatusBadRequest {
		return res.Body, nil
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, c.unreachable(err)
	}
	return nil, c.refused(res, data)
}

// refused is the failure of what the modem does not do.
func (c *Client) refused(res *http.Response, data []byte) error {
	var e control.Error
	if json.Unmarshal(data, &e) != nil || e.Message == "" {
		return c.strange(errors.New(res.Status))
	}
	if e.Code == control.Which {
		e.Hint = "--modem N, or QSIM_MODEM; qsim ctl modems lists them"
	}
	return &cli.Failure{Code: cli.CodeFailed, What: "refused", Why: e.Message, Hint: e.Hint}
}

// unreachable is the failure of a modem that does not answer.
func (c *Client) unreachable(err error) error {
	var outer *url.Error
	if errors.As(err, &outer) { // the user knows what was called
		err = outer.Err
	}
	hint := ""
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		hint = "qsim run --control serves one; qsim exec always does, and sets QSIM_CONTROL"
		err = dial.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return cli.Environment(c.address, err, hint)
}

// strange is the failure of somebody else who answers.
func (c *Client) strange(err error) error {
	return cli.Environment(c.address, fmt.Errorf("that is no modem's control interface: %w", err), "")
}
