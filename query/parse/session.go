package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"
)

// session converts the statements of ast_session.go.
func (c *converter) session(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_LockStmt:
		return c.lock(n.LockStmt)
	default:
		return &UnsupportedStmt{At: -1, What: stmtTitle(n)}
	}
}

func (c *converter) lock(s *pg.LockStmt) Stmt {
	out := &LockStmt{At: -1, Mode: int(s.Mode), NoWait: s.Nowait}
	for _, r := range s.Relations {
		out.Tables = append(out.Tables, c.rangeTable(r.GetRangeVar()))
	}
	return out
}
