package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"
)

// session converts the statements of ast_session.go.
func (c *converter) session(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_DeclareCursorStmt:
		return c.declare(n.DeclareCursorStmt)
	case *pg.Node_FetchStmt:
		return fetch(n.FetchStmt)
	case *pg.Node_CheckPointStmt:
		return &CheckpointStmt{At: -1}
	case *pg.Node_ListenStmt:
		return &ListenStmt{At: -1, Channel: n.ListenStmt.Conditionname}
	case *pg.Node_NotifyStmt:
		return &NotifyStmt{At: -1, Channel: n.NotifyStmt.Conditionname, Payload: n.NotifyStmt.Payload}
	case *pg.Node_LockStmt:
		return c.lock(n.LockStmt)
	default:
		return &UnsupportedStmt{At: -1, What: stmtTitle(n)}
	}
}

// The grammar's CURSOR_OPT_ bits (parsenodes.h).
const (
	cursorBinary      = 0x0001
	cursorScroll      = 0x0002
	cursorNoScroll    = 0x0004
	cursorInsensitive = 0x0008
	cursorAsensitive  = 0x0010
	cursorHold        = 0x0020
)

func (c *converter) declare(s *pg.DeclareCursorStmt) Stmt {
	has := func(bit int32) bool { return s.Options&bit != 0 }
	return &DeclareStmt{
		At: -1, Name: s.Portalname, Query: c.stmt(s.Query), Binary: has(cursorBinary), Hold: has(cursorHold),
		Scroll: has(cursorScroll), NoScroll: has(cursorNoScroll), Insensitive: has(cursorInsensitive),
		AsensSet: has(cursorAsensitive),
	}
}

func fetch(s *pg.FetchStmt) Stmt {
	directions := map[pg.FetchDirection]FetchDirection{
		pg.FetchDirection_FETCH_FORWARD: FetchForward, pg.FetchDirection_FETCH_BACKWARD: FetchBackward,
		pg.FetchDirection_FETCH_ABSOLUTE: FetchAbsolute, pg.FetchDirection_FETCH_RELATIVE: FetchRelative,
	}
	return &FetchStmt{At: -1, Name: s.Portalname, Direction: directions[s.Direction], Count: s.HowMany, Move: s.Ismove}
}

func (c *converter) lock(s *pg.LockStmt) Stmt {
	out := &LockStmt{At: -1, Mode: int(s.Mode), NoWait: s.Nowait}
	for _, r := range s.Relations {
		out.Tables = append(out.Tables, c.rangeTable(r.GetRangeVar()))
	}
	return out
}
