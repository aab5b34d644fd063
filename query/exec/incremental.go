package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// incrementalSort sorts rows that come in the order of the first of the keys: as many as there are up to the next change of
// these, but a few dozen at least, are sorted by all keys and given before more is read.
//
//	input   a1 b3 | a1 b1 | a2 b2 | a2 b1 | a3 b0 …
//	piece   ───────────────────────────────┤ cut where a changes
type incrementalSort struct {
	r      *running
	node   *plan.Sort
	input  operator
	prefix []*eval.Expr
	runs   *runSort
	rest   *datum.Batch // read, and of the next piece
	last   []*datum.Vec // the prefix of the row read last
	ended  bool
}

// fewestSorted is how many rows a piece has at least (DEFAULT_MIN_GROUP_SIZE of nodeIncrementalSort.c).
const fewestSorted = 32

func (r *running) incrementalSort(x *plan.Sort) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	by, err := r.sorter(x.Keys)
	if err != nil {
		return nil, err
	}
	return &incrementalSort{r: r, node: x, input: input, prefix: by.exprs[:x.Presorted],
		runs: &runSort{r: r, types: typesOf(x), by: by}}, nil
}

func (s *incrementalSort) Open(ctx context.Context) error {
	s.runs.drop()
	s.runs.begin(-1)
	s.rest, s.last, s.ended = nil, nil, false
	s.runs.order = nil
	return s.input.Open(ctx)
}

func (s *incrementalSort) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b, err := s.runs.next(ctx)
		if err != nil || b != nil || s.ended && s.rest == nil {
			return b, err
		}
		if err := s.piece(ctx); err != nil {
			return nil, err
		}
	}
}

// piece reads and sorts the next rows that belong together.
func (s *incrementalSort) piece(ctx context.Context) error {
	s.runs.drop()
	s.runs.begin(-1)
	rows := 0
	for {
		b := s.rest
		if s.rest = nil; b == nil {
			var err error
			if b, err = s.input.Next(ctx); err != nil {
				return err
			}
		}
		if b == nil {
			s.ended = true
			break
		}
		keys, err := evalAll(s.prefix, b)
		if err != nil {
			return err
		}
		cut := s.cut(keys, b.Rows, rows)
		if cut > 0 {
			if err := s.runs.add(ctx, b.Slice(0, cut)); err != nil {
				return err
			}
			rows += cut
			s.last = oneRow(keys, cut-1)
		}
		if cut < b.Rows {
			s.rest = b.Slice(cut, b.Rows)
			break
		}
	}
	s.note(rows)
	return s.runs.end(ctx)
}

// cut is the first of a batch's rows that is not of the piece, which has so many rows already.
func (s *incrementalSort) cut(keys []*datum.Vec, n, have int) int {
	same := sameKeys(keys)
	for i := max(0, fewestSorted-have); i < n; i++ {
		if i > 0 && !same(i-1, i) || i == 0 && have > 0 && !equalRows(s.last, 0, keys, 0) {
			return i
		}
	}
	return n
}

func (s *incrementalSort) note(rows int) {
	np := s.r.profile[s.node]
	if np == nil || rows == 0 {
		return
	}
	if np.groups == nil {
		np.groups = &groupsProfile{}
	}
	used, disk := s.runs.by.bytes(), len(s.runs.runs) > 0
	for _, f := range s.runs.runs {
		used += f.file.bytes
	}
	g := np.groups
	g.count, g.bytes, g.most, g.disk = g.count+1, g.bytes+used, max(g.most, used), g.disk || disk
}

func (s *incrementalSort) Close() {
	s.runs.drop()
	s.input.Close()
}
