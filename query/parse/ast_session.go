package parse

// Statements about the session: cursors, locks, notifications and maintenance.
type (
	// LockStmt is LOCK TABLE. Mode has PostgreSQL's number, 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE).
	LockStmt struct {
		At
		Tables []*RangeTable
		Mode   int
		NoWait bool
	}
)

func (*LockStmt) stmt() {}
