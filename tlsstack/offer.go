package tlsstack

import (
	"slices"
	"strings"
)

// utlsSuites are the suites that utls v1.8.2 can finish, the last three of them
// after EnableWeakCiphers.
var utlsSuites = []uint16{
	0x0035, 0x002f, 0x0005, 0x000a, 0xc007, 0xc009, 0xc00a, 0xc011, 0xc012,
	0xc013, 0xc014, 0xc023, 0xc027, 0xc02f, 0xc030, 0x003d, 0xc024, 0xc028,
}

// finishable is the module's hello less what the finisher at hand cannot
// finish, so that no server is offered what would then fail:
//
//   - SSL 3.0. The hello does not name a lowest version, so this takes nothing
//     out of it; a hello for SSL 3.0 alone is refused.
//   - RC4-MD5, ECDHE-ECDSA-3DES and static ECDH.
//   - encrypt_then_mac: a server that accepts it breaks every CBC suite in utls.
//
// The rest of the hello stays as it is, its record version included.
func finishable(full hello) (hello, error) {
	if full.version < TLS10 {
		return hello{}, configError(ErrNothingToOffer, "%s alone is not supported by this version", VersionName(full.version))
	}
	h := hello{recordVersion: full.recordVersion, version: full.version}
	for _, id := range full.suites {
		if slices.Contains(utlsSuites, id) {
			h.suites = append(h.suites, id)
		}
	}
	if len(h.suites) == 0 {
		return hello{}, configError(ErrNothingToOffer, "not supported by this version: %s",
			suiteList(full.suites[:len(full.suites)-1]))
	}
	h.suites = append(h.suites, suiteSCSV)
	for _, e := range full.extensions {
		if e.id != extEncryptThenMAC {
			h.extensions = append(h.extensions, e)
		}
	}
	return h, nil
}

// suiteList names suites in an error.
func suiteList(ids []uint16) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = SuiteName(id)
	}
	if len(names) == 0 {
		return "an empty list of suites"
	}
	return strings.Join(names, ", ")
}
