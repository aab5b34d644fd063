package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// txKinds maps the grammar's transaction statements to ours.
var txKinds = map[pg.TransactionStmtKind]TxKind{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN:             TxBegin,
	pg.TransactionStmtKind_TRANS_STMT_START:             TxStart,
	pg.TransactionStmtKind_TRANS_STMT_COMMIT:            TxCommit,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:          TxRollback,
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT:         TxSavepoint,
	pg.TransactionStmtKind_TRANS_STMT_RELEASE:           TxRelease,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:       TxRollbackTo,
	pg.TransactionStmtKind_TRANS_STMT_PREPARE:           TxPrepare,
	pg.TransactionStmtKind_TRANS_STMT_COMMIT_PREPARED:   TxCommitPrepared,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_PREPARED: TxRollbackPrepared,
}

// transaction converts BEGIN, COMMIT, SAVEPOINT and their kin. A two-phase identifier is kept in
// Savepoint.
func (c *converter) transaction(s *pg.TransactionStmt) Stmt {
	out := &TransactionStmt{At: -1, Kind: txKinds[s.Kind], Options: c.defElems(s.Options),
		Savepoint: s.SavepointName, Chain: s.Chain}
	if s.Gid != "" {
		out.Savepoint = s.Gid
	}
	return out
}

// set converts SET and RESET in all their forms.
func (c *converter) set(s *pg.VariableSetStmt) Stmt {
	out := &SetStmt{At: -1, Name: strings.ToLower(s.Name), Local: s.IsLocal}
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_VALUE:
		c.setValue(out, s.Args)
	case pg.VariableSetKind_VAR_SET_DEFAULT, pg.VariableSetKind_VAR_RESET:
		out.Default, out.Reset = true, s.Kind == pg.VariableSetKind_VAR_RESET
	case pg.VariableSetKind_VAR_RESET_ALL:
		out.All = true
	case pg.VariableSetKind_VAR_SET_MULTI:
		return c.setMulti(out, s)
	default:
		c.refuse(-1, "SET FROM CURRENT")
	}
	return out
}

// setValue converts the values of SET; SET TIME ZONE INTERVAL '…' arrives as a cast to interval.
func (c *converter) setValue(out *SetStmt, args []*pg.Node) {
	out.Args = c.exprs(args)
	for _, a := range out.Args {
		if cast, ok := a.(*CastExpr); ok && len(cast.Type.Name) > 0 {
			out.Interval = cast.Type.Name[len(cast.Type.Name)-1] == "interval"
		}
	}
}

// setMulti converts SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION.
func (c *converter) setMulti(out *SetStmt, s *pg.VariableSetStmt) Stmt {
	switch s.Name {
	case "TRANSACTION", "SESSION CHARACTERISTICS":
		out.Special, out.Name = out.Name, ""
		out.Options = c.defElems(s.Args)
		return out
	case "TRANSACTION SNAPSHOT":
		out.Special, out.Args = "transaction snapshot", c.exprs(s.Args)
		return out
	default:
		return &UnsupportedStmt{At: -1, What: "SET " + s.Name}
	}
}

// copyStmt converts COPY; both option syntaxes arrive as the same list.
func (c *converter) copyStmt(s *pg.CopyStmt) Stmt {
	out := &CopyStmt{
		At:       -1,
		Table:    c.rangeTable(s.Relation),
		Cols:     strs(s.Attlist),
		From:     s.IsFrom,
		Program:  s.IsProgram,
		Filename: s.Filename,
		Options:  c.defElems(s.Options),
		Where:    c.expr(s.WhereClause),
	}
	if s.Query != nil {
		out.Query = c.stmt(s.Query)
	}
	return out
}

// discard converts DISCARD.
func discard(s *pg.DiscardStmt) Stmt {
	target := "all"
	switch s.Target {
	case pg.DiscardMode_DISCARD_PLANS:
		target = "plans"
	case pg.DiscardMode_DISCARD_SEQUENCES:
		target = "sequences"
	case pg.DiscardMode_DISCARD_TEMP:
		target = "temp"
	}
	return &DiscardStmt{At: -1, Target: target}
}

// prepare converts PREPARE.
func (c *converter) prepare(s *pg.PrepareStmt) Stmt {
	out := &PrepareStmt{At: -1, Name: s.Name, Query: c.stmt(s.Query)}
	for _, n := range s.Argtypes {
		out.Types = append(out.Types, c.typeName(n.GetTypeName()))
	}
	return out
}

// vacuum converts VACUUM and ANALYZE.
func (c *converter) vacuum(s *pg.VacuumStmt) Stmt {
	out := &VacuumStmt{At: -1, Analyze: !s.IsVacuumcmd, Options: c.defElems(s.Options)}
	for _, n := range s.Rels {
		r := n.GetVacuumRelation()
		c.refuseIf(len(r.VaCols) > 0, c.at(r.Relation.GetLocation()), "a column list in VACUUM or ANALYZE")
		out.Tables = append(out.Tables, c.rangeTable(r.Relation))
	}
	return out
}

// truncate converts TRUNCATE.
func (c *converter) truncate(s *pg.TruncateStmt) Stmt {
	out := &TruncateStmt{At: -1, RestartIdentity: s.RestartSeqs,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	for _, n := range s.Relations {
		out.Tables = append(out.Tables, c.rangeTable(n.GetRangeVar()))
	}
	return out
}
