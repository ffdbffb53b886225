package pipelines

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"hearpipe/stages"
)

// A node that takes other channels of its input begins a slice of its own: the channels of its input are not those of the slice.
func TestSlicesBeginWhereChannelsMove(t *testing.T) {
	const text = `
name: moved
nodes:
  noise: {type: sound.whitenoise, duration: 20 ms, channels: 150, seed: 3}
  one: {type: filterbank.lowpass, from: noise, cutoff: 3 kHz}
  moved: {type: stages.index, from: one, index: "149 - arange(150)"}
  two: {type: filterbank.lowpass, from: moved, cutoff: 3 kHz}
  each: {type: stages.repeat, from: two, times: 3}
  three: {type: stages.scale, from: each, factor: 2}
sinks:
  - {type: frames, from: one, path: one.npy}
  - {type: frames, from: moved, path: moved.npy}
  - {type: frames, from: two, path: two.npy}
  - {type: frames, from: three, path: three.npy}
`
	var first map[string][]byte
	for _, workers := range []int{1, 2, 3} {
		folder, files := outputs(t, []byte(text), Options{}, stages.RunOptions{Workers: workers, Block: 100 * workers})
		if first == nil {
			first = files
		}
		for name := range files {
			if !bytes.Equal(files[name], first[name]) {
				t.Errorf("%d workers: %s differs", workers, name)
			}
		}
		get := func(name string) stages.Frames { return read(t, filepath.Join(folder, name+".npy")) }
		one, moved, two, three := get("one"), get("moved"), get("two"), get("three")
		for i := range one.N {
			for c := range 150 {
				if moved.At(i, c) != one.At(i, 149-c) {
					t.Fatalf("frame %d: channel %d is not channel %d of the input", i, c, 149-c)
				}
				if three.At(i, 3*c+1) != 2*two.At(i, c) {
					t.Fatalf("frame %d: channel %d is not twice channel %d of the input", i, 3*c+1, c)
				}
			}
		}
	}
	_, part := outputs(t, []byte(text), Options{Channels: stages.Range{Lo: 200, Hi: 330}}, stages.RunOptions{Workers: 2})
	if len(part["three.npy"]) == 0 {
		t.Fatal(fmt.Sprint("no part of three was written: ", len(part)))
	}
}

// Chains of equal width and different length are sliced apart, also where a longer node reads a shorter one.
func TestChainsOfDifferentLengthsAreSlicedApart(t *testing.T) {
	const text = `
name: two
nodes:
  a: {type: sound.whitenoise, duration: 20 ms, channels: 100, seed: 1}
  b: {type: sound.whitenoise, duration: 30 ms, channels: 100, seed: 2}
  fa: {type: filterbank.lowpass, from: a, cutoff: 3 kHz}
  fb: {type: filterbank.lowpass, from: b, cutoff: 3 kHz}
  sum: {type: stages.sum, from: [fa, fb]}
sinks:
  - {type: frames, from: fa, path: fa.npy}
  - {type: frames, from: fb, path: fb.npy}
  - {type: frames, from: sum, path: sum.npy}
`
	folder, _ := outputs(t, []byte(text), Options{}, stages.RunOptions{Workers: 2})
	a, b, sum := read(t, filepath.Join(folder, "fa.npy")), read(t, filepath.Join(folder, "fb.npy")), read(t, filepath.Join(folder, "sum.npy"))
	if a.N != 882 || b.N != 1323 || sum.N != 1323 {
		t.Fatalf("%d, %d and %d frames, want 882, 1323 and 1323", a.N, b.N, sum.N)
	}
	for i := range sum.N {
		for c := range 100 {
			want := b.At(i, c)
			if i < a.N {
				want = a.At(i, c) + b.At(i, c)
			}
			if sum.At(i, c) != want {
				t.Fatalf("frame %d, channel %d: %g, want %g", i, c, sum.At(i, c), want)
			}
		}
	}
}
