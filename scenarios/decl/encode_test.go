package decl_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/quectel-sim/qsim/scenarios/decl"
)

func TestEncode(t *testing.T) {
	text := `name: '5'
cast: Bob
stage:
  lamps: 3
  behind:
    lamps: 1
acts:
- on:
    call: hey
    args:
      a: 1
    nth: 2
  do:
  - leave: 565
  - fall
  - wait: 2m
- on:
    bell: 3
  do:
    leave:
      code: 551
      after: 1h
seats:
  0: free
  4: taken
codes: [0, 550]
text: a\r\n
who: [1, '2', {not: /x/}, {from: 3}]
often: 3+
starts: '2021-08-25T12:00:00+08:00'
room: 64KiB
`
	var p play
	if err := decl.Decode("", []byte(text), &p).Err(); err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{p, &p} {
		got, err := decl.Encode(v)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(got)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	_, err := decl.Encode(play{Cast: []actor{{Name: "a"}, {Name: "\xff"}}})
	if err == nil || err.Error() != `decl: cast: [1]: name: "\xff" is not UTF-8` {
		t.Errorf("got %v", err)
	}
}

// TestRoundTrip writes plays and reads them again.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawPlay(t)
		text, err := decl.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got play
		if err := decl.Decode("", text, &got).Err(); err != nil {
			t.Fatalf("%v\nin\n%s", err, text)
		}
		if diff := cmp.Diff(want, got, noPlaces); diff != "" {
			t.Fatalf("%s\nin\n%s", diff, text)
		}
	})
}

func drawPlay(t *rapid.T) play {
	text := rapid.String()
	return play{
		Name:   text.Draw(t, "name"),
		Speed:  rapid.Float64Range(0.01, 1000).Draw(t, "speed"),
		Mood:   rapid.SampledFrom([]mood{"", "merry", "grave"}).Draw(t, "mood"),
		Cast:   rapid.SliceOfN(rapid.Custom(drawActor), 0, 3).Draw(t, "cast"),
		Stage:  drawStage(t, 2),
		Acts:   rapid.SliceOfN(rapid.Custom(drawAct), 0, 3).Draw(t, "acts"),
		Seats:  rapid.MapOfN(rapid.IntRange(0, 5), rapid.SampledFrom([]string{"free", "taken"}), 0, 3).Draw(t, "seats"),
		Props:  rapid.MapOfN(text, rapid.Int(), 0, 3).Draw(t, "props"),
		Codes:  rapid.SliceOfN(rapid.IntRange(550, 574), 0, 40).Draw(t, "codes"),
		Dark:   rapid.Bool().Draw(t, "dark"),
		Text:   decl.Bytes(rapid.SliceOf(rapid.Byte()).Draw(t, "text")),
		Who:    drawMatcher(t),
		Often:  rapid.SampledFrom([]decl.Count{{}, decl.Exactly(0), decl.Exactly(3), decl.AtLeast(2), decl.Between(1, 4)}).Draw(t, "often"),
		Starts: rapid.SampledFrom([]decl.Time{{}, {Now: true}, {Time: time.Unix(1629864000, 5).UTC()}}).Draw(t, "starts"),
		Room:   decl.Size(rapid.Int64Range(0, 1<<20).Draw(t, "room")),
	}
}

func drawActor(t *rapid.T) actor {
	return actor{Name: rapid.String().Draw(t, "actor"), Age: rapid.Uint8().Draw(t, "age")}
}

func drawStage(t *rapid.T, depth int) *stage {
	if depth == 0 || rapid.Bool().Draw(t, "no stage") {
		return nil
	}
	hues := rapid.SliceOfN(rapid.Int(), 0, 3).Draw(t, "hues")
	return &stage{lights{rapid.IntRange(3, 9).Draw(t, "lamps"), hues}, drawStage(t, depth-1)}
}

func drawAct(t *rapid.T) act {
	a := act{On: cue{Times: times{rapid.IntRange(0, 3).Draw(t, "nth")}}}
	if rapid.Bool().Draw(t, "bell") {
		a.On.Name, a.On.Value = "bell", ptr(rapid.IntRange(1, 3).Draw(t, "rings"))
	} else {
		a.On.Name = "call"
		a.On.Value = &call{rapid.String().Draw(t, "call"), rapid.MapOfN(rapid.String(), rapid.Int(), 0, 2).Draw(t, "args")}
	}
	for range rapid.IntRange(1, 3).Draw(t, "deeds") {
		a.Do = append(a.Do, drawDeed(t, 2))
	}
	return a
}

func drawDeed(t *rapid.T, depth int) deed {
	span := decl.Duration(rapid.Int64Range(int64(time.Millisecond), int64(time.Hour)).Draw(t, "span"))
	switch rapid.IntRange(min(0, depth-1), 3).Draw(t, "deed") {
	case 1:
		return deed{Name: "fall", Value: &struct{}{}}
	case 2:
		return deed{Name: "wait", Value: ptr(span)}
	case 3:
		if depth > 0 {
			return deed{Name: "both", Value: &[]deed{drawDeed(t, depth-1), drawDeed(t, depth-1)}}
		}
	}
	code := leave{Code: rapid.IntRange(550, 574).Draw(t, "code")}
	if rapid.Bool().Draw(t, "later") {
		code.After = span
	}
	return deed{Name: "leave", Value: &code}
}

// drawMatcher reads one of a few, as only reading makes most of them.
func drawMatcher(t *rapid.T) decl.Matcher {
	forms := []string{"4", "'4'", "0x1F", "peer", "true", "'true'", "1.5", "''", "\"/a|b: '/\"", "{from: -3}", "{to: 7}", "{from: 3, to: 7}"}
	form := rapid.SampledFrom(forms)
	text := form.Draw(t, "matcher")
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 1:
		text = "{not: " + text + "}"
	case 2:
		text = "[" + strings.Join(rapid.SliceOfN(form, 1, 4).Draw(t, "list"), ", ") + "]"
	case 3:
		return decl.Matcher{}
	}
	var v struct {
		M decl.Matcher `yaml:"m"`
	}
	if err := decl.Decode("", []byte("m: "+text), &v).Err(); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v.M
}
