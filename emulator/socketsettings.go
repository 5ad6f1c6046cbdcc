package emulator

import "time"

// socketSettings are what AT+QICFG sets for all sockets. They are not saved
// (family). Switches are 0 and 1, as the command has them.
type socketSettings struct {
	packetSize int // bytes: transpktsize
	packetWait int // 100 ms: transwaittm

	sendHex, recvHex int // dataformat: 1 is hexadecimal text
	view             int // viewmode: 1 has data on the line of its header, behind a comma
	recvLength       int // recvind: the URC of buffer mode tells how much there is
	sendInfo         int // sendinfo: the room that is left in place of SEND OK
	framedPrompt     int // formatcfg
	promptTime       int // s without a byte: qisend/timeout; 0: for ever
	acked            int // TCP/SendMode: SEND OK waits for the peer's acknowledgement

	sendBuffer   int // bytes: send/buffersize
	passiveClose int // passiveclosed: an end by the peer frees the id
	asyncClose   int // close/mode: OK at once, and a URC later
	accept       int // tcp/accept: 0 refuses all who connect
	readStream   int // udp/readmode: 1 takes datagrams for a stream

	keepAlive, keepIdle, keepInterval, keepCount int // tcp/keepalive: s, s

	sendStream                  int    // udp/sendmode
	retransTimes, retransPeriod int    // tcp/retranscfg
	retry                       [4]int // pdp/retry
}

// atDelivery are the settings after a start. Those of qisend/timeout,
// tcp/retranscfg and pdp/retry are a sibling's; where the family's manual names no
// value it is inferred.
var atDelivery = socketSettings{
	packetSize: 1024, packetWait: 2, promptTime: 5, sendBuffer: txRoom, accept: 1,
	keepIdle: 120, keepInterval: 30, keepCount: 3,
	retransTimes: 8, retransPeriod: 6, retry: [4]int{1, 0, 4, 8},
}

// packetTime is how long a packet of transparent mode waits for more.
func (s *socketSettings) packetTime() time.Duration {
	return time.Duration(s.packetWait) * 100 * time.Millisecond
}

// idleTime is how long a prompt waits for a byte; 0: for ever.
func (s *socketSettings) idleTime() time.Duration {
	return time.Duration(s.promptTime) * time.Second
}
