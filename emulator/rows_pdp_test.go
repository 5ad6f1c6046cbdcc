package emulator_test

var (
	_ = onIdle(`\r\n\+CME ERROR: (50|3)\r\n`, "+CGACT", "+CGAUTH", "+CGDCONT") // 50: not defined
	_ = onIdle(`\r\nERROR\r\n`, "+CGDATA")                                     // the sample is no protocol
	_ = onIdle(`\r\nNO CARRIER\r\n`, "A")
)
