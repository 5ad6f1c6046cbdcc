// Package nearest finds the word that a mistyped one was meant to be.
package nearest

import "strings"

// maxWord is the longest word worth a guess, in bytes. The time that one takes
// grows with its length.
const maxWord = 64

// Word is the candidate that word was probably meant to be: the one that it
// begins, or the one with the fewest letters wrong, missing, too many or
// swapped, if these are few enough. Case does not count. It is "" when none is
// near. Of equally near ones it is the first.
func Word(word string, candidates []string) string {
	if len(word) > maxWord {
		return ""
	}
	word = strings.ToLower(word)
	best, least := "", 1+max(1, len(word)/3)
	for _, c := range candidates {
		lower := strings.ToLower(c)
		d := distance(word, lower)
		if len(word) > 1 && strings.HasPrefix(lower, word) {
			d = min(d, 1)
		}
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// Hint is what to say about a word that is none of candidates: the nearest one, or
// otherwise where none is near.
func Hint(word string, candidates []string, otherwise string) string {
	if near := Word(word, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return otherwise
}

// distance is how many bytes must be replaced, added, removed or swapped with
// their neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before, last, row = last, row, before
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
