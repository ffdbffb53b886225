// Command pipe turns sound into spikes: it runs pipelines, which are YAML files, and looks at what they read and write.
//
//	pipe run simple-anf                  the ready-made pipeline on the recording that comes with the program
//	pipe run simple-anf --input my.wav   on a file of yours
//	pipe list                            what is ready-made
//	pipe show simple-anf > mine.yaml     how it is written; change it and run mine.yaml
//	pipe nodes                           what a pipeline can be made of
//
// Data goes to files, or to standard output where a path is -; everything for people goes to standard error. Exit status:
// 0 done, 1 failed, 2 wrong usage, 130 interrupted.
package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"hearpipe/internal/kernel"
	"hearpipe/sound/live"
)

// Exit statuses.
const (
	statusDone        = 0
	statusFailed      = 1
	statusUsage       = 2
	statusInterrupted = 130
	statusUnread      = 141 // nobody reads standard output any more, as in pipe list | head -n 1: what shells call SIGPIPE
)

func main() {
	a := &app{stdin: waitable(os.Stdin), stdout: os.Stdout, stderr: os.Stderr}
	a.heed()
	if f, ok := a.stderr.(*os.File); ok {
		a.terminal = term.IsTerminal(int(f.Fd()))
	}
	os.Exit(a.main(os.Args[1:]))
}

// app is the world the commands live in; tests make their own.
type app struct {
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	terminal bool // stderr is one
	signals  <-chan os.Signal
	log      *slog.Logger // records instead of sentences; nil: sentences
	play     player       // nil: the sound server
	mics     live.System  // nil: those of the machine
	running  atomic.Int32 // runs and sweeps that listen to signals
}

// usageError is a mistake in how the command was called.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// interrupted is the end of a run by the user.
var errInterrupted = errors.New("interrupted")

// exited carries the status of kong's own exits (help) out of the parser.
type exited int

// grammar is the command line: one struct is flags, arguments and help.
type grammar struct {
	Run     runCommand     `cmd:"" help:"Run a pipeline: a YAML file or a ready-made one."`
	Serve   serveCommand   `cmd:"" help:"Run a pipeline at the pace of its sound and show it in a browser."`
	Set     setCommand     `cmd:"" help:"Change parameters of a pipeline that runs."`
	List    listCommand    `cmd:"" help:"List the ready-made pipelines."`
	Show    showCommand    `cmd:"" help:"Print a pipeline as text, to copy and change."`
	Check   checkCommand   `cmd:"" help:"Say everything that is wrong with a pipeline, without running it."`
	Graph   graphCommand   `cmd:"" help:"Draw a pipeline as a graph (SVG, or DOT for Graphviz)."`
	Nodes   nodesCommand   `cmd:"" help:"Describe the types of nodes and sinks that pipelines are made of."`
	Info    infoCommand    `cmd:"" help:"Describe a sound file, an array (.npy) or a file of spikes."`
	Plot    plotCommand    `cmd:"" help:"Draw a sound, an array, spikes or a table as a picture."`
	Listen  listenCommand  `cmd:"" help:"Listen to what pipelines publish over NATS: a table, a raster, a recording."`
	Convert convertCommand `cmd:"" help:"Convert a sound file: format, rate, level."`
	Play    playCommand    `cmd:"" help:"Play a sound file."`
	Devices devicesCommand `cmd:"" help:"List the microphones and other inputs that a pipeline can listen to."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

const about = `pipe turns sound into spikes.

Examples:
  pipe run simple-anf                    speech to the spikes of 3,000 nerve fibres
  pipe run simple-anf --input my.wav     the same for a file of yours
  pipe show simple-anf > mine.yaml       a pipeline of your own
  pipe run mine.yaml --set channels=500
  pipe plot spikes.csv -o raster.svg

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted.`

// main runs one command and returns the exit status. Nothing that a user, a file or a device can cause ends in a panic; if
// there is one all the same, it is a defect of the program and is reported as that.
func (a *app) main(args []string) (status int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exited:
			status = int(r)
		default:
			fmt.Fprintf(a.stderr, "pipe: this is a defect of the program, not of your input: %v\n"+
				"Please report it with the command, the pipeline and these lines:\npipe %s\n%s", r, versionText(), debug.Stack())
			status = statusFailed
		}
	}()
	if _, err := kernel.ForcedTier(); err != nil {
		fmt.Fprintf(a.stderr, "pipe: %v\n", err)
		return statusUsage
	}
	var g grammar
	k, err := kong.New(&g, kong.Name("pipe"), kong.Description(about), kong.Writers(a.stdout, a.stderr),
		kong.Exit(func(code int) { panic(exited(code)) }), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}))
	if err != nil {
		panic(err)
	}
	args = customary(args)
	c, err := k.Parse(args)
	if errors.Is(err, syscall.EPIPE) { // of the help that it prints
		return statusUnread
	}
	if err != nil {
		var parse *kong.ParseError
		usage := "pipe --help"
		if errors.As(err, &parse) && parse.Context != nil && parse.Context.Selected() != nil {
			usage = "pipe " + parse.Context.Selected().Name + " --help"
		}
		fmt.Fprintf(a.stderr, "pipe: %v\n%s says how it is used\n", err, usage)
		return statusUsage
	}
	if err = empty(c.Flags()); err == nil {
		err = c.Run(a)
	}
	var usage usageError
	switch {
	case err == nil:
		return statusDone
	case errors.Is(err, errInterrupted):
		return statusInterrupted
	case errors.Is(err, syscall.EPIPE):
		return statusUnread
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "pipe: %v\n", err)
		return statusUsage
	}
	if a.log != nil {
		a.log.Error("failed", "error", err.Error())
		return statusFailed
	}
	for _, line := range strings.Split(strings.TrimRight(err.Error(), "\n"), "\n") {
		fmt.Fprintf(a.stderr, "%s\n", line)
	}
	return statusFailed
}

// customary turns what other commands understand into what this one does: no arguments, help [COMMAND], --version, and values
// that are negative numbers, which the parser would take for flags, so that whoever reads the value can say what is wrong with it.
func customary(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(append([]string(nil), args[1:]...), "--help")
	case args[0] == "--version":
		return append([]string{"version"}, args[1:]...)
	}
	var joined []string
	for i, arg := range args {
		if arg == "--" {
			return append(joined, args[i:]...)
		}
		if i > 0 && len(arg) > 1 && arg[0] == '-' && strings.ContainsRune("0123456789.", rune(arg[1])) &&
			strings.HasPrefix(args[i-1], "--") && !strings.Contains(args[i-1], "=") {
			joined[len(joined)-1] += "=" + arg
			continue
		}
		joined = append(joined, arg)
	}
	return joined
}

// empty refuses values such as that of --input "$FILE" where the variable is not set: a default in its place would hide that.
func empty(flags []*kong.Flag) error {
	for _, f := range flags {
		if f.Set && f.Target.Kind() == reflect.String && f.Target.String() == "" {
			return usagef("--%s: the value is empty", f.Name)
		}
	}
	return nil
}

type versionCommand struct{}

// Help is printed below the flags.
func (versionCommand) Help() string { return "Example: pipe version" }

// Run prints the version.
func (versionCommand) Run(a *app) error {
	_, err := fmt.Fprintf(a.stdout, "pipe %s\n", versionText())
	return err
}

// versionText is what the Go tool chain knows about the build.
func versionText() string {
	version, revision, dirty := "(unknown version)", "", ""
	if b, ok := debug.ReadBuildInfo(); ok {
		if b.Main.Version != "" {
			version = b.Main.Version
		}
		for _, s := range b.Settings {
			switch {
			case s.Key == "vcs.revision":
				revision = " " + s.Value[:min(12, len(s.Value))]
			case s.Key == "vcs.modified" && s.Value == "true":
				dirty = " with changes"
			}
		}
	}
	return fmt.Sprintf("%s%s%s, %s, %s/%s", version, revision, dirty, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
