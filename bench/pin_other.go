//go:build !linux

package main

// Where a process cannot be given a core the figures are only noisier.

func pinSelf() {}

func pin(core) {}
