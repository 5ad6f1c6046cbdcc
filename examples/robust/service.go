package main

import "fmt"

// A service is a kind of connection, in the words that the module has for it.
type service struct {
	port   int    // of the lab's echo server
	open   string // the command that opens, and the URC that tells how that went
	send   string
	read   string
	state  string
	close  string
	urc    string // of data and of the end
	kind   string // of AT+QIOPEN
	secure bool   // it needs an SSL context and a CA certificate
}

// services by the names that the user gives them.
var services = map[string]service{
	"ssl": {
		port: 4433, open: "+QSSLOPEN", send: "+QSSLSEND", read: "+QSSLRECV", state: "+QSSLSTATE", close: "+QSSLCLOSE",
		urc: "+QSSLURC", secure: true,
	},
	"tcp": socketService("TCP"),
	"udp": socketService("UDP"),
}

func socketService(kind string) service {
	return service{
		port: 7, open: "+QIOPEN", send: "+QISEND", read: "+QIRD", state: "+QISTATE", close: "+QICLOSE",
		urc: "+QIURC", kind: kind,
	}
}

// openCommand is the command that opens the connection, in buffer mode.
func (d *driver) openCommand() string {
	if d.service.secure {
		return fmt.Sprintf(`AT+QSSLOPEN=%d,%d,%d,"%s",%d,0`, pdpID, sslID, client, d.host, d.port)
	}
	return fmt.Sprintf(`AT+QIOPEN=%d,%d,"%s","%s",%d,0,0`, pdpID, client, d.service.kind, d.host, d.port)
}
