package fault

import (
	"slices"
)

// Order runs the commands of a line in another order, as some firmware does, so
// that they answer in that order.
type Order struct {
	_ struct{} `name:"order"`

	Of []int `yaml:"of" need:"yes" short:"yes" is:"1-100" doc:"the numbers of the commands, from 1. Those that are not named follow"`
}

func (a *Order) reorder(parts [][]byte) [][]byte {
	var out [][]byte
	used := make([]bool, len(parts))
	for _, n := range a.Of {
		if n <= len(parts) && !used[n-1] {
			used[n-1] = true
			out = append(out, parts[n-1])
		}
	}
	for i, p := range parts {
		if !used[i] {
			out = append(out, p)
		}
	}
	return slices.Clip(out)
}
