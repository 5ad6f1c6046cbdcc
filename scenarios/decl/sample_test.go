package decl_test

import "github.com/quectel-sim/qsim/scenarios/decl"

// play is a file that uses everything there is.
type play struct {
	_ struct{} `name:"play" doc:"A play in acts."`

	Name   string            `yaml:"name" need:"yes" doc:"what it is called"`
	Speed  float64           `yaml:"speed" is:"0.01-1000" default:"1" doc:"how fast"`
	Mood   mood              `yaml:"mood" doc:"how it feels"`
	Cast   []actor           `yaml:"cast" one:"yes" doc:"who plays"`
	Stage  *stage            `yaml:"stage" doc:"where"`
	Acts   []act             `yaml:"acts" doc:"what happens"`
	Seats  map[int]string    `yaml:"seats" keys:"0-5" is:"free|taken" doc:"who sits where"`
	Props  map[string]int    `yaml:"props" doc:"what is needed, and how often"`
	Codes  []int             `yaml:"codes" is:"0,550-574" doc:"numbers"`
	Dark   bool              `yaml:"dark"`
	Text   decl.Bytes        `yaml:"text"`
	Who    decl.Matcher      `yaml:"who"`
	Often  decl.Count        `yaml:"often"`
	Starts decl.Time         `yaml:"starts"`
	Room   decl.Size         `yaml:"room" is:"1-1MiB"`
	Notes  map[string]string `yaml:"-"`
	Pos    decl.Pos
}

type mood string

func (mood) Words() []string { return []string{"merry", "grave"} }

// actor has a short form: its name.
type actor struct {
	Pos  decl.Pos
	Name string `yaml:"name" short:"yes" need:"yes"`
	Age  uint8  `yaml:"age"`
}

// stage holds an embedded struct and itself.
type stage struct {
	lights
	Behind *stage `yaml:"behind" doc:"the stage behind this one"`
}

type lights struct {
	Lamps int   `yaml:"lamps" is:"1+"`
	Hues  []int `yaml:"hues"`
}

// CheckYAML wants a lamp for each hue.
func (s *stage) CheckYAML(n *decl.Node) {
	if len(s.Hues) > s.Lamps {
		n.Get("hues").Fail("", "%d hues and %d lamps", len(s.Hues), s.Lamps)
	}
}

// act is one thing that happens, after a cue.
type act struct {
	_ struct{} `name:"act" doc:"One thing that happens."`

	On cue    `yaml:"on" need:"yes"`
	Do []deed `yaml:"do" one:"yes" need:"yes"`
}

// cue is a choice with common keys, and with one that goes with another.
type cue struct {
	Name  string
	Value any
	Times times
}

type times struct {
	Nth int `yaml:"nth" is:"1+" doc:"which of them"`
}

type call struct {
	Call string         `yaml:"call" need:"yes"`
	Args map[string]int `yaml:"args" doc:"what is called out"`
}

func (*cue) Alternatives() []decl.Alternative {
	return []decl.Alternative{
		{Name: "call", Doc: "someone calls", Whole: true, New: func() any { return new(call) }},
		{Name: "bell", Doc: "a bell rings", Is: "1-3", New: func() any { return new(int) }},
	}
}

func (*cue) Common() any { return new(times) }

func (c *cue) DecodeYAML(n *decl.Node) {
	c.Name, c.Value, _ = n.ChooseWith(&c.Times, c.Alternatives())
}

func (c cue) EncodeYAML() any {
	_, whole := c.Value.(*call)
	return decl.Chosen{Name: c.Name, Value: c.Value, Whole: whole, Common: c.Times}
}

// deed is a choice that holds itself.
type deed struct {
	_ struct{} `doc:"What is done."`

	Name  string
	Value any
}

type leave struct {
	Code  int           `yaml:"code" is:"550-574" short:"yes" need:"yes"`
	After decl.Duration `yaml:"after" is:"1ms-1h"`
}

func (deed) Alternatives() []decl.Alternative {
	return []decl.Alternative{
		{Name: "leave", Doc: "goes off", New: func() any { return new(leave) }},
		{Name: "fall", Doc: "falls", Bare: true, New: func() any { return new(struct{}) }},
		{Name: "wait", Doc: "does nothing", New: func() any { return new(decl.Duration) }},
		{Name: "both", Doc: "all of these", New: func() any { return new([]deed) }},
	}
}

func (d *deed) DecodeYAML(n *decl.Node) {
	d.Name, d.Value, _ = n.Choose(d.Alternatives())
}

func (d deed) EncodeYAML() any {
	if d.Name == "fall" {
		return decl.Chosen{Name: d.Name}
	}
	return decl.Chosen{Name: d.Name, Value: d.Value}
}
