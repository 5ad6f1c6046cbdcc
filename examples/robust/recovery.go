package main

import "time"

// An action is a way out. They are in the order of what they destroy.
type action int

const (
	actAgain  action = iota // the same once more
	actReopen               // close the client, set the SSL context, open it
	actPDP                  // deactivate the context, activate it
	actBoot                 // AT+CFUN=1,1, and all from the beginning
	actDevice               // close the device and open it: a module sees DTR drop
	actions
)

var actionNames = [actions]string{
	"trying again", "closing the client and opening it again",
	"deactivating the context and activating it again", "restarting the module",
	"opening the device again",
}

// limits is how often each may be used without any progress in between, and
// maxRecoveries how often all together in a run.
var limits = [actions]int{12, 12, 6, 3, 4}

const maxRecoveries = 60

// The result codes (seed table 5) that say what to do.
const (
	codeInUse  = 563
	codeClosed = 567
	codeNoConn = 566
	codeDenied = 572
)

// recover does something about a failure, or gives up with it.
func (d *driver) recover(err error) error {
	f := failed(err)
	if f == nil || f.cause == causeHopeless {
		return err
	}
	if d.time.over() || f.cause == causeDeadline || d.total >= maxRecoveries {
		return &failure{cause: f.cause, what: "gave up at " + stageNames[d.stage], why: err.Error()}
	}
	d.total++
	switch f.cause {
	case causeRebooted:
		d.report("%v: setting it up again", err)
		d.stage, d.untimed = stageSync, true
		return nil
	case causePDPDown:
		return d.act(actPDP, err)
	case causeDeaf, causeDevice:
		return d.act(actDevice, err)
	}
	d.strikes[d.stage]++
	return d.act(d.choose(f), err)
}

// The ladders of actions that failures of a stage in a row lead up. After the
// last it begins anew: meanwhile something may have changed.
var (
	stepLadder   = []action{actAgain, actAgain, actAgain, actBoot}
	pdpLadder    = []action{actAgain, actPDP, actPDP, actBoot} // three failed activations do not get better (family manual)
	openLadder   = []action{actReopen, actReopen, actPDP, actBoot}
	closedLadder = []action{actReopen, actReopen, actReopen, actReopen, actPDP, actBoot} // nothing is wrong with the module: the client needs its close
)

// choose is the least drastic action that may help after so many failures of the
// present stage.
func (d *driver) choose(f *failure) action {
	n, ladder := d.strikes[d.stage], stepLadder
	switch d.stage {
	case stagePDP:
		ladder = pdpLadder
	case stageOpen, stageTransfer:
		if f.code == codeNoConn {
			// 566 stands for every problem with a certificate, too.
			d.untimed = true
			d.distrust = d.distrust || n == 2 && d.ca != nil
		}
		ladder = openLadder
		if f.cause == causeClosed || f.code == codeInUse {
			ladder = closedLadder
		}
	}
	a := ladder[(n-1)%len(ladder)]
	if a == actBoot && d.noBoot {
		a = actPDP
	}
	return a
}

// act takes an action, or a more drastic one where that is used up or fails.
func (d *driver) act(a action, reason error) error {
	for ; a < actions; a++ {
		if d.spent[a] >= limits[a] || (a == actBoot && d.noBoot) {
			continue
		}
		d.spent[a]++
		d.report("%v: %s", reason, actionNames[a])
		// Each time a little later, on the module's clock.
		pause := time.Second << min(d.spent[a]-1, 3)
		err := d.wait(pause)
		if is(err, causeDevice) {
			// Nothing to listen to; the time has to pass all the same.
			time.Sleep(d.time.pause(pause, 50*time.Millisecond))
			err = nil
		}
		if err == nil {
			err = d.perform(a)
		}
		switch {
		case err == nil:
			return nil
		case is(err, causeRebooted):
			d.stage, d.untimed = stageSync, true
			return nil
		case is(err, causeDeadline) || d.time.over():
			return &failure{cause: causeDeadline, what: "gave up at " + stageNames[d.stage], why: reason.Error()}
		}
		d.report("%s did not work: %v", actionNames[a], err)
		if is(err, causeDeaf, causeDevice) {
			a = max(a, actDevice-1) // nothing that a command could do
		}
	}
	return &failure{cause: causeRefused, what: "gave up at " + stageNames[d.stage], why: reason.Error()}
}

// perform takes an action and sets the stage to go on from.
func (d *driver) perform(a action) error {
	switch a {
	case actReopen:
		// A close that is refused or never answered is no reason to stop here.
		err := d.close()
		if err != nil && !is(err, causeRefused, causeTimeout, causeStale) {
			return err
		}
		d.stage = min(d.stage, stageSSL)
		if d.distrust {
			d.stage = min(d.stage, stageFile)
		}
		if d.link.echoes > 0 {
			// Echo is off unless the module has started anew unnoticed.
			d.stage = stageLine
		}
	case actPDP:
		if err := d.close(); err != nil && !is(err, causeRefused, causeTimeout, causeStale) {
			return err
		}
		err := d.deactivate()
		if err != nil && !is(err, causeTimeout, causeStale) {
			if !is(err, causeRefused) {
				return err
			}
			// Refused is fine when it is down already.
			if up, asking := d.isActive(); asking != nil || up {
				return err
			}
		}
		d.stage = min(d.stage, stagePDP)
		if d.link.echoes > 0 {
			d.stage = stageLine
		}
	case actBoot:
		d.stage, d.untimed = stageSync, true
		return d.reboot()
	case actDevice:
		d.stage = stageSync
		d.link.disconnect()
		// DTR has to stay low for a while to be seen, and what hangs on it to act.
		time.Sleep(d.time.pause(time.Second, 100*time.Millisecond))
	}
	return nil
}

// reboot restarts the module and waits for RDY.
func (d *driver) reboot() error {
	err := d.command(maxReboot, "AT+CFUN=1,1")
	if err == nil {
		err = d.link.listen(d.time.pause(maxReboot, 5*time.Second), func() bool { return false })
	}
	if err == nil {
		// No RDY: the URC port is another one after a boot, perhaps.
		d.report("the restart was not told of")
	}
	// Without a restart the next action comes, and this one not again.
	d.noBoot = is(err, causeRefused)
	if is(err, causeRebooted, causeDevice) {
		return nil
	}
	return err
}
