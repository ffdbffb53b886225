package kernel

import (
	"math"
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
	for i := range u {
		m := uint64(6+i) / 2
		k := [2]uint32{key & 0xffffffff, key >> 32}
		s := uint64(math.MaxUint64 + step + 1)
		block := Philox4x32([4]uint32{uint32(m), uint32(m >> 32), uint32(s), uint32(s >> 32)}, k)
		half := block[i%2*2:]
		if want := float64((uint64(half[0])|uint64(half[1])<<32)>>11) * 0x1p-53; u[i] != want {
			t.Errorf("uniform %d: %v, want %v", i, u[i], want)
		}
		pair := uint64(6+i) / 2
		m = pair/16*8 + pair%8 | 1<<63
		block = Philox4x32([4]uint32{uint32(m), uint32(m >> 32), uint32(s), uint32(s >> 32)}, k)
		half = block[pair/8%2*2:]
		word := uint64(half[0]) | uint64(half[1])<<32
		a := (float64(word>>26) + 0.5) * 0x1p-38
		b := ((float64(word&(1<<25-1))+0.5)*0x1p-25 - 0.5) / 2
		if word>>25&1 == 1 {
			b += 0.5
		}
		sin, cos := math.Sincos(2 * math.Pi * b)
		want := math.Sqrt(-2*math.Log(a)) * []float64{cos, sin}[i%2]
		if math.Abs(n[i]-want) > 1e-10 {
			t.Errorf("normal %d: %v, want %v", i, n[i], want)
		}
	}
}

// The ends of both ranges: the smallest and the largest radius, the edges of the half turn, and either sign.
func TestNormalPairsAreGoodAtTheirEnds(t *testing.T) {
	for _, k := range []uint64{0, 1, 2, 1 << 20, 1 << 36, 1<<37 - 1, 1 << 37, 1<<37 + 1, 1<<38 - 1<<20, 1<<38 - 2, 1<<38 - 1} {
		for _, j := range []uint64{0, 1, 1<<24 - 1, 1 << 24, 1<<25 - 2, 1<<25 - 1} {
			for s := range uint64(2) {
				x, y := normalPair(k<<26 | s<<25 | j)
				u := (float64(k) + 0.5) * 0x1p-38
				radius := math.Sqrt(-2 * math.Log1p(u-1))
				sin, cos := math.Sincos(math.Pi * ((float64(j)+0.5)*0x1p-25 - 0.5))
				if s == 1 {
					sin, cos = -sin, -cos
				}
				limit := 1e-10
				if radius < 1e-3 {
					limit = 1e-5 * radius
				}
				if !(math.Abs(x-radius*cos) < limit && math.Abs(y-radius*sin) < limit) {
					t.Errorf("k = %d, j = %d, s = %d: %v and %v, want %v and %v", k, j, s, x, y, radius*cos, radius*sin)
				}
			}
		}
	}
	if x, _ := normalPair(1 << 24); math.Abs(x-7.353) > 1e-3 {
		t.Errorf("the largest normal number is %v", x)
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
