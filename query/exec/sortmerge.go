package exec

import (
	"container/heap"
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// runMerge reads sorted runs in their common order; of equal rows those of an earlier run come first.
type runMerge struct {
	width  int // columns of a row to give
	keysAt int // the first column of the keys
	keys   []plan.SortKey
	heads  []*runHead
	ready  bool
}

// runHead is the next row of a run.
type runHead struct {
	run   *spillFile
	at    int // of the runs
	batch *datum.Batch
	row   int
}

func newRunMerge(runs []*spillFile, width int, keys []plan.SortKey) (*runMerge, error) {
	m := &runMerge{width: width, keysAt: width, keys: keys}
	for i, r := range runs {
		if err := r.rewind(); err != nil {
			return nil, err
		}
		h := &runHead{run: r, at: i, row: -1}
		more, err := h.step()
		if err != nil {
			return nil, err
		}
		if more {
			m.heads = append(m.heads, h)
		}
	}
	return m, nil
}

// step moves to the run's next row.
func (h *runHead) step() (more bool, err error) {
	h.row++
	if h.batch == nil || h.row >= h.batch.Rows {
		h.row = 0
		if h.batch, err = h.run.next(); err != nil || h.batch == nil {
			h.run.close()
			return false, err
		}
	}
	return true, nil
}

// batch gives the next rows.
func (m *runMerge) batch(ctx context.Context) (*datum.Batch, error) {
	if len(m.heads) == 0 || ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !m.ready {
		heap.Init(m)
		m.ready = true
	}
	out := datum.NewBatch(m.heads[0].run.types[:m.width], datum.BatchRows)
	for out.Rows < datum.BatchRows && len(m.heads) > 0 {
		h := m.heads[0]
		for i, c := range out.Cols {
			c.AppendFrom(h.batch.Cols[i], h.row)
		}
		out.Rows++
		more, err := h.step()
		if err != nil {
			return nil, err
		}
		if more {
			heap.Fix(m, 0)
		} else {
			heap.Pop(m)
		}
	}
	return out, nil
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (m *runMerge) Len() int { return len(m.heads) }

func (m *runMerge) Less(i, j int) bool {
	a, b := m.heads[i], m.heads[j]
	for k, key := range m.keys {
		x, y := a.batch.Cols[m.keysAt+k], b.batch.Cols[m.keysAt+k]
		if c := orderOf(x, y, key.Desc, key.NullsFirst)(a.row, b.row); c != 0 {
			return c < 0
		}
	}
	return a.at < b.at
}

func (m *runMerge) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }

// Push is not used: runs only end.
func (m *runMerge) Push(any) {}

// Pop removes the last head.
func (m *runMerge) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}
