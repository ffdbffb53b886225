package stages_test

import (
	"context"
	"testing"

	"hearpipe/stages"
	"hearpipe/stages/stagetest"
)

// TestASlowReaderBehindAViewKeepsUp: between a source with another reader and a decimator stands a node that goes only as
// far as it is asked, and so lags by up to two of the decimator's frames.
func TestASlowReaderBehindAViewKeepsUp(t *testing.T) {
	for _, block := range []int{1, 7, 10, 32, 100} {
		for _, k := range []int64{2, 7, 50} {
			src, err := stages.New("ramp", stages.Format{Rate: 1000, Channels: 1, Frames: 500}, rampSource{})
			if err != nil {
				t.Fatal(err)
			}
			view, err := stages.NewView(src, stages.Range{})
			if err != nil {
				t.Fatal(err)
			}
			slow, err := stages.NewEvery(view, k)
			if err != nil {
				t.Fatal(err)
			}
			whole, thin := stagetest.NewFrameRecorder(src), stagetest.NewFrameRecorder(slow)
			if _, err := stages.Run(context.Background(), stages.RunOptions{Block: block}, whole, thin); err != nil {
				t.Fatalf("block %d, every %d: %v", block, k, err)
			}
			if n := len(thin.Data); n != int((500+k-1)/k) || thin.Data[n-1] != float64(int64(n-1)*k) {
				t.Errorf("block %d, every %d: %d frames", block, k, n)
			}
		}
	}
}
