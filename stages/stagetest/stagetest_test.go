package stagetest_test

import (
	"errors"
	"strings"
	"testing"

	"hearpipe/stages/stagetest"
)

func TestSuiteAcceptsTheExemplar(t *testing.T) {
	stagetest.Run(t, recipe(""))
}

// TestSuiteRejectsWrongStages gives the suite one wrong stage after the other. Each must be rejected by the check that is
// there for it (any of those named).
func TestSuiteRejectsWrongStages(t *testing.T) {
	for _, m := range []struct{ flaw, by string }{
		{"update at block end", "blocks"},
		{"ramp over the block", "blocks"},
		{"history ends at block", "blocks"},
		{"loses a frame at borders", "blocks"},
		{"adds to its output", "prepared"},
		{"generator with position", "blocks"},
		{"flushes at block end", "blocks"},
		{"writes to its input", "blocks"},
		{"keeps a view", "blocks"},
		{"writes into padding", "whole"},
		{"spikes out of order", "whole"},
		{"spike of the future", "blocks"},
		{"short without reason", "ends"},
		{"wraps EOF", "ends"},
		{"one frame too long", "ends"},
		{"never ends", "ends"},
		{"shares its state", "blocks"},
		{"shortest", "lengths"},
		{"swallows errors", "errors"},
		{"error as end", "errors"},
		{"all or nothing", "errors"},
		{"swallows cancel", "cancel"},
		{"cancel is final", "cancel"},
		{"advances before input", "cancel"},
		{"needs its first port", "ports"},
		{"relative channel", "slices"},
		{"relative cell", "slices"},
		{"short history", "history"},
		{"reads ahead", "history"},
		{"no snapshot", "snapshot"},
		{"forgets a field in its snapshot", "snapshot"},
		{"forgets a field in its snapshot rarely needed", "snapshot"},
		{"counts frames itself", "snapshot"},
		{"allocates", "allocations"},
		{"allocates rarely", "allocations"},
		{"hears no NaN", "special"},
		{"couples channels", "special"},
		{"float32 clock", "late"},
		{"int32 clock", "late"},
	} {
		t.Run(m.flaw, func(t *testing.T) {
			err := stagetest.Check(recipe(m.flaw))
			if err == nil {
				t.Fatal("accepted")
			}
			if f := failure(err, m.by); f == nil {
				t.Errorf("rejected, but not by %s:\n%v", m.by, err)
			} else if strings.Contains(f.Error(), "runtime error") {
				t.Errorf("rejected by a crash only:\n%v", f)
			}
		})
	}
}

// failure finds the failure of a check in what Check returned.
func failure(err error, check string) *stagetest.Failure {
	var one *stagetest.Failure
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			if errors.As(e, &one) && one.Check == check {
				return one
			}
		}
		return nil
	}
	if errors.As(err, &one) && one.Check == check {
		return one
	}
	return nil
}
