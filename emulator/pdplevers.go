package emulator

import "fmt"

// refusal is the network refusing activations.
type refusal struct {
	code  Code // Success: it does not
	times int  // so many more; 0: until it is lifted
}

// take is the code that an activation is refused with, or Success.
func (r *refusal) take() Code {
	code := r.code
	if r.times > 0 {
		if r.times--; r.times == 0 {
			*r = refusal{}
		}
	}
	return code
}

// DeactivatePDP is Levers.DeactivatePDP, from any goroutine but the loop's own.
func (m *Modem) DeactivatePDP(id int) error {
	return m.Do(func(l Levers) error { return l.DeactivatePDP(id) })
}

// DeactivatePDP is the network taking number id away from both layers: AT+CGACT?
// shows the bearer down, and a context of the stack is told of with a URC, as are
// its clients. It does nothing when neither is up. The error is that of an id
// outside 1-15.
func (l Levers) DeactivatePDP(id int) error {
	if err := checkContext(id); err != nil {
		return err
	}
	if l.m.pdp.links[id].IsValid() {
		l.m.takeAway(id, "NW", "by the network")
	}
	return nil
}

func checkContext(id int) error {
	if id < 1 || id > maxContexts {
		return fmt.Errorf("PDP context %d is outside 1-%d", id, maxContexts)
	}
	return nil
}

// RefusePDP is the network refusing the next activations, so many times, or with
// 0 until it is lifted: AT+QIACT answers ERROR, and AT+QIGETERROR tells code;
// AT+CGACT answers +CME ERROR: 100; a data call is NO CARRIER. The code Success
// lifts it. The default bearer that comes with the registration is not concerned.
func (l Levers) RefusePDP(code Code, times int) {
	l.m.pdp.refusal = refusal{code: code, times: times}
	if code == Success {
		l.m.pdp.refusal = refusal{}
	}
}

// SetAPNRequired is a network that has no APN for those who name none: AT+QIACT
// of a context without one of AT+QICSGP or AT+CGDCONT is ERROR, 573 (ruling 35).
func (l Levers) SetAPNRequired(on bool) { l.m.pdp.needsAPN = on }
