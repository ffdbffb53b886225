package filterbank

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

func ExampleNewInnerHairCell() {
	// Steady motion to either side: the potential follows its logarithm, a third as far to the one side.
	for _, x := range []float64{0.01, -0.01} {
		motion, err := stagetest.NewStream(stagetest.Signal{Rate: 50000, Frames: 500, Value: func(int64, int) float64 { return x }})
		if err != nil {
			fmt.Println(err)
		}
		cell, err := NewInnerHairCell(motion, InnerHairCellParams{})
		if err != nil {
			fmt.Println(err)
		}
		f, err := cell.Fetch(context.Background(), 0, 500)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%+.4f\n", f.At(499, 0))
	}
	fmt.Printf("%.4f\n", 0.1*math.Log(1+2000*0.01))
	// Output:
	// +0.3045
	// -0.1015
	// 0.3045
}

func TestHairCellEqualsTheReference(t *testing.T) {
	cell, err := NewInnerHairCell(memory(t, 50000, load(t, "tancarney_signal_60").frames()), InnerHairCellParams{})
	if err != nil {
		t.Fatal(err)
	}
	compare(t, collect(t, cell), load(t, "tancarney_60").frames(), toleranceOutput, toleranceChannel)
}

// Small motion is not rectified, the limit of both branches at 0 being A_0·B·x; large motion to one side is a third.
func TestSaturationFollowsItsFormula(t *testing.T) {
	h := newHairCell(50000, 1, hairCellDefaults())
	row := make([]float64, 1)
	for _, x := range []float64{0, 1e-12, -1e-12, 1e-6, -1e-6, -2e-5, -1e-4, 0.003, -0.003, 5, -5} {
		a := math.Abs(x)
		want := 0.1 * math.Log1p(2000*a)
		if x < 0 {
			q := math.Pow(a, 1.74)
			want *= -(q + 6.87e-9) / (3*q + 6.87e-9)
		}
		h.saturate(row, []float64{x}, 1)
		if math.Abs(row[0]-want) > 1e-14*math.Abs(want) {
			t.Errorf("%g becomes %v, want %v", x, row[0], want)
		}
	}
}

func TestHairCellsConform(t *testing.T) {
	for _, channels := range []int{1, 5} {
		t.Run(fmt.Sprint(channels), func(t *testing.T) {
			stagetest.Run(t, stagetest.Recipe{
				Inputs: []stagetest.Signal{{Channels: channels}},
				Build: func(in []stages.Stage, r stages.Range) ([]stages.Node, error) {
					return stagetest.Nodes(NewInnerHairCell(in[0], InnerHairCellParams{LowPasses: 3, Channels: r}))
				},
				Sliced: true, Period: 1024,
			})
		})
	}
}

func TestImpossibleHairCellsAreRefused(t *testing.T) {
	src := stagetest.NewSource(stagetest.Signal{Rate: 50000, Frames: 10, Channels: 2})
	for _, c := range []struct {
		p    InnerHairCellParams
		want string
	}{
		{InnerHairCellParams{Slope: -1}, "slope -1: want a positive number (0 for the default, 2000)"},
		{InnerHairCellParams{Scale: math.NaN()}, "scale NaN"},
		{InnerHairCellParams{Exponent: math.Inf(1)}, "exponent +Inf"},
		{InnerHairCellParams{Cutoff: 25000}, "cutoff 25000 Hz: want above 0 Hz and below half the rate, 25000 Hz"},
		{InnerHairCellParams{LowPasses: 65}, "65 low-passes: want 1 to 64"},
		{InnerHairCellParams{Channels: rangeOf(1, 3)}, "has 2 channels: want 1, 3, or the channels 1:3"},
	} {
		if _, err := NewInnerHairCell(src, c.p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %q does not say %q", err, c.want)
		}
	}
	if _, err := NewInnerHairCell(nil, InnerHairCellParams{}); err == nil {
		t.Error("a missing source was accepted")
	}
}
