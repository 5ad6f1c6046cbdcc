package control

import "net/http"

// route is one row of the interface.
type route struct {
	method, path string
	id           string // in openapi.json
	summary      string
	query        []parameter
	takes        any    // a pointer to what is sent; nil: nothing; octets: bytes
	example      string // of what is sent, in JSON
	status       int    // when it was done
	gives        any    // what is answered; nil: nothing; octets, stream, document: not as a type
	fails        []string
	common       bool // of the server: no modem need be named
	serve        func(*door, http.ResponseWriter, *http.Request) error
}

// parameter is one of the query. All are numbers.
type parameter struct{ name, does string }

// What is no JSON of a type.
type (
	octets   struct{} // application/octet-stream
	stream   struct{} // text/event-stream
	document struct{} // JSON of any form
	ruleBody struct{} // a rule of a scenario
)

// routes are all of them. Those with one path stand together.
func routes() []route {
	since := parameter{"since", "number of the last entry that is known already"}
	return []route{
		{
			method: "GET", path: "/v1/state", id: "state", summary: "How the modem stands: a snapshot, with the marks and the faults",
			status: http.StatusOK, gives: State{}, serve: (*door).getState,
		},
		{
			method: "GET", path: "/v1/faults", id: "listFaults", summary: "The faults that are armed, in the order they act in",
			status: http.StatusOK, gives: Faults{}, serve: (*door).listFaults,
		},
		{
			method: "POST", path: "/v1/faults", id: "addFault",
			summary: "Arm a fault: a rule as scenarios have it, in JSON or YAML. It acts behind those that are there, from the next command on; its time (on: {at: 5s}) begins now",
			takes:   ruleBody{}, example: `{"name": "no server", "on": {"command": "QSSLOPEN", "nth": 2}, "do": {"error": 566}}`,
			status: http.StatusCreated, gives: Fault{}, fails: []string{"invalid", "too_large", "conflict"}, serve: (*door).addFault,
		},
		{
			method: "DELETE", path: "/v1/faults", id: "removeFaults", summary: "Take all faults away, those of the scenario as well. What they have led to stays",
			status: http.StatusOK, gives: Removed{}, serve: (*door).removeFaults,
		},
		{
			method: "DELETE", path: "/v1/faults/{id}", id: "removeFault", summary: "Take a fault away. What it has led to stays",
			status: http.StatusNoContent, fails: []string{"not_found"}, serve: (*door).removeFault,
		},
		{
			method: "POST", path: "/v1/urc", id: "sendURC", summary: "Send a result code that the host has not asked for, when its line is free",
			takes: &URC{}, example: `{"text": "+QIND: \"csq\",99,99"}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid", "conflict"}, serve: (*door).sendURC,
		},
		{
			method: "POST", path: "/v1/dtr", id: "dropDTR", summary: "Drop DTR for a moment, or switch it: AT&D says what becomes of a connection that has the port",
			takes: &DTR{}, example: `{"drop": true}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid", "conflict"}, serve: (*door).dropDTR,
		},
		{
			method: "POST", path: "/v1/power", id: "power", summary: "Take the module's supply, give it, or restart the module",
			takes: &Power{}, example: `{"to": "reboot"}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid"}, serve: (*door).power,
		},
		{
			method: "POST", path: "/v1/sim", id: "sim", summary: "Take the SIM out, put one in, or one that asks for a code",
			takes: &SIM{}, example: `{"to": "absent"}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid"}, serve: (*door).sim,
		},
		{
			method: "POST", path: "/v1/network", id: "network", summary: "Change registration, signal, APN, or what becomes of PDP contexts",
			takes: &Network{}, example: `{"registration": "roaming", "signal": 9, "pdp": {"what": "refuse", "code": 572, "times": 2}}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid"}, serve: (*door).network,
		},
		{
			method: "GET", path: "/v1/sms", id: "listSMS", summary: "The messages that the module has sent, and how many wait for it",
			status: http.StatusOK, gives: Messages{}, serve: (*door).listSMS,
		},
		{
			method: "POST", path: "/v1/sms", id: "sendSMS", summary: "Send the module a message: it comes at once, or when the module has power, service and room for it",
			takes: &SMS{}, example: `{"from": "+8613800138000", "text": "hello"}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid", "conflict"}, serve: (*door).sendSMS,
		},
		{
			method: "POST", path: "/v1/rtc", id: "setRTC", summary: "Set the real-time clock, by which certificates are judged",
			takes: &RTC{}, example: `{"to": "2021-08-25T12:00:00+08:00"}`,
			status: http.StatusOK, gives: State{}, fails: []string{"invalid"}, serve: (*door).setRTC,
		},
		{
			method: "POST", path: "/v1/reset", id: "reset",
			summary: "Begin anew with faults: those of the scenario are armed and no others, nothing has been counted or drawn, no mark is set, nothing is bent, full, exhausted or refused any more. The module itself goes on as it is",
			status:  http.StatusOK, gives: State{}, fails: []string{"invalid"}, serve: (*door).reset,
		},
		{
			method: "GET", path: "/v1/files", id: "listFiles", summary: "The files of the module (UFS), and the room for more",
			status: http.StatusOK, gives: Files{}, serve: (*door).listFiles,
		},
		{
			method: "GET", path: "/v1/files/{name}", id: "getFile", summary: "The content of a file",
			status: http.StatusOK, gives: octets{}, fails: []string{"invalid", "not_found"}, serve: (*door).getFile,
		},
		{
			method: "PUT", path: "/v1/files/{name}", id: "putFile", summary: "Store a file, whole or not at all, in place of one of that name",
			takes: octets{}, example: "-----BEGIN CERTIFICATE-----",
			status: http.StatusOK, gives: File{}, fails: []string{"invalid", "too_large", "no_space"}, serve: (*door).putFile,
		},
		{
			method: "DELETE", path: "/v1/files/{name}", id: "removeFile", summary: "Delete a file",
			status: http.StatusNoContent, fails: []string{"invalid", "not_found"}, serve: (*door).removeFile,
		},
		{
			method: "GET", path: "/v1/journal", id: "journal", summary: "The journal, from an entry on: events, commands of the host with their results, faults that acted, what was done from outside",
			query:  []parameter{since, {"limit", "how many entries at the most; 1000 where it is not said, which is the most"}},
			status: http.StatusOK, gives: Journal{}, fails: []string{"invalid"}, serve: (*door).getJournal,
		},
		{
			method: "GET", path: "/v1/events", id: "events",
			summary: "The journal as it grows, as server-sent events: each has the entry's number as its id, and the entry as its data. It begins with what comes next, or behind Last-Event-ID, or behind since. To a reader that is too slow an entry of the kind gap tells how many are lost",
			query:   []parameter{since},
			status:  http.StatusOK, gives: stream{}, fails: []string{"invalid", "unavailable"}, serve: (*door).events,
		},
		{
			method: "GET", path: "/v1/modems", id: "listModems", summary: "The modems that are served here. Of several each has the whole interface under /modems/NUMBER; one alone has it here, too",
			status: http.StatusOK, gives: Modems{}, common: true, serve: (*door).listModems,
		},
		{
			method: "GET", path: "/v1/version", id: "version", summary: "Who answers",
			status: http.StatusOK, gives: Version{}, serve: (*door).version,
		},
		{
			method: "GET", path: "/v1/openapi.json", id: "openapi", summary: "This description",
			status: http.StatusOK, gives: document{}, common: true, serve: (*door).openapi,
		},
	}
}
