package relation

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// changeType creates or alters an enum, and numbers its new labels.
func (s *Stmt) changeType(ctx context.Context, c *plan.ChangeType) error {
	if err := s.define(ctx); err != nil {
		return err
	}
	t := *c.New
	switch {
	case c.Old == nil && s.catalog.TypeNamed(t.Schema, t.Name) != nil:
		return sqlstate.New(sqlstate.DuplicateObject, "type %q already exists", t.Name)
	case c.Old == nil:
		t.OID, t.Array = s.newOID(), s.newOID()
	case s.catalog.UserTypeByOID(t.OID) != c.Old:
		return exec.ErrConflict
	}
	if t.Range != nil && c.Old == nil {
		r := *t.Range
		r.Number(s.newOID)
		t.Range = &r
	}
	t.Labels = slices.Clone(t.Labels)
	for i := range t.Labels {
		if t.Labels[i].OID == 0 {
			t.Labels[i].OID = s.newOID()
		}
	}
	if t.Domain != nil {
		t = *t.EditDomain()
		for i := range t.Domain.Checks {
			if t.Domain.Checks[i].OID == 0 {
				t.Domain.Checks[i].OID = s.newOID()
			}
		}
	}
	return put(s, &t)
}

// loadTypes reads the schemas, and then the types and the tables, which are made of each other's types.
func (db *Database) loadTypes(snap *catalog.Snapshot) (err error) {
	it, err := db.store.Iter(storage.CatalogRange(), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	var types, tables [][]byte
	for it.Next() {
		switch it.Key()[1] {
		case kindSchema: // a type's name needs its schema's
			sc, err := catalog.DecodeSchema(it.Value())
			if err != nil {
				return fmt.Errorf("%w: definition under key %x: %w", storage.ErrCorrupt, it.Key(), err)
			}
			snap.PutSchema(sc)
		case kindType:
			types = append(types, slices.Clone(it.Value()))
		case kindTable:
			tables = append(tables, slices.Clone(it.Value()))
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	if err := snap.Load(types, tables); err != nil {
		return fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	return nil
}
