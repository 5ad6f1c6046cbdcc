package nearest

import (
	"strings"
	"testing"
)

func TestWord(t *testing.T) {
	words := []string{"run", "exec", "connect-to", "offline", "EC200S", "EC200T", strings.Repeat("a", 65)}
	tests := []struct{ word, want string }{
		{"rn", "run"},
		{"rnu", "run"},
		{"conect-to", "connect-to"},
		{"conn", "connect-to"},
		{"ec200s", "EC200S"},
		{"EC20S", "EC200S"},
		{"ofline", "offline"},
		{"offlien", "offline"},
		{"xyz", ""},
		{"", ""},
		{"e", ""},
		{strings.Repeat("a", 64), strings.Repeat("a", 65)},
		{strings.Repeat("a", 65), ""}, // too long to be worth a guess
	}
	for _, tt := range tests {
		if got := Word(tt.word, words); got != tt.want {
			t.Errorf("Word(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
