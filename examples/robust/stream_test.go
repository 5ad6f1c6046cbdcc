package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// show writes tokens as a test table has them.
func show(tokens []token) []string {
	names := []string{"final", "info", "body", "prompt", "connect", "urc", "echo", "noise"}
	var list []string
	for _, t := range tokens {
		list = append(list, names[t.kind]+" "+t.text+string(t.body))
	}
	return list
}

// What the module says, cut anywhere, gives the same tokens.
func TestStream(t *testing.T) {
	var (
		recv  = want{echo: "AT+QSSLRECV=4,1500", prefix: "+QSSLRECV:", body: true}
		send  = want{echo: "AT+QSSLSEND=4", prompt: true}
		cereg = want{echo: "AT+CEREG?", prefix: "+CEREG:", fields: 2}
		at    = want{echo: "AT"}
	)
	tests := []struct {
		name  string
		want  want
		bytes string
		is    []string
	}{
		{"result", at, "\r\nOK\r\n", []string{"final OK"}},
		{"echo is back", at, "AT\r\r\nOK\r\n", []string{"echo AT", "final OK"}},
		{"echo with LF", at, "AT\r\n\r\nOK\r\n", []string{"echo AT", "final OK"}},
		{"no leading CR LF", at, "OK\r\n", []string{"final OK"}},
		{"LF only", at, "\nOK\n", []string{"final OK"}},
		{"CME in words", at, "\r\n+CME ERROR: file already exist\r\n", []string{"final +CME ERROR: file already exist"}},
		{"garbage of a wrong rate", at, "\xff\x80\x00K\xfe\r\n\xf8\x00AT\r\r\nOK\r\n", []string{"noise K\xfe", "echo AT", "final OK"}},
		{"a URC before the answer", at, "\r\n+QSSLURC: \"closed\",4\r\n\r\nOK\r\n", []string{`urc +QSSLURC: "closed",4`, "final OK"}},
		{"an unknown URC", at, "\r\n+QFOTA: 1\r\n^MODE: 17\r\n\r\nOK\r\n", []string{"urc +QFOTA: 1", "urc ^MODE: 17", "final OK"}},
		{"debug output", at, "%DBG<88>task 3 OK\r\n\r\nOK\r\n", []string{"noise %DBG<88>task 3 OK", "final OK"}},
		{"a boot", at, "^boot.rom 1\r\n\r\nRDY\r\n\r\nAPP RDY\r\n", []string{"urc ^boot.rom 1", "urc RDY", "urc APP RDY"}},
		{"another's echo", at, "AT+CSQ\r\r\nOK\r\n", []string{"echo AT+CSQ", "final OK"}},

		{"answer", cereg, "\r\n+CEREG: 0,1\r\n\r\nOK\r\n", []string{"info +CEREG: 0,1", "final OK"}},
		{"URC of the same name", cereg, "\r\n+CEREG: 1\r\n\r\n+CEREG: 0,1\r\n\r\nOK\r\n", []string{"urc +CEREG: 1", "info +CEREG: 0,1", "final OK"}},
		{"URC between the lines", cereg, "\r\n+CEREG: 0,1\r\n+QIURC: \"pdpdeact\",1\r\n\r\nOK\r\n", []string{"info +CEREG: 0,1", `urc +QIURC: "pdpdeact",1`, "final OK"}},
		{"result glued to the answer", cereg, "\r\n+CEREG: 0,1OK\r\n", []string{"info +CEREG: 0,1", "final OK"}},
		{"URC glued to the result", cereg, "\r\n+CEREG: 0,1\r\nOK+QSSLOPEN: 4,0\r\n", []string{"info +CEREG: 0,1", "final OK", "urc +QSSLOPEN: 4,0"}},
		{"URC glued to a URC", at, "\r\n+QSSLURC: \"recv\",4+QSSLURC: \"closed\",4\r\nOK\r\n", []string{`urc +QSSLURC: "recv",4`, `urc +QSSLURC: "closed",4`, "final OK"}},
		{"a name in quotes is no URC", want{prefix: "+QFLST:"}, "\r\n+QFLST: \"+QIURC: x\",5\r\n", []string{`info +QFLST: "+QIURC: x",5`}},
		{"debug output before the answer", cereg, "%DBG<1>+CEREG: 0,1\r\nOK\r\n", []string{"noise %DBG<1>", "info +CEREG: 0,1", "final OK"}},

		{"prompt", send, "\r\n> ", []string{"prompt >"}},
		{"prompt without a blank", send, "\r\n>\r\nSEND OK\r\n", []string{"prompt >", "final SEND OK"}},
		{"prompt after the echo", send, "AT+QSSLSEND=4\r>", []string{"echo AT+QSSLSEND=4", "prompt >"}},
		{"URC before the prompt", send, "AT+QSSLSEND=4\r\r\n+QSSLURC: \"recv\",4\r\n\r\n> ", []string{"echo AT+QSSLSEND=4", `urc +QSSLURC: "recv",4`, "prompt >"}},
		{"URC inside the echo", send, "AT+QSSLSE\r\n+QSSLURC: \"recv\",4\r\nND=4\r\r\n> ", []string{"echo AT+QSSLSE", `urc +QSSLURC: "recv",4`, "echo ND=4", "prompt >"}},
		{"URC glued into the echo", send, "AT+QSSLSE+QSSLURC: \"recv\",4\r\nND=4\r\r\n> ", []string{"echo AT+QSSLSE", `urc +QSSLURC: "recv",4`, "echo ND=4", "prompt >"}},
		{"a prompt nobody asked for", at, "\r\n> \r\nOK\r\n", []string{"noise > ", "final OK"}},
		{"SEND OK glued to the next echo", recv, "\r\nSEND OKAT+QSSLRECV=4,1500\r\r\n+QSSLRECV: 0\r\n\r\nOK\r\n", []string{"final SEND OK", "echo AT+QSSLRECV=4,1500", "info +QSSLRECV: 0", "final OK"}},

		{"body", recv, "\r\n+QSSLRECV: 5\r\nhello\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 5", "body hello", "final OK"}},
		{"body of line ends", recv, "\r\n+QSSLRECV: 8\r\n\r\nOK\r\n\r\n\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 8", "body \r\nOK\r\n\r\n", "final OK"}},
		{"no body", recv, "\r\n+QSSLRECV: 0\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 0", "final OK"}},
		{"one CR LF after the body", recv, "\r\n+QSSLRECV: 5\r\nhello\r\nOK\r\n", []string{"info +QSSLRECV: 5", "body hello", "final OK"}},
		{"URC before the header", recv, "\r\n+QSSLURC: \"recv\",4\r\n\r\n+QSSLRECV: 5\r\nhello\r\n\r\nOK\r\n", []string{`urc +QSSLURC: "recv",4`, "info +QSSLRECV: 5", "body hello", "final OK"}},
		{"URC before the body", recv, "\r\n+QSSLRECV: 5\r\n\r\n+QSSLURC: \"closed\",4\r\nhello\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 5", `urc +QSSLURC: "closed",4`, "body hello", "final OK"}},
		{"URC in the body", recv, "\r\n+QSSLRECV: 5\r\nhe\r\n+QSSLURC: \"closed\",4\r\nllo\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 5", `urc +QSSLURC: "closed",4`, "body hello", "final OK"}},
		{"URC after the body", recv, "\r\n+QSSLRECV: 5\r\nhello\r\n+QSSLURC: \"closed\",4\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 5", "body hello", `urc +QSSLURC: "closed",4`, "final OK"}},
		{"two URCs in a long body", recv, "\r\n+QSSLRECV: 60\r\n" + strings.Repeat("a", 30) + "\r\n+QIND: \"csq\",9,99\r\n" + strings.Repeat("b", 20) + "%DBG<9>x\r\n" + strings.Repeat("c", 10) + "\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 60", `urc +QIND: "csq",9,99`, "noise %DBG<9>x", "body " + strings.Repeat("a", 30) + strings.Repeat("b", 20) + strings.Repeat("c", 10), "final OK"}},
		{"a body that holds a URC", recv, "\r\n+QSSLRECV: 23\r\n\r\n+QSSLURC: \"recv\",4\r\nx\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 23", "body \r\n+QSSLURC: \"recv\",4\r\nx", "final OK"}},
		{"a byte of the body is lost", recv, "\r\n+QSSLRECV: 5\r\nhell\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 5", "body hell\r", "final OK"}},
		{"a count that cannot be", recv, "\r\n+QSSLRECV: 99999\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 99999", "final OK"}},

		{"connect", want{connect: true}, "\r\nCONNECT\r\n", []string{"connect CONNECT"}},
		{"connect with a rate", want{connect: true}, "\r\nCONNECT 115200\r\n", []string{"connect CONNECT 115200"}},
		{"size and error of an upload", want{prefix: "+QFUPL:"}, "\r\n+QFUPL: 2,4142\r\n+CME ERROR: 421\r\n", []string{"info +QFUPL: 2,4142", "final +CME ERROR: 421"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for cut := range len(tt.bytes) {
				var s stream
				s.expect(tt.want)
				s.feed([]byte(tt.bytes[:cut]))
				s.feed([]byte(tt.bytes[cut:]))
				if diff := cmp.Diff(tt.is, show(s.tokens)); diff != "" {
					t.Fatalf("cut at %d (-want +got):\n%s", cut, diff)
				}
			}
		})
	}
}

// What can only be known from silence.
func TestStreamQuiet(t *testing.T) {
	tests := []struct {
		name  string
		want  want
		bytes string
		is    []string
	}{
		{"a result without line end", want{}, "\r\nSEND OK", []string{"final SEND OK"}},
		{"half a line stays", want{}, "\r\nSEND O", nil},
		{"a body that is shorter than told", want{prefix: "+QSSLRECV:", body: true}, "\r\n+QSSLRECV: 50\r\nhello\r\n\r\nOK\r\n", []string{"info +QSSLRECV: 50", "body hello", "final OK"}},
		{"a body that is still coming", want{prefix: "+QSSLRECV:", body: true}, "\r\n+QSSLRECV: 50\r\nhello", []string{"info +QSSLRECV: 50"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s stream
			s.expect(tt.want)
			s.feed([]byte(tt.bytes))
			s.quiet()
			if diff := cmp.Diff(tt.is, show(s.tokens)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The echo of data comes before its result, and may be glued to it.
func TestStreamPayloadEcho(t *testing.T) {
	var s stream
	s.expectPayload([]byte("msg 1 AT OK\x1a"))
	s.feed([]byte("msg 1 AT OK\r\nSEND OK\r\n"))
	if diff := cmp.Diff([]string{"echo msg 1 AT OK", "final SEND OK"}, show(s.tokens)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A stream without line ends does not grow without bound.
func TestStreamBound(t *testing.T) {
	var s stream
	s.feed([]byte(strings.Repeat("x", 3*maxLine+1)))
	if len(s.line) != 1 || len(s.tokens) != 3 {
		t.Errorf("%d bytes and %d tokens are kept", len(s.line), len(s.tokens))
	}
}

// FuzzStream holds any bytes, cut anywhere, to one result.
func FuzzStream(f *testing.F) {
	f.Add([]byte("\r\n+QSSLRECV: 5\r\n\r\n+QSSLURC: \"closed\",4\r\nhello\r\n\r\nOK\r\n"), uint(20))
	f.Add([]byte("\r\nSEND OKAT+QSSLRECV=4,1500\r\r\n+QSSLRECV: 0\r\n\r\nOK\r\n> "), uint(9))
	f.Fuzz(func(t *testing.T, p []byte, cut uint) {
		w := want{echo: "AT+QSSLRECV=4,1500", prefix: "+QSSLRECV:", body: true, prompt: true}
		var whole, parts stream
		whole.expect(w)
		whole.feed(p)
		n := int(cut % uint(len(p)+1))
		parts.expect(w)
		parts.feed(p[:n])
		parts.feed(p[n:])
		if a, b := fmt.Sprint(show(whole.tokens)), fmt.Sprint(show(parts.tokens)); a != b {
			t.Errorf("whole %q, cut at %d %q", a, n, b)
		}
	})
}
