package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// hashPairs looks left rows up in a hash table of the right rows. Right rows with equal keys are
// chained: head[key] is the first, chain[row] the next, -1 the end.
type hashPairs struct {
	r     *running
	node  *plan.Join
	op    operator
	types []*datum.Type
	rows  *store

	leftKeys, rightKeys []*eval.Expr
	keyTypes            []*datum.Type
	table               *keyTable
	head, tail, chain   []int32

	parts *partitions // of the right rows, where they have outgrown work_mem

	nums []int32 // key numbers of the left batch
	row  int     // left row at hand
	at   int32   // its next right row, or notStarted

	// first says that one candidate decides a left row: a semi or anti join without a condition.
	first bool
	same  *unchanged
	// spills says that the rows of both sides can be written to files.
	spills bool
}

const (
	chainEnd   = -1
	notStarted = -2
)

func (s *hashPairs) open(ctx context.Context) error {
	if s.same.still() {
		return nil
	}
	s.same.forget()
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
			if err == nil && s.parts == nil {
				s.same.read()
			}
			s.r.profile.joined(s.node, s.held(), 0)
			return err
		}
		if s.parts != nil {
			err = s.putAside(s.parts, b)
		} else {
			err = s.insert(b)
		}
		if err == nil && s.parts == nil && spills && s.held() > s.r.env.WorkMemBytes {
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
	s.parts = s.r.partition(s.types, s.keyTypes, 0)
	rows := s.rows
	s.clear()
	for lo := 0; lo < rows.Rows; lo += datum.BatchRows {
		if err := s.putAside(s.parts, rows.chunk(lo)); err != nil {
			return err
		}
	}
	return nil
}

func (s *hashPairs) putAside(to *partitions, b *datum.Batch) error {
	keys, err := evalAll(s.rightKeys, b)
	if err != nil {
		return err
	}
	return to.addAll(b, keys)
}

// sides are the parts of both sides, the left rows divided as the right ones are. read gives the left rows.
func (s *hashPairs) sides(ctx context.Context, read func(context.Context) (*datum.Batch, error), types []*datum.Type,
	right *partitions,
) ([]spilledSides, error) {
	left := s.r.partition(types, s.keyTypes, right.salt)
	for {
		b, err := read(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		keys, err := evalAll(s.leftKeys, b)
		if err != nil {
			return nil, err
		}
		if err := left.addAll(b, keys); err != nil {
			return nil, err
		}
	}
	var out []spilledSides
	for i, r := range right.files {
		if l := left.files[i]; l.rows > 0 || r.rows > 0 {
			out = append(out, spilledSides{l, r, right.salt})
		}
	}
	s.r.profile.joined(s.node, 0, len(out))
	return out, nil
}

// again divides a part that is itself too large for the table.
func (s *hashPairs) again(ctx context.Context, part spilledSides, leftTypes []*datum.Type) ([]spilledSides, error) {
	right := s.r.partition(s.types, s.keyTypes, part.level+1)
	if err := part.right.rewind(); err != nil {
		return nil, err
	}
	for {
		b, err := part.right.next()
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := s.putAside(right, b); err != nil {
			return nil, err
		}
	}
	part.right.close()
	if err := part.left.rewind(); err != nil {
		return nil, err
	}
	defer part.left.close()
	return s.sides(ctx, func(context.Context) (*datum.Batch, error) { return part.left.next() }, leftTypes, right)
}

// load fills the table with a part.
func (s *hashPairs) load(ctx context.Context, f *spillFile) error {
	s.clear()
	if err := f.rewind(); err != nil {
		return err
	}
	defer f.close()
	for {
		b, err := f.next()
		if err != nil || b == nil {
			s.r.profile.joined(s.node, s.held(), 0)
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.insert(b); err != nil {
			return err
		}
	}
}

// held is roughly what the table takes.
func (s *hashPairs) held() int64 { return s.rows.bytes + int64(64*s.table.n) }

func (s *hashPairs) close() { s.op.Close() }

func (s *hashPairs) rightRows(_ context.Context, from int) (*datum.Batch, error) {
	return s.rows.chunk(from), nil
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
