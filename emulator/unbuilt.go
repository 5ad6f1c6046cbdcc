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
	{"+CPAS", "activity status", "General"},
	{"+CSUB", "module subversion", "General"},
	{"+GCAP", "capabilities", "General"},
	{"+QGMR", "firmware version with application", "General"},
	{"+CEER", "extended error report", "General"},
	{"+CSCS", "character set", "General"},
	{"+CBC", "battery", "Power"},
	{"+QADC", "analogue input", "Power"},
	{"+QTEMP", "temperature", "Power"},
	{"+CPSMS", "power saving mode", "Power"},
	{"+CEDRXS", "extended DRX", "Power"},
	{"+CMUX", "multiplexer (27.010)", "Serial"},
	{"+CCID", "ICCID of the SIM", "SIM"},
	{"+ICCID", "ICCID of the SIM", "SIM"},
	{"+CLCK", "facility lock", "SIM"},
	{"+CPWD", "change a password", "SIM"},
	{"+QPINC", "PIN attempts that are left", "SIM"},
	{"+QSIMSTAT", "SIM insertion state", "SIM"},
	{"+QSIMDET", "SIM detection", "SIM"},
	{"+QINISTAT", "SIM initialisation", "SIM"},
	{"+CNUM", "subscriber number", "SIM"},
	{"+CRSM", "restricted SIM access", "SIM"},
	{"+CPBS", "phone book storage", "SIM"},
	{"+QCSQ", "signal strength by technology", "Network"},
	{"+CESQ", "extended signal quality", "Network"},
	{"+QNWINFO", "technology, operator, band", "Network"},
	{"+QSPN", "name of the operator", "Network"},
	{"+QENG", "cells in service", "Network"},
	{"+CTZU", "clock update by the network", "Network"},
	{"+CTZR", "time zone report", "Network"},
	{"+QLTS", "network time", "Network"},
	{"+QNTP", "clock by NTP", "Network"},
	{"+CGDCONT", "define a PDP context", "Packet domain"},
	{"+CGACT", "activate a PDP context", "Packet domain"},
	{"+CGPADDR", "address of a PDP context", "Packet domain"},
	{"+CGAUTH", "authentication of a PDP context", "Packet domain"},
	{"+CGEREP", "packet domain events", "Packet domain"},
	{"+CGDATA", "data call", "Packet domain"},
	{"D", "dial: data call", "Packet domain"},
	{"+QIACTEX", "activate a PDP context, result by unsolicited code", "TCP/IP"},
	{"+QIDNSGIP", "resolve a name", "TCP/IP"},
	{"+QPING", "ping", "TCP/IP"},
	{"+QFOPEN", "open a file", "Files"},
	{"+QFREAD", "read from an open file", "Files"},
	{"+QFWRITE", "write to an open file", "Files"},
	{"+QFSEEK", "set the position in an open file", "Files"},
	{"+QFPOSITION", "position in an open file", "Files"},
	{"+QFFLUSH", "write an open file out", "Files"},
	{"+QFCLOSE", "close an open file", "Files"},
	{"+QFSIZE", "size of an open file", "Files"},
	{"+QFMD5", "MD5 of a file", "Files"},
	{"+CMGF", "message format", "SMS"},
	{"+CMGS", "send a message", "SMS"},
	{"+CMGR", "read a message", "SMS"},
	{"+CMGL", "list messages", "SMS"},
	{"+CMGD", "delete messages", "SMS"},
	{"+CMGW", "write a message to the storage", "SMS"},
	{"+CMSS", "send a message from the storage", "SMS"},
	{"+CNMI", "how a new message is told of", "SMS"},
	{"+CNMA", "acknowledge a message", "SMS"},
	{"+CPMS", "message storage", "SMS"},
	{"+CSCA", "service centre", "SMS"},
	{"+CSMP", "parameters of text mode", "SMS"},
	{"+CSMS", "message service", "SMS"},
	{"+CUSD", "unstructured supplementary service", "SMS"},
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
	{"+QHTTPSTOP", "end a request", "HTTP"},
	{"+QFTPOPEN", "open an FTP connection", "FTP"},
	{"+QGPS", "start positioning", "Positioning"},
	{"+QGPSLOC", "position", "Positioning"},
	{"+QGPSEND", "end positioning", "Positioning"},
}
