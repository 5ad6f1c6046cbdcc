package emulator_test

var (
	_ = onIdle(`\r\n\+CME ERROR: 416\r\n`, "+QFREAD", "+QFWRITE", "+QFSEEK", "+QFPOSITION", "+QFSIZE", "+QFCLOSE", "+QFTUCAT", "+QFFLUSH") // nothing is open
	_ = onIdle(`\r\n\+CME ERROR: 426\r\n`, "+QFOPEN")                                                                                      // the first one has opened it
)
