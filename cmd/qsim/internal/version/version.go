// Package version tells which qsim this is, from what the Go toolchain wrote
// into the binary.
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// Info is where a binary comes from. What the build does not know is empty.
type Info struct {
	Version  string `json:"version"`            // of the module; "devel" for a build outside version control
	Revision string `json:"revision,omitempty"` // the commit
	Time     string `json:"time,omitempty"`     // of the commit, RFC 3339
	Modified bool   `json:"modified,omitempty"` // the tree was not clean
	Go       string `json:"go"`                 // the toolchain
	Platform string `json:"platform"`           // linux/amd64
}

// Get reads the running binary's build information.
func Get() Info {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{}
	}
	return from(build)
}

func from(build *debug.BuildInfo) Info {
	info := Info{
		Version:  build.Main.Version,
		Go:       cmp.Or(build.GoVersion, runtime.Version()),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	if info.Version == "" || info.Version == "(devel)" {
		info.Version = "devel"
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Revision = s.Value
		case "vcs.time":
			info.Time = s.Value
		case "vcs.modified":
			info.Modified = s.Value == "true"
		}
	}
	return info
}
