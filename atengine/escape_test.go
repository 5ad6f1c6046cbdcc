package atengine

import "testing"

// Seed 1.4: nothing for 1 s, +++ within 1 s and nothing else, nothing for 1 s.
func TestEscape(t *testing.T) {
	const begin = `
			> AT+DATA
			< CONNECT
			`
	left := "< OK\n< +LEFT\n"
	for name, script := range map[string]string{
		"at once, after the quiet since CONNECT": `
			.1s
			>> +++
			.999ms
			.1ms
			` + left + `
			= left escaped, keep true`,
		"in three writes": `
			>> abc
			.1s
			>> +
			.400ms
			>> +
			.400ms
			>> +
			.999ms
			.1ms
			` + left + `
			= sent "abc"
			= left escaped, keep true`,
		"in two writes": `
			.1s
			>> +
			>> ++
			.1s
			` + left,
		"what follows is commands": `
			.1s
			>> +++
			.1s
			` + left + `
			> AT+CSQ
			< +CSQ: 28,99
			< OK`,
		"rule 1: too early after CONNECT": `
			.999ms
			>> +++
			= sent "+++"
			.5s`,
		"rule 1: too early after data": `
			.5s
			>> x
			.999ms
			>> +++
			.5s
			= sent "x"
			= sent "+++"`,
		"rule 1: data in the same write": `
			.1s
			>> x+++
			.5s
			= sent "x+++"`,
		"rule 1: too early after other pluses": `
			.1s
			>> x
			>> +
			.1s
			>> +++
			.1s
			` + left + `
			= sent "x"
			= sent "+"
			= left escaped, keep true`,
		"rule 2: the third plus is late": `
			.1s
			>> +
			.500ms
			>> +
			.500ms
			= sent "++"
			>> +
			= sent "+"
			.5s`,
		"rule 2: the third plus is late, and so is the timer": `
			.1s
			>> ++
			.!1s
			>> +
			= sent "++"
			= sent "+"
			.5s`,
		"rule 2: only two": `
			.1s
			>> ++
			.999ms
			.1ms
			= sent "++"
			.5s`,
		"rule 2: something between": `
			.1s
			>> +
			>> x
			>> ++
			= sent "+"
			= sent "x"
			= sent "++"
			.5s`,
		"rule 2: something in the last write": `
			.1s
			>> ++
			>> +x
			= sent "++"
			= sent "+x"
			.5s`,
		"rule 2: four": `
			.1s
			>> ++++
			= sent "++++"
			.5s`,
		"rule 2: four in two writes": `
			.1s
			>> ++
			>> ++
			= sent "++"
			= sent "++"
			.5s`,
		"rule 2: a fourth within the guard time": `
			.1s
			>> +++
			.999ms
			>> +
			= sent "+++"
			= sent "+"
			.5s`,
		"rule 3: something follows at once": `
			.1s
			>> +++x
			= sent "+++x"
			.5s`,
		"rule 3: something follows too early": `
			.1s
			>> +++
			.999ms
			>> x
			= sent "+++"
			= sent "x"
			.5s`,
		"rule 3: and again too early": `
			.1s
			>> +++
			.500ms
			>> x
			.1s
			>> +++
			.1s
			` + left + `
			= sent "+++"
			= sent "x"
			= left escaped, keep true`,
		"S12 is the guard time": `
			! gone
			< NO CARRIER
			> ATS12=10+DATA
			< CONNECT
			.199ms
			>> +++
			= sent "+++"
			.200ms
			>> +++
			.200ms
			` + left,
		"held pluses when the connection ends": `
			.1s
			>> +++
			! gone
			< NO CARRIER
			.5s
			> AT
			< OK`,
		"data from the network breaks no silence": `
			.1s
			>> +++
			! net abc
			<< abc
			.1s
			` + left,
	} {
		t.Run(name, func(t *testing.T) { play(t, begin+script) })
	}
}
