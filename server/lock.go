package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// lockStatement is LOCK TABLE.
func (s *Session) lockStatement(ctx context.Context, n *parse.LockStmt) error {
	if !s.txn.block && !s.several && s.within == nil {
		return errNeedsBlock("LOCK TABLE")
	}
	tx := s.ensureTransaction()
	for _, r := range n.Tables {
		t, err := s.findTable(r)
		if err != nil {
			return err
		}
		if t.Virtual != nil {
			continue // it has no rows to guard
		}
		if err := tx.LockTable(ctx, t.OID, relation.LockMode(n.Mode), n.NoWait); err != nil {
			if n.NoWait && sqlstate.CodeOf(err) == sqlstate.LockNotAvailable {
				return sqlstate.New(sqlstate.LockNotAvailable, "could not obtain lock on relation %q", t.Name)
			}
			return err
		}
	}
	return nil
}

// findTable looks up a table that a statement without a plan names.
func (s *Session) findTable(r *parse.RangeTable) (*catalog.Table, error) {
	snap := s.Snapshot()
	schemas := s.info.Path()
	name := r.Name[len(r.Name)-1]
	if len(r.Name) > 1 {
		schema := r.Name[len(r.Name)-2]
		if snap.Schema(schema) == nil {
			return nil, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", schema)
		}
		schemas = []string{schema}
	} else {
		schemas = append([]string{"pg_catalog"}, schemas...)
	}
	for _, schema := range schemas {
		if sc := snap.Schema(schema); sc != nil {
			if t := snap.Table(sc.OID, name); t != nil {
				return t, nil
			}
		}
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", strings.Join(r.Name, "."))
}

// tableLock is one table that a plan uses, and how.
type tableLock struct {
	table catalog.OID
	mode  relation.LockMode
}

// locksOf lists the tables that a plan reads or writes, in the order it meets them.
func locksOf(p *plan.Plan) []tableLock {
	var out []tableLock
	add := func(t *catalog.Table, mode relation.LockMode) {
		if l := (tableLock{t.OID, mode}); t.Virtual == nil && t.OID != 0 && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	plan.EachNode(p, func(n plan.Node) {
		switch n := n.(type) {
		case *plan.Insert:
			add(n.Table, relation.RowExclusive)
		case *plan.Update:
			add(n.Table, relation.RowExclusive)
		case *plan.Delete:
			add(n.Table, relation.RowExclusive)
		case *plan.CopyFrom:
			add(n.Table, relation.RowExclusive)
		case *plan.LockRows:
			for _, m := range n.Marks {
				add(m.Table, relation.RowShare)
			}
		case *plan.Scan:
			if n.Mark > 0 && slices.ContainsFunc(out, func(l tableLock) bool { return l.table == n.Table.OID }) {
				return // locked for writing already
			}
			add(n.Table, relation.AccessShare)
		case *plan.VectorSearch:
			add(n.Table, relation.AccessShare)
		case *plan.FunctionScan:
			if n.Segments != nil {
				add(n.Segments, relation.AccessShare)
			}
		}
	})
	return out
}

// lockTables takes the locks that a plan needs before it looks at anything.
func (s *Session) lockTables(ctx context.Context, st *Statement) error {
	for _, l := range st.locks {
		if err := s.txn.tx.LockTable(ctx, l.table, l.mode, false); err != nil {
			return err
		}
	}
	return nil
}

// AdvisoryLock implements builtin.Locker.
func (s *Session) AdvisoryLock(ctx context.Context, l builtin.AdvisoryLock) (bool, error) {
	key, mode := advisoryKey(l)
	return s.holder.Advisory(ctx, key, mode, !l.Transaction, l.Try)
}

// AdvisoryUnlock implements builtin.Locker.
func (s *Session) AdvisoryUnlock(l builtin.AdvisoryLock) bool {
	return s.holder.GiveBack(advisoryKey(l))
}

// AdvisoryUnlockAll implements builtin.Locker.
func (s *Session) AdvisoryUnlockAll() { s.holder.UnlockAdvisory() }

// BlockedBy implements builtin.Locker.
func (s *Session) BlockedBy(pid int32) []int32 { return s.engine.db.BlockedBy(pid) }

func advisoryKey(l builtin.AdvisoryLock) (relation.AdvisoryKey, relation.LockMode) {
	mode := relation.Exclusive
	if l.Shared {
		mode = relation.Share
	}
	return relation.AdvisoryKey{Number: l.Number, Pair: l.Pair}, mode
}

// lockRows are pg_locks.
func (s *Session) lockRows(t *catalog.Table) [][]datum.Datum {
	var out [][]datum.Datum
	for _, l := range s.engine.db.Locks() {
		virtual := datum.NewString(fmt.Sprintf("%d/%d", l.PID, l.Virtual))
		row := map[string]datum.Datum{
			"locktype": datum.NewString(l.Kind), "virtualtransaction": virtual, "pid": datum.NewInt(int64(l.PID)),
			"mode": datum.NewString(l.Mode.String()), "granted": datum.NewBool(l.Granted), "fastpath": datum.NewBool(false),
		}
		database := datum.NewInt(int64(catalog.DatabaseOID))
		switch l.Kind {
		case "virtualxid":
			row["virtualxid"], row["fastpath"] = virtual, datum.NewBool(true)
		case "transactionid":
			row["transactionid"] = datum.NewInt(int64(l.Transaction))
		case "advisory":
			row["database"], row["classid"] = database, datum.NewInt(int64(l.Class))
			row["objid"], row["objsubid"] = datum.NewInt(int64(l.ID)), datum.NewInt(int64(l.Sub))
		default:
			row["database"], row["relation"] = database, datum.NewInt(int64(l.Relation))
		}
		if !l.Granted {
			row["waitstart"] = timestamp(l.Since)
		}
		out = append(out, asRow(t, row))
	}
	return out
}
