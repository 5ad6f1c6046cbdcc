package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
)

const (
	readSize  = 1500      // bytes of one AT+QSSLRECV, and of one direct push
	keptBytes = 16 * 1024 // bytes that wait for the host; past that the server waits
)

// The words of both sides of the receive rows.
const (
	recvPrefix = "\r\n+QSSLRECV: "
	recvEnd    = "\r\n\r\nOK\r\n"
	pushPrefix = "\r\n+QSSLURC: \"recv\",4,"
	recvURC    = "\r\n+QSSLURC: \"recv\",4\r\n"
)

// goLine makes a bare loop ask its server for the data.
const goLine = "go\r"

// roleReceive is the bare loop of the receive rows. It connects, asks the server
// for so many bytes whenever the host says so, and gives them to the host as direct
// push mode or buffer mode frames them. It knows no command but the one that reads.
func roleReceive(args []string) error {
	mode, server := args[0], args[1]
	size, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	conn, err := dialBare(server)
	if err != nil {
		return err
	}
	master, err := openBare()
	if err != nil {
		return err
	}
	k := &kept{master: master, data: make([]byte, 0, keptBytes)}
	k.room.L = &k.mu
	ended := make(chan error, 2)
	go func() {
		if mode == "push" {
			ended <- pushAll(master, conn)
		} else {
			ended <- k.fill(conn)
		}
	}()
	go func() { ended <- k.serve(conn, size) }()
	return <-ended
}

// pushAll writes what comes as direct push mode frames it.
func pushAll(w io.Writer, r io.Reader) error {
	buf := make([]byte, readSize)
	var frame []byte
	for {
		n, err := r.Read(buf)
		if n > 0 {
			frame = append(frame[:0], pushPrefix...)
			frame = strconv.AppendInt(frame, int64(n), 10)
			frame = append(frame, "\r\n"...)
			frame = append(frame, buf[:n]...)
			if _, err := w.Write(frame); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// kept is what a server has sent and a host has not read, as buffer mode has it.
type kept struct {
	master *os.File

	mu   sync.Mutex
	room sync.Cond
	data []byte
	told bool // the host knows that there is something, and has not read all of it
}

// fill keeps what the server sends.
func (k *kept) fill(r io.Reader) error {
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		if err != nil {
			return err
		}
		k.mu.Lock()
		for len(k.data)+n > keptBytes {
			k.room.Wait()
		}
		k.data = append(k.data, buf[:n]...)
		if !k.told {
			k.told = true
			_, err = k.master.WriteString(recvURC)
		}
		k.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

// serve does what the host says: to ask for size bytes, or AT+QSSLRECV=4,1500.
func (k *kept) serve(server io.Writer, size int) error {
	buf := make([]byte, 256)
	var line, frame []byte
	for {
		n, err := k.master.Read(buf)
		if err != nil {
			return err
		}
		line = append(line, buf[:n]...)
		if !bytes.HasSuffix(line, []byte("\r")) {
			continue
		}
		switch string(line) {
		case recvCommand:
			k.mu.Lock()
			frame = k.cut(frame[:0])
			k.room.Signal()
			_, err = k.master.Write(frame)
			k.mu.Unlock()
		case goLine:
			_, err = server.Write(request('d', size))
		default:
			err = fmt.Errorf("the host said %q", line)
		}
		if err != nil {
			return err
		}
		line = line[:0]
	}
}

// cut appends an answer with the next bytes to frame, and drops them.
func (k *kept) cut(frame []byte) []byte {
	n := min(readSize, len(k.data))
	frame = append(frame, recvPrefix...)
	frame = strconv.AppendInt(frame, int64(n), 10)
	frame = append(frame, "\r\n"...)
	if n > 0 {
		frame = append(frame, k.data[:n]...)
		frame = append(frame, "\r\n"...)
	}
	k.data = k.data[:copy(k.data, k.data[n:])]
	k.told = len(k.data) > 0
	return append(frame, "\r\nOK\r\n"...)
}
