package relation

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
)

// lockReferenced locks the tables that new foreign keys reference against writers, as ALTER TABLE … ADD FOREIGN KEY does.
func (s *Stmt) lockReferenced(ctx context.Context, keys []catalog.ForeignKey) error {
	for i := range keys {
		if fk := &keys[i]; fk.OID == 0 && fk.RefTable != 0 {
			if err := s.tx.lockTable(ctx, fk.RefTable, ShareRowExclusive); err != nil {
				return err
			}
		}
	}
	return nil
}

// numberReferences gives new foreign keys their numbers and finds their indexes. The tables that they reference get a new
// descriptor, so that plans made without knowing of the keys are made again. The caller holds their locks.
func (s *Stmt) numberReferences(t *catalog.Table) error {
	t.ForeignKeys = slices.Clone(t.ForeignKeys)
	for i := range t.ForeignKeys {
		fk := &t.ForeignKeys[i]
		if fk.OID != 0 {
			continue
		}
		fk.OID, fk.Triggers = s.newOID(), s.newOID()
		for range 3 {
			s.newOID()
		}
		if fk.RefTable == 0 {
			fk.RefTable = t.OID
		}
		parent := t
		if fk.RefTable != t.OID {
			if parent = s.catalog.TableByOID(fk.RefTable); parent == nil {
				return exec.ErrConflict
			}
			touched := *parent
			if err := put(s, &touched); err != nil {
				return err
			}
		}
		if fk.RefIndex = uniqueOver(parent, fk.RefColumns, fk.RefIndex); fk.RefIndex == 0 {
			return exec.ErrConflict
		}
	}
	return nil
}

// uniqueOver finds the unique index over just these columns: the one that is meant, if there is one of its number.
func uniqueOver(t *catalog.Table, columns []int16, meant catalog.OID) catalog.OID {
	var found catalog.OID
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if !ix.Unique || ix.Where != "" || ix.Deferrable || len(ix.Keys) != len(columns) {
			continue
		}
		if slices.ContainsFunc(ix.Keys, func(k catalog.KeyPart) bool { return !slices.Contains(columns, k.AttNum) }) {
			continue
		}
		if ix.OID == meant {
			return meant
		}
		if found == 0 {
			found = ix.OID
		}
	}
	return found
}

// ValidateReferences implements exec.Relations.
func (s *Stmt) ValidateReferences(ctx context.Context, t *catalog.Table, keys []string) error {
	s.step()
	for i := range t.ForeignKeys {
		if fk := &t.ForeignKeys[i]; slices.Contains(keys, fk.Name) {
			if err := s.validate(ctx, t, fk); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Stmt) validate(ctx context.Context, t *catalog.Table, fk *catalog.ForeignKey) error {
	if err := s.tx.lockTable(ctx, fk.RefTable, RowShare); err != nil {
		return err
	}
	r, err := s.newReference(t, fk)
	if err != nil {
		return err
	}
	return newTable(s, t).eachBatch(ctx, exec.ScanSpec{Ordinals: r.from}, func(b *datum.Batch) error {
		return r.validateBatch(ctx, s, spread(t, b, r.from))
	})
}

func (r *reference) validateBatch(ctx context.Context, s *Stmt, rows *datum.Batch) error {
	for i := range rows.Rows {
		met, err := r.met(ctx, s, rows, i)
		if err != nil {
			return err
		}
		if !met {
			return r.violation(s, rows, i)
		}
	}
	return nil
}
