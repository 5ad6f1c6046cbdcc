package cli

import "github.com/quectel-sim/qsim/scenarios/decl/nearest"

// DidYouMean is the hint for a word that is none of candidates: the nearest one,
// or otherwise where all of them are told. Pass "" for otherwise where nothing
// else can be said.
func DidYouMean(word string, candidates []string, otherwise string) string {
	return nearest.Hint(word, candidates, otherwise)
}
