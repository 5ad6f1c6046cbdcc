package lab

import "net/netip"

// Service is one server of the lab.
type Service struct {
	Name     string         `json:"name"`          // unique, see the constants
	Host     string         `json:"host"`          // as the modem names it in AT+QSSLOPEN
	Port     uint16         `json:"port"`          // as the modem dials it
	UDP      bool           `json:"udp,omitempty"` // datagrams; else TCP
	Address  netip.Addr     `json:"address"`       // what Host resolves to
	Loopback netip.AddrPort `json:"loopback"`      // where it really listens, for other programs of this machine
	Identity string         `json:"identity"`      // see the package comment; "none" is without TLS
	Does     string         `json:"does"`          // in words
}

// The names of the services.
const (
	Plain          = "plain"
	Echo           = "echo"
	Chained        = "chained"
	SelfSigned     = "self-signed"
	Expired        = "expired"
	NotYetValid    = "not-yet-valid"
	WrongName      = "wrong-name"
	ClientCert     = "client-cert"
	Legacy         = "legacy"
	CloseAfterEcho = "close-after-echo"
	CloseUnread    = "close-unread"
	Reset          = "reset"
	Silent         = "silent"
	Mute           = "mute"
	Unasked        = "unasked"

	PlainCloseAfterEcho = "plain-close-after-echo"
	PlainCloseUnread    = "plain-close-unread"
	PlainReset          = "plain-reset"
	PlainUnasked        = "plain-unasked"
	CallBack            = "call-back"
	UDPEcho             = "udp-echo"
	UDPMute             = "udp-mute"

	Seed8010 = "seed-8010"
	Seed8011 = "seed-8011"

	NTP        = "ntp"
	NTPSilent  = "ntp-silent"
	NTPRefuses = "ntp-refuses"
)

const (
	labHost  = "echo.lab"
	ntpHost  = "ntp.lab"
	seedHost = "220.180.239.212" // of seed 3.3 to 3.5
)

// addresses are what the lab's hosts resolve to. 192.0.2.0/24 is set aside for
// examples (RFC 5737), so nothing real can be hidden by it.
var addresses = map[string]netip.Addr{
	labHost:  netip.AddrFrom4([4]byte{192, 0, 2, 10}),
	ntpHost:  netip.AddrFrom4([4]byte{192, 0, 2, 123}),
	seedHost: netip.AddrFrom4([4]byte{220, 180, 239, 212}),
}

// A spec is what makes a service: who it says it is and how it behaves.
type spec struct {
	name     string
	host     string
	port     uint16
	identity identity
	behave   behaviour
	does     string
}

var specs = []spec{
	{Plain, labHost, 7, none, echo, "echoes, without TLS"},

	{Echo, labHost, 4433, caSigned, echo, "echoes"},
	{Chained, labHost, 4434, chained, echo, "echoes; sends its intermediate CA"},
	{SelfSigned, labHost, 4435, selfSigned, echo, "echoes; its certificate is self-signed"},
	{Expired, labHost, 4436, expired, echo, "echoes; its certificate ended 2021-01-01"},
	{NotYetValid, labHost, 4437, notYetValid, echo, "echoes; its certificate begins 2110-01-01"},
	{WrongName, labHost, 4438, wrongName, echo, "echoes; its certificate is for elsewhere.lab"},
	{ClientCert, labHost, 4439, clientCert, echo, "echoes; demands a client certificate"},
	{Legacy, labHost, 4440, legacy, echo, "echoes; TLS 1.0 with RSA and AES-CBC, 3DES or RC4 only"},

	{CloseAfterEcho, labHost, 4450, caSigned, closeAfterEcho, "echoes once, then closes"},
	{CloseUnread, labHost, 4451, caSigned, closeUnread, "sends 4 KiB and closes at once"},
	{Reset, labHost, 4452, caSigned, reset, "echoes once, then resets the connection"},
	{Silent, labHost, 4453, none, swallow, "takes the connection, never answers the TLS hello"},
	{Mute, labHost, 4454, caSigned, swallow, "never sends after the handshake"},
	{Unasked, labHost, 4455, caSigned, unasked, "sends a banner, then a line again and again"},

	{PlainCloseAfterEcho, labHost, 7050, none, closeAfterEcho, "echoes once, then closes; without TLS"},
	{PlainCloseUnread, labHost, 7051, none, closeUnread, "sends 4 KiB and closes at once; without TLS"},
	{PlainReset, labHost, 7052, none, reset, "echoes once, then resets the connection; without TLS"},
	{PlainUnasked, labHost, 7055, none, unasked, "sends a banner, then a line again and again; without TLS"},
	{CallBack, labHost, 7056, none, callBack, "connects to the port of the modem's that the first line names, and passes on what comes, both ways"},

	{Seed8010, seedHost, 8010, caSigned, echo, "echoes; the server of seed 3.3"},
	{Seed8011, seedHost, 8011, caSigned, echo, "echoes; the server of seed 3.4 and 3.5"},
}
