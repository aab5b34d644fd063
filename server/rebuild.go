package server

import (
	"context"
	"errors"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

var _ builtin.Rebuilder = (*Session)(nil)

// BeginRebuild implements builtin.Rebuilder: the definition gets a generation, which rebuilds.go finds once it is committed.
func (s *Session) BeginRebuild(ctx context.Context, table catalog.OID, column, model string, keep time.Duration) error {
	if keep < 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "keep must not be negative")
	}
	return s.inDefinition(ctx, table, column, func(stmt *relation.Stmt, t *catalog.Table, ordinal int) error {
		r, err := s.rebuilt(t, ordinal, model)
		if err != nil {
			return err
		}
		col := &t.Columns[ordinal]
		if g := t.Making(col.AttNum); g != nil && g.ModelHash == r.By.Fingerprint {
			s.engine.rebuilds.retry(t.OID, g.Place)
			return nil
		} else if g != nil {
			return errRebuilding(t, col, g)
		}
		var segments *catalog.Table
		if r.Segments != nil {
			segments = r.Segments.Table
		}
		return stmt.AddGeneration(ctx, t, t.WithGeneration(catalog.Generation{
			AttNum: col.AttNum, Model: r.By.Name, ModelHash: r.By.Fingerprint, Typmod: r.Column.Typmod, Since: time.Now().Unix(),
			Role: s.info.Role, KeepSeconds: int64(keep / time.Second), LockTimeoutMS: s.holder.LockTimeout.Milliseconds(),
		}), segments)
	})
}

// rebuilt is the column by a model, for a session that may have it made.
func (s *Session) rebuilt(t *catalog.Table, ordinal int, model string) (*plan.Rebuilt, error) {
	r, err := plan.RebuildColumn(s, t, ordinal, model)
	if err != nil {
		return nil, err
	}
	return r, plan.CheckAccess(s.Snapshot(), s.info.Role, r.Access)
}

func errRebuilding(t *catalog.Table, col *catalog.Column, g *catalog.Generation) error {
	return sqlstate.New(sqlstate.ObjectInUse, "column %q of relation %q is being rebuilt by model %q", col.Name, t.Name, g.Model).
		WithHint("Wait until segue_rebuilds shows its end, or cancel it with segue_rebuild_cancel.")
}

// CancelRebuild implements builtin.Rebuilder. What a rollback had begun with stays kept.
func (s *Session) CancelRebuild(ctx context.Context, table catalog.OID, column string) (found bool, err error) {
	err = s.changeGenerations(ctx, table, column, func(t *catalog.Table, ordinal int) (*catalog.Table, error) {
		g := t.Making(t.Columns[ordinal].AttNum)
		if found = g != nil; !found {
			return nil, nil
		}
		out := t.WithoutGeneration(g.Place)
		if g.Until != 0 {
			kept := *g
			kept.Kept = true
			out.Generations = append(out.Generations, kept)
		}
		return out, nil
	})
	return found, err
}

// RollbackRebuild implements builtin.Rebuilder: the generation that is kept becomes one that is being made. It has all but
// the rows that were written since.
func (s *Session) RollbackRebuild(ctx context.Context, table catalog.OID, column string) error {
	return s.changeGenerations(ctx, table, column, func(t *catalog.Table, ordinal int) (*catalog.Table, error) {
		col := &t.Columns[ordinal]
		if g := t.Making(col.AttNum); g != nil {
			return nil, errRebuilding(t, col, g)
		}
		g := t.Kept(col.AttNum)
		if g == nil {
			return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "no earlier embeddings of column %q of relation %q are kept",
				col.Name, t.Name)
		}
		r, err := s.rebuilt(t, ordinal, g.Model)
		if err != nil {
			return nil, err
		}
		if r.By.Fingerprint != g.ModelHash {
			return nil, errOtherModel(g)
		}
		if r.Segments != nil && g.Segments == 0 {
			return nil, errNoSegments(t, col, g)
		}
		out, again := t.WithoutGeneration(g.Place), *g
		again.Kept, again.Since, again.Role = false, time.Now().Unix(), s.info.Role
		out.Generations = append(out.Generations, again)
		return out, nil
	})
}

// errOtherModel says that a model got the name of the one that made a generation.
func errOtherModel(g *catalog.Generation) error {
	return sqlstate.New(sqlstate.DataException, "model %q is not the one that made these embeddings", g.Model).
		WithDetail("They are of fingerprint %s.", g.ModelHash)
}

// errNoSegments says that segments of a column are kept since later than a generation of it.
func errNoSegments(t *catalog.Table, col *catalog.Column, g *catalog.Generation) error {
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the segments of table %q are not kept by model %q", t.Name, g.Model).
		WithHint("Have them made: SELECT segue_rebuild(%s, %s, model => %s).",
			parse.QuoteLiteral(t.Name), parse.QuoteLiteral(col.Name), parse.QuoteLiteral(g.Model))
}

// DiscardRebuild implements builtin.Rebuilder.
func (s *Session) DiscardRebuild(ctx context.Context, table catalog.OID, column string) (found bool, err error) {
	err = s.changeGenerations(ctx, table, column, func(t *catalog.Table, ordinal int) (*catalog.Table, error) {
		g := t.Kept(t.Columns[ordinal].AttNum)
		if found = g != nil; !found {
			return nil, nil
		}
		return t.WithoutGeneration(g.Place), nil
	})
	return found, err
}

// changeGenerations changes the generations of a column in the session's transaction, for the table's owner. change gets
// the definition under its lock; nil leaves it as it is.
func (s *Session) changeGenerations(ctx context.Context, table catalog.OID, column string,
	change func(t *catalog.Table, ordinal int) (*catalog.Table, error),
) error {
	return s.inDefinition(ctx, table, column, func(stmt *relation.Stmt, t *catalog.Table, ordinal int) error {
		changed, err := change(t, ordinal)
		if err != nil || changed == nil {
			return err
		}
		return stmt.PutGenerations(ctx, t, changed)
	})
}

// inDefinition changes the definition of a column's table in the session's transaction, for the table's owner. change gets
// it under its lock.
func (s *Session) inDefinition(ctx context.Context, table catalog.OID, column string,
	change func(stmt *relation.Stmt, t *catalog.Table, ordinal int) error,
) error {
	tx := s.ensureTransaction()
	for range conflictRetries {
		err := s.changeOnce(ctx, tx, table, column, change)
		if !errors.Is(err, exec.ErrConflict) || isolationOf(s.txn.isolation) == relation.RepeatableRead {
			if errors.Is(err, exec.ErrConflict) {
				return sqlstate.Wrap(err, sqlstate.SerializationFailure, "could not serialize access due to concurrent update")
			}
			return err
		}
	}
	return exec.ErrConflict
}

func (s *Session) changeOnce(ctx context.Context, tx *relation.Tx, table catalog.OID, column string,
	change func(stmt *relation.Stmt, t *catalog.Table, ordinal int) error,
) error {
	stmt, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	defer stmt.Abort()
	t, ordinal, err := ownColumn(stmt.Catalog(), s.info.Role, table, column)
	if err != nil {
		return err
	}
	if err := stmt.HoldDefinition(ctx, t); err != nil {
		return err
	}
	if err := change(stmt, t, ordinal); err != nil {
		return err
	}
	return stmt.Finish()
}

// ownColumn finds a column of a table that a role owns.
func ownColumn(snap *catalog.Snapshot, role, table catalog.OID, column string) (*catalog.Table, int, error) {
	t := snap.TableByOID(table)
	_, ix := snap.IndexByOID(table)
	switch {
	case ix != nil:
		return nil, 0, sqlstate.New(sqlstate.WrongObjectType, "%q is not a table", ix.Name)
	case t == nil:
		return nil, 0, sqlstate.New(sqlstate.UndefinedTable, "relation with OID %d does not exist", table)
	case t.Virtual != nil || t.Kind() != catalog.KindTable:
		return nil, 0, sqlstate.New(sqlstate.WrongObjectType, "%q is not a table", t.Name)
	case !snap.Owns(role, catalog.ObjectTable.Class(), t.OID):
		return nil, 0, sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of table %s", t.Name)
	}
	ordinal := t.ColumnIndex(column)
	if ordinal < 0 {
		return nil, 0, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", column, t.Name)
	}
	return t, ordinal, nil
}
