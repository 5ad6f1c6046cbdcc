package emulator

import "fmt"

// Cause is a way to a result code that needs no fault.
type Cause struct {
	Code    Code
	Command string // that fails, as typed: AT+QSSLOPEN
	What    string // led to it
}

func (c Cause) String() string { return fmt.Sprintf("%d, %s: %s", int(c.Code), c.Command, c.What) }

// Origin is where a result code comes from.
type Origin struct {
	Code    Code
	Natural []Cause // without a fault; none: see Fault
	Fault   string  // why only a fault gives it, and which beside "error: N"
}

// Causes are the origins of the result codes of seed table 5, in order.
func Causes() []Origin {
	var list []Origin
	for code := UnknownError; code <= PortBusy; code++ {
		o := Origin{Code: code, Fault: onlyFaults[code]}
		for _, c := range causes {
			if c.Code == code {
				o.Natural = append(o.Natural, c)
			}
		}
		list = append(list, o)
	}
	return list
}

// causes are all natural causes. Each has its proof in TestCauses.
var causes = []Cause{
	{OperationBlocked, "AT+QSSLOPEN", "the host closed the port while an open in mode 2 was under way (not with AT&D0)"},

	{OperationBlocked, "AT+QIOPEN", "the host closed the port while an open in mode 2 was under way (not with AT&D0)"},

	{InvalidParameter, "any SSL or TCP/IP command", "a parameter is missing, malformed or out of its range"},
	{InvalidParameter, "AT+QIDNSCFG", "the server is no IP address"},
	{InvalidParameter, "AT+QISEND", "the data is no hexadecimal text (AT+QICFG=\"dataformat\",1)"},

	{CreateFailed, "AT+QSSLOPEN", "the machine has no socket or no memory for one"},
	{CreateFailed, "AT+QIOPEN", "the machine has no socket or no memory for one"},
	{NotSupported, "AT+QSSLOPEN", "the machine does not speak the protocol of the server's address, such as IPv6"},
	{NotSupported, "AT+QIOPEN", "the machine does not speak the protocol of the server's address, such as IPv6"},
	{BindFailed, "AT+QSSLOPEN", "the machine has no local address or port left"},
	{BindFailed, "AT+QIOPEN", "the local port is that of another socket"},
	{BindFailed, "AT+QIOPEN", "another program of the machine has the port of a TCP LISTENER or UDP SERVICE, or it may not have it"},
	{ListenFailed, "AT+QIOPEN", "nobody can reach the module: --offline without the lab"},

	{WriteFailed, "AT+QSSLSEND", "the server does not read, and the send buffer of 10240 bytes has no room"},
	{WriteFailed, "AT+QSSLSEND", "writing to the connection has failed, and the end of it was not seen yet"},

	{WriteFailed, "AT+QISEND", "the peer does not read, and the send buffer has no room (AT+QICFG=\"send/buffersize\")"},
	{WriteFailed, "AT+QISEND", "the peer has not acknowledged the data within 2 minutes, or the connection ended first (AT+QICFG=\"TCP/SendMode\")"},
	{WriteFailed, "AT+QISENDEX", "the peer does not read, and the send buffer has no room (AT+QICFG=\"send/buffersize\")"},

	{AcceptFailed, "a TCP LISTENER", "the machine has no socket for one who connects"},

	{OpenPDPFailed, "AT+QSSLOPEN", "the PDP context is not active"},
	{OpenPDPFailed, "AT+QIOPEN", "the PDP context is not active"},
	{OpenPDPFailed, "AT+QIACT", "the module is not registered"},
	{OpenPDPFailed, "AT+QIDNSCFG", "the PDP context is not active"},
	{OpenPDPFailed, "AT+QIDNSGIP", "the PDP context is not active, or no longer"},
	{OpenPDPFailed, "AT+QPING", "the PDP context is not active, or no longer"},
	{OpenPDPFailed, "AT+QNTP", "the PDP context is not active, or no longer"},

	{IdentityUsed, "AT+QSSLOPEN", "the id is that of a client that is open, or opens"},
	{IdentityUsed, "AT+QSSLOPEN", "the server has closed the client of this id, and the host has not"},

	{IdentityUsed, "AT+QIOPEN", "the id is that of a socket or SSL client that is open, opens, or was closed by its peer"},

	{DNSBusy, "AT+QIDNSGIP", "another name is being resolved"},

	{DNSParseFailed, "AT+QSSLOPEN", "the name cannot be resolved, or not within 150 s"},
	{DNSParseFailed, "AT+QIOPEN", "the name cannot be resolved, or not within 150 s"},
	{DNSParseFailed, "AT+QIDNSGIP", "the name cannot be resolved, not within 60 s, or to no address that the context can reach"},
	{DNSParseFailed, "AT+QPING", "as with AT+QIDNSGIP"},
	{DNSParseFailed, "AT+QNTP", "as with AT+QIDNSGIP"},

	{ConnectFailed, "AT+QSSLOPEN", "the server refuses, cannot be reached, or does not answer within 150 s"},
	{ConnectFailed, "AT+QSSLOPEN", "TLS fails: version, cipher suite, certificate, name, time, client certificate"},
	{ConnectFailed, "AT+QSSLOPEN", "a file that the SSL context names is missing or not what it should be"},
	{ConnectFailed, "AT+QNTP", "the server cannot be reached, or does not want to be asked"},
	{ConnectFailed, "AT+QIOPEN", "the server refuses, cannot be reached, or does not answer within 150 s"},

	{SocketClosed, "AT+QSSLSEND", "the client is not open"},
	{SocketClosed, "AT+QSSLSEND", "the connection ended while the prompt waited for data"},
	{SocketClosed, "AT+QSSLRECV", "the client is not open, or was closed by the server and is read empty"},
	{SocketClosed, "AT+QISWTMD", "the client is not open"},
	{SocketClosed, "AT+QISEND", "the socket is not connected"},
	{SocketClosed, "AT+QISENDEX", "the socket is not connected"},
	{SocketClosed, "AT+QIRD", "the socket is not open, or was closed by its peer and is read empty"},

	{OperationBusy, "AT+QPING", "another ping is under way"},
	{OperationBusy, "AT+QNTP", "another time server is being asked"},

	{OperationTimeout, "AT+QSSLOPEN", "the server does not finish the handshake within negotiatetime"},
	{OperationTimeout, "AT+QPING", "no answer within the timeout"},
	{OperationTimeout, "AT+QNTP", "the server does not answer"},
	{OperationTimeout, "AT+QISEND", "no data has come to the prompt for as long as AT+QICFG=\"qisend/timeout\" says"},

	{PDPBroken, "AT+QSSLOPEN", "the PDP context is gone since the module lost service, as with AT+CFUN=4"},
	{PDPBroken, "AT+QSSLOPEN", "the module lost service while the open was under way"},
	{PDPBroken, "AT+QIOPEN", "the PDP context is gone since the module lost service, or went while the open was under way"},
	{PDPBroken, "AT+QNTP", "the PDP context is gone, or goes while the server is asked"},
	{PDPBroken, "AT+QIACT", "the PDP context is gone, and AT+QIDEACT has not cleared it"},
	{PDPBroken, "AT+QIDNSGIP", "the module loses service while the name is being resolved"},
	{PDPBroken, "AT+QPING", "the module loses service while the ping is under way"},

	{SendCancelled, "AT+QSSLSEND", "ESC at the prompt"},
	{SendCancelled, "AT+QISEND", "ESC at the prompt"},

	{OperationNotAllow, "AT+QIACT", "the PDP context is active already"},
	{OperationNotAllow, "AT+QIACT", "three PDP contexts are active"},
	{OperationNotAllow, "AT+QSSLRECV", "the client is not in buffer mode"},
	{OperationNotAllow, "AT+QIRD", "the socket is not in buffer mode"},
	{OperationNotAllow, "AT+QISENDEX", "a UDP SERVICE has no peer to send to"},
	{OperationNotAllow, "AT+QISWTMD", "a UDP SERVICE cannot be transparent"},

	{APNNotConfigured, "AT+QIACT", "AT+QICSGP named no APN, and the network has none of its own (a scenario's setup: {apn: required})"},

	{PortBusy, "AT+QSSLOPEN", "another port is in transparent mode, or on its way there"},
	{PortBusy, "AT+QIOPEN", "another port is in transparent mode, or on its way there"},
	{PortBusy, "AT+QISWTMD", "another port is in transparent mode, or on its way there"},
}

// onlyFaults are the codes that have no natural cause.
var onlyFaults = map[Code]string{
	UnknownError:    "qsim knows the cause of every failure",
	MemoryNotEnough: "qsim has memory for all 12 clients and sockets; memory: exhausted takes it",
	ReadFailed:      "what is read is in the receive buffer already",
	ClosePDPFailed:  "a PDP context can always be deactivated",
}
