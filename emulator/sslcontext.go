package emulator

import (
	"fmt"
	"net"
	"strconv"

	"github.com/quectel-sim/qsim/atengine"
	"github.com/quectel-sim/qsim/tlsstack"
)

// Bounds of the SSL service (seed 2.2).
const (
	sslContexts = 6
	allSuites   = 0xFFFF
	allVersions = 4 // sslversion
)

// sslService owns the SSL contexts.
type sslService struct {
	contexts [sslContexts]sslContext
}

// init is the state after a start.
func (s *sslService) init() {
	for i := range s.contexts {
		s.contexts[i].init()
	}
}

// sslContext is one SSL context: what AT+QSSLCFG sets and an open reads. It is
// not saved (seed 2.2.1).
type sslContext struct {
	version     int // 0 SSL 3.0, 1-3 TLS 1.0-1.2, 4 all
	suite       int // 0XFFFF: all
	ca          string
	cert, key   string
	secLevel    int
	ignoreTime  int
	negotiate   int // seconds
	sni         int
	closeMillis int // closetimemode 1
	ignoreChain int
	ignoreSign  int
	sessions    int

	cache *tlsstack.SessionCache // of sessions; used while session_cache is 1
}

// words are the settings that decide about an open, for a log.
func (c *sslContext) words() string {
	return fmt.Sprintf("sslversion %d, ciphersuite 0X%04X, seclevel %d, cacert %q, clientcert %q, clientkey %q, sni %d, "+
		"ignorelocaltime %d, ignoremulticertchainverify %d, ignoreinvalidcertsign %d, session_cache %d",
		c.version, c.suite, c.secLevel, c.ca, c.cert, c.key, c.sni, c.ignoreTime, c.ignoreChain, c.ignoreSign, c.sessions)
}

// set changes one setting of a context. Sessions made under the old one are not
// resumed under the new, nor after a change back.
func set[T comparable](c *sslContext, field *T, value T) Response {
	if *field != value {
		*field = value
		c.cache = new(tlsstack.SessionCache) // an open under way keeps the old one
	}
	return Response{}
}

// init puts a context into its state after a start.
func (c *sslContext) init() {
	*c = sslContext{
		version: allVersions, suite: allSuites, ignoreTime: 1, negotiate: 300,
		cache: new(tlsstack.SessionCache),
	}
}

// versions are the lowest and highest protocol version on offer.
func (c *sslContext) versions() (lo, hi uint16) {
	if c.version == allVersions {
		return tlsstack.SSL30, tlsstack.TLS12
	}
	v := tlsstack.SSL30 + uint16(c.version)
	return v, v
}

// suites are the cipher suites on offer; nil: all.
func (c *sslContext) suites() []uint16 {
	if c.suite == allSuites {
		return nil
	}
	return []uint16{uint16(c.suite)}
}

var (
	sslCtxID     = atengine.Int("SSL_ctxID", 0, sslContexts-1)
	clientID     = atengine.Int("clientID", 0, maxEndpoints-1)
	pdpCtxID     = atengine.Int("pdp_ctxID", 1, maxContexts)
	maxPathBytes = 84 // "UFS:" and a name
)

// number is a key of AT+QSSLCFG whose value is a number.
func number(key string, value atengine.Param, field func(*sslContext) *int) variant {
	return variant{
		Key:       key,
		Params:    []atengine.Param{sslCtxID, value.Opt()},
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			return atengine.Infof(`+QSSLCFG: "%s",%d,%d`, key, c.Int(0), *field(&m.ssl.contexts[c.Int(0)]))
		},
		Write: func(m *Modem, c *Call) Response {
			ctx := &m.ssl.contexts[c.Int(0)]
			return set(ctx, field(ctx), c.Int(1))
		},
	}
}

// path is a key of AT+QSSLCFG whose value names a file. The file is looked at
// when a client opens, not before.
func path(key, param string, field func(*sslContext) *string) variant {
	return variant{
		Key:       key,
		Params:    []atengine.Param{sslCtxID, atengine.Str(param, 0, maxPathBytes).Opt()},
		QueryArgs: 1,
		Query: func(m *Modem, c *Call) Response {
			return atengine.Infof(`+QSSLCFG: "%s",%d,"%s"`, key, c.Int(0), *field(&m.ssl.contexts[c.Int(0)]))
		},
		Write: func(m *Modem, c *Call) Response {
			ctx := &m.ssl.contexts[c.Int(0)]
			return set(ctx, field(ctx), c.Text(1))
		},
	}
}

// cacertEx is "cacertex": the same storage as "cacert", and a query of all
// contexts at once (ruling 12).
func cacertEx() variant {
	v := path("cacertex", "cacertpath", func(c *sslContext) *string { return &c.ca })
	v.Params[0] = v.Params[0].Opt()
	one := v.Query
	v.Query = func(m *Modem, c *Call) Response {
		if c.Has(0) {
			return one(m, c)
		}
		lines := make([]string, sslContexts)
		for i := range lines {
			lines[i] = fmt.Sprintf(`+QSSLCFG: "cacertex",%d,"%s"`, i, m.ssl.contexts[i].ca)
		}
		return atengine.Info(lines...)
	}
	write := v.Write
	v.Write = func(m *Modem, c *Call) Response {
		if !c.Has(0) {
			return c.Refuse(0, "is missing")
		}
		return write(m, c)
	}
	return v
}

// cipherSuite is "ciphersuite": 0X and four digits, any case (ruling 38).
func cipherSuite() variant {
	var codes []int
	for _, s := range tlsstack.Suites() {
		codes = append(codes, int(s.ID))
	}
	v := number("ciphersuite", atengine.Code("cipher_suites", append(codes, allSuites)...),
		func(c *sslContext) *int { return &c.suite })
	v.Query = func(m *Modem, c *Call) Response {
		return atengine.Infof(`+QSSLCFG: "ciphersuite",%d,0X%04X`, c.Int(0), m.ssl.contexts[c.Int(0)].suite)
	}
	return v
}

var _ = commands("SSL", &Command{
	Name: "+QSSLCFG", Summary: "settings of an SSL context", Class: classStack,
	Source: "seed 2.2.1, rulings 12, 13 and 38",
	Variants: []variant{
		number("sslversion", atengine.Int("SSL_version", 0, 4), func(c *sslContext) *int { return &c.version }),
		cipherSuite(),
		path("cacert", "cacertpath", func(c *sslContext) *string { return &c.ca }),
		cacertEx(),
		path("clientcert", "client_cert_path", func(c *sslContext) *string { return &c.cert }),
		path("clientkey", "client_key_path", func(c *sslContext) *string { return &c.key }),
		number("seclevel", atengine.Int("seclevel", 0, 2).QuotedToo(), func(c *sslContext) *int { return &c.secLevel }),
		number("ignorelocaltime", atengine.Int("ignore_ltime", 0, 1), func(c *sslContext) *int { return &c.ignoreTime }),
		number("negotiatetime", atengine.Int("negotiate_time", 10, 300), func(c *sslContext) *int { return &c.negotiate }),
		number("sni", atengine.Int("SNI", 0, 1), func(c *sslContext) *int { return &c.sni }),
		number("closetimemode", atengine.Int("close_time_mode", 0, 1), func(c *sslContext) *int { return &c.closeMillis }),
		number("ignoremulticertchainverify", atengine.Int("ignore_multicertchain_verify", 0, 1), func(c *sslContext) *int { return &c.ignoreChain }),
		number("ignoreinvalidcertsign", atengine.Int("ignore_invalid_certsign", 0, 1), func(c *sslContext) *int { return &c.ignoreSign }),
		number("session_cache", atengine.Int("session_cache_enable", 0, 1), func(c *sslContext) *int { return &c.sessions }),
	},
})

// dialConfig is what a context says about a connection to host, with its files
// read: the module loads them when it opens.
func (m *Modem) dialConfig(ctx *sslContext, host string, port uint16) (tlsstack.Config, error) {
	lo, hi := ctx.versions()
	rtc := m.rtc
	cfg := tlsstack.Config{
		MinVersion: lo, MaxVersion: hi, Suites: ctx.suites(), SecLevel: ctx.secLevel,
		Now:             rtc.now,
		IgnoreTime:      ctx.ignoreTime == 1,
		IgnoreChain:     ctx.ignoreChain == 1,
		IgnoreSignature: ctx.ignoreSign == 1,
		KeyLog:          m.keyLog,
	}
	if ctx.sessions == 1 {
		cfg.Sessions, cfg.Server = ctx.cache, net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	if ctx.sni == 1 {
		cfg.ServerName = host
		if ctx.secLevel > 0 && m.quirks[quirkNameCheck] == "on" {
			cfg.CheckName = host
		}
	}
	files := []struct {
		level int
		path  string
		into  *[]byte
	}{
		{1, ctx.ca, &cfg.CA},
		{2, ctx.cert, &cfg.ClientCert},
		{2, ctx.key, &cfg.ClientKey},
	}
	for _, f := range files {
		if ctx.secLevel < f.level || f.path == "" {
			continue
		}
		data, err := m.readFile(f.path)
		if err != nil {
			return cfg, fmt.Errorf("%s: %w", f.path, err)
		}
		*f.into = data
	}
	return cfg, nil
}
