package filterbank

import (
	"fmt"
	"testing"

	"hearpipe/stages"
)

func BenchmarkTanCarney(b *testing.B) {
	for _, channels := range []int{100, 300, 1000} {
		for _, interval := range []int{1, 16} {
			cf, err := ERBSpace(200, 8000, channels)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%d/interval=%d", channels, interval), func(b *testing.B) {
				run(b, channels, 1, func(src stages.Stage) (stages.Stage, error) {
					return NewTanCarney(src, TanCarneyParams{CF: cf, Interval: interval})
				})
			})
		}
	}
}

func BenchmarkInnerHairCell(b *testing.B) {
	run(b, 300, 300, func(src stages.Stage) (stages.Stage, error) { return NewInnerHairCell(src, InnerHairCellParams{}) })
}

func BenchmarkZhang(b *testing.B) {
	cf, err := ERBSpace(200, 8000, 300)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("rate", func(b *testing.B) {
		run(b, 300, 300, func(src stages.Stage) (stages.Stage, error) { return NewZhangRate(src, ZhangParams{CF: cf}) })
	})
	b.Run("fibres", func(b *testing.B) { // the output is R, as many values as fibres
		run(b, 3000, 300, func(src stages.Stage) (stages.Stage, error) {
			z, err := NewZhangFibres(src, ZhangFibresParams{ZhangParams: ZhangParams{CF: cf}, PerChannel: 10})
			if err != nil {
				return nil, err
			}
			return z.Firing, nil
		})
	})
}
