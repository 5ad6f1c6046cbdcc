package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

func TestHTML(t *testing.T) { golden(t, ".html", HTML) }

// outside are the ways in which a page asks for another file.
var outside = regexp.MustCompile(`(?i)https?://|\bsrc=|\bhref=|@import|\burl\(`)

func TestHTMLStandsAlone(t *testing.T) {
	for name, r := range samples() {
		var b bytes.Buffer
		if err := HTML(&b, r); err != nil {
			t.Fatal(err)
		}
		if found := outside.FindString(b.String()); found != "" {
			t.Errorf("%s: the page refers to something else: %s", name, found)
		}
	}
}

// shape counts the elements of a page and finds the texts of one of them.
func shape(t interface{ Fatal(...any) }, text, element string) (counts map[string]int, texts []string) {
	doc, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	counts = map[string]int{}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		counts[n.Data]++
		if n.Data == element && n.FirstChild != nil {
			texts = append(texts, n.FirstChild.Data)
		}
	}
	return counts, texts
}

// TestHTMLPolicy holds the page's policy to the script that is in it: with
// another hash a browser would not run it.
func TestHTMLPolicy(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, samples()["mixed"]); err != nil {
		t.Fatal(err)
	}
	_, scripts := shape(t, b.String(), "script")
	if len(scripts) != 1 {
		t.Fatalf("%d scripts, want 1", len(scripts))
	}
	hash := sha256.Sum256([]byte(scripts[0]))
	policy := html.UnescapeString(b.String())
	if want := "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("the policy does not allow the script %s", want)
	}
}

// TestHTMLTexts holds that no text of a report becomes markup: the page has the
// same elements whatever the bytes.
func TestHTMLTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyBytes(t)
		var b bytes.Buffer
		if err := HTML(&b, r); err != nil {
			t.Fatal(err)
		}
		counts, _ := shape(t, b.String(), "")
		for element, want := range map[string]int{"script": 1, "style": 1, "table": 1, "tbody": 2, "details": 2, "summary": 2, "main": 1} {
			if counts[element] != want {
				t.Fatalf("%d of <%s>, want %d", counts[element], element, want)
			}
		}
		if strings.ContainsFunc(b.String(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			t.Fatal("control characters in the page")
		}
	})
}

func TestParts(t *testing.T) {
	var got []string
	for _, p := range parts("# n\n> AT\n< OK\n<| OK\n\n@wait 1s\n>> x") {
		got = append(got, p.Speaker+" "+p.Text)
	}
	want := "note # n\n|host > AT\n|modem < OK\n<| OK\n\n|note @wait 1s\n|host >> x"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got\n%q, want\n%q", s, want)
	}
}
