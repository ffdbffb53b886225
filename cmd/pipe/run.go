package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"hearpipe/internal/atomicfile"
	"hearpipe/pipelines"
	"hearpipe/sound/live"
	"hearpipe/stages"
)

type runCommand struct {
	pipelineFlags
	outFlag
	runFlags
	monitorFlags
}

// Help is printed below the flags.
func (runCommand) Help() string {
	return `The files that a pipeline writes appear when the run has ended, whole or not at all. Ctrl-C ends the run at the next
block: the files are then complete up to there (exit status 130). A second Ctrl-C, or 5 s, abandons it.

Examples:
  pipe run simple-anf
  pipe run simple-anf --input my.wav --set channels=500 -o result
  pipe run simple-anf --channels 1000:1100 --duration 100ms
  pipe run mine.yaml --seed 7 --json
  pipe run mine.yaml --set level=40:10:90dB -o sweep    one folder per value, and runs.csv`
}

// Run runs the pipeline, once or for every combination of a sweep.
func (c *runCommand) Run(a *app) error {
	if _, err := c.runFlags.options(); err != nil {
		return err
	}
	if err := c.monitorFlags.check(false); err != nil {
		return err
	}
	a.log = c.logger(a.stderr)
	fixed, swept, runs, err := c.axes()
	if err != nil {
		return err
	}
	if len(swept) > 0 {
		return c.sweep(a, fixed, swept, runs)
	}
	d, plan, err := c.plan(a, c.Out)
	if err != nil {
		return err
	}
	c.tell(a, plan)
	s, err := c.one(a, d, plan, c.Out)
	var ended *endedError
	if err != nil && err != errInterrupted && !errors.As(err, &ended) {
		return err
	}
	if c.JSON && s.Reason != "" { // there is nothing to say of an abandoned run
		if e := printJSON(a, s); e != nil {
			return e
		}
	}
	return err
}

// tell prints what a user should know before the run.
func (c *runCommand) tell(a *app, plan *pipelines.Plan) {
	for _, w := range plan.Warnings {
		a.say(slog.LevelWarn, w.Error(), "warning", "text", plain(w))
	}
	for _, n := range plan.Notes() {
		a.say(slog.LevelInfo, n, "note", "text", n)
	}
}

// one runs a plan and prints its summary for people. The summary of an interrupted run comes with errInterrupted.
func (c *runCommand) one(a *app, d *pipelines.Description, plan *pipelines.Plan, out string) (summary, error) {
	opt, err := c.runFlags.options()
	if err == nil && out != "" {
		if e := os.MkdirAll(out, 0o777); e != nil {
			err = fmt.Errorf("%s: the folder for the results cannot be made: %w", out, e)
		}
	}
	if err != nil {
		plan.Close()
		return summary{}, err
	}
	m, err := c.monitor(a, plan, d.Name, plan.Streams(), &opt, false)
	if err != nil {
		plan.Close()
		return summary{}, err
	}
	defer m.close()
	res, err := a.run(plan, opt, c.Progress == "auto")
	if err != nil && res.Reason == "" {
		return summary{}, err
	}
	m.end(res.Seconds)
	s := summarize(d, plan, res)
	if a.log != nil {
		s.log(a.log)
	} else if !c.JSON {
		s.print(a.stderr)
	}
	if err = errors.Join(err, res.Ended); err != nil {
		return s, &endedError{err}
	}
	if res.Reason == stages.Interrupted {
		return s, errInterrupted
	}
	return s, nil
}

// endedError is the end of a run by a live source that nobody asked to end, or with a sink that could not be completed. The
// other files are complete up to there.
type endedError struct{ err error }

func (e *endedError) Error() string { return e.err.Error() }
func (e *endedError) Unwrap() error { return e.err }

// graces are how long an interrupted run may take to end well, and then to give up.
var graces = [2]time.Duration{5 * time.Second, 2 * time.Second}

// run runs a plan and turns signals into an end: the first ends it well, the second or a grace gives it up.
func (a *app) run(plan *pipelines.Plan, opt stages.RunOptions, progress bool) (pipelines.Result, error) {
	a.running.Add(1)
	defer a.running.Add(-1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	interrupt := make(chan struct{})
	opt.Interrupt = interrupt
	bar := newBar(a, plan.Seconds(), progress && a.log == nil)
	also := opt.Progress
	opt.Progress = func(p stages.Progress) {
		bar.update(p)
		if also != nil {
			also(p)
		}
	}
	type outcome struct {
		res pipelines.Result
		err error
	}
	ended := make(chan outcome, 1)
	go func() {
		// A panic on this goroutine would end the program without a word: hand it to the one that reports it.
		defer func() {
			if r := recover(); r != nil {
				ended <- outcome{err: panicked{r}}
			}
		}()
		res, err := plan.Run(ctx, opt)
		ended <- outcome{res, err}
	}()
	stop := 0
	var grace <-chan time.Time
	for {
		select {
		case o := <-ended:
			bar.clear()
			if p, ok := o.err.(panicked); ok {
				panic(p.value)
			}
			if o.err != nil && stop > 0 && ctx.Err() != nil {
				a.say(slog.LevelError, "abandoned; no files were written", "abandoned")
				return o.res, errInterrupted
			}
			return o.res, o.err
		case <-a.signals:
			stop++
		case <-grace:
			stop++
		}
		switch stop {
		case 1:
			close(interrupt)
			if p, ok := a.stdin.(*patient); ok {
				p.giveUp()
			}
			bar.clear()
			a.say(slog.LevelWarn, "interrupted: completing the files (again to abandon)", "interrupted")
			grace = time.After(graces[0])
		case 2:
			cancel()
			grace = time.After(graces[1])
		default:
			// Something outside of our control does not return, such as a write to a pipe that nobody reads.
			if !opt.KeepPartial {
				atomicfile.RemoveAll()
			}
			a.say(slog.LevelError, "abandoned; no more files were written", "abandoned")
			return pipelines.Result{}, errInterrupted
		}
	}
}

// panicked carries a panic from the goroutine of the run.
type panicked struct{ value any }

func (p panicked) Error() string { return fmt.Sprint(p.value) }

// bar shows how far a long run has come, if there is a terminal to show it on.
type bar struct {
	a       *app
	on      bool
	total   float64
	began   time.Time
	last    time.Time
	visible *progressbar.ProgressBar
}

func newBar(a *app, total float64, on bool) *bar {
	return &bar{a: a, on: on && a.terminal, total: total, began: time.Now()}
}

// barDelay is how long a run must last before a bar appears, barEvery how often it moves.
const (
	barDelay = time.Second
	barEvery = 100 * time.Millisecond
)

func (b *bar) update(p stages.Progress) {
	now := time.Now()
	if !b.on || now.Sub(b.began) < barDelay || now.Sub(b.last) < barEvery {
		return
	}
	b.last = now
	if b.visible == nil {
		scale := int64(-1)
		if !math.IsInf(b.total, 1) {
			scale = int64(b.total * 1000)
		}
		b.visible = progressbar.NewOptions64(scale, progressbar.OptionSetWriter(b.a.stderr), progressbar.OptionSetWidth(20),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionClearOnFinish())
	}
	b.visible.Describe(progressText(p.Done, b.total, now.Sub(b.began).Seconds()))
	if math.IsInf(b.total, 1) {
		b.visible.Set64(int64(p.Done * 1000))
		return
	}
	b.visible.Set64(min(int64(p.Done*1000), int64(b.total*1000)-1))
}

// progressText says how far a run has come after the elapsed time [s], how fast it is, and when it will end.
func progressText(done, total, elapsed float64) string {
	speed := done / elapsed
	if math.IsInf(total, 1) || done <= 0 {
		return fmt.Sprintf("%s of sound, %s × real time", seconds(done), short(speed))
	}
	return fmt.Sprintf("%s of %s, %s × real time, %s left", seconds(done), seconds(total), short(speed), seconds((total-done)/speed))
}

func (b *bar) clear() {
	if b.visible != nil {
		b.visible.Clear()
		b.on = false
	}
}

// summary is what a run says at its end.
type summary struct {
	Pipeline string        `json:"pipeline"`
	Seconds  float64       `json:"seconds"` // of sound
	Elapsed  float64       `json:"elapsed"` // [s]
	Speed    float64       `json:"speed"`   // as a multiple of real time
	Frames   int64         `json:"frames"`
	Block    int           `json:"block"`
	Spikes   *int64        `json:"spikes,omitempty"`
	Cells    int           `json:"cells,omitempty"`
	Dropped  int64         `json:"dropped"`
	Reason   stages.Reason `json:"reason"`
	Ended    string        `json:"ended,omitempty"` // why a live source ended although nobody asked it to
	Files    []string      `json:"files"`
	Notes    []string      `json:"notes,omitempty"`
	Recorded []live.Report `json:"recorded,omitempty"`
	what     string        // " of sound", where there is any
	after    []string      // notes that are known at the end only
	expected float64
}

// ofSound says what a time is of: a network may run without any sound.
func ofSound(plan *pipelines.Plan) string {
	if plan.Hears() {
		return " of sound"
	}
	return ""
}

func summarize(d *pipelines.Description, plan *pipelines.Plan, r pipelines.Result) summary {
	s := summary{Pipeline: d.Name, Seconds: r.Seconds, Elapsed: r.Elapsed.Seconds(), Frames: r.Frames, Block: r.Block, Reason: r.Reason, Notes: append(plan.Notes(), r.Notes...), after: r.Notes, expected: plan.Seconds(), what: ofSound(plan)}
	s.Dropped, s.Recorded = plan.Dropped(), r.Microphones
	if r.Ended != nil {
		s.Ended = r.Ended.Error()
	}
	if s.Elapsed > 0 {
		s.Speed = s.Seconds / s.Elapsed
	}
	if r.Spikes >= 0 {
		s.Spikes, s.Cells = &r.Spikes, r.Cells
	}
	s.Files = make([]string, 0, len(r.Files))
	for _, f := range r.Files {
		s.Files = append(s.Files, shortPath(f))
	}
	return s
}

// log writes the end of a run as a record.
func (s summary) log(l *slog.Logger) {
	attributes := []any{
		"pipeline", s.Pipeline, "reason", string(s.Reason), "seconds", s.Seconds, "elapsed", s.Elapsed, "frames", s.Frames, "dropped", s.Dropped, "files", s.Files,
	}
	if s.Spikes != nil {
		attributes = append(attributes, "spikes", *s.Spikes)
	}
	for _, n := range s.after {
		l.Info("note", "text", n)
	}
	l.Info("ended", attributes...)
}

func (s summary) print(w io.Writer) {
	if s.Reason == stages.Interrupted {
		total := ""
		if !math.IsInf(s.expected, 1) {
			total = " of " + seconds(s.expected)
		}
		how := "interrupted"
		if s.Ended != "" {
			how = "ended"
		}
		fmt.Fprintf(w, "%s after %s%s; the files are complete up to there\n", how, seconds(s.Seconds), total)
	}
	spikes := ""
	if s.Spikes != nil {
		spikes = fmt.Sprintf("%s of %s, ", counted(*s.Spikes, "spike"), counted(int64(s.Cells), "cell"))
	}
	fmt.Fprintf(w, "%s: %s%s%s in %s (%s × real time), dropped = %d\n", s.Pipeline, spikes, seconds(s.Seconds), s.what, seconds(s.Elapsed), short(s.Speed), s.Dropped)
	var files []string
	for _, f := range s.Files {
		if !strings.HasSuffix(f, ".meta.json") { // they stand beside the others, and go without saying
			files = append(files, f)
		}
	}
	if len(files) > 0 {
		fmt.Fprintf(w, "wrote %s\n", strings.Join(files, ", "))
	}
	for _, n := range s.after {
		fmt.Fprintln(w, n)
	}
}

// seconds writes a time for people: "2.594 s", "3 min 20 s".
func seconds(t float64) string {
	if t >= 90 {
		whole := int64(math.Round(t))
		if h := whole / 3600; h > 0 {
			return fmt.Sprintf("%d h %d min %d s", h, whole/60%60, whole%60)
		}
		return fmt.Sprintf("%d min %d s", whole/60, whole%60)
	}
	if t < 1 {
		return short(t*1000) + " ms"
	}
	return short(t) + " s"
}

// short writes a number with three digits or so.
func short(x float64) string {
	if x >= 100 {
		return grouped(int64(math.Round(x)))
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// grouped writes a whole number with commas: 24,103.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	from := 0
	if n < 0 {
		from = 1
	}
	for i := len(s) - 3; i > from; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a number of things: "1 cell", "3,000 cells".
func counted(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return grouped(n) + " " + what
}

// shortPath is a path relative to the working folder where that is shorter.
func shortPath(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, path); err == nil && len(rel) < len(path) {
		return rel
	}
	return path
}
