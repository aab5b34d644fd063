package exec

import (
	"context"
	"sort"

	"github.com/seguedb/segue/query/datum"
)

// Spool keeps rows in the order they came, for readers at any place: in memory up to a bound, in a temporary file beyond
// it. Rows of types that cannot be written (anonymous records) stay in memory, see heldBytes. It must be closed.
type Spool struct {
	types []*datum.Type
	space *TempSpace
	max   int64 // bytes in memory; 0 is no bound
	rows  int
	mem   *store // the rows after the filed ones; nil after Close
	filed int
	file  *spillFile
	parts []spoolPart
	// pages are the batches of the file read last, the latest first.
	pages [2]spoolPage
	// filing is told of the file, so that somebody else may close it too.
	filing func(*spillFile)
}

// spoolPart is where a batch begins: its first row, and its place in the file.
type spoolPart struct {
	row    int
	offset int64
}

type spoolPage struct {
	part int
	rows *datum.Batch // nil for none
}

// NewSpool makes an empty one that holds maxBytes in memory, 0 for no bound.
func NewSpool(types []*datum.Type, space *TempSpace, maxBytes int64) *Spool {
	s := &Spool{types: types, space: space, max: maxBytes, mem: newStore(types)}
	if maxBytes > 0 && !spillable(types) {
		s.max, s.mem.max = 0, max(maxBytes, heldBytes)
	}
	return s
}

// spool makes one that the statement's end closes.
func (r *running) spool(types []*datum.Type) *Spool {
	s := NewSpool(types, r.env.Temp, r.env.WorkMemBytes)
	s.filing = func(f *spillFile) { r.spills = append(r.spills, f) }
	return s
}

// Rows counts the rows.
func (s *Spool) Rows() int { return s.rows }

// Spilled says whether rows are in a file.
func (s *Spool) Spilled() bool { return s.file != nil }

// Add keeps a batch's rows.
func (s *Spool) Add(b *datum.Batch) error {
	if err := s.memory().add(b); err != nil {
		return err
	}
	s.rows += b.Rows
	if s.max > 0 && (s.mem.bytes > s.max || s.file != nil && s.mem.Rows >= datum.BatchRows) {
		return s.flush()
	}
	return nil
}

// memory is mem, made where Close took it.
func (s *Spool) memory() *store {
	if s.mem == nil {
		s.mem = newStore(s.types)
	}
	return s.mem
}

func (s *Spool) addColumns(cols []*datum.Vec, n int) error {
	return s.Add(&datum.Batch{Rows: n, Cols: cols})
}

// flush moves what is in memory to the file.
func (s *Spool) flush() error {
	if s.file == nil {
		s.file = newSpillFile(s.types, s.space)
		if s.filing != nil {
			s.filing(s.file)
		}
	}
	for lo := 0; lo < s.mem.Rows; lo += datum.BatchRows {
		s.parts = append(s.parts, spoolPart{s.filed + lo, s.file.bytes})
		if err := s.file.add(s.mem.chunk(lo)); err != nil {
			return err
		}
	}
	s.filed += s.mem.Rows
	s.mem = newStore(s.types)
	return nil
}

// Chunk returns the rows from lo on, some of them; nil at the end. They must not be changed.
func (s *Spool) Chunk(lo int) (*datum.Batch, error) {
	if lo >= s.filed {
		return s.memory().chunk(lo - s.filed), nil
	}
	b, first, err := s.page(lo)
	if err != nil {
		return nil, err
	}
	return b.Slice(lo-first, b.Rows), nil
}

// page is the batch of a row that is in the file, and the batch's first row.
func (s *Spool) page(row int) (*datum.Batch, int, error) {
	part := sort.Search(len(s.parts), func(i int) bool { return s.parts[i].row > row }) - 1
	for i, p := range s.pages {
		if p.rows != nil && p.part == part {
			if i > 0 {
				s.pages[0], s.pages[i] = s.pages[i], s.pages[0]
			}
			return p.rows, s.parts[part].row, nil
		}
	}
	b, err := s.file.at(s.parts[part].offset)
	if err == nil && b == nil {
		err = spillError(errSpillCut)
	}
	if err != nil {
		return nil, 0, err
	}
	s.pages[1] = s.pages[0]
	s.pages[0] = spoolPage{part, b}
	return b, s.parts[part].row, nil
}

// at is the batch that a row is in, and its place there.
func (s *Spool) at(row int) (*datum.Batch, int, error) {
	if row >= s.filed {
		return &s.memory().Batch, row - s.filed, nil
	}
	b, first, err := s.page(row)
	return b, row - first, err
}

// value is one value.
func (s *Spool) value(col, row int) (datum.Datum, error) {
	b, i, err := s.at(row)
	if err != nil {
		return datum.Null, err
	}
	return b.Cols[col].Get(i), nil
}

// each calls f with the rows [lo, hi), batch by batch.
func (s *Spool) each(lo, hi int, f func(*datum.Batch) error) error {
	for lo < hi {
		b, err := s.Chunk(lo)
		if err != nil {
			return err
		}
		if b.Rows > hi-lo {
			b = b.Slice(0, hi-lo)
		}
		if err := f(b); err != nil {
			return err
		}
		lo += b.Rows
	}
	return nil
}

// gather copies rows into a batch of their own.
func (s *Spool) gather(rows []int) (*datum.Batch, error) {
	if s.filed == 0 {
		return s.memory().Gather(rows), nil
	}
	out := datum.NewBatch(s.types, len(rows))
	for _, row := range rows {
		b, i, err := s.at(row)
		if err != nil {
			return nil, err
		}
		for c, col := range out.Cols {
			col.AppendFrom(b.Cols[c], i)
		}
		out.Rows++
	}
	return out, nil
}

// drain keeps all of an operator's rows.
func (s *Spool) drain(ctx context.Context, op operator) error {
	for {
		b, err := op.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if err := s.Add(b); err != nil {
			return err
		}
	}
}

// Close frees the file. The rows are gone: it is empty, and may be used again.
func (s *Spool) Close() {
	if s.file != nil {
		s.file.close()
	}
	s.file, s.mem, s.parts, s.pages = nil, nil, nil, [2]spoolPage{}
	s.rows, s.filed = 0, 0
}
