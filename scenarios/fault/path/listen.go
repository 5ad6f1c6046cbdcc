package path

import (
	"context"
	"net"
	"os"
	"syscall"

	"github.com/quectel-sim/qsim/emulator/network"
)

// Listen is the open of one who takes connections. Each that comes has a way of
// its own.
func (o *open) Listen(ctx context.Context, port uint16) (net.Listener, error) {
	if err := o.mayListen(ctx); err != nil {
		return nil, err
	}
	l, err := network.Listen(ctx, o.below, port)
	o.end(err != nil)
	return l, err
}

// ListenPacket is the open of one who takes datagrams: they pass what those of a
// connection pass.
func (o *open) ListenPacket(ctx context.Context, port uint16) (net.Conn, error) {
	if err := o.mayListen(ctx); err != nil {
		return nil, err
	}
	inner, err := network.ListenPacket(ctx, o.below, port)
	o.end(err != nil)
	if err != nil {
		return nil, err
	}
	o.path.mu.Lock()
	defer o.path.mu.Unlock()
	return o.connected(inner, true), nil
}

// mayListen is what the armed fault makes of it.
func (o *open) mayListen(ctx context.Context) error {
	o.path.mu.Lock()
	o.resolved, o.dialled = true, true
	f := o.plan.connect
	o.path.mu.Unlock()
	if f == nil {
		return nil
	}
	err := o.path.wait(ctx, f.Wait)
	if err == nil {
		err = f.How.machine()
	}
	if err == nil && f.How == NoListen {
		err = os.NewSyscallError("listen", syscall.EADDRINUSE)
	}
	if err == nil {
		return nil
	}
	o.end(true)
	return &net.OpError{Op: "listen", Err: err}
}

// end notes whether the open has failed.
func (o *open) end(failed bool) {
	o.path.mu.Lock()
	o.over = failed
	o.path.mu.Unlock()
}
