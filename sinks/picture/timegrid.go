package picture

// timeGrid is a table of bins × cells that covers a stream of any length: all bins are width frames wide, and when there
// is no bin left for a frame, neighbours are merged and the width doubles. After long enough between half and all of the
// bins are in use.
type timeGrid[T any] struct {
	values []T // cell k of bin b is values[b*cells+k]
	cells  int
	bins   int   // there is room for, even
	width  int64 // frames per bin
	merge  func(a, b T) T
}

// newTimeGrid makes an empty grid. merge makes the value of a bin from those of its halves; the zero value of T is that
// of a bin in which nothing happened.
func newTimeGrid[T any](bins, cells int, merge func(a, b T) T) timeGrid[T] {
	bins += bins % 2
	return timeGrid[T]{values: make([]T, bins*cells), cells: cells, bins: bins, width: 1, merge: merge}
}

// bin returns the bin of the frame at, which it makes room for.
func (g *timeGrid[T]) bin(at int64) []T {
	for at/g.width >= int64(g.bins) {
		g.double()
	}
	b := int(at / g.width)
	return g.values[b*g.cells : (b+1)*g.cells]
}

func (g *timeGrid[T]) double() {
	for b := range g.bins / 2 {
		to := g.values[b*g.cells : (b+1)*g.cells]
		first := g.values[2*b*g.cells : (2*b+1)*g.cells]
		second := g.values[(2*b+1)*g.cells : (2*b+2)*g.cells]
		for k := range to {
			to[k] = g.merge(first[k], second[k])
		}
	}
	clear(g.values[g.bins/2*g.cells:])
	g.width *= 2
}

// share is a bin that a column of a picture shows, and how much of the bin lies in the column.
type share struct {
	bin      int
	fraction float64
}

// columns cuts the frames 0:n of the grid into the columns of a picture and appends the bins of one column to list,
// which is reused.
func (g *timeGrid[T]) columns(list []share, column, width int, n int64) []share {
	perColumn := float64(n) / float64(g.width) / float64(width) // bins
	low, high := float64(column)*perColumn, float64(column+1)*perColumn
	for b := int(low); b < g.bins && float64(b) < high; b++ {
		if f := min(high, float64(b+1)) - max(low, float64(b)); f > 1e-9 {
			list = append(list, share{b, f})
		}
	}
	return list
}
