//go:build soak

package soak

import (
	"context"
	"fmt"
	"net/http"

	"github.com/quectel-sim/qsim/control"
)

// faults are what can go wrong with a modem that is a faulty one, in each of the
// layers.
var faults = []string{
	`{on: {command: QSSLOPEN}, do: {error: 566}}`,
	`{on: {command: QSSLSEND, chance: 0.5}, do: {delay: 3s}}`,
	`{on: {command: QSSLSEND}, do: {result: SEND FAIL}}`,
	`{on: {command: QSSLOPEN}, do: {resolve: fail}}`,
	`{on: {command: QSSLOPEN}, do: {connect: refuse}}`,
	`{on: {command: QSSLOPEN}, do: {handshake: reset}}`,
	`{on: {command: QSSLOPEN}, do: {memory: exhausted}}`,
	`{on: {event: tls.connected}, do: {close: peer}}`,
	`{on: {event: tls.connected}, do: {close: reset}}`,
	`{on: {event: tls.connected}, do: {peer: {send: 64KiB, chunk: 16KiB}}}`,
	`{on: {event: tls.connected}, do: {net: {blackhole: true}}}`,
	`{on: {command: CGMI}, do: drop}`,
	`{on: {command: CGMI}, do: {cut: {part: final, keep: 3}}}`,
	`{on: {command: CSQ, every: 2}, do: {cme: 14}}`,
	`{on: {command: QFUPL}, do: {files: full}}`,
	`{on: {command: QISEND, nth: 2}, do: reboot}`,
	`{on: {command: QSSLSEND, nth: 2}, do: {pdp: deactivate}}`,
	`{on: {command: QIACT, chance: 0.5}, do: {hang: {what: modem, for: 5s}}}`,
	`{on: {command: CMEE}, do: {wire: {dir: in, lose: 0.05, bytes: 300}}}`,
	`{on: {command: CGMI}, do: {urc: {text: '+QIND: "csq",24,99', part: final, where: before}}}`,
}

// arm lets a fault loose on the host's modem.
func (h *host) arm(rule string) error {
	_, err := h.control.Bytes(context.Background(), http.MethodPost, "/v1/faults", []byte(rule), "application/yaml")
	if err != nil {
		err = fmt.Errorf("%s: %w", rule, err)
	}
	return err
}

// calm takes all faults away, and what they have led to.
func (h *host) calm() error {
	ctx := context.Background()
	if err := h.control.Call(ctx, http.MethodDelete, "/v1/faults", nil, nil); err != nil {
		return err
	}
	return h.control.Call(ctx, http.MethodPost, "/v1/reset", nil, nil)
}

// reboot takes the module's supply and gives it back.
func (h *host) reboot() error {
	return h.control.Call(context.Background(), http.MethodPost, "/v1/power", control.Power{To: "reboot"}, nil)
}
