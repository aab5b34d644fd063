package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
)

// ALTER TABLE, with everything that the binder found out about it.
type (
	// AlterTable makes Table into New. What is new in it (indexes, checks, foreign keys) has OID 0 until it runs.
	AlterTable struct {
		Out
		// Table is nil when there is nothing to do but give Notices.
		Table, New *catalog.Table
		Others     []AlteredTable
		// Added are the sequences of new columns, as in CreateTable; Sequences are those that change, Dropped go.
		Added     []*catalog.Sequence
		Sequences []ChangedSequence
		Dropped   []*catalog.Sequence
		// Missing are values, over no columns, that rows have in columns added without being written again.
		Missing []MissingValue
		// Rewrite, when not nil, makes each row anew, over the old row: by ordinal of New, nil for what comes from the
		// column's new sequence or from Generated, which is over the new row.
		Rewrite   []Expr
		Generated []Expr
		// Reason is why PostgreSQL would write the table again (AT_REWRITE_*): 1 for persistence, 2 for a new column's values,
		// 4 for another type; 0 where it would not. Event triggers are told.
		Reason int
		// By is the index in whose order rows are written again; nil keeps their order.
		By *catalog.Index
		// NotNull are ordinals of New, and Checks conditions over its rows, that every row must meet.
		NotNull []int
		Checks  []CheckExpr
		// Validate names the foreign keys that every row must meet.
		Validate []string
		Owner    *ChangeAccess // OWNER TO; nil without
		// NewSegments is the segment table to make, nil for none; Segments is how it is filled.
		NewSegments *catalog.Table
		Segments    *Segments
		Notices     []Notice
		// Drop is what goes with columns: views that name them.
		Drop Drop
	}
	// Cluster is CLUSTER: tables whose rows are written again, one after the other.
	Cluster struct {
		Out
		Tables []*AlterTable
	}
	// AlteredTable is another table that changes.
	AlteredTable struct{ Table, New *catalog.Table }
	// ChangedSequence is a sequence's new definition; Restart is the next value it gives, nil to go on.
	ChangedSequence struct {
		Sequence *catalog.Sequence
		Restart  *int64
	}
	// MissingValue is the value of the column at Ordinal of New.
	MissingValue struct {
		Ordinal int
		Value   Expr
	}
	// Notice is something to tell the client.
	Notice struct {
		Severity string
		Code     sqlstate.Code
		Text     string
		Detail   string
	}
)

// Children returns nil: what ALTER TABLE reads is not a plan.
func (*AlterTable) Children() []Node { return leaf() }

// Children returns nil.
func (*Cluster) Children() []Node { return leaf() }
