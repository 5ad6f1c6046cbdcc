package control_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/quectel-sim/qsim/control"
)

// TestModems: one server for three modems. Each has the whole interface behind its
// number, and nobody else's state; without a number nothing is done.
func TestModems(t *testing.T) {
	r := newRig(t, limits{})
	others := []*rig{newRig(t, limits{}), newRig(t, limits{})}
	targets := []control.Target{r.target}
	for _, o := range others {
		targets = append(targets, o.target)
	}
	targets[1].Device, targets[1].Link = "/dev/pts/7", "./ttyQ1"
	own := r.server
	many, err := control.Serve(control.Options{Address: "unix:" + filepath.Join(t.TempDir(), "m"), Version: "test"}, targets...)
	r.must(err)
	t.Cleanup(func() { r.must(many.Close()) })
	r.server = many // and own is closed by the rig
	t.Cleanup(func() { r.server = own })

	var list control.Modems
	r.ok("GET", "/v1/modems", "", &list)
	if len(list.Modems) != 3 || list.Modems[2].Number != 2 || list.Modems[1].Device != "/dev/pts/7" || list.Modems[1].Link != "./ttyQ1" ||
		list.Modems[0].Module != "EC200S" || list.Modems[0].IMEI != r.target.Modem.IMEI() {
		t.Errorf("%+v", list)
	}
	r.ok("POST", "/modems/1/v1/network", `{"signal": 7}`, nil)
	for i, want := range []int{-1, 7, -1} {
		var s control.State
		r.ok("GET", "/modems/"+string(rune('0'+i))+"/v1/state", "", &s)
		if (s.Signal == 7) != (want == 7) {
			t.Errorf("modem %d: signal %d", i, s.Signal)
		}
	}
	// What is in the path of a file stays as it was sent.
	r.ok("PUT", "/modems/2/v1/files/a%2Fb", "x", nil)
	if _, data := r.call("GET", "/modems/2/v1/files/a%2Fb", ""); string(data) != "x" {
		t.Errorf("%q", data)
	}
	if status, _ := r.call("GET", "/modems/0/v1/files/a%2Fb", ""); status != 404 {
		t.Errorf("another modem has the file: %d", status)
	}
	if e := r.refused("GET", "/v1/state", "", 404); e.Code != control.Which || !strings.Contains(e.Hint, "/modems/2/v1") {
		t.Errorf("%+v", e)
	}
	for _, path := range []string{"/modems/3/v1/state", "/modems/-1/v1/state", "/modems/01/v1/state", "/modems//v1/state", "/modems/x", "/modems/1", "/modems/1/", "/modems/1/modems/1/v1/state", "/modems/99999999999999999999/v1/state"} {
		if e := r.refused("GET", path, "", 404); e.Code != "not_found" {
			t.Errorf("%s: %+v", path, e)
		}
	}
	if e := r.refused("PUT", "/modems/1/v1/state", "", 405); !strings.Contains(e.Hint, "GET") {
		t.Errorf("%+v", e)
	}
	r.ok("GET", "/v1/openapi.json", "", nil)
	r.server = own
	// One alone is known by its number as well.
	r.ok("GET", "/modems/0/v1/state", "", nil)
}
