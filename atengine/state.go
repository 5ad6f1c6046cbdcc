package atengine

// stateWords are the states as the package's documentation names them.
var stateWords = [...]string{
	collecting: "command", running: "busy", busy: "busy", prompting: "prompt",
	uploading: "upload", downloading: "download", transparent: "transparent",
}

// State is the state that the line is in, in a word: command, busy, prompt,
// upload, download or transparent.
func (l *Line[M]) State() string { return stateWords[l.state] }
