package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/storage"
)

// placesOf lists where a table's vectors lie: those of its columns, and of their generations.
func placesOf(t *catalog.Table) []int16 {
	var out []int16
	for i := range t.Columns {
		if c := &t.Columns[i]; isApart(c) {
			out = append(out, c.VectorsAt())
		}
	}
	for i := range t.Generations {
		out = append(out, t.Generations[i].Place)
	}
	return out
}

// outdate takes a row's vectors out of the generations of the columns that changed, by ordinal, or of all when the row
// goes: what they were computed from is no more.
func (t *table) outdate(row uint64, changed []int) {
	for i := range t.t.Generations {
		g := &t.t.Generations[i]
		if changed == nil || slices.Contains(changed, t.t.Ordinal(g.AttNum)) {
			t.stmt.writes.Delete(storage.VectorKey(t.t.ID, g.Place, row))
		}
	}
}

// HoldDefinition takes the locks under which a table's generations change, and keeps others from changing it: writers end
// first, and wait until the transaction ends, readers go on. It is exec.ErrConflict when t is not the table's definition.
func (s *Stmt) HoldDefinition(ctx context.Context, t *catalog.Table) error {
	return s.defineUnder(ctx, Exclusive, t)
}

// PutGenerations replaces a table's definition by one with other generations (catalog.Table.WithGeneration,
// WithoutGeneration, Switched). The vectors of those that are no more go at the commit, and their segments with them.
func (s *Stmt) PutGenerations(ctx context.Context, old, changed *catalog.Table) error {
	if err := s.HoldDefinition(ctx, old); err != nil {
		return err
	}
	if err := s.putDefinition(old, changed); err != nil {
		return err
	}
	if err := s.swapSegments(ctx, old, changed); err != nil {
		return err
	}
	var gone plan.Drop
	for _, oid := range old.SegmentTables() {
		if seg := s.catalog.TableByOID(oid); seg != nil && !slices.Contains(changed.SegmentTables(), oid) {
			gone.Tables = append(gone.Tables, seg)
		}
	}
	return s.Drop(ctx, &gone)
}

// putDefinition numbers what is new in a definition, and drops what is old.
func (s *Stmt) putDefinition(old, changed *catalog.Table) error {
	t := *changed
	t.Indexes = slices.Clone(t.Indexes)
	for i := range t.Indexes {
		if t.Indexes[i].ID == 0 {
			s.renumberIndex(&t.Indexes[i])
		}
	}
	s.dropReplaced(old, &t)
	return put(s, &t)
}
