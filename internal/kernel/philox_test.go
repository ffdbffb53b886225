package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Known answers of the authors' Random123 distribution.
func TestPhiloxGivesTheKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{
			[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
			[2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
		},
	} {
		if got := Philox4x32(c.counter, c.key); got != c.want {
			t.Errorf("counter %x key %x: %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

func TestRandomNumbersFollowTheirFormula(t *testing.T) {
	const key, step = 0x299f31d0a4093822, -5
	u, n := make([]float64, 41), make([]float64, 41)
	PhiloxUniforms(u, key, 6, step)
	PhiloxNormals(n, key, 6, step)
	word := func(i, flag uint64) uint64 {
		m := i/16*8 + i%8 | flag
		s := uint64(math.MaxUint64 + step + 1)
		block := Philox4x32([4]uint32{uint32(m), uint32(m >> 32), uint32(s), uint32(s >> 32)}, [2]uint32{key & 0xffffffff, key >> 32})
		half := block[i/8%2*2:]
		return uint64(half[0])<<32 | uint64(half[1])
	}
	for i := range u {
		if want := float64(word(uint64(6+i), 0)>>11) * 0x1p-53; u[i] != want {
			t.Errorf("uniform %d: %v, want %v", i, u[i], want)
		}
		w := word(uint64(6+i)/2, 1<<63)
		radius, angle := polar(w)
		sin, cos := math.Sincos(angle)
		want := radius * []float64{cos, sin}[i%2]
		if math.Abs(n[i]-want) > 3e-10*radius {
			t.Errorf("normal %d: %v, want %v", i, n[i], want)
		}
	}
}

// polar are the coordinates of the pair of normal numbers that a word makes.
func polar(w uint64) (radius, angle float64) {
	u := (float64(w>>25&(1<<38-1)) + 0.5) * 0x1p-38
	q, j := float64(w&15), float64(w>>4&(1<<21-1))
	angle = math.Pi * ((q+(j+0.5)*0x1p-21)/16 - 0.5)
	if w>>63 == 1 {
		angle += math.Pi
	}
	return math.Sqrt(-2 * math.Log1p(u-1)), angle
}

// The ends of all ranges: the smallest and the largest radius, the edges of the intervals of its logarithm, of the sectors of
// the half turn, and either sign; and words between.
func TestNormalPairsAreGoodAtTheirEnds(t *testing.T) {
	ks := []uint64{0, 1, 2, 1 << 20, 1 << 36, 1<<38 - 1<<20, 1<<38 - 2, 1<<38 - 1}
	for i := uint64(16); i < 32; i++ {
		for _, edge := range []uint64{i << 33, i << 20} {
			ks = append(ks, edge-1, edge, edge+1)
		}
	}
	worst := 0.0
	check := func(w uint64) {
		x, y := normalPair(w)
		radius, angle := polar(w)
		sin, cos := math.Sincos(angle)
		e := max(math.Abs(x-radius*cos), math.Abs(y-radius*sin)) / radius
		worst = max(worst, e)
		if !(e < 3e-10) {
			t.Fatalf("word %#x: %v and %v, want %v and %v", w, x, y, radius*cos, radius*sin)
		}
	}
	for _, k := range ks {
		for _, j := range []uint64{0, 1, 1<<20 - 1, 1 << 20, 1<<21 - 2, 1<<21 - 1} {
			for q := range uint64(16) {
				check(k<<25 | j<<4 | q)
				check(1<<63 | k<<25 | j<<4 | q)
			}
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		check(r.Uint64())
	}
	t.Logf("largest error %.3g of the radius", worst)
	if _, y := normalPair(0); math.Abs(y+7.353) > 1e-3 {
		t.Errorf("the largest normal number is %v", y)
	}
}

func TestNegativeIndexOfARandomNumberPanics(t *testing.T) {
	for _, f := range []func([]float64, uint64, int64, int64){PhiloxUniforms, PhiloxNormals} {
		func() {
			defer func() {
				if recover() != errFirst {
					t.Error("no panic for a negative index")
				}
			}()
			f(make([]float64, 3), 1, -1, 0)
		}()
	}
}

func BenchmarkPhilox(b *testing.B) {
	dst := make([]float64, 256)
	for _, c := range []struct {
		name string
		f    func([]float64, uint64, int64, int64)
	}{{"Uniforms", PhiloxUniforms}, {"Normals", PhiloxNormals}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			step := int64(0)
			for b.Loop() {
				c.f(dst, 1, 0, step)
				step++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/number")
		})
	}
}
