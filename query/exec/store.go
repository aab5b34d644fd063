package exec

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// store keeps rows by number: what a sort, a hash table or a shared query holds on to. It copies a
// batch's columns, whose memory is only lent; strings and vectors inside are shared.
type store struct {
	datum.Batch
	bytes, max int64 // roughly held, and allowed: 0 is no bound
}

func newStore(types []*datum.Type) *store {
	return &store{Batch: *datum.NewBatch(types, 0)}
}

// bounded is a store of a step that cannot spill: it may hold Env.WorkMemBytes, or heldBytes when that is less.
func (r *running) bounded(types []*datum.Type) *store {
	s := newStore(types)
	if r.env.WorkMemBytes > 0 {
		s.max = max(r.env.WorkMemBytes, heldBytes)
	}
	return s
}

// heldBytes is what a step that cannot spill may hold in any case: a small work_mem asks for temporary files, not for
// errors.
const heldBytes = 256 << 20

func (s *store) types() []*datum.Type {
	out := make([]*datum.Type, len(s.Cols))
	for i, c := range s.Cols {
		out[i] = c.Type
	}
	return out
}

// add keeps a batch's rows.
func (s *store) add(b *datum.Batch) error {
	if s.bytes += batchBytes(b); s.max > 0 && s.bytes > s.max {
		return sqlstate.New(sqlstate.OutOfMemory, "out of memory").
			WithDetail("A step of the statement needs more than the %d bytes that it may hold.", s.max)
	}
	for i, c := range s.Cols {
		appendVec(c, b.Cols[i], c.Len())
	}
	s.Rows += b.Rows
	return nil
}

// BatchBytes is roughly the memory that a batch's rows take.
func BatchBytes(b *datum.Batch) int64 { return batchBytes(b) }

// addColumns keeps n rows given as columns.
func (s *store) addColumns(cols []*datum.Vec, n int) error {
	return s.add(&datum.Batch{Rows: n, Cols: cols})
}

// chunk returns the rows from lo on, a batch at most; nil at the end.
func (s *store) chunk(lo int) *datum.Batch {
	if lo >= s.Rows {
		return nil
	}
	return s.Slice(lo, min(lo+datum.BatchRows, s.Rows))
}

// appendVec appends a column of the same kind; have is dst's length.
func appendVec(dst, src *datum.Vec, have int) {
	n := src.Len()
	if src.Nulls != nil || dst.Nulls != nil {
		if dst.Nulls == nil {
			dst.Nulls = make([]bool, have, max(2*have, have+n))
		}
		if src.Nulls != nil {
			dst.Nulls = append(dst.Nulls, src.Nulls...)
		} else {
			dst.Nulls = append(dst.Nulls, make([]bool, n)...)
		}
	}
	dst.B = append(dst.B, src.B...)
	dst.I = append(dst.I, src.I...)
	dst.F = append(dst.F, src.F...)
	dst.S = append(dst.S, src.S...)
	dst.V = append(dst.V, src.V...)
	dst.D = append(dst.D, src.D...)
}

// batchBytes is a rough size: fixed parts, string bytes, vector floats.
func batchBytes(b *datum.Batch) int64 {
	var n int64
	for _, c := range b.Cols {
		n += int64(len(c.B)) + 8*int64(len(c.I)+len(c.F)) + 64*int64(len(c.D)) + 16*int64(len(c.S)) + 24*int64(len(c.V))
		for _, s := range c.S {
			n += int64(len(s))
		}
		for _, v := range c.V {
			n += 4 * int64(len(v))
		}
	}
	return n
}

// nulls is a column of n NULLs.
func nulls(t *datum.Type, n int) *datum.Vec { return datum.Constant(t, datum.Null, n) }
