package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// dedup passes on the first row of each distinct key. Once the keys fill work_mem, rows with others are put aside into
// files by their keys' hash, and looked at a part at a time after the input's end.
type dedup struct {
	r        *running
	node     plan.Node
	input    operator
	on       []*eval.Expr // nil: all columns
	types    []*datum.Type
	rowTypes []*datum.Type
	// ordered says that equal keys come one after the other: the one before is all there is to remember.
	ordered bool
	before  []*datum.Vec

	seen    *keyTable
	nums    []int32
	bytes   int64
	aside   *partitions
	pending []spilledPart
	part    *spillFile // being read, nil for the input
	level   byte
}

func (r *running) dedup(x *plan.Dedup) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := r.dedupOf(x, input)
	op.ordered = x.Ordered
	if x.On != nil {
		op.types = exprTypes(x.On)
		op.on, err = eval.CompileAll(x.On, r.exprs)
	}
	return op, err
}

// dedupOf drops rows that are equal in all columns.
func (r *running) dedupOf(n plan.Node, input operator) *dedup {
	return &dedup{r: r, node: n, input: input, types: typesOf(n), rowTypes: typesOf(n)}
}

func (d *dedup) Open(ctx context.Context) error {
	d.drop()
	d.begin(0)
	d.before = nil
	return d.input.Open(ctx)
}

// begin forgets the keys.
func (d *dedup) begin(level byte) { d.seen, d.bytes, d.level = newKeyTable(d.types, true), 0, level }

func (d *dedup) drop() {
	if d.part != nil {
		d.part.close()
	}
	for _, p := range d.pending {
		p.file.close()
	}
	d.aside, d.pending, d.part = nil, nil, nil
}

func (d *dedup) Close() {
	d.drop()
	d.input.Close()
}

func (d *dedup) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b, err := d.read(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			if more, err := d.nextPart(); err != nil || !more {
				return nil, err
			}
			continue
		}
		cols := b.Cols
		if d.on != nil {
			if cols, err = evalAll(d.on, b); err != nil {
				return nil, err
			}
		}
		first, err := d.firsts(b, cols)
		switch {
		case err != nil:
			return nil, err
		case len(first) == 0:
		case len(first) == b.Rows:
			return b, nil
		default:
			return b.Gather(first), nil
		}
	}
}

func (d *dedup) read(ctx context.Context) (*datum.Batch, error) {
	if d.part == nil {
		return d.input.Next(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return d.part.next()
}

// nextPart begins with rows that were put aside; false when there are none.
func (d *dedup) nextPart() (bool, error) {
	if d.part != nil {
		d.part.close()
	}
	if d.ordered {
		return false, nil
	}
	if d.aside != nil {
		d.r.profile.hashed(d.node, d.bytes, d.aside)
		d.pending = append(d.pending, d.aside.pending(d.level)...)
		d.aside = nil
	} else {
		d.r.profile.hashed(d.node, d.bytes, nil)
	}
	if d.part = nil; len(d.pending) == 0 {
		return false, nil
	}
	next := d.pending[0]
	d.pending, d.part = d.pending[1:], next.file
	d.begin(next.level)
	return true, d.part.rewind()
}

// firsts lists the rows of a batch that have a key for the first time.
func (d *dedup) firsts(b *datum.Batch, cols []*datum.Vec) ([]int, error) {
	if d.ordered {
		return d.changes(cols, b.Rows), nil
	}
	if d.aside != nil {
		d.nums = d.seen.find(cols, b.Rows, d.nums)
		var others []int
		for row, k := range d.nums {
			if k < 0 {
				others = append(others, row)
			}
		}
		return nil, d.aside.add(b, cols, others)
	}
	var first []int
	d.nums = d.seen.insert(cols, b.Rows, d.nums, func(row int) {
		first = append(first, row)
		d.bytes += keyBytes(cols, row)
	})
	if max := d.r.env.WorkMemBytes; max > 0 && d.bytes > max && d.level < maxSpillLevel && spillable(d.rowTypes) {
		d.aside = d.r.partition(d.rowTypes, d.types, d.level)
	}
	return first, nil
}

// keyBytes is roughly what a key takes in a keyTable.
func keyBytes(cols []*datum.Vec, row int) int64 {
	n := int64(48)
	for _, c := range cols {
		n += valueBytes(c, row)
	}
	return n
}

// changes lists the rows whose key is not that of the row before.
func (d *dedup) changes(cols []*datum.Vec, n int) []int {
	var first []int
	same := sameKeys(cols)
	for i := range n {
		if i > 0 && !same(i-1, i) || i == 0 && (d.before == nil || !equalRows(d.before, 0, cols, 0)) {
			first = append(first, i)
		}
	}
	d.before = oneRow(cols, n-1)
	return first
}

// sameKeys compares rows of a batch by their keys, NULL equal to NULL.
func sameKeys(keys []*datum.Vec) func(i, j int) bool {
	compare := orderBy(make([]plan.SortKey, len(keys)), keys, keys)
	return func(i, j int) bool { return compare(i, j) == 0 }
}

// equalRows compares two rows, NULL equal to NULL.
func equalRows(a []*datum.Vec, i int, b []*datum.Vec, j int) bool {
	for k := range a {
		x, y := a[k].Get(i), b[k].Get(j)
		if x.IsNull() != y.IsNull() || !x.IsNull() && !datum.Equal(a[k].Type, x, y) {
			return false
		}
	}
	return true
}
