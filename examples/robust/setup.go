package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// sync waits for the module. A module that boots, or must first learn the line's
// rate, answers the first ATs with nothing or garbage.
func (d *driver) sync() error {
	if d.link.dev == nil {
		if err := d.link.connect(); err != nil {
			return err
		}
	}
	until := time.Now().Add(d.time.pause(maxBoot, 5*time.Second))
	for {
		d.link.rebooted = false
		err := d.link.resync()
		switch {
		case err == nil:
			d.forget()
			d.pdpDown, d.link.rebooted, d.link.echoes = false, false, 0
			return nil
		case is(err, causeRebooted):
			d.report("the module is booting")
			d.untimed = true
		case !is(err, causeDeaf) || time.Now().After(until):
			return err
		default:
			d.report("no answer to AT yet")
		}
	}
}

// configureLine sets what is lost at a boot. None of it is indispensable: the
// stream takes echoes out, and polling finds what no URC tells of.
func (d *driver) configureLine() error {
	for _, text := range []string{
		"ATE0", "AT+CMEE=2", "AT+QISDE=0",
		fmt.Sprintf(`AT+QURCCFG="urcport","%s"`, d.urcPort),
	} {
		err := d.command(0, "%s", text)
		if is(err, causeRefused, causeTimeout, causeStale) {
			err = d.command(0, "%s", text)
		}
		if is(err, causeRefused) {
			d.report("going on without %s: %v", text, err)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	d.link.echoes = 0
	return nil
}

// checkSIM waits until the SIM is ready. After a boot that takes a moment, and a
// card may be pushed in again.
func (d *driver) checkSIM() error {
	until := time.Now().Add(d.time.pause(maxSIM, 5*time.Second))
	for first := true; ; first = false {
		state, err := d.query("AT+CPIN?", "+CPIN:", 1)
		switch {
		case err == nil && state[len(state)-1] == "READY":
			return nil
		case err == nil && strings.HasPrefix(state[0], "SIM P"):
			return &failure{cause: causeHopeless, what: "SIM", why: "it wants " + state[0] + "; unlock it first"}
		case err == nil:
			err = &failure{cause: causeRefused, what: "AT+CPIN?", why: state[0]}
		case !is(err, causeRefused, causeStale, causeTimeout):
			return err
		}
		if time.Now().After(until) {
			return err
		}
		if first {
			d.report("waiting for the SIM: %v", err)
		}
		if err := d.wait(time.Second); err != nil {
			return err
		}
	}
}

// awaitNetwork waits until the module is registered, at home or roaming, in any
// of the three domains: which one counts depends on the network.
func (d *driver) awaitNetwork() error {
	until := time.Now().Add(d.time.pause(maxSearch, 10*time.Second))
	for first := true; ; first = false {
		var last error
		for _, name := range []string{"CEREG", "CGREG", "CREG"} {
			state, err := d.query("AT+"+name+"?", "+"+name+":", 2)
			if err != nil {
				if !is(err, causeRefused, causeStale, causeTimeout) {
					return err
				}
				last = err
				continue
			}
			stat := field(state[len(state)-1], 1)
			if stat == "1" || stat == "5" {
				return nil
			}
			last = &failure{cause: causeRefused, what: "AT+" + name + "?", why: "not registered: " + stat}
		}
		if time.Now().After(until) {
			return last
		}
		if first {
			d.report("waiting for the network: %v", last)
		}
		if err := d.wait(2 * time.Second); err != nil {
			return err
		}
	}
}

// activate activates the PDP context, unless it is.
func (d *driver) activate() error {
	up, err := d.isActive()
	if err != nil || up {
		return err
	}
	if err := d.command(0, `AT+QICSGP=%d,1,"%s","","",0`, pdpID, d.apn); err != nil {
		return err
	}
	d.pdpDown = false
	err = d.command(maxActivate, "AT+QIACT=%d", pdpID)
	if err != nil && !is(err, causeRefused, causeTimeout, causeStale) {
		return err
	}
	// Some modules say ERROR to a context that is active, some say nothing, and
	// an OK may be that of an earlier command.
	up, asking := d.isActive()
	if f := failed(err); asking == nil && !up && f != nil && f.code == codeDenied {
		// There is no room for it, perhaps because a SIM has but one.
		asking = d.makeRoom()
	}
	switch {
	case asking != nil:
		return asking
	case up && err != nil:
		d.report("the context is active after all: %v", err)
	case !up && err == nil:
		return &failure{cause: causeRefused, what: "AT+QIACT", why: "OK, but the context is not active"}
	case !up:
		return err
	}
	return nil
}

// isActive asks whether the context is active and has an address.
func (d *driver) isActive() (bool, error) {
	contexts, err := d.list("AT+QIACT?", "+QIACT:")
	for _, c := range contexts {
		if field(c, 0) == strconv.Itoa(pdpID) && field(c, 1) == "1" && len(field(c, 3)) > len(`""`) {
			return err == nil, err
		}
	}
	return false, err
}

// makeRoom deactivates all other contexts: this program is the only one that
// uses the module.
func (d *driver) makeRoom() error {
	contexts, err := d.list("AT+QIACT?", "+QIACT:")
	if err != nil {
		return err
	}
	for _, c := range contexts {
		if id := field(c, 0); id != strconv.Itoa(pdpID) && field(c, 1) == "1" {
			d.report("deactivating context %s, which is in the way", id)
			err := d.command(maxDeactivate, "AT+QIDEACT=%s", id)
			if err != nil && !is(err, causeRefused) {
				return err
			}
		}
	}
	return nil
}

// deactivate deactivates the context and with it closes its connections.
func (d *driver) deactivate() error {
	err := d.command(maxDeactivate, "AT+QIDEACT=%d", pdpID)
	d.pdpDown = false
	d.forget()
	return err
}

// configureSSL sets the SSL context, where the connection needs one. Nothing of it survives a boot.
func (d *driver) configureSSL() error {
	if !d.service.secure {
		return nil
	}
	if d.untimed {
		if err := d.checkClock(); err != nil {
			return err
		}
		d.untimed = false
	}
	for _, setting := range []string{
		`"sslversion",%d,4`, `"ciphersuite",%d,0XFFFF`, `"seclevel",%d,1`,
		`"cacert",%d,"` + caName + `"`, `"sni",%d,1`, `"ignorelocaltime",%d,0`,
	} {
		if err := d.command(0, "AT+QSSLCFG="+setting, sslID); err != nil {
			return err
		}
	}
	return nil
}

// wait lets time pass on the module's clock, and listens meanwhile.
func (d *driver) wait(t time.Duration) error {
	return d.link.listen(d.time.pause(t, 50*time.Millisecond), func() bool { return false })
}

// field is field n of a line of values, from 0, without blanks around it.
func field(line string, n int) string {
	fields := strings.Split(line, ",")
	if n >= len(fields) {
		return ""
	}
	return strings.TrimSpace(fields[n])
}
