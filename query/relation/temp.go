package relation

import (
	"context"
	"errors"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
)

// Temporary objects are in a schema of their session's, in the catalog and the store that all share; they differ in that
// nothing of them is waited for at a commit, and that they are dropped at their session's end, or when the directory
// is opened again.

// tempPlace is the schema for a temporary object, made when it is the first.
func (s *Stmt) tempPlace(name string) (catalog.OID, error) {
	if sc := s.catalog.Schema(name); sc != nil {
		return sc.OID, nil
	}
	sc := &catalog.Schema{OID: s.newOID(), Name: name}
	return sc.OID, put(s, sc)
}

// isTemp says whether a schema is one for temporary objects.
func isTemp(sc *catalog.Schema) bool { return strings.HasPrefix(sc.Name, catalog.TempSchemaPrefix) }

// DropTemp drops a schema for temporary objects with everything in it.
func (db *Database) DropTemp(ctx context.Context, schema string) error {
	if db.Catalog().Schema(schema) == nil {
		return nil
	}
	tx := db.Begin(ReadCommitted, false)
	defer tx.Rollback()
	if err := tx.DropTemp(ctx, schema); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// DropTemp drops them as a part of the transaction.
func (tx *Tx) DropTemp(ctx context.Context, schema string) error {
	s, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	defer s.Abort()
	if err := s.define(ctx); err != nil {
		return err
	}
	s.dropAllIn(s.catalog.Schema(schema))
	return s.Finish()
}

// dropAllIn drops a schema and its tables, views, sequences and functions.
func (s *Stmt) dropAllIn(sc *catalog.Schema) {
	if sc == nil {
		return
	}
	for _, t := range s.catalog.Tables() {
		if t.Schema == sc.OID {
			s.dropTable(t)
		}
	}
	for _, q := range s.catalog.Sequences() {
		if q.Schema == sc.OID {
			s.dropSequence(q)
		}
	}
	for _, p := range s.catalog.Functions() {
		if p.Schema == sc.OID {
			s.dropFunction(p.OID)
		}
	}
	s.dropSchema(sc)
}

// sweepTemp drops what sessions left behind that did not end in order.
func (db *Database) sweepTemp(ctx context.Context) error {
	var err error
	for _, sc := range db.Catalog().Schemas() {
		if isTemp(sc) {
			err = errors.Join(err, db.DropTemp(ctx, sc.Name))
		}
	}
	return err
}

// onCommit does what ON COMMIT says of the temporary tables that the transaction filled or made.
func (tx *Tx) onCommit(ctx context.Context) error {
	if tx.temp == "" || tx.Catalog().Schema(tx.temp) == nil {
		return nil // every commit asks, and to list all tables takes a tenth of its time
	}
	var clear, drop []*catalog.Table
	for _, t := range tx.Catalog().Tables() {
		switch {
		case t.OnCommit == 0 || tx.schemaName(t) != tx.temp:
		case t.OnCommit == 'D':
			drop = append(drop, t)
		case tx.state.counts[t.ID] > 0:
			clear = append(clear, t)
		}
	}
	if len(clear)+len(drop) == 0 {
		return nil
	}
	s, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	defer s.Abort()
	if err := s.Truncate(ctx, &plan.Truncate{Tables: clear}); err != nil {
		return err
	}
	if err := s.Drop(ctx, &plan.Drop{Tables: drop}); err != nil {
		return err
	}
	return s.Finish()
}

func (tx *Tx) schemaName(t *catalog.Table) string {
	if sc := tx.Catalog().SchemaByOID(t.Schema); sc != nil {
		return sc.Name
	}
	return ""
}

// SetTempSchema tells the transaction which schema its session's temporary tables are in.
func (tx *Tx) SetTempSchema(name string) { tx.temp = name }
