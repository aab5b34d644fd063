package exec

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
)

// The seams of the executor: what it needs of tables, of the vector operator and of the embedding
// path. Package relation and package embed (through the engine) implement them; package exectest has
// in-memory ones.

// Relations is the database at one statement's snapshot inside one transaction, with the
// transaction's own writes visible. Its methods may be called from one goroutine at a time.
type Relations interface {
	// Catalog is the definitions at the statement's snapshot, with those of its transaction.
	Catalog() *catalog.Snapshot
	// Table opens a stored table (never a Virtual one).
	Table(t *catalog.Table) (Table, error)
	// Sequence operations are not transactional: a rolled back NextVal is not given back.
	builtin.Sequences
	builtin.Snapshots
	// Rejects of a COPY are the transaction's.
	builtin.RejectStore

	// Nested begins a statement of a function, at a snapshot of its own.
	Nested(ctx context.Context) (Nested, error)
	// RunBy says who runs the functions of users that index expressions call. The first to say so stays.
	RunBy(routines eval.Subplans)

	// Definitions. Each takes its locks, changes the transaction's catalog and stores the change.
	CreateTable(ctx context.Context, c *plan.CreateTable) (*catalog.Table, error)
	// Refresh gives a materialized view new, empty storage, to be filled through the table that it returns.
	Refresh(ctx context.Context, r *plan.Refresh) (*catalog.Table, error)
	// Define carries out the definitions that need no more than the catalog: CreateView and its like.
	Define(ctx context.Context, n plan.Node) error
	CreateIndex(ctx context.Context, c *plan.CreateIndex) error
	// AlterTable changes the definition. It builds indexes that are new, unless the rows are to be written again: that,
	// and the conditions on the rows, are the caller's work, with the tables returned.
	AlterTable(ctx context.Context, a *plan.AlterTable) (Altered, error)
	CreateSchema(ctx context.Context, c *plan.CreateSchema) error
	Drop(ctx context.Context, d *plan.Drop) error
	Truncate(ctx context.Context, t *plan.Truncate) error
	Comment(ctx context.Context, c *plan.Comment) error
	// ChangeAccess fails with ErrConflict when the catalog is not the one that the change was worked out from.
	ChangeAccess(ctx context.Context, c *plan.ChangeAccess) error

	// Referential gives what follows, by the foreign keys, from the writes since it was last asked; from then on the
	// statement sees those writes. Referencing finds an action's rows: their identities, which of Old each has, and whole
	// rows. When no action is left, CheckReferences makes the checks that are due at the end of a statement.
	Referential(ctx context.Context) ([]ReferentialAction, error)
	Referencing(ctx context.Context, a *ReferentialAction, emit func(ids []int64, which []int, rows *datum.Batch) error) error
	CheckReferences(ctx context.Context) error
	// Defers says whether a constraint trigger waits for the end of the transaction by now, and Defer hands it rows.
	Defers(t *catalog.Trigger) bool
	Defer(d DeferredRows)
	// ValidateReferences checks the rows there are, those just written included, by the named foreign keys.
	ValidateReferences(ctx context.Context, t *catalog.Table, keys []string) error
}

// ReferentialAction is what the keys that a statement took away from a table mean for the rows that reference them.
type ReferentialAction struct {
	Table  *catalog.Table      // that references
	Key    *catalog.ForeignKey // of it
	Action byte                // catalog.Cascade, SetNull or SetDefault
	Delete bool                // the rows were deleted, not their keys changed
	// Old are the keys gone, by Key.RefColumns; New those they became.
	Old, New [][]datum.Datum
}

// Altered is a table as ALTER TABLE finds and leaves it. From has its rows: by the new definition, or by the old one
// when plan.AlterTable.Rewrite is set, and then To takes the new rows. Table is the new definition, with its numbers.
type Altered struct {
	From, To Table
	Table    *catalog.Table
	Segments *catalog.Table // that is new, nil for none
}

// Table is one stored table.
type Table interface {
	// Scan reads rows, see ScanSpec. The iterator belongs to the caller, who closes it.
	Scan(ctx context.Context, spec ScanSpec) (RowIter, error)
	// RowSet gives the identities of all rows that a scan of spec.Index would give. The set may be shared with other
	// statements: it must not be changed.
	RowSet(ctx context.Context, spec ScanSpec) (RowSet, error)
	// Insert writes whole rows (every column in table order, generated ones filled in). It checks NOT NULL
	// and unique constraints and maintains every index; it returns the new rows' identities.
	// A *RowError says which row failed.
	Insert(ctx context.Context, rows *datum.Batch) ([]int64, error)
	// Conflicting finds, for each of the rows about to be inserted, the identity of the visible row that it
	// would conflict with on index ix (any unique index when nil), or -1.
	Conflicting(ctx context.Context, rows *datum.Batch, ix *catalog.Index) ([]int64, error)
	// Update replaces rows that were read at this snapshot. changed lists the ordinals that may differ.
	// It locks the rows first and returns ErrConflict when one was changed or deleted by a transaction
	// that committed after the snapshot.
	Update(ctx context.Context, rowIDs []int64, old, rows *datum.Batch, changed []int) error
	// Delete removes rows; conflicts as in Update. old has every column.
	Delete(ctx context.Context, rowIDs []int64, old *datum.Batch) error
	// Fetch reads rows by identity, in the order given; ordinals as in ScanSpec. A row that is not visible is an error
	// (identities come from this snapshot).
	Fetch(ctx context.Context, rowIDs []int64, ordinals []int) (*datum.Batch, error)
	// Lock locks a row that was read at this snapshot until the transaction ends. At REPEATABLE READ a row that was
	// changed since fails with 40001.
	Lock(ctx context.Context, rowID int64, strength plan.LockStrength, wait plan.LockWait) (Locked, error)
	// Find reads one row, nil when it is not there: at the snapshot, or, of a row that Lock has found changed or an
	// ErrConflict was about, as it is now. That version the statement may then write.
	Find(ctx context.Context, rowID int64, ordinals []int, now bool) (*datum.Batch, error)
	// VectorIndex opens the vector operator's index on a column at this snapshot.
	VectorIndex(ix *catalog.Index) (VectorIndex, error)
}

// WrittenBefore is what Conflicting gives for a row that conflicts with one that the same statement has written.
const WrittenBefore = -2

// Locked is what came of locking a row.
type Locked uint8

// Outcomes of Table.Lock.
const (
	LockedUnchanged Locked = iota
	LockedChanged          // by a transaction that committed after the snapshot: its row as it is now is Find's to give
	NotLocked              // another transaction has it, and SKIP LOCKED was asked for
)

// ErrConflict (see Table.Update) is a write-write conflict. At READ COMMITTED an UPDATE or DELETE looks at the row
// again, as Postgres's EvalPlanQual does; a conflict with a definition, or on a unique key, runs the statement
// again on a fresh snapshot. REPEATABLE READ fails with 40001.
var ErrConflict = conflictError{}

type conflictError struct{}

func (conflictError) Error() string { return "row was changed by a concurrent transaction" }

// Bounds of what a RejectStore keeps.
const (
	MaxRejectsOfCopy = builtin.MaxRejectsOfCopy
	MaxRejects       = builtin.MaxRejects
)

// ScanSpec says what to read.
type ScanSpec struct {
	// Ordinals are the table columns to return, in order.
	Ordinals []int
	// RowID appends the row identity as a last int8 column.
	RowID bool
	// Index and Bounds: nil for the whole table. Desc walks backwards.
	Index  *catalog.Index
	Bounds *IndexBounds
	Desc   bool
	// IndexOnly says that the columns are among the index's keys, of types for which datum.KeyHoldsValue, and RowID is not
	// asked for.
	IndexOnly bool
}

// IndexBounds is an evaluated plan.IndexRange: values for the leading keys, then a range of the next.
type IndexBounds struct {
	Eq           []datum.Datum
	Lo, Hi       *datum.Datum
	LoInc, HiInc bool
	// LoRow and HiRow are values of the keys that follow, when a bound is a row.
	LoRow, HiRow []datum.Datum
	// NotNull leaves out the NULLs of the next key, as Lo and Hi do. A NULL in Eq is one that is looked for.
	NotNull bool
	// Search is what an inverted index is asked for, with the operator SearchOp, in key SearchKey. Rows that come may not
	// meet the condition; those that meet it come.
	Search    *datum.Datum
	SearchOp  string
	SearchKey int
	// SearchLimit is how alike texts must be, for the operators of pg_trgm that say so.
	SearchLimit float32
}

// RowIter yields batches. The batch returned is valid until the next call of Next or Close.
type RowIter interface {
	// Next returns nil at the end.
	Next(ctx context.Context) (*datum.Batch, error)
	Close()
}

// VectorIndex is the vector operator over one key, at the statement's snapshot with the
// transaction's own writes.
type VectorIndex interface {
	// Search returns at most k (all when k < 0) rows nearest first, ties by row identity; only rows in filter when it
	// is not nil.
	Search(ctx context.Context, q VectorQuery) (VectorResult, error)
	// SearchMany answers many questions without filters, in their order, each as Search would.
	SearchMany(ctx context.Context, qs []VectorQuery) ([]VectorResult, error)
	// Len is about the number of vectors indexed, for costing. It is 0 only when no row that the statement sees has one: a
	// search may then be left out.
	Len() int
}

// VectorQuery is one search.
type VectorQuery struct {
	Vector []float32
	// Value is what to search for in an index of another type than vectors.
	Value  datum.Datum
	Metric plan.Metric
	K      int
	// Filter lists the row identities allowed; nil allows all.
	Filter RowSet
	Max    float64
	HasMax bool
	MaxInc bool
	// Recall is the share of the true rows that the answer must have, 1 (or 0) for all.
	Recall float64
	// NProbe and EfSearch say how hard an index USING faiss tries; 0 leaves it to the index.
	NProbe, EfSearch int
}

// RowSet is a set of row identities, built by the executor from a WHERE clause and handed to the
// vector operator before its scan. *roaring64.Bitmap has these methods.
type RowSet interface {
	Add(row uint64)
	Contains(row uint64) bool
	GetCardinality() uint64
}

// VectorResult is the hits, nearest first, and what finding them cost.
type VectorResult struct {
	Rows      []int64
	Distances []float64
	Stats     VectorStats
}

// VectorStats is printed by EXPLAIN ANALYZE.
type VectorStats struct {
	Exact  bool
	Method string // of an approximate answer, "" for the operator's own
	// Scanned are row versions scored by codes, Filtered those that the filter kept from it, Reranked those whose distance
	// was computed in full; Prefiltered are those that codes of one bit ruled out, and Lists the lists of an inverted file
	// that were looked into. Fetched are the vectors that were read from the table: sealed segments have codes alone.
	Scanned, Filtered, Reranked, Segments, Lists, Prefiltered, Fetched int
}

// What functions ask for too is declared beside them.
type (
	// Embedder turns audio into vectors and facts.
	Embedder = builtin.Embedder
	// FileState and AudioFile are what the Embedder tells of files.
	FileState = builtin.FileState
	AudioFile = builtin.AudioFile
	// Reject is a row that COPY left out, which a RejectStore keeps.
	Reject      = builtin.Reject
	RejectStore = builtin.RejectStore
	// Clip is audio to embed, and Window a piece of it with its vector.
	Clip   = builtin.Clip
	Window = builtin.Window
	// Session is what functions and operators may ask of the session that runs them.
	Session = builtin.Session
	// ModelRow is a row of segue_models.
	ModelRow = builtin.ModelRow
	// RowError is an error about one row of a batch, so that COPY can name its line.
	RowError = builtin.RowError
)
