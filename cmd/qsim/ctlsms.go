package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/emulator"
)

func (r *remote) smsCommand() *cobra.Command {
	var m control.SMS
	var class int
	cmd := &cobra.Command{
		Use: "sms [TEXT]", Short: "Send the module a message, or show those that it has sent",
		Long: `Have the network send the module a message: TEXT, or a whole PDU. It comes at once,
or when the module has power, service and room for it. One that is too long for
one message comes in parts.

Without a message, print those that the module has sent, the latest 256.`,
		Example: `  qsim ctl sms --from +8613912345678 "hello"
  qsim ctl sms --from Quectel --class 2 "kept on the SIM"
  qsim ctl sms --pdu 0891683108200105F00405810180F600001280520121432302E834
  qsim ctl sms --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			flags := cmd.Flags()
			said := flags.Changed("from") || flags.Changed("alphabet") || flags.Changed("class")
			switch {
			case len(args) > 1:
				return cli.Usage("ctl sms", "put quotes around it", "it wants one text")
			case m.PDU != "" && (len(args) == 1 || said):
				return cli.Usage("ctl sms", "leave the others out", "--pdu is a whole message: it goes with nothing else")
			case len(args) == 0 && said:
				return cli.Usage("ctl sms", `qsim ctl sms --from +8613912345678 "hello"`, "what is the text?")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1:
				m.Text = args[0]
			case m.PDU == "":
				return r.call(cmd, http.MethodGet, "/v1/sms", nil, func(data []byte) error {
					var list control.Messages
					if err := readAnswer(data, &list); err != nil {
						return err
					}
					return smsText(cmd, &list)
				})
			}
			if cmd.Flags().Changed("class") {
				m.Class = &class
			}
			message := emulator.SMS{From: m.From, Text: m.Text, Alphabet: m.Alphabet, Class: m.Class, PDU: m.PDU}
			if err := message.Check(); err != nil {
				return cli.Usage("ctl sms", "", "%v", err)
			}
			return r.post(cmd, "/v1/sms", m)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&m.From, "from", "", "`NUMBER` of the sender, or a name of up to 11 letters (default +8613800138000)")
	flags.StringVar(&m.Alphabet, "alphabet", "", "how the text is coded: gsm7, ucs2 or 8bit (default the shortest that has all of it)")
	flags.IntVar(&class, "class", 0, "class `N` of the message, 0 to 3; 2 is kept on the SIM (default none)")
	flags.StringVar(&m.PDU, "pdu", "", "the whole message in `HEX`, as AT+CMGR shows it")
	completeWith(cmd, "alphabet", these("gsm7", "ucs2", "8bit"))
	return cmd
}

// smsText prints what the module has sent, for people.
func smsText(cmd *cobra.Command, list *control.Messages) error {
	b := &strings.Builder{}
	t := table{head: []string{"time", "ref", "part", "to", "text"}}
	for _, s := range list.Sent {
		part := ""
		if s.Parts > 0 {
			part = fmt.Sprintf("%d/%d", s.Part, s.Parts)
		}
		text := strings.NewReplacer("\r", `\r`, "\n", `\n`).Replace(s.Text)
		t.rows = append(t.rows, []string{s.Time.Format("15:04:05"), fmt.Sprint(s.Reference), part, s.To, text})
	}
	if len(list.Sent) == 0 {
		b.WriteString("the module has sent no message\n")
	} else {
		t.plain(b)
	}
	fmt.Fprintf(b, "\nthe module's number is %s\n", list.Number)
	if list.Waiting > 0 {
		fmt.Fprintf(b, "messages for it that wait in the network: %d\n", list.Waiting)
	}
	return printText(cmd.OutOrStdout(), b)
}
