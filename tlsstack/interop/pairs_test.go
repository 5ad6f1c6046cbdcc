//go:build interop

package interop

import (
	"slices"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/tlsstack"
)

// pair is a version with a suite that it can carry.
type pair struct{ version, suite uint16 }

// String names a pair in tests, e.g. "TLS1.2/TLS_RSA_WITH_AES_128_CBC_SHA".
func (p pair) String() string {
	return strings.ReplaceAll(tlsstack.VersionName(p.version), " ", "") + "/" + suiteName(p.suite)
}

// suiteName is the suite's name as the RFCs print it.
func suiteName(id uint16) string {
	return strings.TrimPrefix(tlsstack.SuiteName(id), "MBEDTLS_")
}

// cbc tells whether the suite is one of CBC, the only kind that encrypt_then_mac
// is for (RFC 7366 3).
func (p pair) cbc() bool { return strings.Contains(suiteName(p.suite), "_CBC_") }

// group is a row of the table: pairs that a server speaks all or none of.
type group struct {
	name  string
	pairs []pair
}

var (
	allVersions = []uint16{tlsstack.SSL30, tlsstack.TLS10, tlsstack.TLS11, tlsstack.TLS12}
	allTLS      = allVersions[1:]
	onlyTLS12   = allVersions[3:]
)

// The 79 pairs of seed tables 2 and 3, by what servers of today speak of them.
var (
	ssl30     = group{"SSL 3.0", cross(allVersions[:1], 0x0035, 0x002f, 0x000a, 0x0005, 0x0004)}
	rsaAES    = group{"RSA with AES", append(cross(allTLS, 0x0035, 0x002f), cross(onlyTLS12, 0x003d)...)}
	rsaWeak   = group{"RSA with RC4-SHA, 3DES", cross(allTLS, 0x0005, 0x000a)}
	rsaMD5    = group{"RSA with RC4-MD5", cross(allTLS, 0x0004)}
	ecdheCBC  = group{"ECDHE with AES-CBC", append(cross(allTLS, 0xc009, 0xc00a, 0xc013, 0xc014), cross(onlyTLS12, 0xc023, 0xc024, 0xc027, 0xc028)...)}
	ecdheGCM  = group{"ECDHE with AES-GCM", cross(onlyTLS12, 0xc02f, 0xc030)}
	ecdheWeak = group{"ECDHE with RC4, 3DES", cross(allTLS, 0xc007, 0xc008, 0xc011, 0xc012)}
	ecdh      = group{"static ECDH", append(
		cross(allTLS, 0xc002, 0xc003, 0xc004, 0xc005, 0xc00c, 0xc00d, 0xc00e, 0xc00f),
		cross(onlyTLS12, 0xc025, 0xc026, 0xc029, 0xc02a)...)}

	allGroups = []group{ssl30, rsaAES, rsaWeak, rsaMD5, ecdheCBC, ecdheGCM, ecdheWeak, ecdh}
)

// utlsSuites are the suites that the finisher of utls can do, from TLS 1.0 on.
var utlsSuites = []uint16{
	0x0035, 0x002f, 0x0005, 0x000a, 0x003d, 0xc007, 0xc009, 0xc00a, 0xc011,
	0xc012, 0xc013, 0xc014, 0xc023, 0xc024, 0xc027, 0xc028, 0xc02f, 0xc030,
}

// byUTLS tells whether the finisher of utls can do the pair.
func (p pair) byUTLS() bool {
	return p.version >= tlsstack.TLS10 && slices.Contains(utlsSuites, p.suite)
}

// cross pairs each version with each suite.
func cross(versions []uint16, suites ...uint16) []pair {
	var pairs []pair
	for _, v := range versions {
		for _, s := range suites {
			pairs = append(pairs, pair{v, s})
		}
	}
	return pairs
}

// pairsOf are the pairs of several groups.
func pairsOf(groups []group) []pair {
	var pairs []pair
	for _, g := range groups {
		pairs = append(pairs, g.pairs...)
	}
	return pairs
}

// suitesOf are the suites of some pairs, each once.
func suitesOf(pairs []pair) []uint16 {
	var suites []uint16
	for _, p := range pairs {
		if !slices.Contains(suites, p.suite) {
			suites = append(suites, p.suite)
		}
	}
	return suites
}

// versionsOf are the versions of some pairs, lowest first.
func versionsOf(pairs []pair) []uint16 {
	var versions []uint16
	for _, p := range pairs {
		if !slices.Contains(versions, p.version) {
			versions = append(versions, p.version)
		}
	}
	slices.Sort(versions)
	return versions
}

// The tests are worth what these constants are: all pairs, none twice, and for
// each server the number that it is known to speak.
func TestPairsAreComplete(t *testing.T) {
	all := pairsOf(allGroups)
	n := 0
	for _, s := range tlsstack.Suites() {
		for _, v := range allVersions {
			if v < s.MinVersion {
				continue
			}
			n++
			if !slices.Contains(all, pair{v, s.ID}) {
				t.Errorf("%v is in no group", pair{v, s.ID})
			}
		}
	}
	if n != 79 || len(all) != n {
		t.Errorf("%d valid pairs, %d in the groups, want 79 of both", n, len(all))
	}
	for _, p := range peers {
		if got := len(pairsOf(p.groups)); got != p.total {
			t.Errorf("%s: %d pairs, want %d", p.name, got, p.total)
		}
	}
}
