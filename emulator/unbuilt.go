package emulator

// UnbuiltCommand is a command that the modules have, or that host programs send, and
// that qsim does not know: it answers ERROR, as a module does to what it does
// not know.
type UnbuiltCommand struct {
	Name  string `json:"command"`
	Does  string `json:"summary"`
	Group string `json:"group"`
}

// Unbuilt are the names of the UnbuiltCommands.
func Unbuilt() []string {
	names := make([]string, len(UnbuiltCommands))
	for i, u := range UnbuiltCommands {
		names[i] = u.Name
	}
	return names
}

// UnbuiltCommands are known from the family's manuals and from host programs in
// the field. One that gets built leaves this list; a test sees to it.
var UnbuiltCommands = []UnbuiltCommand{
	{"+CPSMS", "power saving mode", "Power"},
	{"+CEDRXS", "extended DRX", "Power"},
	{"+CMUX", "multiplexer (27.010)", "Serial"},
	{"+QRST", "restart (a sibling's)", "Power"},
	{"+QSCLKEX", "sleep (a sibling's)", "Power"},
	{"+QWIFISCAN", "scan for WiFi", "General"},
	{"+QRXFTM", "factory test of the receiver", "General"},
	{"+COLP", "number of the connected line", "Calls"},
	{"+CPOL", "preferred operators", "Network"},
	{"+COPN", "names of all operators", "Network"},
	{"+QCELL", "cell in service (EC200S)", "Network"},
	{"+QGDCNT", "bytes sent and received", "Packet domain"},
	{"+QNETDEVCTL", "data call over USB", "Packet domain"},
	{"+QISRVC", "kind of service (of GSM modules)", "TCP/IP"},
	{"+QIMUX", "several sockets (of GSM modules)", "TCP/IP"},
	{"+QIFGCNT", "foreground context (of GSM modules)", "TCP/IP"},
	{"+QILOCIP", "local address (of GSM modules)", "TCP/IP"},
	{"+QISENDHEX", "send hexadecimal (a sibling's)", "TCP/IP"},
	{"+QFCPY", "copy a file (a sibling's)", "Files"},
	{"+QFMOV", "move a file (a sibling's)", "Files"},
	{"+QFRENAME", "rename a file (a sibling's)", "Files"},
	{"+QMTCFG", "configure MQTT", "MQTT"},
	{"+QMTOPEN", "open a connection for MQTT", "MQTT"},
	{"+QMTCLOSE", "close a connection for MQTT", "MQTT"},
	{"+QMTCONN", "connect to an MQTT server", "MQTT"},
	{"+QMTDISC", "disconnect from an MQTT server", "MQTT"},
	{"+QMTSUB", "subscribe", "MQTT"},
	{"+QMTUNS", "unsubscribe", "MQTT"},
	{"+QMTPUB", "publish", "MQTT"},
	{"+QMTPUBEX", "publish a given length", "MQTT"},
	{"+QMTRECV", "read a published message", "MQTT"},
	{"+QHTTPCFG", "configure HTTP", "HTTP"},
	{"+QHTTPURL", "set the URL", "HTTP"},
	{"+QHTTPGET", "GET", "HTTP"},
	{"+QHTTPPOST", "POST", "HTTP"},
	{"+QHTTPPUT", "PUT", "HTTP"},
	{"+QHTTPREAD", "read the response", "HTTP"},
	{"+QHTTPREADFILE", "read the response into a file", "HTTP"},
	{"+QHTTPGETEX", "GET of a range", "HTTP"},
	{"+QHTTPPOSTFILE", "POST of a file", "HTTP"},
	{"+QHTTPSTOP", "end a request", "HTTP"},
	{"+QFTPCFG", "configure FTP", "FTP"},
	{"+QFTPOPEN", "open an FTP connection", "FTP"},
	{"+QFTPSIZE", "size of a file at an FTP server", "FTP"},
	{"+QFTPPUT", "send a file to an FTP server", "FTP"},
	{"+QFTPGET", "fetch a file from an FTP server", "FTP"},
	{"+QFTPCLOSE", "close an FTP connection", "FTP"},
	{"+QGPS", "start positioning", "Positioning"},
	{"+QGPSLOC", "position", "Positioning"},
	{"+QGPSEND", "end positioning", "Positioning"},
}
