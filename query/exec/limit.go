package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// limit passes on rows skip … skip+left, and with ties those equal to the last by the sort keys.
type limit struct {
	input         operator
	count, offset *eval.Expr
	ties          *sorter
	skip, left    int64 // left is -1 without a count
	last          *datum.Batch
}

func (r *running) limit(x *plan.Limit) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &limit{input: input}
	if op.count, err = r.condition(x.Count); err != nil {
		return nil, err
	}
	if op.offset, err = r.condition(x.Offset); err != nil {
		return nil, err
	}
	if len(x.WithTies) > 0 {
		op.ties, err = r.sorter(x.WithTies)
	}
	return op, err
}

func (l *limit) Open(ctx context.Context) error {
	var err error
	if l.left, err = bound(l.count, -1, sqlstate.InvalidRowCountInLimitClause, "LIMIT"); err != nil {
		return err
	}
	if l.skip, err = bound(l.offset, 0, sqlstate.InvalidRowCountInResultOffsetClause, "OFFSET"); err != nil {
		return err
	}
	l.last = nil
	return l.input.Open(ctx)
}

// bound evaluates LIMIT or OFFSET; NULL is none.
func bound(e *eval.Expr, none int64, code sqlstate.Code, clause string) (int64, error) {
	if e == nil {
		return none, nil
	}
	d, err := e.Value()
	if err != nil || d.IsNull() {
		return none, err
	}
	if d.Int() < 0 {
		return 0, sqlstate.New(code, "%s must not be negative", clause)
	}
	return d.Int(), nil
}

func (l *limit) Next(ctx context.Context) (*datum.Batch, error) {
	for l.left != 0 {
		b, err := l.input.Next(ctx)
		if err != nil || b == nil {
			return nil, err
		}
		if l.skip >= int64(b.Rows) {
			l.skip -= int64(b.Rows)
			continue
		}
		lo, hi := int(l.skip), b.Rows
		l.skip = 0
		if l.left >= 0 {
			hi = int(min(int64(hi), int64(lo)+l.left))
			l.left -= int64(hi - lo)
		}
		if l.left == 0 && l.ties != nil {
			return l.withTies(b, lo, hi)
		}
		return b.Slice(lo, hi), nil
	}
	if l.last != nil {
		return l.moreTies(ctx)
	}
	return nil, nil
}

// withTies extends the last batch wanted by the rows that tie with its last one.
func (l *limit) withTies(b *datum.Batch, lo, hi int) (*datum.Batch, error) {
	l.last = b.Slice(hi-1, hi).Gather([]int{0})
	n, err := l.tied(b.Slice(hi, b.Rows))
	if err != nil {
		return nil, err
	}
	if hi+n < b.Rows {
		l.last = nil
	}
	return b.Slice(lo, hi+n), nil
}

// moreTies looks for ties in the batches after the last one wanted.
func (l *limit) moreTies(ctx context.Context) (*datum.Batch, error) {
	b, err := l.input.Next(ctx)
	if err != nil || b == nil {
		l.last = nil
		return nil, err
	}
	n, err := l.tied(b)
	if n < b.Rows {
		l.last = nil
	}
	if err != nil || n == 0 {
		return nil, err
	}
	return b.Slice(0, n), nil
}

// tied counts the leading rows of b equal to the last row wanted.
func (l *limit) tied(b *datum.Batch) (int, error) {
	types := make([]*datum.Type, len(b.Cols))
	for i, c := range b.Cols {
		types[i] = c.Type
	}
	l.ties.reset(types, -1)
	if err := l.ties.add(l.last); err != nil {
		return 0, err
	}
	if err := l.ties.add(b); err != nil {
		return 0, err
	}
	compare := l.ties.compare()
	n := 0
	for n < b.Rows && compare(0, n+1) == 0 {
		n++
	}
	return n, nil
}

func (l *limit) Close() { l.input.Close() }
