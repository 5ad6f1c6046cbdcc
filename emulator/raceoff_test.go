//go:build !race

package emulator_test

// raceDetector: the race detector is at work, which makes everything slow.
const raceDetector = false
