package legacy

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"slices"
	"testing"
)

// The vectors of TLS 1.2's PRF are those of the IETF's TLS list of April 2009;
// all others were computed with hashlib and hmac of Python from the RFCs'
// formulas. None comes from this package.

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantHex(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s is\n%x, want\n%s", what, got, want)
	}
}

// What the vectors are computed from.
var (
	katPremaster = func() []byte {
		p := make([]byte, 48)
		for i := range p {
			p[i] = byte(i)
		}
		return p
	}()
	katClient     = bytes.Repeat([]byte{0xc1}, 32)
	katServer     = bytes.Repeat([]byte{0x5e}, 32)
	katTranscript = transcript("every handshake message so far")
)

func TestPRF12(t *testing.T) {
	tests := []struct {
		hash               crypto.Hash
		secret, seed, want string
	}{
		{
			crypto.SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
			"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af" +
				"0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701" +
				"87347b66",
		},
		{
			crypto.SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
			"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0" +
				"e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425" +
				"9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e099070" +
				"3d73e56f",
		},
	}
	for _, test := range tests {
		k := schedule{tls12, test.hash}
		want := unhex(t, test.want)
		got := k.prf(len(want), unhex(t, test.secret), "test label", unhex(t, test.seed))
		wantHex(t, test.hash.String(), got, test.want)
	}
}

func TestSchedules(t *testing.T) {
	tests := []struct {
		name                                      string
		schedule                                  schedule
		suite                                     uint16
		master, extended, block, byClient, server string
	}{
		{
			name: "SSL 3.0", schedule: schedule{ssl30, crypto.MD5SHA1}, suite: 0x0035,
			master: "a05f3ed2ae92fe140eff17db73c69c4ab203f50069d5eb18ae1fd3debdaa772fe72c06a24a46df08ec429c0d7c73c632",
			block: "79bdcc921301690956da5052895b463097a7db743f259ba97003876235410d70c13c69315b79bf4c7774d3cfca9edb00" +
				"d773dacf26027bf6c3300f257597ca4ede7ce52f4e1149c7d95dbe2740665610b9cf0f0005c8c234891efa44ae155a82" +
				"a097300789d73eaa220f9e39078f212f162dfdc850bce8922011ae364a5607300bba27d00a214d8e",
			byClient: "3b189970d3c76f6a7265456a28ca8bba9110c7106379fd0908e9b9133c3084a5b8176a6b",
			server:   "688f1b0735e6cb8daceced58159e8b8701cbc23aa1111469a3613f574c9062be058e0bb8",
		},
		{
			name: "TLS 1.0", schedule: schedule{tls10, crypto.MD5SHA1}, suite: 0x002f,
			master:   "9e601336dfde87087d0d7306fa5205feefbc48e59379ad632b16d2aaacb23fc2395e57b2ed1aef1a32819c6e719908df",
			extended: "b2196f099889af9e3da3eac31ed442c5e67d9c709c22f768e4eb28b5e0346fe5d4f38a2a19a0adf871362a10865c94f7",
			block: "0a6f05b45e064047c6a9c84c1f6e69364e0367d8b44132692af9aa126b77b648ba7484e61b8610e55a4d16f34269a436" +
				"7973bde6b3207bed6f3d359d9364c78d60d49284735e6a286ede81185766cfde228672535710ca8d624bdcd2bd8a431b" +
				"f90cb1e8c6e937a9",
			byClient: "a2d653db754fb09afebd6f1e",
			server:   "3c12167d58f8a71a3b26ee20",
		},
		{
			name: "TLS 1.2 with SHA-256", schedule: schedule{tls12, crypto.SHA256}, suite: 0xc02f,
			master:   "a93d5f2fba11e21cbde8e2519d1669e49fc0562cd70424ddf8d7a5c649f527a16997aa93a3ba746b36fa2234aacfddb1",
			extended: "f8e7e0dcde6f91e08e33a806764c325abe2ea69b7d7e66fb738e0480ca9a56b38116a47c495555b84a892f84bd242680",
			block:    "3effc285742e0da7904884a1dfdef941101808ea7c98debb6108f2ea64d22e9139da3bc0ab556e19",
			byClient: "9281d3d1af92a8f7acc27b1c",
			server:   "55a88a9a1ff0bf15ac19e32f",
		},
		{
			name: "TLS 1.2 with SHA-384", schedule: schedule{tls12, crypto.SHA384}, suite: 0xc02f,
			master:   "bf2cccbde60a12baab04dea73bd3697060e9425a035756d9ddb02a785a956c2ad03d023213fd5351d5e897a60410b0c6",
			extended: "344c9199416a22d7f8e7bf5bc9ea7f8f02ce00eb6c1283930c17763e3066e5a9ba30ea6c99c3df90de1b1dae01e0505a",
			block:    "2384616ae58251950e7e314490927afc7d63df6e82b7329896e5afc4865a39e409a6f86e1116d0d4",
			byClient: "e4baa531d9433f823a159f16",
			server:   "000dab9517238fd555c383fd",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := test.schedule
			master := k.master(katPremaster, katClient, katServer)
			wantHex(t, "the master secret", master, test.master)
			if test.extended != "" {
				wantHex(t, "the extended master secret", k.extendedMaster(katPremaster, katTranscript), test.extended)
			}
			row, _ := suiteByID(test.suite)
			p := k.keys(row, master, katClient, katServer)
			block := slices.Concat(p.clientMAC, p.serverMAC, p.clientKey, p.serverKey, p.clientIV, p.serverIV)
			wantHex(t, "the key block", block, test.block)
			wantHex(t, "the client's Finished", k.finished(master, katTranscript, byClient), test.byClient)
			wantHex(t, "the server's Finished", k.finished(master, katTranscript, byServer), test.server)
		})
	}
}

// A secret of odd length is cut into halves that share a byte.
func TestPRF10OddSecret(t *testing.T) {
	k := schedule{tls10, crypto.MD5SHA1}
	wantHex(t, "the master secret", k.master(katPremaster[:33], katClient, katServer),
		"e1fea8f11d71a23bae008a517c7ad69e35646931213b23f090ca4d70a4a2783baa54f28047897f4b6af807a50c4186fd")
}

func TestSSL3CertificateVerify(t *testing.T) {
	master := ssl3Expand(masterLength, katPremaster, katClient, katServer)
	wantHex(t, "what is signed", ssl3Hash(crypto.MD5SHA1, katTranscript, "", master),
		"e7e47cd039b6fcb82ccce30dd3ac9177c1238b454a2a47befb87942cdf8f8f24d9401d06")
}

func TestRecordMACs(t *testing.T) {
	tests := []struct {
		version uint16
		hash    crypto.Hash
		want    string
	}{
		{tls11, crypto.MD5, "d68de05c5dff775cebe38d7651ba44b6"},
		{tls11, crypto.SHA1, "233fd4ba4fcd925f644c84dacb46cc46dc14304b"},
		{tls11, crypto.SHA256, "16e8e182f97fcfdb5c652503e398dc7a47df4c30cacab58f8a09585480c16b63"},
		{tls11, crypto.SHA384, "ed3820636d9d1bc8ffccd477eb7e91e17d9ee93df5d2f526acaf640264710b9a62da46bb5ac7152a9b2b149a0e705d36"},
		{ssl30, crypto.MD5, "a931cdcfe01dcc3c317695c39968d956"},
		{ssl30, crypto.SHA1, "15bf4bdc09c178c5502f24d3ecb6b38e6708ae32"},
	}
	for _, test := range tests {
		mac := newAuthenticator(test.version, test.hash, katPremaster[:test.hash.Size()])
		id := recordID{seq: 0x0102030405060708, kind: recordApplication, version: test.version}
		data := []byte("some data")
		for range 3 { // the state must be back where it was
			wantHex(t, versionName(test.version)+" "+test.hash.String(), mac.sum(nil, id, data), test.want)
		}
		whole := mac.sum(data, id, data)
		if got, err := mac.check(id, whole); err != nil || string(got) != "some data" {
			t.Errorf("check: %q, %v", got, err)
		}
		for i := range whole {
			whole[i] ^= 1
			if _, err := mac.check(id, whole); err == nil {
				t.Errorf("byte %d changed and still good", i)
			}
			whole[i] ^= 1
		}
		if _, err := mac.check(id, whole[:mac.size()-1]); err == nil {
			t.Error("less than a MAC is good")
		}
	}
}
