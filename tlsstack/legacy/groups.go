package legacy

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
)

// Groups by their IANA numbers (RFC 8422 5.1.1).
const (
	groupP224 uint16 = 21
	groupP256 uint16 = 23
	groupP384 uint16 = 24
	groupP521 uint16 = 25
)

// groupNames names what the module offers, for errors and traces.
var groupNames = map[uint16]string{
	18: "secp192k1", 19: "secp192r1", 20: "secp224k1", groupP224: "secp224r1", 22: "secp256k1",
	groupP256: "secp256r1", groupP384: "secp384r1", groupP521: "secp521r1",
	26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1",
}

func groupName(group uint16) string {
	if name, ok := groupNames[group]; ok {
		return name
	}
	return fmt.Sprintf("group %d", group)
}

// errGroup is a group that Go does not have.
var errGroup = errors.New("this group is not implemented")

// errPoint is a point that is not on its curve.
var errPoint = errors.New("the point is not on the curve")

// agree makes a key on a group and agrees with the peer's: our point, and the
// secret, which is the shared point's x coordinate (RFC 8422 5.10).
func agree(group uint16, peer []byte) (point, secret []byte, err error) {
	var curve ecdh.Curve
	switch group {
	case groupP224:
		return agreeP224(peer)
	case groupP256:
		curve = ecdh.P256()
	case groupP384:
		curve = ecdh.P384()
	case groupP521:
		curve = ecdh.P521()
	default:
		return nil, nil, errGroup
	}
	theirs, err := curve.NewPublicKey(peer)
	if err != nil {
		return nil, nil, errPoint
	}
	ours, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	secret, err = ours.ECDH(theirs)
	return ours.PublicKey().Bytes(), secret, err
}

// agreeP224 is agree on P-224, which crypto/ecdh does not have. Hence the
// deprecated functions.
func agreeP224(peer []byte) (point, secret []byte, err error) {
	curve := elliptic.P224()
	x, y := elliptic.Unmarshal(curve, peer) //nolint:staticcheck // see above
	if x == nil {
		return nil, nil, errPoint
	}
	key, ourX, ourY, err := elliptic.GenerateKey(curve, rand.Reader) //nolint:staticcheck // see above
	if err != nil {
		return nil, nil, err
	}
	x, _ = curve.ScalarMult(x, y, key)                                                                   //nolint:staticcheck // see above
	return elliptic.Marshal(curve, ourX, ourY), x.FillBytes(make([]byte, curve.Params().BitSize/8)), nil //nolint:staticcheck // see above
}
