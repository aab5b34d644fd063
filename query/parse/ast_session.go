package parse

// Statements about the session: cursors, locks, notifications and maintenance.
type (
	// DeclareStmt is DECLARE name CURSOR FOR query.
	DeclareStmt struct {
		At
		Name                  string
		Query                 Stmt
		Binary, Hold          bool
		Scroll, NoScroll      bool
		Insensitive, AsensSet bool // INSENSITIVE, ASENSITIVE
	}
	// FetchDirection is where a FETCH goes.
	FetchDirection uint8
	// FetchStmt is FETCH or MOVE. Count is FetchAll for ALL.
	FetchStmt struct {
		At
		Name      string
		Direction FetchDirection
		Count     int64
		Move      bool
	}
	// LockStmt is LOCK TABLE. Mode has PostgreSQL's number, 1 (ACCESS SHARE) to 8 (ACCESS EXCLUSIVE).
	LockStmt struct {
		At
		Tables []*RangeTable
		Mode   int
		NoWait bool
	}
	// ListenStmt is LISTEN channel.
	ListenStmt struct {
		At
		Channel string
	}
	// NotifyStmt is NOTIFY channel, payload.
	NotifyStmt struct {
		At
		Channel, Payload string
	}
	// CheckpointStmt is CHECKPOINT.
	CheckpointStmt struct{ At }
	// CurrentOf is WHERE CURRENT OF cursor.
	CurrentOf struct {
		At
		Cursor string
	}
)

// Where a FETCH goes.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// FetchAll is the count of FETCH ALL.
const FetchAll = 1<<63 - 1

func (*DeclareStmt) stmt()    {}
func (*FetchStmt) stmt()      {}
func (*LockStmt) stmt()       {}
func (*ListenStmt) stmt()     {}
func (*NotifyStmt) stmt()     {}
func (*CheckpointStmt) stmt() {}
