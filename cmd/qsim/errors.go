package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/emulator"
	"github.com/quectel-sim/qsim/scenarios/library"
)

// The kinds of errors.
const (
	kindResult = "result" // AT+QIGETERROR tells it
	kindCME    = "cme"    // +CME ERROR
	kindCMS    = "cms"    // +CMS ERROR
)

// failure is one error of the module, as JSON.
type failure struct {
	Kind     string         `json:"kind"` // result, cme, cms
	Code     int            `json:"code"`
	Text     string         `json:"text"`               // as the module shows it
	Causes   []failureCause `json:"causes"`             // what leads to it without a fault
	Fault    string         `json:"fault,omitempty"`    // of a result code without a cause: why only a fault gives it
	Scenario string         `json:"scenario,omitempty"` // the bundled one that forces it
}

// failureCause is what leads to a failure without a fault.
type failureCause struct {
	Command string `json:"command,omitempty"` // that fails; "": what says it
	What    string `json:"what"`
}

func errorsCommand() *cobra.Command {
	var f format
	cmd := &cobra.Command{
		Use:   "errors",
		Short: "The result codes and errors of the module, and what leads to each",
		Long: `List the result codes 550-574 of the SSL and TCP/IP commands with their texts, as
AT+QIGETERROR shows them: what leads to each in qsim without a fault, and the
bundled scenario that forces it. Then the +CME ERROR numbers that commands give,
and the +CMS ERROR numbers of messages, with their texts as AT+CMEE=2 shows them
and what leads to each.

Any of them a scenario forces at any command, with the actions error, cme and cms.`,
		Example: `  qsim errors
  qsim exec --lab --scenario error-565 -- ./host-tests`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			w := cmd.OutOrStdout()
			codes, err := resultCodes()
			switch {
			case err != nil:
				return err
			case f.json:
				return printJSON(w, slices.Concat(codes, cmeErrors(), cmsErrors()))
			case f.markdown:
				return errorsMarkdown(w, codes, cmeErrors(), cmsErrors())
			}
			return errorsText(w, codes, cmeErrors(), cmsErrors())
		},
	}
	f.bind(cmd)
	return cmd
}

// resultCodes are those of seed table 5.
func resultCodes() ([]failure, error) {
	scenarios, err := library.Set("codes")
	if err != nil {
		return nil, err
	}
	var list []failure
	for _, o := range emulator.Causes() {
		e := failure{Kind: kindResult, Code: int(o.Code), Text: o.Code.String(), Causes: []failureCause{}, Fault: o.Fault}
		for _, c := range o.Natural {
			e.Causes = append(e.Causes, failureCause{c.Command, c.What})
		}
		if name := fmt.Sprintf("error-%d", e.Code); slices.Contains(scenarios, name) {
			e.Scenario = name
		}
		list = append(list, e)
	}
	return list, nil
}

// cmeErrors are the mobile equipment errors that commands give.
func cmeErrors() (list []failure) {
	for _, c := range emulator.CMEs() {
		e := failure{Kind: kindCME, Code: int(c), Text: c.String()}
		for _, cause := range emulator.FileCauses() {
			if cause.CME == c {
				e.Causes = append(e.Causes, failureCause{cause.Command, cause.What})
			}
		}
		if cause := c.Cause(); cause != "" && e.Causes == nil {
			e.Causes = []failureCause{{What: cause}}
		}
		if e.Causes != nil {
			list = append(list, e)
		}
	}
	return list
}

// cmsErrors are the message service errors that commands give.
func cmsErrors() (list []failure) {
	for _, c := range emulator.CMSs() {
		if cause := c.Cause(); cause != "" {
			list = append(list, failure{Kind: kindCMS, Code: int(c), Text: c.String(), Causes: []failureCause{{What: cause}}})
		}
	}
	return list
}

// onlyByFault is what stands in place of causes.
func (e *failure) onlyByFault() string {
	if e.Fault == "" {
		return "only a fault"
	}
	return "only a fault: " + e.Fault
}

// errorsText prints the lists for people, with a row for each cause.
func errorsText(w io.Writer, codes, cmes, cmss []failure) error {
	b := &strings.Builder{}
	t := table{head: []string{"code", "text", "scenario", "command", "natural cause"}}
	for _, e := range codes {
		head := []string{strconv.Itoa(e.Code), e.Text, e.Scenario}
		if len(e.Causes) == 0 {
			t.rows = append(t.rows, append(head, "-", e.onlyByFault()))
		}
		for _, c := range e.Causes {
			t.rows = append(t.rows, append(head, c.Command, c.What))
			head = []string{"", "", ""}
		}
	}
	t.plain(b)
	for _, kind := range []struct {
		name string
		list []failure
	}{{"cme", cmes}, {"cms", cmss}} {
		b.WriteString("\n")
		t = table{head: []string{kind.name, "text", "command", "natural cause"}}
		for _, e := range kind.list {
			head := []string{strconv.Itoa(e.Code), e.Text}
			for _, c := range e.Causes {
				t.rows = append(t.rows, append(head, cmp.Or(c.Command, "-"), c.What))
				head = []string{"", ""}
			}
		}
		t.plain(b)
	}
	return printText(w, b)
}

// causesText is what leads to the error, or that only a fault does.
func (e *failure) causesText() string {
	if len(e.Causes) == 0 {
		return e.onlyByFault()
	}
	var lines []string
	for _, c := range e.Causes {
		switch {
		case strings.HasPrefix(c.Command, "AT"):
			lines = append(lines, code(c.Command)+": "+c.What)
		case c.Command != "":
			lines = append(lines, c.Command+": "+c.What)
		default:
			lines = append(lines, c.What)
		}
	}
	return strings.Join(lines, "<br>")
}

// errorsMarkdown prints the lists for the documentation.
func errorsMarkdown(w io.Writer, codes, cmes, cmss []failure) error {
	b := &strings.Builder{}
	b.WriteString(`# Error codes

<!-- Generated by "qsim errors --markdown". Do not edit. -->

What a module says when a command fails, what leads to it in qsim, and how to
force it.

## Result codes

An SSL or TCP/IP command that fails answers ` + "`ERROR`, and `AT+QIGETERROR`" + ` tells the
code of the last such command. Where a command has another shape for a failure,
that is the one that comes:

- ` + "`AT+QSSLOPEN` in modes 0 and 1: `OK`, then `+QSSLOPEN: <clientID>,<code>`" + `
- ` + "`AT+QSSLSEND`, once it has asked for the data: `SEND FAIL` with 558, `OK`" + ` with 571

A scenario forces any of them at any command, with ` + "`do: {error: 565}`" + `. Each has a
bundled one, which forces it where it belongs and at an open in mode 2:

` + "```sh\nqsim exec --lab --scenario error-565 -- ./host-tests\nqsim matrix --lab --scenarios codes -- ./host-tests\n```" + `

Of those that only a fault gives qsim has no other way: each says why.

`)
	t := table{head: []string{"Code", "Text", "Natural causes", "Scenario"}}
	for _, e := range codes {
		t.rows = append(t.rows, []string{strconv.Itoa(e.Code), e.Text, e.causesText(), code(e.Scenario)})
	}
	t.markdown(b)
	b.WriteString(`
## Mobile equipment errors

SIM, network and file commands answer ` + "`+CME ERROR: <number>` with `AT+CMEE=1`, the" + `
text in its place with ` + "`AT+CMEE=2`, and a plain `ERROR` with `AT+CMEE=0`" + `. These are
the ones that commands give by themselves. A scenario forces any number at any
command, with ` + "`do: {cme: 30}`" + `; one without a text that is known shows its number
with ` + "`AT+CMEE=2`" + `, too, and so does 421, as an EG800K has it (quirk ` + "`file-cme`" + `).

`)
	numbers(b, cmes)
	b.WriteString(`
## Message service errors

Message commands answer ` + "`+CMS ERROR: <number>`, which `AT+CMEE`" + ` shapes in the same way,
unless the quirk ` + "`cms-error`" + ` has it that the number comes always. A scenario forces
any number at any command, with ` + "`do: {cms: 331}`" + `. Those that no cause is known of are
left out here.

`)
	numbers(b, cmss)
	return printText(w, b)
}

// numbers writes errors that have a number and a text.
func numbers(b *strings.Builder, list []failure) {
	t := table{head: []string{"Number", "Text", "Natural causes"}}
	for _, e := range list {
		t.rows = append(t.rows, []string{strconv.Itoa(e.Code), e.Text, e.causesText()})
	}
	t.markdown(b)
}
