package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// pairs are candidates of a join: row left[i] of the left batch with row rightRow[i] of right.
type pairs struct {
	left, rightRow []int
	right          *datum.Batch
}

// pairSource finds the candidates of one left batch after another.
type pairSource interface {
	open(ctx context.Context) error
	// start begins a left batch.
	start(left *datum.Batch) error
	// next yields up to a batch of candidates, nil when the left batch has no more. Left rows with skip
	// set may be left out; skip may be nil.
	next(ctx context.Context, skip []bool) (*pairs, error)
	// rightRows is every right row; only for sources that are not lateral.
	rightRows() *datum.Batch
	close()
}

// pairs chooses the source. A merge join's keys are hashed: the inputs' order is then of no use, but
// the answer is the same.
func (r *running) pairs(x *plan.Join, right operator) (pairSource, error) {
	switch {
	case x.Lateral:
		args, err := eval.CompileAll(x.Args, r.exprs)
		return &lateralPairs{r: r, right: right, slots: x.Slots, args: args}, err
	case len(x.LeftKeys) == 0:
		return &loopPairs{inner: inner{r: r, op: right, types: typesOf(x.Right)}, first: firstDecides(x)}, nil
	}
	left, err := eval.CompileAll(x.LeftKeys, r.exprs)
	if err != nil {
		return nil, err
	}
	rightKeys, err := eval.CompileAll(x.RightKeys, r.exprs)
	return &hashPairs{inner: inner{r: r, op: right, types: typesOf(x.Right)}, leftKeys: left, rightKeys: rightKeys,
		keyTypes: exprTypes(x.RightKeys), first: firstDecides(x),
		spills: spillable(typesOf(x.Left)) && spillable(typesOf(x.Right))}, err
}

func firstDecides(x *plan.Join) bool {
	return x.Cond == nil && (x.Kind == plan.JoinSemi || x.Kind == plan.JoinAnti)
}

// inner is the right side read into memory.
type inner struct {
	r     *running
	op    operator
	types []*datum.Type
	rows  *store
}

func (s *inner) read(ctx context.Context) error {
	s.rows = s.r.bounded(s.types)
	if err := s.op.Open(ctx); err != nil {
		return err
	}
	defer s.op.Close()
	return s.rows.drain(ctx, s.op)
}

func (s *inner) rightRows() *datum.Batch { return &s.rows.Batch }
func (s *inner) close()                  { s.op.Close() }

// loopPairs is the nested loop: each left row with each right row.
type loopPairs struct {
	inner
	left     *datum.Batch
	row, col int  // the next candidate
	first    bool // see hashPairs
}

func (s *loopPairs) open(ctx context.Context) error { return s.read(ctx) }

func (s *loopPairs) start(left *datum.Batch) error {
	s.left, s.row, s.col = left, 0, 0
	return nil
}

func (s *loopPairs) next(_ context.Context, skip []bool) (*pairs, error) {
	p := &pairs{right: &s.rows.Batch}
	for s.row < s.left.Rows && len(p.left) < datum.BatchRows {
		if s.col >= s.rows.Rows || skip != nil && skip[s.row] {
			s.row, s.col = s.row+1, 0
			continue
		}
		for s.col < s.rows.Rows && len(p.left) < datum.BatchRows {
			p.left, p.rightRow = append(p.left, s.row), append(p.rightRow, s.col)
			if s.col++; s.first {
				s.col = s.rows.Rows
			}
		}
	}
	if len(p.left) == 0 {
		return nil, nil
	}
	return p, nil
}

// hashPairs looks left rows up in a hash table of the right rows. Right rows with equal keys are
// chained: head[key] is the first, chain[row] the next, -1 the end.
type hashPairs struct {
	inner
	leftKeys, rightKeys []*eval.Expr
	keyTypes            []*datum.Type
	table               *keyTable
	head, tail, chain   []int32

	parts *partitions // of the right rows, where they have outgrown work_mem
	part  int         // the one in the table

	nums []int32 // key numbers of the left batch
	row  int     // left row at hand
	at   int32   // its next right row, or notStarted

	// first says that one candidate decides a left row: a semi or anti join without a condition.
	first bool
	// spills says that the rows of both sides can be written to files.
	spills bool
}

const (
	chainEnd   = -1
	notStarted = -2
)

func (s *hashPairs) open(ctx context.Context) error {
	s.clear()
	s.parts = nil
	spills := s.r.env.WorkMemBytes > 0 && s.spills
	if !spills {
		s.rows = s.r.bounded(s.types)
	}
	if err := s.op.Open(ctx); err != nil {
		return err
	}
	defer s.op.Close()
	for {
		b, err := s.op.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if s.parts != nil {
			err = s.putAside(b)
		} else {
			err = s.insert(b)
		}
		if err == nil && s.parts == nil && spills && s.rows.bytes+int64(64*s.table.n) > s.r.env.WorkMemBytes {
			err = s.divide()
		}
		if err != nil {
			return err
		}
	}
}

// clear empties the table.
func (s *hashPairs) clear() {
	s.rows, s.table = newStore(s.types), newKeyTable(s.keyTypes, false)
	s.head, s.tail, s.chain = nil, nil, nil
}

// divide moves the rows at hand to files by their keys; those to come follow.
func (s *hashPairs) divide() error {
	var err error
	if s.parts, err = s.r.partition(s.types, s.keyTypes, 0); err != nil {
		return err
	}
	rows := s.rows
	s.clear()
	s.part = -1
	for lo := 0; lo < rows.Rows; lo += datum.BatchRows {
		if err := s.putAside(rows.chunk(lo)); err != nil {
			return err
		}
	}
	return nil
}

func (s *hashPairs) putAside(b *datum.Batch) error {
	keys, err := evalAll(s.rightKeys, b)
	if err != nil {
		return err
	}
	return s.parts.add(b, keys, nil)
}

// divideLeft puts all left rows into files by their keys, as the right ones are.
func (s *hashPairs) divideLeft(ctx context.Context, left operator, types []*datum.Type) (*partitions, error) {
	p, err := s.r.partition(types, s.keyTypes, 0)
	if err != nil {
		return nil, err
	}
	for {
		b, err := left.Next(ctx)
		if err != nil || b == nil {
			return p, err
		}
		keys, err := evalAll(s.leftKeys, b)
		if err != nil {
			return nil, err
		}
		if err := p.add(b, keys, nil); err != nil {
			return nil, err
		}
	}
}

// load fills the table with the next part; false after the last.
func (s *hashPairs) load(ctx context.Context) (bool, error) {
	if s.part++; s.part == len(s.parts.files) {
		return false, nil
	}
	s.clear()
	f := s.parts.files[s.part]
	if err := f.rewind(); err != nil {
		return false, err
	}
	defer f.close()
	for {
		b, err := f.next()
		if err != nil || b == nil {
			return err == nil, err
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if err := s.insert(b); err != nil {
			return false, err
		}
	}
}

func (s *hashPairs) insert(b *datum.Batch) error {
	keys, err := evalAll(s.rightKeys, b)
	if err != nil {
		return err
	}
	if s.first { // one row a key is enough
		return s.insertFirsts(keys, b)
	}
	s.nums = s.table.insert(keys, b.Rows, s.nums, nil)
	for i, k := range s.nums {
		row := int32(s.rows.Rows + i)
		s.chain = append(s.chain, chainEnd)
		switch {
		case k < 0:
		case int(k) == len(s.head):
			s.head, s.tail = append(s.head, row), append(s.tail, row)
		default:
			s.chain[s.tail[k]] = row
			s.tail[k] = row
		}
	}
	return s.rows.add(b)
}

// insertFirsts keeps the first row of each key.
func (s *hashPairs) insertFirsts(keys []*datum.Vec, b *datum.Batch) error {
	var fresh []int
	s.nums = s.table.insert(keys, b.Rows, s.nums, func(row int) { fresh = append(fresh, row) })
	for range fresh {
		s.head, s.chain = append(s.head, int32(len(s.chain))), append(s.chain, chainEnd)
	}
	if len(fresh) == 0 {
		return nil
	}
	return s.rows.add(b.Gather(fresh))
}

func (s *hashPairs) start(left *datum.Batch) error {
	keys, err := evalAll(s.leftKeys, left)
	if err != nil {
		return err
	}
	s.nums = s.table.find(keys, left.Rows, s.nums)
	s.row, s.at = 0, notStarted
	return nil
}

func (s *hashPairs) next(_ context.Context, skip []bool) (*pairs, error) {
	p := &pairs{right: &s.rows.Batch}
	for s.row < len(s.nums) && len(p.left) < datum.BatchRows {
		k := s.nums[s.row]
		if k < 0 || s.at == chainEnd || skip != nil && skip[s.row] {
			s.row, s.at = s.row+1, notStarted
			continue
		}
		if s.at == notStarted {
			s.at = s.head[k]
		}
		for s.at != chainEnd && len(p.left) < datum.BatchRows {
			p.left, p.rightRow = append(p.left, s.row), append(p.rightRow, int(s.at))
			if s.at = s.chain[s.at]; s.first {
				s.at = chainEnd
			}
		}
	}
	if len(p.left) == 0 {
		return nil, nil
	}
	return p, nil
}

// lateralPairs runs the right side once for each left row, its slots filled from that row.
type lateralPairs struct {
	r      *running
	right  operator
	slots  []int
	args   []*eval.Expr
	left   *datum.Batch
	values []*datum.Vec
	row    int
	isOpen bool
}

func (s *lateralPairs) open(context.Context) error { return nil }

func (s *lateralPairs) start(left *datum.Batch) error {
	var err error
	s.values, err = evalAll(s.args, left)
	s.left, s.row, s.isOpen = left, 0, false
	return err
}

func (s *lateralPairs) next(ctx context.Context, skip []bool) (*pairs, error) {
	for s.row < s.left.Rows {
		if !s.isOpen {
			for i, slot := range s.slots {
				s.r.exprs.SetSlot(slot, s.values[i].Get(s.row))
			}
			if err := s.right.Open(ctx); err != nil {
				return nil, err
			}
			s.isOpen = true
		}
		b, err := s.right.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b != nil && (skip == nil || !skip[s.row]) {
			return s.withRow(b), nil
		}
		s.right.Close()
		s.row, s.isOpen = s.row+1, false
	}
	return nil, nil
}

func (s *lateralPairs) withRow(b *datum.Batch) *pairs {
	p := &pairs{left: make([]int, b.Rows), rightRow: make([]int, b.Rows), right: b}
	for i := range b.Rows {
		p.left[i], p.rightRow[i] = s.row, i
	}
	return p
}

func (s *lateralPairs) rightRows() *datum.Batch { return &datum.Batch{} }
func (s *lateralPairs) close()                  { s.right.Close() }
