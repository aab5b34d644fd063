package datum

// BatchRows is how many rows an operator hands over at most: large enough to drown the cost of a
// call, small enough that a batch of a few columns stays in the second-level cache.
const BatchRows = 1024

// Vec is a column of values, one slice in use by the type's Kind, all of length Len.
// Nulls is nil when no value is NULL; where Nulls[i] is true the slot in the value slice is undefined
// but present.
type Vec struct {
	Type  *Type
	Nulls []bool

	B []bool      // KindBool
	I []int64     // KindInt
	F []float64   // KindFloat
	S []string    // KindString
	V [][]float32 // KindVector
	D []Datum     // KindSparse, KindNumeric, KindInterval, KindArray, KindRecord, KindRange, KindMultirange
}

// NewVec makes an empty column with room for capacity values.
func NewVec(t *Type, capacity int) *Vec {
	v := &Vec{Type: t}
	v.grow(capacity)
	return v
}

// grow makes room for the first values.
func (v *Vec) grow(capacity int) {
	switch v.Type.Kind {
	case KindBool:
		v.B = make([]bool, 0, capacity)
	case KindInt:
		v.I = make([]int64, 0, capacity)
	case KindFloat:
		v.F = make([]float64, 0, capacity)
	case KindString:
		v.S = make([]string, 0, capacity)
	case KindVector:
		v.V = make([][]float32, 0, capacity)
	default:
		v.D = make([]Datum, 0, capacity)
	}
}

// Len is the number of values.
func (v *Vec) Len() int {
	switch v.Type.Kind {
	case KindBool:
		return len(v.B)
	case KindInt:
		return len(v.I)
	case KindFloat:
		return len(v.F)
	case KindString:
		return len(v.S)
	case KindVector:
		return len(v.V)
	default:
		return len(v.D)
	}
}

// IsNull says whether value i is NULL.
func (v *Vec) IsNull(i int) bool { return v.Nulls != nil && v.Nulls[i] }

// Get returns value i.
func (v *Vec) Get(i int) Datum {
	if v.IsNull(i) {
		return Null
	}
	switch v.Type.Kind {
	case KindBool:
		return NewBool(v.B[i])
	case KindInt:
		return NewInt(v.I[i])
	case KindFloat:
		return NewFloat(v.F[i])
	case KindString:
		return NewString(v.S[i])
	case KindVector:
		return NewVector(v.V[i])
	default:
		return v.D[i]
	}
}

// Append adds a value, which must be NULL or of the type's kind.
func (v *Vec) Append(d Datum) {
	n := v.Len()
	if d.IsNull() {
		v.growNulls(n)
		v.Nulls = append(v.Nulls, true)
	} else if v.Nulls != nil {
		v.Nulls = append(v.Nulls, false)
	}
	switch v.Type.Kind {
	case KindBool:
		v.B = append(v.B, d.Bool())
	case KindInt:
		v.I = append(v.I, d.Int())
	case KindFloat:
		v.F = append(v.F, d.Float())
	case KindString:
		v.S = append(v.S, d.Str())
	case KindVector:
		v.V = append(v.V, d.Vector())
	default:
		v.D = append(v.D, d)
	}
}

func (v *Vec) growNulls(n int) {
	if v.Nulls == nil {
		v.Nulls = make([]bool, n, max(cap(v.I), n+1, 16))
	}
}

// AppendFrom adds value i of src, a column of the same kind, without boxing it in a Datum.
func (v *Vec) AppendFrom(src *Vec, i int) {
	if src.IsNull(i) {
		v.Append(Null)
		return
	}
	if v.Nulls != nil {
		v.Nulls = append(v.Nulls, false)
	}
	switch v.Type.Kind {
	case KindBool:
		v.B = append(v.B, src.B[i])
	case KindInt:
		v.I = append(v.I, src.I[i])
	case KindFloat:
		v.F = append(v.F, src.F[i])
	case KindString:
		v.S = append(v.S, src.S[i])
	case KindVector:
		v.V = append(v.V, src.V[i])
	default:
		v.D = append(v.D, src.D[i])
	}
}

// Reset empties the column, keeping its memory.
func (v *Vec) Reset() {
	v.Nulls = nil
	v.B, v.I, v.F = v.B[:0], v.I[:0], v.F[:0]
	clear(v.S)
	clear(v.V)
	clear(v.D)
	v.S, v.V, v.D = v.S[:0], v.V[:0], v.D[:0]
}

// Slice returns the values [lo, hi) as a column that shares memory with v.
func (v *Vec) Slice(lo, hi int) *Vec {
	out := &Vec{}
	v.sliceTo(out, lo, hi)
	return out
}

func (v *Vec) sliceTo(out *Vec, lo, hi int) {
	out.Type = v.Type
	if v.Nulls != nil {
		out.Nulls = v.Nulls[lo:hi]
	}
	switch v.Type.Kind {
	case KindBool:
		out.B = v.B[lo:hi]
	case KindInt:
		out.I = v.I[lo:hi]
	case KindFloat:
		out.F = v.F[lo:hi]
	case KindString:
		out.S = v.S[lo:hi]
	case KindVector:
		out.V = v.V[lo:hi]
	default:
		out.D = v.D[lo:hi]
	}
}

// Gather returns the values at rows sel, in that order, as a new column.
func (v *Vec) Gather(sel []int) *Vec {
	out := NewVec(v.Type, len(sel))
	for _, i := range sel {
		out.AppendFrom(v, i)
	}
	return out
}

// Constant returns a column of n copies of d.
func Constant(t *Type, d Datum, n int) *Vec {
	v := NewVec(t, n)
	for range n {
		v.Append(d)
	}
	return v
}

// Batch is up to BatchRows rows: Rows counts them (a batch may have no columns), Cols hold them.
type Batch struct {
	Rows int
	Cols []*Vec
}

// NewBatch makes an empty batch of the given column types.
func NewBatch(types []*Type, capacity int) *Batch {
	b, vecs := &Batch{Cols: make([]*Vec, len(types))}, make([]Vec, len(types))
	for i, t := range types {
		vecs[i].Type = t
		vecs[i].grow(capacity)
		b.Cols[i] = &vecs[i]
	}
	return b
}

// AppendRow adds a row.
func (b *Batch) AppendRow(row []Datum) {
	for i, d := range row {
		b.Cols[i].Append(d)
	}
	b.Rows++
}

// Row copies row i into dst, grown as needed, and returns it.
func (b *Batch) Row(i int, dst []Datum) []Datum {
	dst = dst[:0]
	for _, c := range b.Cols {
		dst = append(dst, c.Get(i))
	}
	return dst
}

// Gather returns the rows at sel, in that order, as a new batch. A column that is nil stays so.
func (b *Batch) Gather(sel []int) *Batch {
	out := &Batch{Rows: len(sel), Cols: make([]*Vec, len(b.Cols))}
	for i, c := range b.Cols {
		if c != nil {
			out.Cols[i] = c.Gather(sel)
		}
	}
	return out
}

// Slice returns rows [lo, hi), sharing memory with b.
func (b *Batch) Slice(lo, hi int) *Batch {
	out, vecs := &Batch{Rows: hi - lo, Cols: make([]*Vec, len(b.Cols))}, make([]Vec, len(b.Cols))
	for i, c := range b.Cols {
		c.sliceTo(&vecs[i], lo, hi)
		out.Cols[i] = &vecs[i]
	}
	return out
}

// Head returns the first n rows, b itself when it has no more.
func (b *Batch) Head(n int) *Batch {
	if n == b.Rows {
		return b
	}
	return b.Slice(0, n)
}
