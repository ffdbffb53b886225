package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hearpipe/pipelines"
)

// maxRuns is how many runs a sweep may have.
const maxRuns = 10000

// axis is a parameter that takes several values.
type axis struct {
	name   string
	values []string
}

// sweepOf finds out whether the value of --set means several: start:step:stop, or a list separated by commas (those in
// brackets and parentheses belong to a value). It returns one value if not.
func sweepOf(value string) ([]string, error) {
	if parts := splitOutside(value, ':'); len(parts) == 3 {
		return steps(parts)
	}
	return splitOutside(value, ','), nil
}

// splitOutside splits a text at a byte that stands outside of brackets and parentheses.
func splitOutside(text string, at byte) []string {
	var parts []string
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case at:
			if depth == 0 {
				parts = append(parts, strings.TrimSpace(text[from:i]))
				from = i + 1
			}
		}
	}
	return append(parts, strings.TrimSpace(text[from:]))
}

// steps lists start, start+step, … up to stop, which is included if it is reached to within a millionth of a step. A unit
// stands at all three, or at the last for all.
func steps(parts []string) ([]string, error) {
	var x [3]float64
	unit := ""
	for i := 2; i >= 0; i-- {
		n := len(parts[i])
		for n > 0 {
			if _, err := strconv.ParseFloat(strings.TrimSpace(parts[i][:n]), 64); err == nil {
				break
			}
			n--
		}
		own := strings.TrimSpace(parts[i][n:])
		if n == 0 || i < 2 && own != "" && own != unit {
			return nil, usagef("%s: want start:step:stop in one unit, such as 40:10:90dB", strings.Join(parts, ":"))
		}
		if i == 2 {
			unit = own
		}
		x[i], _ = strconv.ParseFloat(strings.TrimSpace(parts[i][:n]), 64)
	}
	count := math.Floor((x[2]-x[0])/x[1] + 1e-6)
	if !(count >= 0) || count >= maxRuns {
		return nil, usagef("%s: want a step that leads from start to stop, in at most %d steps", strings.Join(parts, ":"), maxRuns)
	}
	var out []string
	for k := range int(count) + 1 {
		v := x[0] + float64(k)*x[1]
		out = append(out, strconv.FormatFloat(math.Round(v*1e12)/1e12, 'g', -1, 64)+unit)
	}
	return out, nil
}

// axes finds the parameters that are swept and the settings that are not.
func (c *runCommand) axes() (fixed []string, swept []axis, runs int, err error) {
	runs = 1
	for _, s := range c.Set {
		name, value, ok := strings.Cut(s, "=")
		if !ok {
			fixed = append(fixed, s) // the mistake is reported where settings are read
			continue
		}
		values, err := sweepOf(value)
		if err != nil {
			return nil, nil, 0, usagef("--set %s: %w", name, err)
		}
		if len(values) == 1 {
			fixed = append(fixed, s)
			continue
		}
		swept = append(swept, axis{name, values})
		if runs *= len(values); runs > maxRuns {
			return nil, nil, 0, usagef("--set: more than %d runs", maxRuns)
		}
	}
	return fixed, swept, runs, nil
}

// combination is one run of a sweep.
type combination struct {
	values []string // one per axis
	folder string
}

// combinations lists all runs, the last axis running fastest.
func combinations(swept []axis, runs int) []combination {
	list := make([]combination, runs)
	for r := range list {
		rest := r
		values := make([]string, len(swept))
		for k := len(swept) - 1; k >= 0; k-- {
			values[k] = swept[k].values[rest%len(swept[k].values)]
			rest /= len(swept[k].values)
		}
		var parts []string
		for k, a := range swept {
			parts = append(parts, a.name+"="+strings.Map(plainName, values[k]))
		}
		list[r] = combination{values, strings.Join(parts, ",")}
	}
	return list
}

// plainName replaces what should not stand in the name of a folder.
func plainName(r rune) rune {
	if strings.ContainsRune(`/\:*?"<>|`, r) || r < ' ' {
		return '_'
	}
	return r
}

// sweep runs the pipeline for every combination, each in its folder. All are checked before the first one runs.
func (c *runCommand) sweep(a *app, fixed []string, swept []axis, runs int) (err error) {
	a.running.Add(1)
	defer a.running.Add(-1)
	d, err := c.open()
	if err != nil {
		return err
	}
	list := combinations(swept, runs)
	seen := map[string]bool{}
	plan := func(x combination) (*pipelines.Plan, error) {
		f := c.pipelineFlags
		f.Set = append([]string(nil), fixed...)
		for k, v := range x.values {
			f.Set = append(f.Set, swept[k].name+"="+v)
		}
		opt, err := f.options(a, d, filepath.Join(c.Out, x.folder))
		if err != nil {
			return nil, err
		}
		return d.Check(opt)
	}
	for _, x := range list {
		if seen[x.folder] {
			return usagef("--set: two runs would have the folder %s", x.folder)
		}
		seen[x.folder] = true
		p, err := plan(x)
		if err != nil {
			return fmt.Errorf("%s: %w", x.folder, err)
		}
		p.Close()
	}
	var rows [][]string
	var summaries []summary
	defer func() {
		if e := c.writeRuns(swept, rows); err == nil {
			err = e
		}
		if err == nil && c.JSON {
			err = printJSON(a, summaries)
		}
	}()
	for i, x := range list {
		select {
		case <-a.signals: // between two runs
			return errInterrupted
		default:
		}
		p, err := plan(x)
		if err != nil {
			return err
		}
		if i == 0 {
			c.tell(a, p)
		}
		fmt.Fprintf(a.stderr, "run %d of %d: %s\n", i+1, runs, x.folder)
		s, err := c.one(a, d, p, filepath.Join(c.Out, x.folder))
		if err != nil && err != errInterrupted {
			return fmt.Errorf("%s: %w", x.folder, err)
		}
		summaries = append(summaries, s)
		spikes := ""
		if s.Spikes != nil {
			spikes = strconv.FormatInt(*s.Spikes, 10)
		}
		rows = append(rows, append(append([]string{x.folder}, x.values...), spikes,
			strconv.FormatFloat(s.Seconds, 'g', -1, 64), strconv.FormatFloat(s.Elapsed, 'g', 6, 64), string(s.Reason)))
		if err != nil {
			return err
		}
	}
	return nil
}

// writeRuns lists the runs that are done in runs.csv.
func (c *runCommand) writeRuns(swept []axis, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	path := filepath.Join(c.Out, "runs.csv")
	f, err := os.CreateTemp(filepath.Dir(path), ".runs-*.csv")
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer os.Remove(f.Name())
	head := []string{"folder"}
	for _, x := range swept {
		head = append(head, x.name)
	}
	w := csv.NewWriter(f)
	err = w.WriteAll(append([][]string{append(head, "spikes", "seconds", "elapsed", "reason")}, rows...))
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
