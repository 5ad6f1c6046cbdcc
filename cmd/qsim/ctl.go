package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quectel-sim/qsim/cmd/qsim/internal/cli"
	"github.com/quectel-sim/qsim/cmd/qsim/internal/ctl"
	"github.com/quectel-sim/qsim/control"
	"github.com/quectel-sim/qsim/scenarios/decl"
	"github.com/quectel-sim/qsim/scenarios/fault"
)

// The variables that name the modem that qsim ctl talks to.
const (
	controlVariable = "QSIM_CONTROL"
	modemVariable   = "QSIM_MODEM"
)

// remote is a modem that runs elsewhere, and how to print what it answers.
type remote struct {
	address string
	modem   string // its number among several; "": there is one
	json    bool
}

func ctlCommand() *cobra.Command {
	r := &remote{}
	cmd := &cobra.Command{
		Use:   "ctl",
		Short: "Look at a running modem, and move what lies behind its AT commands",
		Long: `Talk to a modem of qsim exec, or of qsim run --control: see how it stands, arm and
remove faults while its host works, send result codes unasked, take its power,
its SIM or its network away, read and write its files, follow its journal.

The modem is that of --control, or of QSIM_CONTROL, which qsim exec sets; of several
in one process, from qsim run --count, the one of --modem or QSIM_MODEM. The exit
code is 1 when the modem refuses, 3 when it cannot be reached.`,
		Example: `  qsim ctl state
  qsim ctl fault add '{on: {command: QSSLOPEN, nth: 2}, do: {error: 566}}'
  qsim ctl urc '+QIND: "csq",99,99'
  qsim ctl events --json`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&r.address, "control", "", "`ADDR` of the modem: unix:PATH or HOST:PORT (default $QSIM_CONTROL)")
	flags.StringVar(&r.modem, "modem", "", "number `N` of the modem, where there are several (default $QSIM_MODEM)")
	flags.BoolVar(&r.json, "json", false, "print JSON")
	cmd.AddCommand(
		r.modemsCommand(), r.stateCommand(), r.faultCommand(), r.urcCommand(), r.dtrCommand(), r.powerCommand(), r.simCommand(),
		r.smsCommand(), r.registrationCommand(), r.signalCommand(), r.apnCommand(), r.pdpCommand(), r.rtcCommand(),
		r.filesCommand(), r.journalCommand(), r.eventsCommand(), r.resetCommand(),
	)
	return cmd
}

// with calls f with a client, until it returns or qsim is interrupted.
func (r *remote) with(f func(ctx context.Context, c *ctl.Client) error) error {
	address := cmp.Or(r.address, os.Getenv(controlVariable))
	if address == "" {
		return cli.Usage("ctl", "--control unix:PATH or HOST:PORT, or "+controlVariable, "which modem?")
	}
	c, err := ctl.New(address)
	if err != nil {
		return err
	}
	defer c.Close()
	if modem := cmp.Or(r.modem, os.Getenv(modemVariable)); modem != "" {
		n, err := strconv.ParseUint(modem, 10, 31)
		if err != nil {
			return cli.Usage("--modem", "a number from 0; qsim ctl modems lists them", "%q is no modem", modem)
		}
		c.Choose(int(n))
	}
	ctx, stop := untilInterrupted()
	defer stop()
	return f(ctx, c)
}

// call makes one request. With --json the answer is printed as it came; else
// human prints it, or nothing does when that is nil.
func (r *remote) call(cmd *cobra.Command, method, path string, send any, human func([]byte) error) error {
	return r.with(func(ctx context.Context, c *ctl.Client) error {
		var body []byte
		if send != nil {
			var err error
			if body, err = decl.Encode(send); err != nil {
				return cli.Usage(cmd.Name(), "", "%v", err)
			}
		}
		data, err := c.Bytes(ctx, method, path, body, "application/yaml")
		switch {
		case err != nil:
			return err
		case r.json:
			_, err = cmd.OutOrStdout().Write(data)
			return err
		case human != nil:
			return human(data)
		}
		return nil
	})
}

// post sends what moves the modem. Its answer is the state, for --json.
func (r *remote) post(cmd *cobra.Command, path string, send any) error {
	return r.call(cmd, http.MethodPost, path, send, nil)
}

// read reads an answer.
func readAnswer(data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return cli.Environment("ctl", err, "is it a modem of another version?")
	}
	return nil
}

// one is the check of a command that takes one argument, out of words if there
// are any.
func one(what string, words ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		wants := cmp.Or(strings.Join(words, "|"), what)
		if len(args) != 1 {
			return cli.Usage("ctl "+cmd.Name(), cmd.CommandPath()+" "+wants, "it wants %s, and that alone", what)
		}
		for _, w := range words {
			if w == args[0] {
				return nil
			}
		}
		if len(words) > 0 {
			return cli.Usage("ctl "+cmd.Name(), cli.DidYouMean(args[0], words, "it is one of "+strings.Join(words, ", ")), "%q is no %s", args[0], what)
		}
		return nil
	}
}

func (r *remote) stateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "state", Short: "How the modem stands", Args: noArguments,
		Long: `Print how the modem stands: power, SIM, network, PDP contexts, SSL clients, ports,
files, and the faults that are armed.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.call(cmd, http.MethodGet, "/v1/state", nil, func(data []byte) error {
				var s control.State
				if err := readAnswer(data, &s); err != nil {
					return err
				}
				return stateText(cmd.OutOrStdout(), &s)
			})
		},
	}
}

func (r *remote) urcCommand() *cobra.Command {
	var port string
	cmd := &cobra.Command{
		Use: "urc TEXT", Short: "Send a result code that the host has not asked for", Args: one("the text of a result code"),
		Long:    `Send TEXT, without its framing, as the module sends a URC: when the line is free.`,
		Example: `  qsim ctl urc '+QSSLURC: "closed",4'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/v1/urc", control.URC{Text: args[0], Port: port})
		},
	}
	portFlag(cmd, &port)
	return cmd
}

func (r *remote) dtrCommand() *cobra.Command {
	var port string
	cmd := &cobra.Command{
		Use: "dtr [on|off]", Short: "Drop DTR for a moment, or switch it", ValidArgs: []string{"on", "off"},
		Long: `Drop DTR for a moment, which a PTY cannot do: AT&D says what becomes of a
connection that has the port. With off it stays off, until on or until a host opens
the device: with AT+QSCLK=1 the port sleeps meanwhile, and hears nothing.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 1 && (args[0] == "on" || args[0] == "off") {
				return nil
			}
			return cli.Usage("ctl dtr", "qsim ctl dtr off", "it takes on or off, or nothing")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return r.post(cmd, "/v1/dtr", control.DTR{Port: port, To: args[0]})
			}
			drop := true
			return r.post(cmd, "/v1/dtr", control.DTR{Port: port, Drop: &drop})
		},
	}
	portFlag(cmd, &port)
	return cmd
}

// portFlag gives cmd the choice of a port.
func portFlag(cmd *cobra.Command, port *string) {
	cmd.Flags().StringVar(port, "port", "", "`NAME` of the port: usbmodem, usbat or uart1 (default the one concerned)")
	completeWith(cmd, "port", these("usbmodem", "usbat", "uart1"))
}

func (r *remote) powerCommand() *cobra.Command {
	words := []string{"on", "off", "reboot"}
	return &cobra.Command{
		Use: "power on|off|reboot", Short: "Take the module's supply, give it, or restart the module",
		Args: one("power", words...), ValidArgs: words,
		Long: `Take the module's supply, give it, or do both: all that is not saved is lost
without a word, and the module is silent until RDY.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/v1/power", control.Power{To: args[0]})
		},
	}
}

func (r *remote) simCommand() *cobra.Command {
	words := []string{"ready", "absent", "pin", "puk", "blocked"}
	return &cobra.Command{
		Use: "sim ready|absent|pin|puk|blocked", Short: "Take the SIM out, put one in, or one that asks for a code",
		Args: one("SIM", words...), ValidArgs: words,
		Long: `Exchange the SIM as by hand while the module runs, which tells of it with +CPIN.`,
		RunE: func(cmd *cobra.Command, args []string) error { return r.post(cmd, "/v1/sim", control.SIM{To: args[0]}) },
	}
}

func (r *remote) registrationCommand() *cobra.Command {
	words := []string{"home", "roaming", "searching", "denied", "none"}
	return &cobra.Command{
		Use: "registration home|roaming|searching|denied|none", Short: "Change the place in the network",
		Args: one("registration", words...), ValidArgs: words,
		Long: `Have the network take the module in or not, from now on, a reboot or another SIM
included. Without service the PDP contexts go.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/v1/network", control.Network{Registration: args[0]})
		},
	}
}

func (r *remote) signalCommand() *cobra.Command {
	return &cobra.Command{
		Use: "signal N|LOW-HIGH", Short: "Change the signal, or let it wander", Args: one("a signal"),
		Long: `Set what AT+CSQ tells: 0 to 31, or 99 for one that is not known. With two numbers
the signal wanders between them, the same way with the same seed, until it is set.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if low, high, ok := strings.Cut(args[0], "-"); ok {
				var walk fault.Walk
				if _, err := fmt.Sscanf(low+" "+high, "%d %d", &walk.Low, &walk.High); err != nil || walk.Low < 0 || walk.Low > walk.High || walk.High > 31 {
					return cli.Usage("ctl signal", "two numbers 0 to 31, the lower first: 5-20", "%q is no walk", args[0])
				}
				return r.post(cmd, "/v1/network", control.Network{Walk: &walk})
			}
			n, err := strconv.Atoi(args[0])
			if err != nil || (n < 0 || n > 31) && n != 99 {
				return cli.Usage("ctl signal", "0 to 31, or 99", "%q is no signal", args[0])
			}
			return r.post(cmd, "/v1/network", control.Network{Signal: &n})
		},
	}
}

func (r *remote) apnCommand() *cobra.Command {
	words := []string{"required", "optional"}
	return &cobra.Command{
		Use: "apn required|optional", Short: "Whether the network needs an APN", Args: one("APN", words...), ValidArgs: words,
		Long: `With required, AT+QIACT of a context without an APN is ERROR, 573.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.post(cmd, "/v1/network", control.Network{APN: args[0]})
		},
	}
}

func (r *remote) pdpCommand() *cobra.Command {
	words := []string{"deactivate", "drift", "refuse", "accept"}
	var p control.PDP
	cmd := &cobra.Command{
		Use: "pdp deactivate|drift|refuse|accept", Short: "What the network does to PDP contexts",
		Args: one("PDP action", words...), ValidArgs: words,
		Long: `deactivate: the network takes a context away (+QIURC: "pdpdeact"); drift: the
context seems to be up but nothing passes; refuse: the next activations fail;
accept: ends refuse.`,
		Example: `  qsim ctl pdp deactivate --context 2
  qsim ctl pdp refuse --code 572 --times 3`,
		RunE: func(cmd *cobra.Command, args []string) error {
			p.What = args[0]
			return r.post(cmd, "/v1/network", control.Network{PDP: &p})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&p.Context, "context", 1, "`ID` of the context, of deactivate and drift")
	flags.IntVar(&p.Code, "code", 561, "result `CODE` that AT+QIGETERROR tells, of refuse")
	flags.IntVar(&p.Times, "times", 0, "how many activations `N` are refused (default all)")
	return cmd
}

func (r *remote) rtcCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rtc TIME", Short: "Set the real-time clock", Args: one("a time"),
		Long:    `Set what AT+CCLK? shows, and by what certificates are judged: now, or RFC 3339.`,
		Example: `  qsim ctl rtc 2031-01-01T00:00:00Z`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var body control.RTC
			if decl.Decode("", []byte("to: "+strconv.Quote(args[0])), &body) != nil {
				return cli.Usage("ctl rtc", "now, or RFC 3339: 2021-08-25T12:00:00+08:00", "%q is no time", args[0])
			}
			return r.post(cmd, "/v1/rtc", body)
		},
	}
}

func (r *remote) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reset", Short: "Begin anew with faults", Args: noArguments,
		Long: `Put faults back to their beginning: those of the scenario are armed and no others,
nothing has been counted or drawn, no mark is set, nothing is bent, full,
exhausted or refused any more. The module itself goes on as it is.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.post(cmd, "/v1/reset", nil) },
	}
}
