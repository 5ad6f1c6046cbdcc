package path_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// arrival is a piece and when it came.
type arrival struct {
	at    time.Duration
	bytes int
}

// arrivals reads c to its end and tells when what came.
func arrivals(c net.Conn) []arrival {
	var all []arrival
	began := time.Now()
	for buf := make([]byte, 1<<16); ; {
		n, err := c.Read(buf)
		if n > 0 {
			all = append(all, arrival{time.Since(began), n})
		}
		if err != nil {
			return all
		}
	}
}

// TestConditions sends pieces in each direction, by a timetable, and looks when
// they come, to the nanosecond.
func TestConditions(t *testing.T) {
	type piece = arrival
	ms := time.Millisecond
	for name, tt := range map[string]struct {
		speed float64
		with  path.Conditions
		sent  []piece
		want  []arrival
	}{
		"latency": {
			1,
			path.Conditions{Latency: 300 * ms},
			[]piece{{0, 10}, {100 * ms, 20}, {700 * ms, 30}},
			[]arrival{{300 * ms, 10}, {400 * ms, 20}, {1000 * ms, 30}},
		},
		"latency at speed 20": {
			20,
			path.Conditions{Latency: 300 * ms},
			[]piece{{0, 10}, {100 * ms, 20}},
			[]arrival{{15 * ms, 10}, {115 * ms, 20}},
		},
		"bandwidth": { // 1000 bytes a second, in pieces of a twentieth of that
			1,
			path.Conditions{Bandwidth: 1000},
			[]piece{{0, 100}, {0, 20}, {500 * ms, 50}},
			[]arrival{{50 * ms, 50}, {100 * ms, 50}, {120 * ms, 20}, {550 * ms, 50}},
		},
		"bandwidth and latency": {
			1,
			path.Conditions{Bandwidth: 1000, Latency: 1000 * ms},
			[]piece{{0, 100}},
			[]arrival{{1050 * ms, 50}, {1100 * ms, 50}},
		},
		"bandwidth at speed 20": {
			20,
			path.Conditions{Bandwidth: 1000},
			[]piece{{0, 100}},
			[]arrival{{2500 * time.Microsecond, 50}, {5 * ms, 50}},
		},
		"a byte at a time": {
			1,
			path.Conditions{Bandwidth: 10},
			[]piece{{0, 3}},
			[]arrival{{100 * ms, 1}, {200 * ms, 1}, {300 * ms, 1}},
		},
		"for a time": { // what is on its way then arrives
			1,
			path.Conditions{Latency: 300 * ms, For: 500 * ms},
			[]piece{{0, 10}, {400 * ms, 20}, {600 * ms, 30}},
			[]arrival{{300 * ms, 10}, {500 * ms, 20}, {600 * ms, 30}},
		},
		"blackhole": {
			1,
			path.Conditions{Blackhole: true, For: 500 * ms},
			[]piece{{100 * ms, 10}, {600 * ms, 30}},
			[]arrival{{500 * ms, 10}, {600 * ms, 30}},
		},
		"none": {
			1,
			path.Conditions{},
			[]piece{{100 * ms, 10}, {600 * ms, 30}},
			[]arrival{{100 * ms, 10}, {600 * ms, 30}},
		},
	} {
		for _, outward := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, far := net.Pipe()
					p := newPath(tt.speed)
					near := dial(t, p, a)
					p.Connected()
					p.Conditions(tt.with)
					from, to := far, near
					if outward {
						from, to = near, far
					}
					got := make(chan []arrival)
					go func() { got <- arrivals(to) }()
					began := time.Now()
					for _, piece := range tt.sent {
						time.Sleep(piece.at - time.Since(began))
						mustWrite(t, from, string(make([]byte, piece.bytes)))
					}
					time.Sleep(time.Hour)
					far.Close()
					near.Close()
					if got := <-got; !slices.Equal(got, tt.want) {
						t.Errorf("outward %v: %v; want %v", outward, got, tt.want)
					}
				})
			})
		}
	}
}

// Jitter keeps the order, stays within its bounds and repeats with the seed,
// for each direction by itself.
func TestJitter(t *testing.T) {
	run := func(seed uint64, outward bool) (got []arrival) {
		synctest.Test(t, func(t *testing.T) {
			a, far := net.Pipe()
			p := newPathSeeded(seed)
			near := dial(t, p, a)
			p.Connected()
			p.Conditions(path.Conditions{Latency: time.Second, Jitter: 100 * time.Millisecond})
			from, to := far, near
			if outward {
				from, to = near, far
			}
			done := make(chan []arrival)
			go func() { done <- arrivals(to) }()
			for i := range 20 {
				mustWrite(t, from, string(make([]byte, i+1)))
				time.Sleep(time.Second)
			}
			time.Sleep(time.Hour)
			far.Close()
			near.Close()
			got = <-done
		})
		return got
	}
	for _, outward := range []bool{false, true} {
		got := run(7, outward)
		if len(got) != 20 {
			t.Fatalf("%d of 20 arrived: %v", len(got), got)
		}
		early, late := 0, 0
		for i, a := range got {
			off := a.at - time.Duration(i+1)*time.Second
			if a.bytes != i+1 || off.Abs() > 100*time.Millisecond {
				t.Errorf("arrival %d: %d bytes, %v off", i, a.bytes, off)
			}
			if off < -10*time.Millisecond {
				early++
			}
			if off > 10*time.Millisecond {
				late++
			}
		}
		if early == 0 || late == 0 {
			t.Errorf("%d early, %d late: no jitter to both sides", early, late)
		}
		if !slices.Equal(got, run(7, outward)) {
			t.Error("the same seed gave another jitter")
		}
		if slices.Equal(got, run(8, outward)) {
			t.Error("another seed gave the same jitter")
		}
	}
}

// Latency does not cap the throughput: what is on its way is not waited for.
func TestLatencyIsPipelined(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, far := net.Pipe()
		p := newPath(1)
		near := dial(t, p, a)
		p.Connected()
		p.Conditions(path.Conditions{Latency: time.Second})
		got := make(chan []arrival)
		go func() { got <- arrivals(far) }()
		for range 100 {
			mustWrite(t, near, string(make([]byte, 1000)))
		}
		time.Sleep(time.Minute)
		near.Close()
		all := <-got
		if n := len(all); n != 100 || all[0].at != time.Second || all[n-1].at != time.Second {
			t.Errorf("%d arrivals, the first and last %v, %v; want all after 1 s", n, all[0], all[n-1])
		}
	})
}

// What is on its way is bounded; a writer who finds no room waits, as long as
// its deadline and the connection let it.
func TestBlackholeIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, far := net.Pipe()
		defer far.Close()
		p := newPath(1)
		near := dial(t, p, a)
		p.Connected()
		p.Conditions(path.Conditions{Blackhole: true})
		const room = 256 * 1024
		began := time.Now()
		near.SetWriteDeadline(began.Add(time.Second))
		n, err := near.Write(make([]byte, 2*room))
		if n != room || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("wrote %d, %v after %v; want %d", n, err, time.Since(began), room)
		}
		near.SetWriteDeadline(time.Time{})
		near.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := near.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v", err)
		}
		time.AfterFunc(time.Second, func() { near.Close() })
		if n, err := near.Write([]byte("x")); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Errorf("wrote %d, %v; want it closed", n, err)
		}
	})
}

// An end of the far side is on its way like everything else, and a blackhole
// swallows it.
func TestEndUnderConditions(t *testing.T) {
	for name, end := range map[string]func(p *path.Path, far net.Conn){
		"real":   func(_ *path.Path, far net.Conn) { far.Close() },
		"forced": func(p *path.Path, _ net.Conn) { p.Close(path.ClosePeer) },
	} {
		for _, dark := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					a, far := net.Pipe()
					defer far.Close()
					p := newPath(1)
					near := dial(t, p, a)
					defer near.Close()
					p.Connected()
					p.Conditions(path.Conditions{Latency: time.Second, Blackhole: dark})
					done := make(chan error, 1)
					began := time.Now()
					go func() {
						got, err := io.ReadAll(near)
						if string(got) != "last" {
							t.Errorf("read %q", got)
						}
						done <- err
					}()
					mustWrite(t, far, "last")
					end(p, far)
					want := time.Second
					if dark {
						time.Sleep(time.Minute)
						p.Lift()
						want = time.Minute
					}
					if err := <-done; err != nil || time.Since(began) != want {
						t.Errorf("%v after %v; want the end after %v", err, time.Since(began), want)
					}
				})
			})
		}
	}
}

// Conditions armed before an open count from its connection on; Lift takes them
// back.
func TestConditionsArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		took := func(p *path.Path) time.Duration {
			a, far := net.Pipe()
			defer far.Close()
			near := dial(t, p, a)
			defer near.Close()
			p.Connected()
			began := time.Now()
			go mustWrite(t, far, "x")
			if _, err := near.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		p := newPath(1)
		if p.Conditions(path.Conditions{Latency: time.Second}) {
			t.Error("there is no connection yet")
		}
		if d := took(p); d != time.Second {
			t.Errorf("took %v", d)
		}
		if d := took(p); d != 0 {
			t.Errorf("the next open took %v", d)
		}
		p.Conditions(path.Conditions{Latency: time.Second})
		p.Lift()
		if d := took(p); d != 0 {
			t.Errorf("after Lift an open took %v", d)
		}
	})
}

// TestStreamsStayWhole has bytes go both ways over TCP while conditions come and
// go: none is lost, none changes its place.
func TestStreamsStayWhole(t *testing.T) {
	client, server := pair(t)
	p, conn := open(t, client)
	const size = 4 << 20
	there, back := noise(1, size), noise(2, size)
	sent := make(chan error, 2)
	for c, p := range map[net.Conn][]byte{conn: there, server: back} {
		go func() { sent <- writeAll(c, p) }()
	}
	received := make(chan []byte, 2)
	for _, c := range []net.Conn{conn, server} {
		go func() {
			got := make([]byte, size)
			n, _ := io.ReadFull(c, got)
			received <- got[:n]
		}()
	}
	random := rand.New(rand.NewPCG(1, 1))
	done := 0
	for i := 0; done < 2; i++ {
		switch i % 3 {
		case 0:
			p.Conditions(path.Conditions{Latency: 2 * time.Millisecond, Jitter: time.Millisecond})
		case 1:
			p.Conditions(path.Conditions{Blackhole: true, For: time.Millisecond})
		case 2:
			p.Lift()
		}
		select {
		case got := <-received:
			if !bytes.Equal(got, there) && !bytes.Equal(got, back) {
				t.Error("a stream came out changed")
			}
			done++
		case <-time.After(time.Duration(random.IntN(4000)) * time.Microsecond):
		}
	}
	for range 2 {
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
}

// writeAll writes p in pieces of all sizes.
func writeAll(c net.Conn, p []byte) error {
	for n := 1; len(p) > 0; n = n*3%40000 + 1 {
		part := p[:min(n, len(p))]
		if _, err := c.Write(part); err != nil {
			return err
		}
		p = p[len(part):]
	}
	return nil
}

func noise(seed uint64, n int) []byte {
	random, p := rand.New(rand.NewPCG(seed, 0)), make([]byte, n)
	for i := range p {
		p[i] = byte(random.Uint32())
	}
	return p
}
