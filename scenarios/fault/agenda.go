package fault

import (
	"slices"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// agenda is what comes later, on the modem's clock. What was put on it for the
// same time comes in the order that it was put there, which timers of its own
// would not promise. The modem's loop owns it.
type agenda struct {
	items []item // the next one first
	timer atengine.Stopper
}

type item struct {
	due time.Time
	do  func()
}

// slack is how much earlier than due a timer may be: a clock that runs faster
// than the wall has rounded its time.
const slack = time.Microsecond

// after runs f once d has passed.
func (e *Engine) after(d time.Duration, f func()) {
	due := e.m.Now().Add(d)
	at, _ := slices.BinarySearchFunc(e.agenda.items, due, func(i item, due time.Time) int {
		if i.due.After(due) {
			return 1
		}
		return -1 // behind those of the same time
	})
	e.agenda.items = slices.Insert(e.agenda.items, at, item{due, f})
	if at == 0 {
		e.arm()
	}
}

// arm sets the timer to the next item.
func (e *Engine) arm() {
	a := &e.agenda
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
	if len(a.items) > 0 {
		a.timer = e.m.After(a.items[0].due.Sub(e.m.Now()), e.due)
	}
}

// due does the next item, if its time has come. The one behind it has a timer
// again, though it may be due as well: others have their turn between.
func (e *Engine) due() {
	a := &e.agenda
	a.timer = nil
	if len(a.items) > 0 && !a.items[0].due.After(e.m.Now().Add(slack)) {
		do := a.items[0].do
		a.items[0] = item{}
		a.items = a.items[1:]
		do()
	}
	e.arm()
}
