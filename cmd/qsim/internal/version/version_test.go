package version

import (
	"runtime/debug"
	"testing"
)

func TestFromBuildInfo(t *testing.T) {
	got := from(&debug.BuildInfo{
		GoVersion: "go1.26.0",
		Main:      debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "abc"},
			{Key: "vcs.time", Value: "2026-01-02T03:04:05Z"},
			{Key: "vcs.modified", Value: "true"},
			{Key: "CGO_ENABLED", Value: "0"},
		},
	})
	want := Info{
		Version: "v1.2.3", Revision: "abc", Time: "2026-01-02T03:04:05Z", Modified: true,
		Go: "go1.26.0", Platform: got.Platform,
	}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOutsideVersionControl(t *testing.T) {
	for _, v := range []string{"", "(devel)"} {
		if got := from(&debug.BuildInfo{Main: debug.Module{Version: v}}).Version; got != "devel" {
			t.Errorf("version %q is told as %q, want devel", v, got)
		}
	}
}
