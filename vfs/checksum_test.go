package vfs

import (
	"os"
	"testing"

	"pgregory.net/rapid"
)

// The two certificates are those that real modules printed these sums for
// (EG800K and EC25); the other vectors are computed.
func TestChecksumVectors(t *testing.T) {
	file := func(name string) []byte {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, test := range []struct {
		name string
		data []byte
		size int
		want string
	}{
		{"ISRG Root X1", file("isrg_root_x1.pem"), 1939, "4f64"},
		{"Amazon Root CA 1", file("amazon_root_ca_1.pem"), 1188, "2d13"},
		{"nothing", nil, 0, "0"},
		{"A", []byte("A"), 1, "4100"},
		{"AB", []byte("AB"), 2, "4142"},
		{"ABC", []byte("ABC"), 3, "242"},
		{"hello", []byte("hello"), 5, "6b09"},
		{"every byte", all, 256, "0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if len(test.data) != test.size {
				t.Fatalf("%d bytes, want %d", len(test.data), test.size)
			}
			var sum Checksum
			if n, err := sum.Write(test.data); n != test.size || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
			if got := sum.String(); got != test.want {
				t.Errorf("sum %s, want %s", got, test.want)
			}
		})
	}
}

// However the data is cut, the sum is that of the definition.
func TestChecksumOfPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 9)).Draw(t, "pieces")
		var sum Checksum
		var whole []byte
		for _, piece := range pieces {
			if _, err := sum.Write(piece); err != nil {
				t.Fatal(err)
			}
			whole = append(whole, piece...)
		}
		if got, want := sum.Sum16(), byDefinition(whole); got != want || Sum(whole) != want {
			t.Fatalf("pieces %x, whole %x, want %x", got, Sum(whole), want)
		}
	})
}

// byDefinition is the checksum as the application note words it: word by word.
func byDefinition(data []byte) uint16 {
	var sum uint16
	for i := 0; i < len(data); i += 2 {
		high, low := data[i], byte(0)
		if i+1 < len(data) {
			low = data[i+1]
		}
		sum ^= uint16(high)<<8 | uint16(low)
	}
	return sum
}
