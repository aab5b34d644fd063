package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
)

// runSort sorts rows. What outgrows work_mem is written to files as sorted runs, which are then merged. First begin, then
// add, then end, then next; drop at any time.
type runSort struct {
	r      *running
	types  []*datum.Type
	by     *sorter
	limit  int
	spills bool
	stays  bool // a sort with a limit is not to spill
	runs   []sortedRun
	merge  *runMerge
	order  []int
	at     int
}

// sortedRun is a run that was merged from others so many times.
type sortedRun struct {
	file  *spillFile
	level int
}

// mergeOrder bounds how many runs are open for reading at once.
const mergeOrder = 64

func (s *runSort) begin(limit int) {
	s.limit, s.at, s.order = limit, 0, nil
	s.by.reset(s.types, limit)
	s.spills = (limit < 0 || !s.stays) && s.by.max > 0 && len(s.by.keys) > 0 && spillable(s.types) && spillable(s.by.keyTypes())
	if s.spills {
		s.by.rows.max, s.by.vals.max = 0, 0
	}
}

// add takes rows, whose keys the sorter computes.
func (s *runSort) add(ctx context.Context, b *datum.Batch) error {
	if err := s.by.add(b); err != nil {
		return err
	}
	return s.bound(ctx)
}

// addKeyed takes rows and their keys.
func (s *runSort) addKeyed(ctx context.Context, b, keys *datum.Batch) error {
	if err := s.by.addKeyed(b, keys); err != nil {
		return err
	}
	return s.bound(ctx)
}

func (s *runSort) bound(ctx context.Context) error {
	if !s.spills || s.by.bytes() <= s.by.max {
		return nil
	}
	if s.by.limit >= 0 {
		if s.by.prune(); batchBytes(&s.by.rows.Batch)+batchBytes(&s.by.vals.Batch) <= s.by.max/2 {
			return nil
		}
		s.limit, s.by.limit = -1, -1 // more are wanted than fit: all that come before the bar are sorted
	}
	return s.spill(ctx)
}

// end is after the last row.
func (s *runSort) end(ctx context.Context) error {
	if len(s.runs) == 0 {
		s.order = s.by.order()
		return nil
	}
	if err := s.spill(ctx); err != nil {
		return err
	}
	for len(s.runs) > mergeOrder {
		if err := s.join(ctx, max(0, len(s.runs)-mergeOrder)); err != nil {
			return err
		}
	}
	var err error
	s.merge, err = newRunMerge(s.files(0), len(s.types), s.by.keys)
	return err
}

func (s *runSort) files(from int) []*spillFile {
	var out []*spillFile
	for _, r := range s.runs[from:] {
		out = append(out, r.file)
	}
	return out
}

// next gives the next rows in order, nil at the end.
func (s *runSort) next(ctx context.Context) (*datum.Batch, error) {
	if s.merge != nil {
		return s.merge.batch(ctx)
	}
	if s.at >= len(s.order) {
		return nil, nil
	}
	hi := min(s.at+datum.BatchRows, len(s.order))
	rows := s.order[s.at:hi]
	s.at = hi
	return s.by.rows.Gather(rows), nil
}

// spill writes the rows at hand as a run: rows and keys side by side.
func (s *runSort) spill(ctx context.Context) error {
	f := s.r.spill(append(append([]*datum.Type{}, s.types...), s.by.keyTypes()...))
	s.runs = append(s.runs, sortedRun{file: f})
	order := s.by.order()
	for lo := 0; lo < len(order); lo += datum.BatchRows {
		rows := order[lo:min(lo+datum.BatchRows, len(order))]
		b := s.by.rows.Gather(rows)
		b.Cols = append(b.Cols, s.by.vals.Gather(rows).Cols...)
		if err := f.add(b); err != nil {
			return err
		}
	}
	s.by.reset(s.types, s.limit)
	s.by.rows.max, s.by.vals.max = 0, 0
	return s.compact(ctx)
}

// compact joins the last runs, where there are many of one level.
func (s *runSort) compact(ctx context.Context) error {
	for {
		n := len(s.runs)
		if n < mergeOrder || s.runs[n-mergeOrder].level != s.runs[n-1].level {
			return nil
		}
		if err := s.join(ctx, n-mergeOrder); err != nil {
			return err
		}
	}
}

// join merges the runs from one on into one.
func (s *runSort) join(ctx context.Context, from int) error {
	old := s.files(from)
	types := old[0].types
	merge, err := newRunMerge(old, len(types), s.by.keys)
	if err != nil {
		return err
	}
	merge.keysAt = len(s.types)
	out := sortedRun{s.r.spill(types), s.runs[from].level + 1}
	for {
		b, err := merge.batch(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := out.file.add(b); err != nil {
			return err
		}
	}
	for _, f := range old {
		f.close()
	}
	s.runs = append(s.runs[:from], out)
	return nil
}

// drop frees the files.
func (s *runSort) drop() {
	for _, r := range s.runs {
		r.file.close()
	}
	s.runs, s.merge, s.order = nil, nil, nil
}
