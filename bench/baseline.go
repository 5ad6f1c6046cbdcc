package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/creack/pty"
	utls "github.com/refraction-networking/utls"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// openBare opens a PTY and prints its path: all that a modem must do before it
// can answer. The slave stays open, so that reads never see a host leave.
func openBare() (*os.File, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, err
	}
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		return nil, err
	}
	fd, err := unix.Dup(int(master.Fd()))
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	fmt.Println(slave.Name())
	return os.NewFile(uintptr(fd), "ptmx"), nil
}

// roleEcho writes back what it reads.
func roleEcho([]string) error {
	master, err := openBare()
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		if err != nil {
			return err
		}
		if _, err := master.Write(buf[:n]); err != nil {
			return err
		}
	}
}

// roleDial opens a TLS connection for each line, and says when it is there.
func roleDial(args []string) error {
	master, err := openBare()
	if err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		n, err := master.Read(buf)
		if err != nil {
			return err
		}
		if !bytes.HasSuffix(buf[:n], []byte("\r")) {
			continue
		}
		conn, err := dialBare(args[0])
		if err != nil {
			return err
		}
		if _, err := master.Write([]byte("\r\n+done\r\n")); err != nil {
			return err
		}
		_ = conn.Close() // as QSSLCLOSE=4,0 does not wait either
	}
}

// roleCopy joins the PTY to a TLS connection, cutting packets as the module
// does: full ones of 1,024 bytes, or what has waited for 200 ms.
func roleCopy(args []string) error {
	conn, err := dialBare(args[0])
	if err != nil {
		return err
	}
	master, err := openBare()
	if err != nil {
		return err
	}
	ended := make(chan error, 2)
	go func() {
		_, err := io.CopyBuffer(struct{ io.Writer }{master}, struct{ io.Reader }{conn}, make([]byte, 4096))
		ended <- err
	}()
	go func() { ended <- cutPackets(conn, master) }()
	return <-ended
}

func cutPackets(w io.Writer, r *os.File) error {
	buf := make([]byte, 0, 4096+packet)
	for {
		deadline := time.Time{}
		if len(buf) > 0 {
			deadline = time.Now().Add(200 * time.Millisecond)
		}
		if err := r.SetReadDeadline(deadline); err != nil {
			return err
		}
		n, err := r.Read(buf[len(buf) : len(buf)+4096-len(buf)%packet])
		buf = buf[:len(buf)+n]
		size := packet
		if os.IsTimeout(err) {
			size, err = len(buf), nil
		}
		if err != nil {
			return err
		}
		sent := 0
		for ; len(buf)-sent >= size && size > 0; sent += size {
			if _, err := w.Write(buf[sent : sent+size]); err != nil {
				return err
			}
		}
		buf = buf[:copy(buf, buf[sent:])]
	}
}

// dialBare connects with utls and the hello that the module sends for
// ECDHE-RSA-AES128-GCM under TLS 1.2.
func dialBare(addr string) (*utls.UConn, error) {
	tcp, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	conn := utls.UClient(tcp, &utls.Config{InsecureSkipVerify: true, MinVersion: utls.VersionTLS12, MaxVersion: utls.VersionTLS12}, utls.HelloCustom)
	spec := utls.ClientHelloSpec{
		TLSVersMin: utls.VersionTLS12, TLSVersMax: utls.VersionTLS12,
		CipherSuites:       []uint16{utls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, 0x00ff},
		CompressionMethods: []byte{0},
		Extensions: []utls.TLSExtension{
			&utls.SignatureAlgorithmsExtension{SupportedSignatureAlgorithms: []utls.SignatureScheme{0x0603, 0x0601, 0x0503, 0x0501, 0x0403, 0x0401, 0x0303, 0x0301, 0x0203, 0x0201}},
			&utls.SupportedCurvesExtension{Curves: []utls.CurveID{0x19, 0x1c, 0x18, 0x1b, 0x17, 0x16, 0x1a, 0x15, 0x14, 0x13, 0x12}},
			&utls.SupportedPointsExtension{SupportedPoints: []byte{0}},
			&utls.ExtendedMasterSecretExtension{},
			&utls.SessionTicketExtension{},
		},
	}
	if err := conn.ApplyPreset(&spec); err != nil {
		return nil, err
	}
	if err := conn.Handshake(); err != nil {
		return nil, err
	}
	return conn, nil
}
