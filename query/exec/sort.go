package exec

import (
	"container/heap"
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// sortRows reads all its input at the first Next. What outgrows work_mem is written to files as sorted runs, which are
// then merged.
type sortRows struct {
	r     *running
	node  *plan.Sort
	input operator
	types []*datum.Type
	by    *sorter
	topK  *eval.Expr
	order []int
	runs  []*spillFile
	merge *runMerge
	read  bool
	next  int
}

func (r *running) sort(x *plan.Sort) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	by, err := r.sorter(x.Keys)
	if err != nil {
		return nil, err
	}
	topK, err := r.condition(x.TopK)
	return &sortRows{r: r, node: x, input: input, types: typesOf(x), by: by, topK: topK}, err
}

func (s *sortRows) Open(ctx context.Context) error {
	s.drop()
	s.read, s.next, s.order = false, 0, nil
	return s.input.Open(ctx)
}

func (s *sortRows) drop() {
	for _, f := range s.runs {
		f.close()
	}
	s.runs, s.merge = nil, nil
}

func (s *sortRows) Next(ctx context.Context) (*datum.Batch, error) {
	if !s.read {
		s.read = true
		if err := s.sort(ctx); err != nil {
			return nil, err
		}
	}
	if s.merge != nil {
		return s.merge.batch(ctx)
	}
	if s.next >= len(s.order) {
		return nil, nil
	}
	hi := min(s.next+datum.BatchRows, len(s.order))
	rows := s.order[s.next:hi]
	s.next = hi
	return s.by.rows.Gather(rows), nil
}

func (s *sortRows) sort(ctx context.Context) error {
	limit := -1
	if s.topK != nil {
		k, err := s.topK.Value()
		if err != nil {
			return err
		}
		if !k.IsNull() && k.Int() >= 0 {
			limit = int(min(k.Int(), 1<<40))
		}
	}
	s.by.reset(s.types, limit)
	spills := limit < 0 && s.by.max > 0 && len(s.by.keys) > 0 && spillable(s.types) && spillable(s.by.keyTypes())
	if spills {
		s.by.rows.max, s.by.vals.max = 0, 0
	}
	for {
		b, err := s.input.Next(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := s.by.add(b); err != nil {
			return err
		}
		if spills && s.by.bytes() > s.by.max {
			if err := s.spill(limit); err != nil {
				return err
			}
		}
	}
	s.note(limit)
	if len(s.runs) == 0 {
		s.order = s.by.order()
		return nil
	}
	if err := s.spill(limit); err != nil {
		return err
	}
	merge, err := newRunMerge(s.runs, len(s.types), s.by.keys)
	s.merge = merge
	return err
}

// note tells EXPLAIN ANALYZE how the sort went.
func (s *sortRows) note(limit int) {
	np := s.r.profile[s.node]
	if np == nil {
		return
	}
	np.sorted = &sortProfile{method: "quicksort", bytes: s.by.bytes()}
	if limit >= 0 {
		np.sorted.method = "top-N heapsort"
	}
	if len(s.runs) > 0 {
		np.sorted.method, np.sorted.disk = "external merge", true
		for _, f := range s.runs {
			np.sorted.bytes += f.bytes
		}
	}
}

// spill writes the rows at hand as a run: rows and keys side by side.
func (s *sortRows) spill(limit int) error {
	f, err := s.r.spill(append(append([]*datum.Type{}, s.types...), s.by.keyTypes()...))
	if err != nil {
		return err
	}
	s.runs = append(s.runs, f)
	order := s.by.order()
	for lo := 0; lo < len(order); lo += datum.BatchRows {
		rows := order[lo:min(lo+datum.BatchRows, len(order))]
		b := s.by.rows.Gather(rows)
		b.Cols = append(b.Cols, s.by.vals.Gather(rows).Cols...)
		if err := f.add(b); err != nil {
			return err
		}
	}
	s.by.reset(s.types, limit)
	s.by.rows.max, s.by.vals.max = 0, 0
	return nil
}

func (s *sortRows) Close() {
	s.drop()
	s.input.Close()
}

// runMerge reads sorted runs in their common order; of equal rows those of an earlier run come first.
type runMerge struct {
	width int // columns of a row; the keys follow
	keys  []plan.SortKey
	heads []*runHead
}

// runHead is the next row of a run.
type runHead struct {
	run   *spillFile
	at    int // of the runs
	batch *datum.Batch
	row   int
}

func newRunMerge(runs []*spillFile, width int, keys []plan.SortKey) (*runMerge, error) {
	m := &runMerge{width: width, keys: keys}
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
	heap.Init(m)
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
		x, y := a.batch.Cols[m.width+k], b.batch.Cols[m.width+k]
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
