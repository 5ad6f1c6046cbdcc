package fault

import (
	"fmt"

	"github.com/quectel-sim/qsim/scenarios/fault/path"
)

// Close ends the connection of an SSL client or a socket from the other side.
type Close struct {
	_ struct{} `name:"close"`

	How    string `yaml:"how" need:"yes" short:"yes" is:"peer|reset|unread|lost" doc:"peer: in good order; reset: at once, by RST; unread: in good order the moment the next data has come, which the host has not read by then; lost: in good order, and what the host has not read is gone"`
	Client *int   `yaml:"client" is:"0-11" default:"that of the moment, or all" doc:"the SSL client or socket"`
}

var endings = map[string]path.Closing{
	"peer": path.ClosePeer, "reset": path.CloseReset, "unread": path.CloseUnread, "lost": path.ClosePeer,
}

func (a *Close) act(x *Firing) {
	for _, id := range x.clients(a.Client) {
		if a.How == "lost" {
			x.e.m.Discard(id)
		}
		if !x.e.net.path(id).Close(endings[a.How]) && a.Client != nil {
			x.note(fmt.Sprintf("client %d has no connection to close", id))
		}
	}
}
