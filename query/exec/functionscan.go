package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// functionScan is functions in FROM, side by side, perhaps numbered.
type functionScan struct {
	zip        zipper
	types      []*datum.Type
	ordinality bool
	row        int64
	ended      bool
}

func (r *running) functionScan(x *plan.FunctionScan) (operator, error) {
	op := &functionScan{types: typesOf(x), ordinality: x.Ordinality}
	for _, c := range x.Calls {
		g, err := r.generator(c, true)
		if err != nil {
			return nil, err
		}
		op.zip.gens = append(op.zip.gens, g)
	}
	return op, nil
}

func (f *functionScan) Open(context.Context) error {
	f.row, f.ended = 0, false
	return f.zip.start(&datum.Batch{Rows: 1}, 0)
}

func (f *functionScan) Close() { f.zip.close() }

func (f *functionScan) Next(ctx context.Context) (*datum.Batch, error) {
	if f.ended || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(f.zip.gens) == 1 && !f.ordinality {
		return f.zip.gens[0].read()
	}
	out := datum.NewBatch(f.types, datum.BatchRows)
	for out.Rows < datum.BatchRows {
		more, err := f.zip.advance()
		if err != nil {
			return nil, err
		}
		if !more {
			f.ended = true
			break
		}
		f.append(out)
	}
	if out.Rows == 0 {
		return nil, nil
	}
	return out, nil
}

func (f *functionScan) append(out *datum.Batch) {
	at := 0
	for i, g := range f.zip.gens {
		f.zip.appendTo(i, out.Cols[at:])
		at += len(g.types)
	}
	f.row++
	if f.ordinality {
		out.Cols[at].Append(datum.NewInt(f.row))
	}
	out.Rows++
}
