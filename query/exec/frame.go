package exec

import (
	"sort"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Frame options: PostgreSQL's FRAMEOPTION_ bits, which its grammar gives us.
const (
	frameRange            = 0x00002
	frameRows             = 0x00004
	frameGroups           = 0x00008
	startUnboundedPrec    = 0x00020
	endUnboundedFollowing = 0x00100
	startCurrentRow       = 0x00200
	endCurrentRow         = 0x00400
	startOffsetPreceding  = 0x00800
	endOffsetPreceding    = 0x01000
	startOffsetFollowing  = 0x02000
	endOffsetFollowing    = 0x04000
	excludeCurrentRow     = 0x08000
	excludeGroup          = 0x10000
	excludeTies           = 0x20000

	defaultFrame = frameRange | startUnboundedPrec | endCurrentRow
)

const (
	invalidFrameSize sqlstate.Code = "22013" // invalid_preceding_or_following_size
)

// partition is rows [lo, hi) of a window's input, with its peer groups: rows first[g] … first[g+1]-1
// are equal by the window's order.
type partition struct {
	lo, hi int
	first  []int
	group  int // that was asked for last
}

// groupOf is the peer group of a row. Rows are asked for in order, most of the time.
func (p *partition) groupOf(row int) int {
	for g := p.group; g < min(p.group+2, len(p.first)); g++ {
		if p.first[g] <= row && row < p.groupEnd(g) {
			p.group = g
			return g
		}
	}
	p.group = sort.SearchInts(p.first, row+1) - 1
	return p.group
}

func (p *partition) peers(row int) (lo, hi int) {
	g := p.groupOf(row)
	return p.first[g], p.groupEnd(g)
}

func (p *partition) groupEnd(g int) int {
	if g+1 < len(p.first) {
		return p.first[g+1]
	}
	return p.hi
}

// frame computes each row's window frame.
type frame struct {
	options    int
	start, end datum.Datum // offsets
	part       *partition
	key        *rangeKey // of RANGE with an offset
}

// bounds is row's frame before exclusion: rows [lo, hi), perhaps empty.
func (f *frame) bounds(row int) (lo, hi int, err error) {
	if lo, err = f.edge(row, true); err != nil {
		return 0, 0, err
	}
	if hi, err = f.edge(row, false); err != nil {
		return 0, 0, err
	}
	return lo, max(lo, hi), nil
}

// edge is the first row of the frame, or with start false the row after its last.
func (f *frame) edge(row int, start bool) (int, error) {
	unbounded, current, preceding := startUnboundedPrec, startCurrentRow, startOffsetPreceding
	offset := f.start
	if !start {
		unbounded, current, preceding = endUnboundedFollowing, endCurrentRow, endOffsetPreceding
		offset = f.end
	}
	switch {
	case f.options&unbounded != 0 && start:
		return f.part.lo, nil
	case f.options&unbounded != 0:
		return f.part.hi, nil
	case f.options&current != 0:
		return f.currentRow(row, start), nil
	}
	back := f.options&preceding != 0
	switch {
	case f.options&frameRows != 0:
		return f.rowsEdge(row, offset.Int(), back, start), nil
	case f.options&frameGroups != 0:
		return f.groupsEdge(row, offset.Int(), back, start), nil
	default:
		return f.key.edge(f.part, row, back, start)
	}
}

func (f *frame) currentRow(row int, start bool) int {
	lo, hi := row, row+1
	if f.options&frameRows == 0 {
		lo, hi = f.part.peers(row)
	}
	if start {
		return lo
	}
	return hi
}

func (f *frame) rowsEdge(row int, offset int64, back, start bool) int {
	offset = min(offset, int64(f.part.hi-f.part.lo)+1)
	at := row + int(offset)
	if back {
		at = row - int(offset)
	}
	if !start {
		at++
	}
	return max(f.part.lo, min(at, f.part.hi))
}

func (f *frame) groupsEdge(row int, offset int64, back, start bool) int {
	offset = min(offset, int64(len(f.part.first))+1)
	g := f.part.groupOf(row) + int(offset)
	if back {
		g = f.part.groupOf(row) - int(offset)
	}
	if !start {
		g++ // the frame ends where the next group begins
	}
	switch {
	case g < 0:
		return f.part.lo
	case g >= len(f.part.first):
		return f.part.hi
	}
	return f.part.first[g]
}

// rows lists row's frame after exclusion; plain says that it is simply [lo, hi).
func (f *frame) rows(row int) (lo, hi int, list []int, plain bool, err error) {
	if lo, hi, err = f.bounds(row); err != nil {
		return 0, 0, nil, false, err
	}
	if f.options&(excludeCurrentRow|excludeGroup|excludeTies) == 0 {
		return lo, hi, nil, true, nil
	}
	xlo, xhi := row, row+1
	if f.options&excludeCurrentRow == 0 {
		xlo, xhi = f.part.peers(row)
	}
	for i := lo; i < hi; i++ {
		if i < xlo || i >= xhi || f.options&excludeTies != 0 && i == row {
			list = append(list, i)
		}
	}
	return lo, hi, list, false, nil
}

// offsets evaluates and checks a frame's offsets.
func (f *frame) offsets(call *plan.WindowCall, c *eval.Context) error {
	for _, side := range []struct {
		expr plan.Expr
		dst  *datum.Datum
		name string
	}{{call.StartOffset, &f.start, "starting"}, {call.EndOffset, &f.end, "ending"}} {
		if side.expr == nil {
			continue
		}
		e, err := eval.Compile(side.expr, c)
		if err != nil {
			return err
		}
		if *side.dst, err = e.Value(); err != nil {
			return err
		}
		if side.dst.IsNull() {
			return sqlstate.New(sqlstate.NullValueNotAllowed, "frame %s offset must not be null", side.name)
		}
		if negative(*side.dst, side.expr.Type()) {
			if f.options&frameRange != 0 {
				return sqlstate.New(invalidFrameSize, "invalid preceding or following size in window function")
			}
			return sqlstate.New(invalidFrameSize, "frame %s offset must not be negative", side.name)
		}
	}
	return nil
}

func negative(d datum.Datum, t *datum.Type) bool {
	switch t.Kind {
	case datum.KindInt:
		return d.Int() < 0
	case datum.KindFloat:
		return d.Float() < 0
	case datum.KindNumeric:
		return d.Numeric().Negative && !d.Numeric().IsZero()
	case datum.KindInterval:
		return datum.Compare(t, d, datum.NewInterval(datum.IntervalValue{})) < 0
	}
	return false
}

// rangeKey finds the edges of RANGE frames with an offset: the first or last row whose key is within
// that much of the row's own.
type rangeKey struct {
	env        *builtin.Env
	key        plan.SortKey
	values     *datum.Vec // the order key of all rows
	start, end *shifted
}

// shifted is a key moved by the offset, through the + or - operator of its types. keys are the
// order key's values as the operator's result type, to compare with.
type shifted struct {
	add, sub builtin.Func
	offset   datum.Datum
	typ      *datum.Type
	keys     *datum.Vec
}

// newShifted finds key ± offset.
func newShifted(env *builtin.Env, key *datum.Vec, offset datum.Datum, offsetType *datum.Type) (*shifted, error) {
	s := &shifted{offset: offset}
	for _, op := range []struct {
		name string
		dst  *builtin.Func
	}{{"+", &s.add}, {"-", &s.sub}} {
		o := operatorOf(op.name, key.Type, offsetType)
		if o == nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported,
				"RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
				key.Type, offsetType)
		}
		fn, err := eval.Function(o.Proc, []*datum.Type{key.Type, offsetType})
		if err != nil {
			return nil, err
		}
		*op.dst, s.typ = fn, o.Result
	}
	s.keys = datum.NewVec(s.typ, key.Len())
	for i := range key.Len() {
		d := key.Get(i)
		if !d.IsNull() && s.typ != key.Type {
			var err error
			if d, err = datum.Cast(d, key.Type, s.typ, -1, false, env.Datum); err != nil {
				return nil, err
			}
		}
		s.keys.Append(d)
	}
	return s, nil
}

func operatorOf(name string, left, right *datum.Type) *catalog.Operator {
	for _, o := range catalog.Builtin().OperatorsNamed(name) {
		if o.Left == left && o.Right == right {
			return o
		}
	}
	return nil
}

func (k *rangeKey) edge(p *partition, row int, back, start bool) (int, error) {
	if k.values.IsNull(row) {
		lo, hi := p.peers(row)
		if start {
			return lo, nil
		}
		return hi, nil
	}
	s := k.start
	if !start {
		s = k.end
	}
	move := s.add
	if back != k.key.Desc {
		move = s.sub
	}
	lo, hi := k.notNull(p)
	target, err := move(k.env, []datum.Datum{k.values.Get(row), s.offset})
	if sqlstate.CodeOf(err) == sqlstate.NumericValueOutOfRange || sqlstate.CodeOf(err) == sqlstate.DatetimeFieldOverflow {
		if back {
			return lo, nil
		}
		return hi, nil
	}
	if err != nil {
		return 0, err
	}
	return lo + sort.Search(hi-lo, func(i int) bool {
		c := datum.Compare(s.typ, s.keys.Get(lo+i), target)
		if k.key.Desc {
			c = -c
		}
		return c > 0 || start && c == 0
	}), nil
}

// notNull is the rows of a partition whose key is not NULL: they are together, NULLs at one end.
func (k *rangeKey) notNull(p *partition) (lo, hi int) {
	lo, hi = p.lo, p.hi
	for lo < hi && k.values.IsNull(lo) {
		lo++
	}
	for lo < hi && k.values.IsNull(hi-1) {
		hi--
	}
	return lo, hi
}
