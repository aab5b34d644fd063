package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// projectSet is a projection in which some columns are set-returning calls: each input row gives as
// many rows as its longest set, with NULLs under the shorter ones and the plain columns repeated.
type projectSet struct {
	input operator
	types []*datum.Type
	plain []*eval.Expr // by output column, nil for a set
	sets  []int        // output columns of zip's generators
	zip   zipper

	batch  *datum.Batch
	cols   []*datum.Vec // plain columns of batch
	row    int
	inside bool // the sets of the row at hand have begun
}

func (r *running) projectSet(x *plan.ProjectSet) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &projectSet{input: input, types: typesOf(x), plain: make([]*eval.Expr, len(x.Exprs))}
	for i, e := range x.Exprs {
		if call, ok := e.(*plan.Call); ok && call.Proc.RetSet {
			g, err := r.generator(call, false)
			if err != nil {
				return nil, err
			}
			g.whole = call.Proc.GivesRecord()
			op.sets, op.zip.gens = append(op.sets, i), append(op.zip.gens, g)
			continue
		}
		if op.plain[i], err = eval.Compile(e, r.exprs); err != nil {
			return nil, err
		}
	}
	return op, nil
}

func (p *projectSet) Open(ctx context.Context) error {
	p.zip.close()
	p.batch, p.inside = nil, false
	return p.input.Open(ctx)
}

func (p *projectSet) Close() {
	p.zip.close()
	p.input.Close()
}

func (p *projectSet) Next(ctx context.Context) (*datum.Batch, error) {
	out := datum.NewBatch(p.types, datum.BatchRows)
	for out.Rows < datum.BatchRows {
		more, err := p.position(ctx)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		if more, err = p.zip.advance(); err != nil {
			return nil, err
		}
		if !more {
			p.row, p.inside = p.row+1, false
			continue
		}
		p.append(out)
	}
	if out.Rows == 0 {
		return nil, nil
	}
	return out, nil
}

// position makes sure that the sets of some input row have begun; false when there are no more rows.
func (p *projectSet) position(ctx context.Context) (bool, error) {
	if p.inside {
		return true, nil
	}
	if p.batch == nil || p.row >= p.batch.Rows {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		var err error
		if p.batch, err = p.input.Next(ctx); err != nil || p.batch == nil {
			return false, err
		}
		p.row, p.cols = 0, make([]*datum.Vec, len(p.plain))
		for i, e := range p.plain {
			if e == nil {
				continue
			}
			if p.cols[i], err = e.Eval(p.batch); err != nil {
				return false, err
			}
		}
	}
	p.inside = true
	return true, p.zip.start(p.batch, p.row)
}

func (p *projectSet) append(out *datum.Batch) {
	for i, c := range p.cols {
		if c != nil {
			out.Cols[i].AppendFrom(c, p.row)
		}
	}
	for s, col := range p.sets {
		p.zip.appendTo(s, out.Cols[col:col+1])
	}
	out.Rows++
}
