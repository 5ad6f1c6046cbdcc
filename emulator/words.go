package emulator

import (
	"fmt"
	"strings"
)

// words are the values of a type with their names, as scenarios and the control
// interface spell them.
type words[T comparable] []struct {
	value T
	word  string
}

func (w words[T]) of(v T) string {
	for _, e := range w {
		if e.value == v {
			return e.word
		}
	}
	return ""
}

// parse finds the value of a word. The error lists the words there are.
func (w words[T]) parse(what, word string) (T, error) {
	list := make([]string, len(w))
	for i, e := range w {
		if e.word == word {
			return e.value, nil
		}
		list[i] = e.word
	}
	var none T
	return none, fmt.Errorf("%s %q: it is one of %s", what, word, strings.Join(list, ", "))
}
