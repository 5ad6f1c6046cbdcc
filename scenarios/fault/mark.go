package fault

// Mark sets a mark, which while can ask for. A boot clears all marks.
type Mark struct {
	_ struct{} `name:"mark"`

	Name string `yaml:"name" need:"yes" short:"yes" doc:"any word"`
}

func (a *Mark) act(x *Firing) { x.e.marks[a.Name] = true }

// Unmark clears a mark.
type Unmark struct {
	_ struct{} `name:"unmark"`

	Name string `yaml:"name" need:"yes" short:"yes" doc:"a word that mark has set"`
}

func (a *Unmark) act(x *Firing) { delete(x.e.marks, a.Name) }
