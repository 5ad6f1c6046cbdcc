package emulator

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/quectel-sim/qsim/atengine"
)

// configValue is one value of a key of AT+QCFG.
type configValue struct {
	param   atengine.Param
	words   []string // what a string may be; nil: anything, or hex
	hex     bool     // a string that is a number of 64 bits; 0 leaves what is set
	factory string   // as the query tells it
}

// configKey is a key of AT+QCFG. Most are about hardware that is not there, or
// about how to look for a network that is found anyway: these are stored and
// told, and do nothing else.
type configKey struct {
	key    string
	values []configValue
	effect bool // <effect> may follow the values: 0 after a reboot, 1 at once
	lost   bool // with the power; the others are saved when they are set (EC2x)

	apply func(m *Modem, values []string) // nil: stored and told
}

func configInt(name string, lo, hi, factory int) configValue {
	return configValue{param: atengine.Int(name, lo, hi), factory: strconv.Itoa(factory)}
}

func configOneOf(name string, factory int, values ...int) configValue {
	return configValue{param: atengine.OneOf(name, values...), factory: strconv.Itoa(factory)}
}

func configWord(name string, words ...string) configValue { // the first is the factory's
	return configValue{param: atengine.Str(name, 1, 16), words: words, factory: strconv.Quote(words[0])}
}

func configMask(name, factory string) configValue {
	return configValue{param: atengine.Str(name, 1, 18).Bare(), hex: true, factory: factory}
}

func (v configValue) opt() configValue { v.param = v.param.Opt(); return v }

// ringIndicator are the values of "urc/ri/...": what pin RI does, ms, pulses.
func ringIndicator() []configValue {
	return []configValue{
		configWord("typeri", "pulse", "off"),
		configInt("pulse_duration", 5, 2000, 120).opt(),
		configInt("pulse_count", 1, 5, 1).opt(),
	}
}

// configKeys are the keys of the family. Ranges are its manual's; values at
// delivery that it does not tell are inferred, the bands among them (B1, 3, 5, 8,
// 34, 38 to 41).
var configKeys = []configKey{
	{key: "gprsattach", values: []configValue{configInt("attachmode", 0, 1, 1)}},
	{key: "nwscanmode", values: []configValue{configInt("scanmode", 0, 3, 0)}, effect: true},
	{key: "nwscanseq", values: []configValue{configInt("scanseq", 0, 12, 0)}, effect: true},
	{key: "servicedomain", values: []configValue{configInt("service", 0, 2, 2)}, effect: true},
	{key: "roamserviceex", values: []configValue{configInt("roammode", 0, 3, 0)}},
	{key: "band", values: []configValue{
		configMask("bandval", "0x0"), configMask("ltebandval", "0x1e200000095"), configMask("tdsbandval", "0x0").opt(),
	}, effect: true},
	{key: "iotopmode", values: []configValue{configInt("mode", 0, 2, 0)}, effect: true},
	{key: "urc/ri/ring", values: ringIndicator()},
	{key: "urc/ri/smsincoming", values: ringIndicator()},
	{key: "urc/ri/other", values: ringIndicator()},
	{key: "risignaltype", values: []configValue{configWord("risignaltype", "respective", "physical")}},
	{key: "urcdelay", values: []configValue{configInt("time", 0, 100000, 0)}, apply: (*Modem).delayURCs},
	{key: "urc/cache", values: []configValue{configInt("enable", 0, 1, 0)}, lost: true, apply: (*Modem).cacheURCs},
	{key: "usbnet", values: []configValue{configOneOf("net", 1, 1, 3)}},
	{key: "ppp/termframe", values: []configValue{configInt("flag", 0, 1, 0)}},
	{key: "airplanecontrol", values: []configValue{configInt("airplanecontrol", 0, 1, 0)}},
	{key: "uart2ipr", values: []configValue{configOneOf("rate", factoryRate, rates[1:]...)}},
}

// config is what AT+QCFG has set.
type config struct {
	values   map[string][]string // by key, as the query tells them; those that are not here are as at delivery
	urcDelay time.Duration
}

// newConfig is the state after power on: as at delivery, but for what was saved.
func newConfig(saved map[string][]string) config {
	c := config{}
	for _, k := range configKeys {
		if values, ok := saved[k.key]; ok && !k.lost && len(values) == len(k.values) {
			c.set(k.key, values)
		}
	}
	return c
}

// of are the values of a key; nobody changes them.
func (c *config) of(k configKey) []string {
	if values, ok := c.values[k.key]; ok {
		return values
	}
	values := make([]string, len(k.values))
	for i, v := range k.values {
		values[i] = v.factory
	}
	return values
}

func (c *config) set(key string, values []string) {
	if c.values == nil {
		c.values = map[string][]string{}
	}
	c.values[key] = values
}

// configured lets what was saved act, after power on. What is lost with the power
// is as at delivery, as is what it acts on.
func (m *Modem) configured() {
	for _, k := range configKeys {
		if k.apply != nil && !k.lost {
			k.apply(m, m.config.of(k))
		}
	}
}

// cacheURCs is "urc/cache": on, unsolicited result codes wait, up to the bound of
// a line, and leave when it is off again (family).
func (m *Modem) cacheURCs(values []string) {
	for _, p := range m.ports {
		p.line.HoldURCs(values[0] == "1")
	}
}

// delayURCs is "urcdelay", in ms: result codes come so much later (family).
func (m *Modem) delayURCs(values []string) {
	ms, _ := strconv.Atoi(values[0]) // checked when it was set
	m.config.urcDelay = time.Duration(ms) * time.Millisecond
}

// networkSetting is how long a module may take for what concerns the network.
const networkSetting = 150 * time.Second

// configCommand is AT+QCFG with all keys but those of without.
func configCommand(without ...string) *Command {
	row := &Command{
		Name: "+QCFG", Max: networkSetting, Source: "family, EC2x",
		Summary: `configuration: "urc/cache" and "urcdelay" act, the other keys are stored and told; ` +
			`"nat", "ims", "fota/times", "BIP" and "sleepind/drx" are not known`,
	}
	for _, k := range configKeys {
		if !slices.Contains(without, k.key) {
			row.Variants = append(row.Variants, k.variant())
		}
	}
	return row
}

var _ = commands("Serial", configCommand())

func (k configKey) variant() variant {
	v := variant{
		Key: k.key,
		Query: func(m *Modem, _ *Call) Response {
			return atengine.Infof(`+QCFG: "%s",%s`, k.key, strings.Join(m.config.of(k), ","))
		},
		Write: func(m *Modem, c *Call) Response { return m.configure(k, c) },
	}
	for _, value := range k.values {
		v.Params = append(v.Params, value.param)
	}
	if k.effect {
		v.Params = append(v.Params, atengine.Int("effect", 0, 1).Or(1))
	}
	return v
}

// configure sets the values of a key that were given; the others stay.
func (m *Modem) configure(k configKey, c *Call) Response {
	values := slices.Clone(m.config.of(k))
	for i, v := range k.values {
		if !c.Has(i) {
			continue
		}
		text, err := v.read(c, i)
		switch {
		case err != nil:
			return c.Refuse(i, err.Error())
		case text != "":
			values[i] = text
		}
	}
	if !k.lost {
		err := m.store(func(s *stored) {
			saved := maps.Clone(s.Config)
			if saved == nil {
				saved = map[string][]string{}
			}
			saved[k.key] = values
			s.Config = saved
		})
		if err != nil {
			return atengine.Fail(err)
		}
	}
	m.config.set(k.key, values)
	if k.apply != nil {
		k.apply(m, values)
	}
	return Response{}
}

// read is parameter i of a call as the query tells it; "": it stays as it is.
func (v configValue) read(c *Call, i int) (string, error) {
	switch {
	case v.hex:
		digits := strings.ToLower(c.Text(i))
		n, err := strconv.ParseUint(strings.TrimPrefix(digits, "0x"), 16, 64)
		switch {
		case err != nil:
			return "", errors.New("is not a hexadecimal number of 64 bits")
		case n == 0:
			return "", nil
		}
		return "0x" + strconv.FormatUint(n, 16), nil
	case v.words != nil:
		at := slices.IndexFunc(v.words, func(w string) bool { return strings.EqualFold(w, c.Text(i)) })
		if at < 0 {
			return "", errors.New("is neither " + strings.Join(v.words, " nor "))
		}
		return strconv.Quote(v.words[at]), nil
	}
	return strconv.Itoa(c.Int(i)), nil
}
