package emulator

import (
	"slices"
	"strings"
	"sync"

	"github.com/quectel-sim/qsim/atengine"
)

// Group is a family of commands that belong together, in the support table.
type Group struct {
	Name     string
	Commands []*Command
}

// groups fills from the commands declarations of this package's files.
var groups []Group

// declared is what a commands declaration leaves behind: nothing.
type declared struct{}

// commands declares rows of the module's table. It stands beside the handlers:
//
//	var _ = commands("Files", &Command{Name: "+QFDEL", ...})
func commands(group string, rows ...*Command) declared { //nolint:unparam // a declaration needs a value
	i := slices.IndexFunc(groups, func(g Group) bool { return g.Name == group })
	if i < 0 {
		groups = append(groups, Group{Name: group})
		i = len(groups) - 1
	}
	groups[i].Commands = append(groups[i].Commands, rows...)
	return declared{}
}

var _ = commands("Line", atengine.Basics[*Modem]()...)

// Groups are all commands that are built, by group and name.
func Groups() []Group {
	sorted := make([]Group, len(groups))
	for i, g := range groups {
		rows := slices.Clone(g.Commands)
		slices.SortFunc(rows, func(a, b *Command) int { return strings.Compare(a.Name, b.Name) })
		sorted[i] = Group{Name: g.Name, Commands: rows}
	}
	slices.SortFunc(sorted, func(a, b Group) int { return strings.Compare(a.Name, b.Name) })
	return sorted
}

// fullTable is the table of a module that lacks nothing. All modems share it.
var fullTable = sync.OnceValues(func() (*atengine.Table[*Modem], error) {
	var rows []*Command
	for _, g := range Groups() {
		rows = append(rows, g.Commands...)
	}
	return atengine.NewTable(rows...)
})
