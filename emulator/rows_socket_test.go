package emulator_test

// What the socket commands answer with nothing open. The port 0 of AT+QIOPEN goes
// with other services than the probe has
// and the ids of AT+QISTATE with one of its queries each.
var (
	_ = onIdle("567", "+QISEND", "+QISENDEX", "+QIRD")
	_ = onIdle("552", "+QIOPEN")
	_ = onIdle("552", "+QISTATE")
)
