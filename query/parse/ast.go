package parse

// This file is the SQL syntax tree: what was written, nothing looked up. The planner is its only
// reader. Positions are byte offsets into the statement's text, -1 when unknown; the planner turns
// them into the one-based character positions of Postgres's error field P.

// Statement is one parsed statement with the text it came from.
type Statement struct {
	// Text is the statement alone, without its neighbours in a multi-statement string.
	Text string
	// Offset is where Text starts in the string that was parsed, so that positions can be reported
	// against what the client sent.
	Offset int
	Node   Stmt
}

// Stmt is any statement node.
type Stmt interface{ stmt() }

// Expr is any expression node. Pos is where an error about it should point.
type Expr interface{ Pos() int }

// At is the position every expression carries.
type At int

// Pos returns the byte offset into Statement.Text, or -1.
func (a At) Pos() int { return int(a) }

// Name is a possibly qualified name: ["tracks"], ["public","tracks"], ["segue","public","tracks"].
type Name []string

// TypeName is a type as written: int4, vector(768), text[], pg_catalog.regclass.
type TypeName struct {
	At
	Name Name
	// Mods are the parenthesised modifiers, usually integer constants.
	Mods []Expr
	// ArrayDims is the number of [] after the name; sizes are ignored, as Postgres does.
	ArrayDims int
	// SetOf is RETURNS SETOF; PctType is name%TYPE. Both are refused by the planner for now.
	SetOf, PctType bool
}

// Expressions.
type (
	// ConstKind says how a constant was written.
	ConstKind uint8

	// Const is a literal. Val is its text: digits for ConstInt and ConstFloat, the unescaped
	// characters for ConstString, '0'/'1' digits or hex for bit strings, "true"/"false" for ConstBool.
	Const struct {
		At
		Kind ConstKind
		Val  string
	}
	// ColumnRef is a possibly qualified column or whole-row reference: a, t.a, s.t.a.
	ColumnRef struct {
		At
		Name Name
	}
	// Star is * or t.*; Name is the qualifier.
	Star struct {
		At
		Name Name
	}
	// ParamRef is $n, one-based.
	ParamRef struct {
		At
		Number int
	}
	// OpExpr is an operator: Left is nil for a prefix operator. Name may be qualified by
	// OPERATOR(pg_catalog.~). LIKE is ~~, ILIKE ~~*, their negations !~~ and !~~*.
	OpExpr struct {
		At
		Name        Name
		Left, Right Expr
	}
	// AnyAllExpr is `left op ANY|ALL (array)`; IN with a list is InExpr.
	AnyAllExpr struct {
		At
		Name        Name
		All         bool
		Left, Right Expr
	}
	// InExpr is `left [NOT] IN (list)`.
	InExpr struct {
		At
		Not  bool
		Left Expr
		List []Expr
	}
	// BetweenExpr is `arg [NOT] BETWEEN [SYMMETRIC] lo AND hi`.
	BetweenExpr struct {
		At
		Not, Symmetric bool
		Arg, Lo, Hi    Expr
	}
	// DistinctExpr is `left IS [NOT] DISTINCT FROM right`.
	DistinctExpr struct {
		At
		Not         bool
		Left, Right Expr
	}
	// NullIfExpr is NULLIF(left, right).
	NullIfExpr struct {
		At
		Left, Right Expr
	}
	// SimilarExpr is `left [NOT] SIMILAR TO right`; Right is already the pattern argument as written.
	SimilarExpr struct {
		At
		Not                 bool
		Left, Right, Escape Expr
	}
	// BoolOp is AND, OR or NOT.
	BoolOp uint8
	// BoolExpr joins its arguments by Op; NOT has one.
	BoolExpr struct {
		At
		Op   BoolOp
		Args []Expr
	}
	// NullTest is IS [NOT] NULL.
	NullTest struct {
		At
		Not bool
		Arg Expr
	}
	// BoolTest is IS [NOT] TRUE|FALSE|UNKNOWN. Value is 't', 'f' or 'u'.
	BoolTest struct {
		At
		Not   bool
		Value byte
		Arg   Expr
	}
	// FuncCall is a function, aggregate or window call.
	FuncCall struct {
		At
		Name Name
		Args []Expr
		// ArgNames is parallel to Args when any argument is named (name => value); "" for positional.
		ArgNames    []string
		Star        bool // count(*)
		Distinct    bool
		Variadic    bool
		OrderBy     []SortBy
		WithinGroup bool
		Filter      Expr
		Over        *WindowDef
	}
	// WindowDef is OVER (…) or OVER name, or an entry of the WINDOW clause.
	WindowDef struct {
		At
		Name, RefName          string
		PartitionBy            []Expr
		OrderBy                []SortBy
		FrameOptions           int // the grammar's FRAMEOPTION_ bits
		StartOffset, EndOffset Expr
	}
	// CastExpr is CAST(arg AS type) or arg::type.
	CastExpr struct {
		At
		Arg  Expr
		Type TypeName
	}
	// CollateExpr is arg COLLATE name.
	CollateExpr struct {
		At
		Arg  Expr
		Name Name
	}
	// CaseExpr is CASE [arg] WHEN … THEN … [ELSE …] END.
	CaseExpr struct {
		At
		Arg   Expr
		Whens []CaseWhen
		Else  Expr
	}
	// CaseWhen is one arm.
	CaseWhen struct{ Cond, Result Expr }
	// CoalesceExpr is COALESCE(…).
	CoalesceExpr struct {
		At
		Args []Expr
	}
	// MinMaxExpr is GREATEST(…) or LEAST(…).
	MinMaxExpr struct {
		At
		Least bool
		Args  []Expr
	}
	// ArrayExpr is ARRAY[…].
	ArrayExpr struct {
		At
		Elems []Expr
	}
	// RowExpr is ROW(…), or (a, b) when Implicit.
	RowExpr struct {
		At
		Implicit bool
		Fields   []Expr
	}
	// Indirection is arg[i], arg[i:j], arg.field or arg.* in sequence.
	Indirection struct {
		At
		Arg  Expr
		Path []Accessor
	}
	// Accessor is one step: a field name, a star, a subscript or a slice.
	Accessor struct {
		Field        string
		Star         bool
		Slice        bool
		Index, Upper Expr // Index is the lower bound of a slice; either may be nil in a slice
	}
	// SubLinkKind says how a subquery is used.
	SubLinkKind uint8
	// SubLink is a subquery in an expression. Left and Op are set for `left op ANY|ALL (SELECT…)`;
	// IN is ANY with Op nil (meaning =). NOT IN arrives as NOT(ANY).
	SubLink struct {
		At
		Kind  SubLinkKind
		Left  Expr
		Op    Name
		Query *SelectStmt
	}
	// SQLValue is CURRENT_TIMESTAMP and its kin; Name is the lower-case keyword
	// (current_timestamp, current_date, current_user, session_user, user, current_schema, current_catalog,
	// localtimestamp, localtime, current_time, current_role). Precision is -1 when absent.
	SQLValue struct {
		At
		Name      string
		Precision int
	}
	// SetToDefault is DEFAULT in INSERT or UPDATE.
	SetToDefault struct{ At }
	// GroupingSet is ROLLUP, CUBE, GROUPING SETS or () in GROUP BY.
	GroupingSet struct {
		At
		Kind string // "empty", "simple", "rollup", "cube", "sets"
		Args []Expr
	}
	// GroupingFunc is GROUPING(…).
	GroupingFunc struct {
		At
		Args []Expr
	}
	// Unsupported is syntax the tree has no node for; What names it for 0A000.
	Unsupported struct {
		At
		What string
	}
)

// Constant kinds.
const (
	ConstNull  ConstKind = iota
	ConstInt             // fits int4
	ConstFloat           // any other numeric literal, decimal text
	ConstString
	ConstBool
	ConstBit
	ConstHex
)

// Boolean operators.
const (
	And BoolOp = iota
	Or
	Not
)

// Subquery uses.
const (
	SubExists SubLinkKind = iota
	SubAll
	SubAny
	SubScalar
	SubArray
	SubRowCompare
)

// SortDir is the direction as written: the default is told from ASC on purpose (see DESIGN.md §1).
type SortDir uint8

// Sort directions.
const (
	SortDefault SortDir = iota
	SortAsc
	SortDesc
	SortUsing
)

// NullsOrder is NULLS FIRST/LAST as written.
type NullsOrder uint8

// Null orders.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// SortBy is one ORDER BY item.
type SortBy struct {
	At
	Arg   Expr
	Dir   SortDir
	Nulls NullsOrder
	Using Name // ORDER BY x USING <
}

// ResTarget is one item of a select list, RETURNING list or SET clause.
type ResTarget struct {
	At
	Name string // AS name, or the column in SET / INSERT column lists
	// Path follows Name in `SET a[1] = …`; the planner refuses it for now.
	Path []Accessor
	Val  Expr
}

// FROM items.
type (
	// FromItem is anything in FROM.
	FromItem interface{ fromItem() }
	// Alias is AS name (cols…).
	Alias struct {
		Name string
		Cols []string
	}
	// RangeTable is a table, view or CTE reference.
	RangeTable struct {
		At
		Name  Name
		Only  bool
		Alias *Alias
	}
	// RangeSubselect is (SELECT …) alias.
	RangeSubselect struct {
		At
		Lateral bool
		Query   *SelectStmt
		Alias   *Alias
		// Qualified says that only qualified names reach its columns: a rule's old and new. Its own names are then those of
		// the statement that the rule is for, whose search path is Path, nil for the session's.
		Qualified bool
		Path      []string
	}
	// RangeFunction is f(…) [WITH ORDINALITY] alias, or ROWS FROM (f(), g()).
	RangeFunction struct {
		At
		Lateral    bool
		Ordinality bool
		RowsFrom   bool
		Funcs      []Expr
		// ColDefs are AS (name type, …) for functions returning record.
		ColDefs []ColumnDef
		// Defs are those written inside ROWS FROM, one list a function; nil when there are none.
		Defs  [][]ColumnDef
		Alias *Alias
	}
	// RangeSample is table TABLESAMPLE method (args) [REPEATABLE (seed)].
	RangeSample struct {
		At         // of the method
		Table      *RangeTable
		Method     Name
		Args       []Expr
		Repeatable Expr
	}
	// JoinKind is the join's type.
	JoinKind uint8
	// JoinExpr is left JOIN right.
	JoinExpr struct {
		At
		Kind        JoinKind
		Natural     bool
		Left, Right FromItem
		Using       []string
		UsingAlias  string // JOIN … USING (…) AS name
		On          Expr
		Alias       *Alias
	}
	// RangeUnsupported is FROM syntax without a node (XMLTABLE…).
	RangeUnsupported struct {
		At
		What string
	}
)

// Join kinds. CROSS JOIN is JoinInner without On.
const (
	JoinInner JoinKind = iota
	JoinLeft
	JoinRight
	JoinFull
)

func (*RangeTable) fromItem()       {}
func (*RangeSubselect) fromItem()   {}
func (*RangeFunction) fromItem()    {}
func (*RangeSample) fromItem()      {}
func (*JoinExpr) fromItem()         {}
func (*RangeUnsupported) fromItem() {}

// SetOp is UNION, INTERSECT or EXCEPT.
type SetOp uint8

// Set operations.
const (
	SetNone SetOp = iota
	SetUnion
	SetIntersect
	SetExcept
)

// CTE is one WITH entry.
type CTE struct {
	At
	Name         string
	Cols         []string
	Materialized int8 // 1 MATERIALIZED, -1 NOT MATERIALIZED, 0 unsaid
	Query        Stmt
	Search       *SearchClause // nil for none
	Cycle        *CycleClause  // nil for none
}

// SearchClause is SEARCH DEPTH|BREADTH FIRST BY cols SET seq of a recursive query.
type SearchClause struct {
	At
	Cols    []string
	Breadth bool
	Seq     string
}

// CycleClause is CYCLE cols SET mark TO value DEFAULT default USING path of a recursive query.
type CycleClause struct {
	At
	Cols           []string
	Mark, Path     string
	Value, Default Expr
}

// With is the WITH clause.
type With struct {
	At
	Recursive bool
	CTEs      []CTE
}

// LockingClause is FOR UPDATE/SHARE.
type LockingClause struct {
	Strength string // "update", "no key update", "share", "key share"
	Of       []Name
	OfAt     []At   // parallel to Of
	Wait     string // "", "nowait", "skip locked"
}

// SelectStmt is SELECT, VALUES or a set operation.
type SelectStmt struct {
	At
	With     *With
	Distinct bool
	// DistinctOn is non-empty for DISTINCT ON (…).
	DistinctOn    []Expr
	Targets       []ResTarget
	From          []FromItem
	Where         Expr
	GroupBy       []Expr
	GroupDistinct bool
	Having        Expr
	Windows       []WindowDef
	// Values is set for VALUES lists; then nothing above is.
	Values [][]Expr
	// Op, All, Left, Right are set for set operations; then only they, OrderBy, Limit… are.
	Op          SetOp
	All         bool
	Left, Right *SelectStmt
	OrderBy     []SortBy
	Limit       Expr
	LimitAll    bool // LIMIT ALL or LIMIT NULL
	WithTies    bool
	Offset      Expr
	Locking     []LockingClause
	Into        Name // SELECT … INTO
	// IntoPersistence is p, t or u, as in CreateTableAsStmt.
	IntoPersistence byte
	IntoPos         int
}

// MergeAction is what a WHEN clause of MERGE does.
type MergeAction uint8

// What MERGE does with a row.
const (
	MergeNothing MergeAction = iota
	MergeInsert
	MergeUpdate
	MergeDelete
)

// Data-modifying statements.
type (
	// OnConflict is the ON CONFLICT clause.
	OnConflict struct {
		At
		DoUpdate    bool
		Targets     []Expr // index columns or expressions
		Constraint  string
		Where       Expr // of the target
		Set         []ResTarget
		UpdateWhere Expr
	}
	// InsertStmt is INSERT. Query nil means DEFAULT VALUES.
	InsertStmt struct {
		At
		With       *With
		Table      *RangeTable
		Cols       []ResTarget
		Query      *SelectStmt
		OnConflict *OnConflict
		Returning  []ResTarget
		Overriding string // "", "user", "system"
	}
	// UpdateStmt is UPDATE.
	UpdateStmt struct {
		At
		With  *With
		Table *RangeTable
		// Set's Val is a MultiAssign member for SET (a,b) = (…).
		Set       []ResTarget
		From      []FromItem
		Where     Expr
		Returning []ResTarget
	}
	// DeleteStmt is DELETE.
	DeleteStmt struct {
		At
		With      *With
		Table     *RangeTable
		Using     []FromItem
		Where     Expr
		Returning []ResTarget
	}
	// MergeStmt is MERGE: Source is joined to Table by On, and of each row's Whens the first one that fits is done.
	MergeStmt struct {
		At
		With   *With
		Table  *RangeTable
		Source FromItem
		On     Expr
		Whens  []MergeWhen
	}
	// MergeWhen is WHEN [NOT] MATCHED [AND Cond] THEN Action. Targets are UPDATE's assignments or INSERT's columns; INSERT
	// without Values is of DEFAULT VALUES.
	MergeWhen struct {
		Matched    bool
		Cond       Expr
		Action     MergeAction
		Targets    []ResTarget
		Values     []Expr
		Overriding string // as InsertStmt's
	}
	// StoredExpr is an expression whose names are those of a stored definition, whatever those around it are: a rule's
	// condition, a default. No parser makes one.
	StoredExpr struct {
		At
		Arg Expr
	}
	// MultiAssign is column Column (one-based) of Columns of `SET (a, b) = source`.
	MultiAssign struct {
		At
		Source          Expr
		Column, Columns int
	}
)

// Definitions.
type (
	// ColumnDef is a column of CREATE TABLE.
	ColumnDef struct {
		At
		Name        string
		Type        TypeName
		Collation   Name
		Constraints []Constraint
	}
	// ConstraintKind is the kind of a table or column constraint.
	ConstraintKind uint8
	// Constraint is a column or table constraint.
	Constraint struct {
		At
		Kind    ConstraintKind
		Name    string
		Expr    Expr     // DEFAULT, CHECK, GENERATED … AS (expr)
		Columns []string // table-level PRIMARY KEY, UNIQUE, FOREIGN KEY
		// IdentityAlways is GENERATED ALWAYS AS IDENTITY (false: BY DEFAULT).
		IdentityAlways bool
		Options        []DefElem // identity sequence options
		// Foreign key.
		RefTable                      Name
		RefColumns                    []string
		OnDelete, OnUpdate            byte // a, r, c, n, d as in pg_constraint
		MatchType                     byte
		DeleteColumns                 []string // of ON DELETE SET NULL (…) and SET DEFAULT (…)
		NullsNotDistinct              bool
		Deferrable, InitiallyDeferred bool
		NoInherit, NotValid           bool
		// Index names an existing index that becomes the key's (USING INDEX); Include are its columns beside the key.
		Index   string
		Include []string
		// Method, Excluded and Where are an EXCLUDE constraint's.
		Method   string
		Excluded []ExcludedKey
		Where    Expr
	}
	// ExcludedKey is key WITH operator in an EXCLUDE constraint.
	ExcludedKey struct {
		Key      IndexElem
		Operator Name
	}
	// CreateTableStmt is CREATE TABLE (not AS).
	CreateTableStmt struct {
		At
		Name        Name
		Persistence byte // p, t, u
		OnCommit    byte // of a temporary table: 0, d (DELETE ROWS), D (DROP)
		IfNotExists bool
		Columns     []ColumnDef
		Likes       []TableLike
		Constraints []Constraint
		Options     []DefElem
		// Unsupported names a clause the planner must refuse (INHERITS, PARTITION BY, LIKE, OF, …).
		Unsupported string
	}
	// CreateTableAsStmt is CREATE TABLE … AS or CREATE MATERIALIZED VIEW.
	CreateTableAsStmt struct {
		At
		Name         Name
		Cols         []string
		Persistence  byte
		OnCommit     byte
		IfNotExists  bool
		Materialized bool
		Query        Stmt
		WithNoData   bool
	}
	// IndexElem is one key of CREATE INDEX.
	IndexElem struct {
		At
		Column  string
		Expr    Expr
		OpClass Name
		// ClassOptions are the operator class's parameters.
		ClassOptions []DefElem
		Dir          SortDir
		Nulls        NullsOrder
	}
	// CreateIndexStmt is CREATE INDEX.
	CreateIndexStmt struct {
		At
		Name             string
		Table            *RangeTable
		Method           string
		Unique           bool
		IfNotExists      bool
		Concurrently     bool
		Elems            []IndexElem
		Include          []string
		Options          []DefElem
		Where            Expr
		NullsNotDistinct bool
	}
	// DropStmt is DROP kind names. Kind is lower case: "table", "index", "view", "schema", "sequence", …
	DropStmt struct {
		At
		Kind         string
		Names        []Name
		IfExists     bool
		Cascade      bool
		Concurrently bool
	}
	// TruncateStmt is TRUNCATE.
	TruncateStmt struct {
		At
		Tables          []*RangeTable
		RestartIdentity bool
		Cascade         bool
	}
	// CommentStmt is COMMENT ON kind name IS text.
	CommentStmt struct {
		At
		Kind string
		Name Name
		Text string
		Null bool
		Func *GrantObject
		// From and To name a cast.
		From, To *TypeName
	}
)

// Constraint kinds.
const (
	ConNull ConstraintKind = iota
	ConNotNull
	ConDefault
	ConIdentity
	ConGenerated
	ConCheck
	ConPrimary
	ConUnique
	ConForeign
	ConExclusion
	ConAttr // DEFERRABLE and kin as separate nodes
)

// DefElem is a name = value option; Val is nil for a bare name. Val is a Const, TypeName-like
// ColumnRef, or Star for FORCE_QUOTE *; List is set for parenthesised column lists.
type DefElem struct {
	At
	Namespace, Name string
	Val             Expr
	List            []string
}

// Utility statements.
type (
	// CopyStmt is COPY. Exactly one of Table and Query is set.
	CopyStmt struct {
		At
		Table    *RangeTable
		Cols     []string
		Query    Stmt
		From     bool
		Program  bool
		Filename string // "" means STDIN or STDOUT
		Options  []DefElem
		Where    Expr
	}
	// TxKind is the kind of a TransactionStmt.
	TxKind uint8
	// TransactionStmt is BEGIN, COMMIT, ROLLBACK, SAVEPOINT…
	TransactionStmt struct {
		At
		Kind      TxKind
		Options   []DefElem // transaction_isolation, transaction_read_only, transaction_deferrable
		Savepoint string
		Chain     bool
	}
	// SetStmt is SET, SET LOCAL, SET … TO DEFAULT, RESET, RESET ALL.
	SetStmt struct {
		At
		Name    string // lower case; "transaction_isolation" etc. for SET TRANSACTION (Special)
		Args    []Expr // Consts (or ColumnRefs for bare words); empty with Default
		Default bool   // TO DEFAULT or RESET
		Reset   bool   // RESET
		All     bool   // RESET ALL
		Local   bool
		// Special is "transaction" or "session characteristics": then Options holds what was set. With "transaction
		// snapshot" Args has its name.
		Special string
		Options []DefElem
		// Interval is set for SET TIME ZONE INTERVAL.
		Interval bool
	}
	// ShowStmt is SHOW name or SHOW ALL (Name "all").
	ShowStmt struct {
		At
		Name string
	}
	// ExplainStmt is EXPLAIN.
	ExplainStmt struct {
		At
		Query   Stmt
		Options []DefElem
	}
	// DiscardStmt is DISCARD ALL|PLANS|SEQUENCES|TEMP.
	DiscardStmt struct {
		At
		Target string
	}
	// CloseStmt is CLOSE name or ALL (Name "").
	CloseStmt struct {
		At
		Name string
	}
	// UnlistenStmt is UNLISTEN channel or * (Channel "").
	UnlistenStmt struct {
		At
		Channel string
	}
	// PrepareStmt, ExecuteStmt and DeallocateStmt are SQL-level prepared statements.
	PrepareStmt struct {
		At
		Name  string
		Types []TypeName
		Query Stmt
	}
	// ExecuteStmt is EXECUTE name (args).
	ExecuteStmt struct {
		At
		Name string
		Args []Expr
	}
	// DeallocateStmt is DEALLOCATE name or ALL (Name "").
	DeallocateStmt struct {
		At
		Name string
	}
	// AlterSystemStmt is ALTER SYSTEM SET and RESET.
	AlterSystemStmt struct {
		At
		Set *SetStmt
	}
	// VacuumStmt is VACUUM or ANALYZE.
	VacuumStmt struct {
		At
		Analyze bool // the statement is ANALYZE
		Options []DefElem
		Tables  []*RangeTable
	}
	// CreateExtensionStmt is CREATE EXTENSION.
	CreateExtensionStmt struct {
		At
		Name        string
		IfNotExists bool
		Options     []DefElem // schema, new_version, cascade
	}
	// AlterExtensionStmt is ALTER EXTENSION … UPDATE.
	AlterExtensionStmt struct {
		At
		Name    string
		Options []DefElem // new_version
	}
	// AlterExtensionContentsStmt is ALTER EXTENSION … ADD and DROP of an object; Kind is "function", "table", …
	AlterExtensionContentsStmt struct {
		At
		Name   string
		Drop   bool
		Kind   string
		Object GrantObject
	}
	// CreateSchemaStmt is CREATE SCHEMA; Elements are the statements that follow in it.
	CreateSchemaStmt struct {
		At
		Name        string // "" is the owner's
		IfNotExists bool
		Owner       *RoleSpec // AUTHORIZATION
		Elements    []Stmt
	}
	// UnsupportedStmt is a statement without a node; What is its SQL command name, such as
	// "CREATE TRIGGER", for the 0A000 message.
	UnsupportedStmt struct {
		At
		What string
	}
)

// Transaction statement kinds.
const (
	TxBegin TxKind = iota
	TxStart
	TxCommit
	TxRollback
	TxSavepoint
	TxRelease
	TxRollbackTo
	TxPrepare
	TxCommitPrepared
	TxRollbackPrepared
)

func (*SelectStmt) stmt()          {}
func (*InsertStmt) stmt()          {}
func (*UpdateStmt) stmt()          {}
func (*MergeStmt) stmt()           {}
func (*DeleteStmt) stmt()          {}
func (*CreateTableStmt) stmt()     {}
func (*CreateTableAsStmt) stmt()   {}
func (*CreateIndexStmt) stmt()     {}
func (*DropStmt) stmt()            {}
func (*TruncateStmt) stmt()        {}
func (*CommentStmt) stmt()         {}
func (*AlterTableStmt) stmt()      {}
func (*RenameStmt) stmt()          {}
func (*SetSchemaStmt) stmt()       {}
func (*SetConstraintsStmt) stmt()  {}
func (*CopyStmt) stmt()            {}
func (*TransactionStmt) stmt()     {}
func (*SetStmt) stmt()             {}
func (*ShowStmt) stmt()            {}
func (*ExplainStmt) stmt()         {}
func (*DiscardStmt) stmt()         {}
func (*CloseStmt) stmt()           {}
func (*UnlistenStmt) stmt()        {}
func (*PrepareStmt) stmt()         {}
func (*ExecuteStmt) stmt()         {}
func (*DeallocateStmt) stmt()      {}
func (*AlterSystemStmt) stmt()     {}
func (*VacuumStmt) stmt()          {}
func (*CreateExtensionStmt) stmt() {}
func (*AlterExtensionStmt) stmt()  {}

func (*AlterExtensionContentsStmt) stmt() {}
func (*CreateSchemaStmt) stmt()           {}
func (*UnsupportedStmt) stmt()            {}
