package emulator_test

// What the message commands answer on a modem that is idle: it has no messages,
// nothing to acknowledge, and is in PDU mode.
var (
	_ = onIdle(`\r\n\+CMS ERROR: 321\r\n`, "+CMGR", "+CMSS")
	_ = onIdle(`\r\n\+CMS ERROR: 321\r\n`, "+CMGD") // an index that the memory has not got
	_ = onIdle(`\r\n\+CMS ERROR: 305\r\n`, "+CSMP") // no SMS-SUBMIT
	_ = onIdle(`\r\n\+CMS ERROR: 340\r\n`, "+CNMA")
	_ = onIdle(`\r\nERROR\r\n`, "+CMGS")            // a string, in PDU mode
	_ = onIdle(`\r\n\+CMS ERROR: 305\r\n`, "+CSCA") // the sample is no number
)
