package atengine

// Settings are what the V.250 commands of a line set. They can be copied: a
// module stores them for AT&W and ATZ.
type Settings struct {
	Echo    bool // ATE, V.250 6.2.4
	Verbose bool // ATV, V.250 6.2.6
	Quiet   bool // ATQ, V.250 6.2.5
	Connect int  // ATX 0-4, V.250 6.2.7
	DCD     int  // AT&C 0-1
	DTR     int  // AT&D 0-2
	CMEE    int  // AT+CMEE 0-2, 27.007 9.1
	s       [13]uint8
}

// register is one S-register with its range and factory value.
type register struct{ n, min, max, factory int }

// registers are the S-registers of the family. S0, S6, S7, S8 and S10 concern
// calls: they are kept and reported. S12 is the guard time of +++ in 20 ms.
var registers = []register{
	{0, 0, 255, 0},
	{3, 0, 127, 13},
	{4, 0, 127, 10},
	{5, 0, 127, 8},
	{6, 2, 10, 2},
	{7, 0, 255, 0},
	{8, 0, 255, 2},
	{10, 1, 255, 15},
	{12, 10, 250, 50},
}

// Factory is the state of a line at delivery: ATE1 V1 Q0 X4 &C1 &D2, CMEE 1.
func Factory() Settings {
	s := Settings{Echo: true, Verbose: true, Connect: 4, DCD: 1, DTR: 2, CMEE: 1}
	for _, r := range registers {
		s.s[r.n] = uint8(r.factory)
	}
	return s
}

// S is the value of S-register n; ok is false when there is no such register.
func (s *Settings) S(n int) (v int, ok bool) {
	if findRegister(n) == nil {
		return 0, false
	}
	return int(s.s[n]), true
}

// SetS sets S-register n and reports whether n and v are in range.
func (s *Settings) SetS(n, v int) bool {
	r := findRegister(n)
	if r == nil || v < r.min || v > r.max {
		return false
	}
	s.s[n] = uint8(v)
	return true
}

func findRegister(n int) *register {
	for i := range registers {
		if registers[i].n == n {
			return &registers[i]
		}
	}
	return nil
}

func (s *Settings) cr() byte { return s.s[3] }
func (s *Settings) lf() byte { return s.s[4] }

// lead writes what comes before a line of text: CR LF with ATV1, nothing with
// ATV0 (V.250 5.7.1).
func (s *Settings) lead(w []byte) []byte {
	if s.Verbose {
		w = append(w, s.cr(), s.lf())
	}
	return w
}
