package legacy

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

// bulkNames are what suites call their ciphers.
var bulkNames = map[bulk]string{
	bulkRC4: "RC4", bulk3DES: "3DES-CBC", bulkAES128: "AES128-CBC", bulkAES256: "AES256-CBC",
	bulkAES128GCM: "AES128-GCM", bulkAES256GCM: "AES256-GCM",
}

// eachProtection runs f for every way in which records are protected: suites and
// versions that do it alike come once. TLS 1.1 is as TLS 1.2.
func eachProtection(b *testing.B, f func(b *testing.B, p pair)) {
	seen := map[string]bool{}
	for _, p := range allPairs() {
		row, _ := suiteByID(p.suite)
		name := fmt.Sprintf("%s/%s", versionName(p.version), bulkNames[row.bulk])
		if row.mac != 0 {
			name += "-" + row.mac.String()
		}
		if p.version == tls11 || seen[name] {
			continue
		}
		seen[name] = true
		b.Run(name, func(b *testing.B) { f(b, p) })
	}
}

// BenchmarkSeal writes records of the greatest length.
func BenchmarkSeal(b *testing.B) {
	data := make([]byte, maxPlaintext)
	eachProtection(b, func(b *testing.B, p pair) {
		seal, _ := protections(b, p, false)
		w := newRecordWriter(io.Discard, p.version)
		w.protect(seal)
		b.SetBytes(maxPlaintext)
		b.ReportAllocs()
		for b.Loop() {
			if err := w.add(recordApplication, data); err != nil {
				b.Fatal(err)
			}
			if err := w.flush(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen reads records of the greatest length. They are sealed some at a
// time while the clock stands.
func BenchmarkOpen(b *testing.B) {
	const ahead = 64
	data := make([]byte, maxPlaintext)
	eachProtection(b, func(b *testing.B, p pair) {
		seal, open := protections(b, p, false)
		var wire bytes.Buffer
		w := newRecordWriter(&wire, p.version)
		w.protect(seal)
		r := newRecordReader(&wire, nil)
		r.protect(open)
		b.SetBytes(maxPlaintext)
		b.ReportAllocs()
		for i := range b.N {
			if i%ahead == 0 {
				b.StopTimer()
				for range ahead {
					if err := w.add(recordApplication, data); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.flush(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			if _, content, err := r.next(); err != nil || len(content) != maxPlaintext {
				b.Fatal(len(content), err)
			}
		}
	})
}
