package kernel

// ChainOp is an operation of a [Chain] on the accumulator a. v is the element of a view, s the entry of a table. Every result is
// rounded once, products of sums too.
type ChainOp int32

// The operations of a chain.
const (
	ChainMul        ChainOp = iota // a = a · v
	ChainMulScalar                 // a = a · s
	ChainAdd                       // a = a + v
	ChainSub                       // a = a - v
	ChainFrom                      // a = v - a
	ChainAddScaled                 // a = a + v · s
	ChainAddScalar                 // a = a + s
	ChainSubScalar                 // a = a - s
	ChainFromScalar                // a = s - a
	ChainDivScalar                 // a = a / s by the reciprocal of s, see Reciprocal, at the entries Other and Other + 1
	ChainDiv                       // a = a / v
	ChainInto                      // a = v / a
	ChainDivAny                    // a = a / s
	ChainIntoScalar                // a = s / a
	ChainSquare                    // a = a · a
	ChainCube                      // a = (a · a) · a
	ChainNeg                       // a = -a
	ChainWhere                     // a if v is not 0, else the element of the view Other
	ChainCopy                      // a = a
	ChainWatch                     // a = a, and Chain says whether it was finite
	chainOps
)

// ChainStep is an operation with its operands. The accumulator is loaded before it and stored after it where there are views for
// that; without the first it is what the step before left.
type ChainStep struct {
	Op          ChainOp
	From, To    int32 // views, -1 for none
	View, Other int32 // views, 0 where the operation has none
	Scalar      int32 // entry of the table, 0 where the operation has none
}

// Chain runs a program over n elements: all its steps for a group of elements, whose accumulators are registers, then for the next
// ones. What the steps leave in the accumulator needs no memory in between. Views that the steps name have n elements or more and
// do not overlap unless they are the same or none is stored to; nothing of this is checked. finite says whether no ChainWatch
// came upon an infinite number or NaN.
func Chain(code []ChainStep, views [][]float64, table []float64, n int) (finite bool) {
	return n == 0 || len(code) == 0 || chain(code, views, table, n)
}

// chainGroup is how many elements the reference takes at once.
const chainGroup = 64

// chainGeneric runs a chain for the elements at and following.
func chainGeneric(code []ChainStep, views [][]float64, table []float64, at, n int) (finite bool) {
	var memory [chainGroup]float64
	finite = true
	for ; at < n; at += chainGroup {
		a := memory[:min(chainGroup, n-at)]
		for k := range code {
			c := &code[k]
			if c.From >= 0 {
				copy(a, views[c.From][at:])
			}
			chainStep(c, a, views, table, at)
			if c.To >= 0 {
				copy(views[c.To][at:], a)
			}
			if c.Op == ChainWatch {
				finite = finite && allFiniteGeneric(a)
			}
		}
	}
	return finite
}

// chainStep does a step's operation for the elements at and following.
func chainStep(c *ChainStep, a []float64, views [][]float64, table []float64, at int) {
	v, s := views[c.View][at:at+len(a)], table[c.Scalar]
	switch c.Op {
	case ChainAdd:
		addGeneric(a, a, v)
	case ChainSub:
		subGeneric(a, a, v)
	case ChainFrom:
		subGeneric(a, v, a)
	case ChainMul:
		mulGeneric(a, a, v)
	case ChainAddScalar:
		addScalarGeneric(a, a, s)
	case ChainSubScalar:
		subScalarGeneric(a, a, s)
	case ChainFromScalar:
		scalarSubGeneric(a, s, a)
	case ChainMulScalar:
		mulScalarGeneric(a, a, s)
	case ChainAddScaled:
		for i, x := range v {
			a[i] += float64(x * s)
		}
	case ChainDiv:
		divGeneric(a, a, v)
	case ChainInto:
		divGeneric(a, v, a)
	case ChainDivScalar, ChainDivAny:
		divScalarGeneric(a, a, s)
	case ChainIntoScalar:
		scalarDivGeneric(a, s, a)
	case ChainSquare:
		squareGeneric(a, a)
	case ChainCube:
		cubeGeneric(a, a)
	case ChainNeg:
		negGeneric(a, a)
	case ChainWhere:
		selectGeneric(a, v, a, views[c.Other][at:at+len(a)])
	case ChainCopy, ChainWatch:
	default:
		panic("kernel: unknown operation of a chain")
	}
}
