package fault

// nameSet tells quickly which commands no rule concerns: those whose mark is not
// in it. Of the others some may concern none, too.
type nameSet uint64

func mark(name []byte) nameSet {
	if len(name) == 0 {
		return 1
	}
	last, middle := uint(name[len(name)-1]), uint(name[len(name)/2])
	return 1 << ((last*7 + middle*5 + uint(len(name))) & 63)
}

func (s *nameSet) add(name string) { *s |= mark([]byte(name)) }

func (s nameSet) lacks(name []byte) bool { return s&mark(name) == 0 }
