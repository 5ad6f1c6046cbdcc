package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/quectel-sim/qsim/atengine"
)

// Profile is what tells one module of the family from another. Everything else
// they share.
type Profile struct {
	Name     string   `json:"name"`     // as AT+CGMM prints it
	Series   string   `json:"series"`   // of seed table 1
	Platform string   `json:"platform"` // the chip
	Revision string   `json:"revision"` // as AT+CGMR prints it
	Evidence string   `json:"evidence"` // of Platform and Revision
	USB      string   `json:"usb"`      // vendor and product id
	TAC      string   `json:"-"`        // the first eight digits of an IMEI
	UFS      int64    `json:"ufs"`      // bytes of the file store
	Lacks    []string `json:"lacks,omitempty"`

	differs map[string]string // quirks in which it is not like the others
}

// DefaultModule is the module that is meant when none is named.
const DefaultModule = "EC200S"

// ufsSize is what the family's file store holds: 280 KiB, measured on an EG800K.
const ufsSize = 286720

// noThermometer is what modules lack of which nobody has seen AT+QTEMP (field: an
// EC200T has it).
var noThermometer = []string{"+QTEMP"}

// profiles are the modules of seed table 1.
var profiles = []Profile{
	{
		Name: "EC200T", Series: "EC200x", Platform: "ASR Cat.4", Revision: "EC200TCNHAR02A05M16",
		Evidence: "USB id: field; platform and revision: inferred", USB: "2c7c:6026", TAC: "86493005", UFS: 4 << 20,
	},
	{
		Name: "EC200S", Series: "EC200x", Platform: "ASR1601", Revision: "EC200SCNAAR01A05M16",
		Evidence: "revision: a host's log; platform: field", USB: "2c7c:6002", TAC: "86431405", UFS: ufsSize, Lacks: noThermometer,
	},
	{
		Name: "EC200N-CN", Series: "EC200x", Platform: "ASR1603", Revision: "EC200NCNAAR01A01M16",
		Evidence: "platform: field; revision: inferred", USB: "2c7c:6002", TAC: "86620905", UFS: ufsSize, Lacks: noThermometer,
	},
	{
		Name: "EC600S-CN", Series: "EC600x", Platform: "ASR1601", Revision: "EC600SCNLAR01A01M16",
		Evidence: "platform: field; revision: inferred", USB: "2c7c:6002", TAC: "86540905", UFS: ufsSize, Lacks: noThermometer,
	},
	{
		Name: "EC600N-CN", Series: "EC600x", Platform: "ASR1603", Revision: "EC600NCNLCR03A11M16",
		Evidence: "platform and revision: field", USB: "2c7c:6002", TAC: "86177906", UFS: ufsSize, Lacks: noThermometer,
	},
	{
		Name: "EC800N", Series: "EC800N", Platform: "ASR1603", Revision: "EC800NCNLAR01A01M16",
		Evidence: "inferred", USB: "2c7c:6002", TAC: "86701206", UFS: ufsSize, Lacks: noThermometer,
	},
	{
		Name: "EG912Y", Series: "EG912Y", Platform: "ASR1603", Revision: "EG912YEUAAR01A01M16",
		Evidence: "platform: field; revision: inferred", USB: "2c7c:6001", TAC: "86801104", UFS: ufsSize, Lacks: noThermometer,
	},
}

// Modules are the profiles, in the order of seed table 1.
func Modules() []Profile {
	return append([]Profile(nil), profiles...)
}

// lookupProfile finds a profile by name, in any case.
func lookupProfile(name string) (Profile, error) {
	if name == "" {
		name = DefaultModule
	}
	names := make([]string, len(profiles))
	for i, p := range profiles {
		if strings.EqualFold(p.Name, name) {
			return p, nil
		}
		names[i] = p.Name
	}
	return Profile{}, fmt.Errorf("unknown module %q: there are %s", name, strings.Join(names, ", "))
}

// LookupModule finds a module by name, in any case; "" is DefaultModule.
func LookupModule(name string) (Profile, error) { return lookupProfile(name) }

// build is what modems of a profile with the same quirks have in common. Nobody
// changes it.
type build struct {
	table  *atengine.Table[*Modem]
	quirks map[string]string // in effect, all of them
}

// builds are those that were made, by the profile and the quirks chosen: a process
// can have a thousand modems.
var builds sync.Map

// build makes the profile's build, or finds it.
func (p Profile) build(chosen map[string]string) (*build, error) {
	key := p.Name
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		key += " " + name + "=" + chosen[name]
	}
	if b, ok := builds.Load(key); ok {
		return b.(*build), nil
	}
	quirks, err := p.quirks(chosen)
	if err != nil {
		return nil, err
	}
	table, err := p.table(quirks)
	if err != nil {
		return nil, err
	}
	b, _ := builds.LoadOrStore(key, &build{table, quirks})
	return b.(*build), nil
}

// table is the commands that the module has, with the quirks in effect.
func (p Profile) table(quirks map[string]string) (*atengine.Table[*Modem], error) {
	t, err := fullTable()
	if err != nil {
		return nil, err
	}
	if quirks[quirkRecvZero] == "query" {
		t = t.With(recvCommand(0))
	}
	if quirks[quirkIoTMode] == "error" {
		t = t.With(configCommand("iotopmode"))
	}
	if quirks[quirkQCSQ] == "absent" {
		t = t.Without("+QCSQ")
	}
	switch quirks[quirkICCID] {
	case "iccid":
		t = t.Without("+CCID")
	case "none":
		t = t.Without("+CCID", "+ICCID")
	}
	if quirks[quirkRAM] == "no" {
		t = t.Without(ramFileCommands...)
	}
	return t.Without(p.Lacks...), nil
}
