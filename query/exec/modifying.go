package exec

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// A statement with data-modifying WITH queries runs to its end before it gives its first row, and then runs
// those queries to theirs: each happens once and whole, however little of it the statement reads. All parts read the
// snapshot that the statement began with. A row that one part has written is left alone by the others.

// touchedRows are the rows that a statement of several writing parts has updated or deleted.
type touchedRows map[catalog.OID]map[int64]bool

func modifies(p *plan.Plan) bool {
	return slices.ContainsFunc(p.CTEs, func(c *plan.CTE) bool { return c.Modifies })
}

// settle runs everything and keeps the statement's rows.
func (q *Query) settle(ctx context.Context) error {
	if q.settled != nil {
		return nil
	}
	rows := q.run.spool(typesOf(q.run.plan.Root))
	if err := rows.drain(ctx, q.root); err != nil {
		return err
	}
	if _, explains := q.run.plan.Root.(*plan.Explain); !explains {
		if err := q.run.finishModifying(ctx); err != nil {
			return err
		}
	}
	q.settled = rows
	return nil
}

// finishModifying runs data-modifying WITH queries to their ends, the last one first, since it may read others.
func (r *running) finishModifying(ctx context.Context) error {
	for _, c := range slices.Backward(r.plan.CTEs) {
		if !c.Modifies {
			continue
		}
		shared, err := r.shared(c)
		if err != nil {
			return err
		}
		of, err := shared.result(ctx)
		if err != nil {
			return err
		}
		for more := true; more; {
			if more, err = shared.more(ctx, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// untouched takes the rows that no other part of the statement has written, and notes them as written.
func (r *running) untouched(t *catalog.Table, rows *datum.Batch, width int) *datum.Batch {
	if r.touched == nil {
		return rows
	}
	seen := r.touched[t.OID]
	if seen == nil {
		seen = map[int64]bool{}
		r.touched[t.OID] = seen
	}
	var keep []int
	for i, id := range rows.Cols[width].I {
		if !seen[id] {
			seen[id] = true
			keep = append(keep, i)
		}
	}
	if len(keep) == rows.Rows {
		return rows
	}
	return rows.Gather(keep)
}
