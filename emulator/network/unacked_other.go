//go:build !linux

package network

import "syscall"

// queued is not known here.
func queued(syscall.RawConn) int { return 0 }
