package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Column describes one output column of a Node.
type Column struct {
	Name   string
	Type   *datum.Type
	Typmod int32
	// Table and AttNum are the column's origin for RowDescription, 0 when computed.
	Table  catalog.OID
	AttNum int16
}

// Node is one static operator. Columns is its output row; Children its inputs, left to right.
// Est is the planner's estimate of rows and cost, printed by EXPLAIN.
type Node interface {
	Columns() []Column
	Children() []Node
	Est() *Estimate
}

// Estimate is what the planner believes of a node: rows out, and cost in units of one row's CPU
// (cpu_tuple_cost = 0.01 in Postgres's terms).
type Estimate struct {
	Rows           float64
	Startup, Total float64
	Width          int
}

// Out is the part every node has.
type Out struct {
	Cols []Column
	Cost Estimate
}

// Columns returns the output row.
func (o *Out) Columns() []Column { return o.Cols }

// Est returns the node's estimate, which rules may fill in.
func (o *Out) Est() *Estimate { return &o.Cost }

// Queries.
type (
	// Values yields its rows; Result is Values of one row without columns or with expressions.
	Values struct {
		Out
		Rows [][]Expr
	}
	// Scan reads a table at the statement's snapshot. Ordinals are the table columns to output, in
	// order; Filter is over the output row. RowID asks for the row's identity as a last, extra int8
	// column, for UPDATE and DELETE. Index is nil for a sequential scan.
	Scan struct {
		Out
		Table    *catalog.Table
		Alias    string
		Ordinals []int
		Filter   Expr
		RowID    bool
		Index    *IndexRange
		// IndexOnly says that the index's keys have all the columns read, so that no row is fetched.
		IndexOnly bool
		// Mark tells this scan from others where its rows may have to be read again, once they are locked; 0 for none.
		Mark int
		// CurrentOf is the cursor at whose row the scan looks only.
		CurrentOf string
		// TableRows is an estimate of the table's rows when planned, Stats what is known of its columns, nil for nothing.
		TableRows float64
		Stats     *catalog.Statistics
	}
	// IndexRange is an index with bounds (rows with NULL in a bounded key never match): Eq are values of its leading
	// keys, then Lo/Hi bound the next
	// key. The expressions hold no column references: constants, parameters, Outer slots. Each value is of
	// the key column's type. A NULL bound yields no rows. Desc scans backwards.
	IndexRange struct {
		Index *catalog.Index
		Eq    []Expr
		// Nulls are the places in Eq of keys that are to be NULL.
		Nulls []int
		// NotNull says that the key after those of Eq is not NULL, as it is in any case within Lo and Hi.
		NotNull bool
		// Any is an array of values for the key after those of Eq, instead of Lo and Hi: the ranges of each are read one
		// after the other.
		Any          Expr
		Lo, Hi       Expr
		LoInc, HiInc bool
		// LoRow and HiRow are values of the keys after that of Lo and Hi: the bound is a row, as of (a, b) > (1, 2). Those keys
		// all have its direction. An index entry within the bounds may have NULLs in them.
		LoRow, HiRow []Expr
		Desc         bool
		// Ordered says that the scan's order is used by a node above.
		Ordered bool
		// Search is what an inverted index is asked for instead of bounds, with the operator SearchOp, in key SearchKey.
		Search    Expr
		SearchOp  string
		SearchKey int
	}
	// VectorSearch is filter + sort by distance + limit over one key of an index, as one operator. It
	// outputs the same row as Scan would, followed by the distance (float8) as its last column, nearest
	// first, ties by row identity. K nil means every row within Max.
	VectorSearch struct {
		Out
		Table    *catalog.Table
		Alias    string
		Ordinals []int
		Index    *catalog.Index
		AttNum   int16 // of the column that is the key, 0 for another expression
		Key      Expr  // over the table's row
		Query    Expr  // of the key's type, free of column references
		Metric   Metric
		K        Expr // int8: limit + offset
		Filter   Expr // over the Ordinals row; becomes a bitmap before the scan
		// FilterIndex finds the rows that the filter is held against, nil for all.
		FilterIndex *IndexRange
		// FilterCovered says that FilterIndex finds those that pass, and no others.
		FilterCovered bool
		Max           Expr // float8 distance cut-off, nil for none
		MaxInc        bool
		RowID         bool
		// NullsLast says that the column may be NULL and that rows without a distance are wanted too: when
		// fewer than K rows have one (all of them when Query is NULL), other rows of the filter follow, with
		// NULL for the distance, up to K. Never set with Max.
		NullsLast bool
		// Ties says that rows with the same distance as the last of K are wanted too.
		Ties bool
		// Unordered says that a Growth above sorts: the rows may come as they like, and when all are wanted (K is NULL) they
		// are scanned.
		Unordered bool
		// Recall is the share of the true rows that is enough, segue.recall; 1 is all of them.
		Recall float64
		// Share is the part of the rows that the planner believes the filter to let pass. FilterAfter holds the filter
		// against Candidates(K) nearest rows first, and only where too few of them pass against the rest.
		Share       float64
		FilterAfter bool
	}
	// FunctionScan is set-returning functions in FROM.
	FunctionScan struct {
		Out
		Calls      []*Call // ROWS FROM when more than one
		Ordinality bool
		Alias      string
		// Segments is the segment table that the only call reads (bind_segments.go), nil for other functions.
		Segments *catalog.Table
		// Lateral calls refer to Outer slots.
	}
	// CTEScan reads a WITH query that is run once and shared.
	CTEScan struct {
		Out
		CTE   *CTE
		Alias string
	}
	// TransitionScan reads a transition table of the trigger whose function is running. Rows is how many it has.
	TransitionScan struct {
		Out
		Name, Alias string
		Rows        int
	}
	// RecursiveUnion is the query of WITH RECURSIVE: Base's rows, then again and again Step's, which reads the rows
	// of the step before as Work, until a step gives none. Without All a row that has been before is left out, and
	// so is not stepped from either.
	RecursiveUnion struct {
		Out
		Base, Step Node
		Work       *WorkTable
		All        bool
	}
	// WorkTableScan reads the rows of the last step.
	WorkTableScan struct {
		Out
		Work  *WorkTable
		Alias string
	}
	// WorkTable is what a RecursiveUnion hands to its next step. Slot is an Outer slot that the executor changes
	// with every step, so that nothing computed from the rows of one is taken for the next.
	WorkTable struct {
		Name string
		Cols []Column
		Slot int
	}
	// CTE is a shared subplan; the executor runs it at most once a statement.
	CTE struct {
		Name string
		Plan Node
		// Materialized says that the statement asked for it: the planner leaves it apart.
		Materialized bool
		// Modifies says that Plan writes: it runs once and to its end, whether it is read or not.
		Modifies bool
		// Recursive says that Plan is a RecursiveUnion, which stays apart too.
		Recursive bool
	}
	// Filter keeps rows where Cond is true.
	Filter struct {
		Out
		Input Node
		Cond  Expr
	}
	// Project computes a new row.
	Project struct {
		Out
		Input Node
		Exprs []Expr
	}
	// ProjectSet is Project where some Exprs are calls of set-returning functions (at their top).
	ProjectSet struct {
		Out
		Input Node
		Exprs []Expr
	}
	// Join joins two inputs. LeftKeys[i] = RightKeys[i] are equalities found in the condition (hash or
	// merge keys), of one type each; Cond is the rest, over left row ++ right row. For JoinSemi and
	// JoinAnti the output is the left row. Lateral: the right side has Outer slots filled from the left
	// row (Slots/Args as in Subquery); then the algorithm is nested loop.
	Join struct {
		Out
		Kind                JoinKind
		Algo                JoinAlgo
		Left, Right         Node
		LeftKeys, RightKeys []Expr // over the left row; over the right row
		Cond                Expr
		Lateral             bool
		Explicit            bool // written as JOIN, which join_collapse_limit counts
		Slots               []int
		Args                []Expr
		whole               Expr // the condition before keys were taken out of it
	}
	// Aggregate groups by Keys and computes Aggs; its output is the keys followed by the aggregates.
	// Sets lists grouping sets as indexes into Keys; nil means one set of all keys. Grouping are the GROUPING(…) calls,
	// each the keys that it asks about: a last int4 column each, see GroupingMask.
	Aggregate struct {
		Out
		Input Node
		Keys  []Expr
		Aggs  []*AggCall
		Sets  [][]int

		Grouping [][]int
		// Sorted says that rows of one group come one after the other; Sets is nil then.
		Sorted bool
	}
	// Memoize keeps its input's rows by the values of Keys, Outer slots that a nested loop fills: it reads the input only
	// for values that it has not had.
	Memoize struct {
		Out
		Input Node
		Keys  []Expr
		// Binary says that the keys' values are compared for how they are written, not by their type's equality.
		Binary bool
		each   float64 // the cost of one reading on the average
	}
	// AggCall is one aggregate: over the input row. One WITHIN GROUP has no Args: it is of the values of OrderBy, and
	// of Direct, which is over the group's keys, all of them in order.
	AggCall struct {
		Typed
		Proc     *catalog.Proc
		Steps    *AggregateSteps // of a user's aggregate
		Args     []Expr
		Direct   []Expr
		Distinct bool
		OrderBy  []SortKey
		Filter   Expr
	}
	// Window computes window functions over its input, which must be sorted by partition and order; its
	// output is the input row followed by one column a call.
	Window struct {
		Out
		Input       Node
		PartitionBy []Expr
		OrderBy     []SortKey
		Calls       []*WindowCall
	}
	// WindowCall is one window function or aggregate with its frame (the grammar's bits).
	WindowCall struct {
		Typed
		Proc                   *catalog.Proc
		Steps                  *AggregateSteps // of a user's aggregate
		Args                   []Expr
		Filter                 Expr
		FrameOptions           int
		StartOffset, EndOffset Expr
	}
	// Sample is TABLESAMPLE: about Percent (float4) of a hundred of the input's rows, chosen by their identity, which RowID
	// is, and by Seed (float8), which is nil for another choice each time.
	Sample struct {
		Out
		Input         Node
		Method        string
		Percent, Seed Expr
		RowID         Expr
	}
	// Dedup is DISTINCT or DISTINCT ON: the first row of each group of equal On values (all columns when On is nil).
	Dedup struct {
		Out
		Input Node
		On    []Expr
		// Ordered says that rows of equal On values come one after the other.
		Ordered bool
	}
	// SortKey is one ORDER BY item.
	SortKey struct {
		Expr       Expr
		Desc       bool
		NullsFirst bool
	}
	// Sort orders rows. TopK is an upper bound of the rows wanted, pushed down from a Limit, nil for none; a
	// NULL value is none too, and a negative one is for the Limit above to report.
	Sort struct {
		Out
		Input Node
		Keys  []SortKey
		TopK  Expr
		Grow  *Growth // nil for reading all of the input
		// Presorted is how many of the keys the input is in the order of: rows that are equal by them are sorted by themselves.
		Presorted int
	}
	// Limit skips Offset rows and yields Count; nil is none. Both are int8, free of columns.
	Limit struct {
		Out
		Input         Node
		Count, Offset Expr
		WithTies      []SortKey
	}
	// LockRows locks the rows of its input's tables, one after the other, and passes on those that are still as the
	// query wants them.
	LockRows struct {
		Out
		Input Node
		Marks []RowMark
	}
	// RowMark is a table whose rows are locked: the scan with that Mark puts their identities into Column.
	RowMark struct {
		Mark     int
		Table    *catalog.Table
		Column   int
		Strength LockStrength
		Wait     LockWait
	}
	// SetOp is UNION, INTERSECT or EXCEPT of inputs with the same column types.
	SetOp struct {
		Out
		Op          SetOpKind
		All         bool
		Left, Right Node
	}
)

// Data modification.
type (
	// Insert writes Input's rows, one column a Table column in table order; Bind has put defaults and
	// identity values into a Project below, and generated columns arrive as NULL and are computed from
	// Exprs.Generated here. The Returning expressions are over the written row in table order.
	Insert struct {
		Out
		Table     *catalog.Table
		Exprs     *RowExprs
		Input     Node
		Returning []Expr
		Conflict  *Conflict
	}
	// Conflict is ON CONFLICT. Index is the arbiter, nil for any (DO NOTHING only).
	// Set and Where are over existing row ++ proposed row (excluded); Set[i] assigns ordinal SetOrdinals[i];
	// the whole new row's generated columns are recomputed by Generated.
	Conflict struct {
		Index       *catalog.Index
		DoUpdate    bool
		SetOrdinals []int
		Set         []Expr
		Where       Expr
		// Recomputed are the generated ordinals that read a column of SetOrdinals or were set to DEFAULT.
		Recomputed []int
	}
	// Update: Input yields the table's old row in table order, then the RowID, then whatever FROM gave.
	// New[i] are expressions over that input for the new row, in table order (unchanged columns are Cols).
	// Generated columns whose inputs changed are recomputed by Exprs.Generated over the new row.
	Update struct {
		Out
		Mark    int // of the scan that finds the rows
		Table   *catalog.Table
		Exprs   *RowExprs
		Input   Node
		New     []Expr
		Changed []int // ordinals assigned
		// Recomputed are the generated ordinals that read a column of Changed or were set to DEFAULT; the
		// other generated columns keep their values.
		Recomputed []int
		Returning  []Expr // over new row ++ rest of the input after the RowID
	}
	// Delete: Input yields the table's row in table order, then the RowID, then whatever USING gave.
	Delete struct {
		Out
		Mark      int // of the scan that finds the rows
		Table     *catalog.Table
		Input     Node
		Returning []Expr // over old row ++ rest of the input after the RowID
	}
	// MergeRows does with each row of Input the first of Actions that fits. Input is the source's row, then from At on the
	// table's in table order, then its RowID: NULLs, these, where a row of the source found none.
	MergeRows struct {
		Out
		Mark    int // of the scan that finds the rows
		Table   *catalog.Table
		Exprs   *RowExprs
		Input   Node
		At      int
		Actions []MergeAction
	}
	// MergeAction is one WHEN clause: Cond, nil for none, and New, the row to write in table order, are over Input's row.
	MergeAction struct {
		Matched bool
		Cond    Expr
		Do      parse.MergeAction
		New     []Expr
		Changed []int // ordinals that an UPDATE assigns
	}
	// CopyFrom writes rows that arrive as COPY data. Input columns are Ordinals, in that order; the rest
	// get their defaults, then generated columns are computed and checks made, as in Insert.
	// With FORMAT audio the data is the audio files below Folder, of the server's.
	CopyFrom struct {
		Out
		Table    *catalog.Table
		Folder   string
		Exprs    *RowExprs
		Ordinals []int
		Options  CopyOptions
		Where    Expr // over the row in table order
	}
	// CopyTo sends its input's rows as COPY data.
	CopyTo struct {
		Out
		Input   Node
		Options CopyOptions
	}
)

// CopyOptions are COPY's options after validation.
type CopyOptions struct {
	Format                  CopyFormat
	Delimiter               byte
	Null                    string
	Header                  bool
	HeaderMatch             bool
	Quote                   byte
	Escape                  byte
	ForceQuote              []bool // by output column; nil none
	ForceNull, ForceNotNull []bool
	Default                 string // the marker that asks for a column's default; HasDefault says it was given
	HasDefault              bool
	OnErrorIgnore           bool
	Verbose                 bool
	Encoding                *charset.Encoding // nil is the client's
}

// CopyFormat is text, csv, binary, or a folder of audio.
type CopyFormat uint8

// COPY formats.
const (
	CopyText CopyFormat = iota
	CopyCSV
	CopyBinary
	CopyAudio
)

// AudioPathColumn is the column that FORMAT audio fills with paths.
const AudioPathColumn = "path"

// Definitions: what the binder has already checked and completed. The executor only applies them.
type (
	// CreateTable creates Table; its OIDs and storage IDs are 0 and given when it runs. Sequences are
	// those behind identity and serial columns, to create with it: Sequences[i] belongs to the column
	// with attribute number OwnerAttNum, whose Sequence is set when it runs.
	CreateTable struct {
		Out
		Table       *catalog.Table
		Sequences   []*catalog.Sequence
		Segments    *catalog.Table // the table that keeps the segments of this one, nil for none
		IfNotExists bool           // the table exists: only a notice
		TempSchema  string         // where a temporary table goes
		Exists      bool
		// Source is CREATE TABLE AS's query, nil otherwise. Into says that it was written as SELECT INTO.
		Source Node
		Into   bool
	}
	// CreateView makes a view, in the place of Old where OR REPLACE found one.
	CreateView struct {
		Out
		Table, Old *catalog.Table
		TempSchema string // where a temporary one goes
		Notices    []*sqlstate.Error
	}
	// ChangeSchema renames a schema.
	ChangeSchema struct {
		Out
		Old, New *catalog.Schema
	}
	// ChangeType makes New, in the place of Old if there is one; a nil New does nothing but give Notices.
	ChangeType struct {
		Out
		Old, New *catalog.Type
		Notices  []*sqlstate.Error
		// Violations are what a new constraint of a domain rules out: rows there are the error.
		Violations []Violations
	}
	// ChangeFunction makes New, in the place of Old if there is one.
	ChangeFunction struct {
		Out
		Old, New *catalog.Function
		Notices  []*sqlstate.Error
		Warnings []Notice
		// TempSchema is the schema that New goes to where that is the session's own, which may not be there yet.
		TempSchema string
	}
	// CreateExtension makes an extension with its members in a schema.
	CreateExtension struct {
		Out
		Of     *catalog.Available
		Schema catalog.OID
	}
	// ChangeExtension gives an extension other members.
	ChangeExtension struct {
		Out
		Old, New *catalog.Extension
	}
	// MoveExtension takes an extension with its members to another schema.
	MoveExtension struct {
		Out
		Extension *catalog.Extension
		Schema    catalog.OID
	}
	// ChangeOperator makes New, in the place of Old if there is one. Commutator and Negator are other operators that it has
	// for partners, without an OID where they have yet to be made; OwnCommutator says that it commutes with itself.
	ChangeOperator struct {
		Out
		Old, New            *catalog.OperatorDef
		Commutator, Negator *catalog.OperatorDef
		OwnCommutator       bool
		Warnings            []Notice
	}
	// RuleSteps are the statements that rules made of one, run one after the other, each seeing what those before it did.
	RuleSteps struct {
		Out
		Steps []RuleStep
	}
	// RuleStep is one of them. Counts says that its rows are those of the command's tag, Returns that they are given. Those of
	// a Query go to who shows results that are not the statement's own (exec.Env.Results).
	RuleStep struct {
		Plan                   *Plan
		Counts, Returns, Query bool
	}
	// ChangeEventTrigger makes New, in the place of Old if there is one.
	ChangeEventTrigger struct {
		Out
		Old, New *catalog.EventTrigger
	}
	// CreateCast makes a cast.
	CreateCast struct {
		Out
		Cast     *catalog.CastDef
		Warnings []Notice
	}
	// ChangeTriggers makes New of Old, which differ in their triggers; without them it gives Notices alone.
	ChangeTriggers struct {
		Out
		Old, New *catalog.Table
		Notices  []*sqlstate.Error
	}
	// ChangeSequence makes New, in the place of Old if there is one. Renew says that its value goes on by other rules;
	// Restart is where, nil for where it was. A nil New does nothing but give Notices.
	ChangeSequence struct {
		Out
		Old, New   *catalog.Sequence
		Renew      bool
		Restart    *int64
		TempSchema string // where a temporary one goes
		Notices    []*sqlstate.Error
	}
	// Refresh fills a materialized view anew with Source's rows; a nil Source empties it.
	Refresh struct {
		Out
		Table  *catalog.Table
		Source Node
	}
	// CreateIndex builds Index over Table.
	CreateIndex struct {
		Out
		Table  *catalog.Table
		Index  *catalog.Index
		Exists bool // IF NOT EXISTS and it exists
	}
	// Drop drops what it lists, dependents too, and changes tables that lose a part by it. Notices tell of names that IF
	// EXISTS skips and of what CASCADE takes.
	Drop struct {
		Out
		Kind      string // "table", "index", "sequence", "schema"
		Tables    []*catalog.Table
		Indexes   []DroppedIndex
		Sequences []*catalog.Sequence
		Schemas   []*catalog.Schema
		Types     []*catalog.Type
		Functions []*catalog.Function
		Operators []*catalog.OperatorDef
		Casts     []*catalog.CastDef
		// EventTriggers are in no schema.
		EventTriggers []*catalog.EventTrigger
		Extensions    []*catalog.Extension
		Changed       []TableChange
		Domains       []*catalog.Type // that lose conditions, or are among Types, too
		Notices       []*sqlstate.Error
	}
	// TableChange is a table's definition before and after.
	TableChange struct{ Old, New *catalog.Table }
	// DroppedIndex is an index with its table.
	DroppedIndex struct {
		Table *catalog.Table
		Index *catalog.Index
	}
	// Reindex builds the indexes of tables again, or only one.
	Reindex struct {
		Out
		Tables  []*catalog.Table
		Index   catalog.OID
		Verbose bool
	}
	// CreateSchema creates a schema.
	CreateSchema struct {
		Out
		Schema *catalog.Schema
		Owner  catalog.OID // AUTHORIZATION; 0 is the current role
		Exists bool
	}
	// Comment sets an object's comment.
	Comment struct {
		Out
		Table      *catalog.Table
		AttNum     int16          // 0: the table itself, or Index, or Constraint
		Index      *catalog.Index // of Table
		Constraint string         // of Table
		Trigger    catalog.OID    // likewise
		Rule       catalog.OID    // likewise
		Sequence   *catalog.Sequence
		Schema     *catalog.Schema
		Type       *catalog.Type
		Multirange bool // of Type
		Function   *catalog.Function
		Operator   *catalog.OperatorDef
		Cast       *catalog.CastDef
		Extension  *catalog.Extension
		Text       string
	}
	// Truncate empties tables.
	Truncate struct {
		Out
		Tables          []*catalog.Table
		RestartIdentity bool
		Notices         []*sqlstate.Error
	}
)

// Explain prints the plan of Input.
type Explain struct {
	Out
	Input                                             Node
	Analyze, Verbose, Costs, Timing, Buffers, Summary bool
	Settings, WAL                                     bool
	Format                                            string // "text", "json", "yaml" or "xml"
	// Schemas are the schemas' names, for VERBOSE.
	Schemas map[catalog.OID]string
	// Snapshot and Path are what the names in expressions of indexes are shown by; nil shows them as they are kept.
	Snapshot *catalog.Snapshot
	Path     []string
}

// Plan is a bound and optimised statement.
type Plan struct {
	// Root is nil for statements that the session itself carries out (BEGIN, SET, PREPARE…).
	Root Node
	// Columns are the result's columns, nil when it returns no rows.
	Columns []Column
	// Params are the types of $1, $2, …
	Params []*datum.Type
	// Tag is the command tag without a count: "SELECT", "INSERT", "CREATE TABLE".
	Tag string
	// OutsideBlock names a statement that may not be part of a transaction block, "" for others.
	OutsideBlock string
	// Writes says that it changes data or catalog; DDL that it changes the catalog.
	Writes, DDL bool
	// CatalogVersion is the Snapshot.Version it was bound against; a prepared plan of another version is bound again.
	CatalogVersion uint64
	// Slots is how many Outer slots the whole plan uses.
	Slots int
	// Rows are where a cursor's rows have their identities: in hidden columns behind Columns.
	Rows []CursorRow
	// Referencing are, by OID, the tables whose rows a write may change through foreign keys' actions.
	Referencing map[catalog.OID]*Referencing
	// CTEs in the order they were written.
	CTEs []*CTE
	// Access is what running it takes, for CheckAccess.
	Access []*Access
}

// Referencing is a table with a foreign key whose action writes its rows.
type Referencing struct {
	Table *catalog.Table
	Exprs *RowExprs
}

// RowExprs are the expressions a table's rows go through when written: bound once per statement and
// hung on Insert, Update and CopyFrom through Bind's result.
type RowExprs struct {
	// Defaults are by ordinal, nil for none (NULL): over no columns.
	Defaults []Expr
	// Generated are by ordinal, nil for ordinary columns: over the row in table order.
	Generated []Expr
	// Checks are over the row in table order.
	Checks []CheckExpr
	// Segments says how the row's segments are made, nil where none are kept.
	Segments *Segments
}

// Segments is how a row's segments follow from it.
type Segments struct {
	Table  *catalog.Table // that keeps them
	Key    int            // ordinal of the row's primary key
	Column int            // ordinal of the embedding
	Embed  *Call          // over the row: its audio, and the model
	// Plain says that the column is the call's value, as it is.
	Plain bool
}

// CheckExpr is a bound CHECK constraint.
type CheckExpr struct {
	Name string
	Expr Expr
	// View says that it is a view's WITH CHECK OPTION, and Name the view's.
	View bool
}

// Metric is a distance in pgvector's sense: smaller is nearer.
type Metric uint8

// Metrics.
const (
	Cosine Metric = iota
	NegInner
	L2
	L1
	Hamming // of bit strings alone, as is
	Jaccard
)

// JoinKind is the join's type.
type JoinKind uint8

// Join kinds.
const (
	JoinInner JoinKind = iota
	JoinLeft
	JoinRight
	JoinFull
	JoinSemi
	JoinAnti
)

// JoinAlgo is how a join runs.
type JoinAlgo uint8

// Join algorithms. Hash builds a table of the right side.
const (
	NestedLoop JoinAlgo = iota
	Hash
	Merge
)

// SetOpKind is the set operation.
type SetOpKind uint8

// Set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)
