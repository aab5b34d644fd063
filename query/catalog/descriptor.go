package catalog

import (
	"net/netip"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// OID is an object's identifier. Objects that users make start at FirstUserOID, as in Postgres.
type OID = datum.OID

// FirstUserOID is the first OID given to a user's object: after Postgres's FirstNormalObjectId
// (16384) and the fixed OIDs of our extension types.
const FirstUserOID OID = 16500

// Fixed OIDs that clients know.
const (
	PgCatalogOID  OID = 11
	PublicOID     OID = 2200
	InfoSchemaOID OID = 13000
	PgToastOID    OID = 99
	DatabaseOID   OID = 5 // DatabaseName's
	OwnerOID      OID = 10
	HeapAMOID     OID = 2
	BtreeAMOID    OID = 403
	HashAMOID     OID = 405
)

// DatabaseName is the one database.
const DatabaseName = "segue"

// Schema is a namespace.
type Schema struct {
	OID     OID    `json:"oid"`
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`
	// Dropped says that the schema, public, is not there: it is the only built-in one that can go, and its absence is kept.
	Dropped bool `json:"dropped,omitempty"`
}

// RelKind is pg_class.relkind.
type RelKind byte

// Relation kinds.
const (
	KindTable    RelKind = 'r'
	KindIndex    RelKind = 'i'
	KindSequence RelKind = 'S'
	KindView     RelKind = 'v'
	KindMatView  RelKind = 'm'
	// KindComposite is what CREATE TYPE … AS (…) makes: a type that is not a table's.
	KindComposite RelKind = 'c'
)

// Table is a table, its columns, indexes and constraints: everything that one key of the catalog
// keyspace holds. ID is what storage keys carry; it never changes, and TRUNCATE gives a new one.
type Table struct {
	OID     OID      `json:"oid"`
	ID      uint32   `json:"id"` // relfilenode: prefix of row and vector keys
	Schema  OID      `json:"schema"`
	Name    string   `json:"name"`
	Comment string   `json:"comment,omitempty"`
	Columns []Column `json:"columns"`
	Indexes []Index  `json:"indexes,omitempty"`
	Checks  []Check  `json:"checks,omitempty"`
	// ForeignKeys are the keys of other tables (or its own) that its rows must have.
	ForeignKeys []ForeignKey `json:"foreign_keys,omitempty"`
	// Dropped are columns that ALTER TABLE dropped, whose values rows written before still hold.
	Dropped []DroppedColumn `json:"dropped,omitempty"`
	Options []string        `json:"options,omitempty"` // reloptions, "fillfactor=70"
	// Unlogged is relpersistence 'u'; the rows are as durable as others.
	Unlogged bool `json:"unlogged,omitempty"`
	// TriggersOff is ALTER TABLE … DISABLE TRIGGER ALL: no foreign key from or to it is enforced.
	TriggersOff bool `json:"triggers_off,omitempty"`
	// Triggers are those of users, in the order of their names.
	Triggers []Trigger `json:"triggers,omitempty"`
	// Rules are a table's or a view's, by name.
	Rules []Rule `json:"rules,omitempty"`
	// NextAttNum is the attribute number of the next column added.
	NextAttNum int16 `json:"next_attnum"`
	// Generations are vectors of its columns by other models than answer queries; LastPlace is the place that was given last.
	Generations []Generation `json:"generations,omitempty"`
	LastPlace   int16        `json:"last_place,omitempty"`
	// Temp is relpersistence 't': the table is in its session's schema, and goes with it. OnCommit is what a commit does
	// to it: 'd' deletes its rows, 'D' drops it, 0 neither.
	Temp     bool `json:"temp,omitempty"`
	OnCommit byte `json:"on_commit,omitempty"`
	// Segments is the table that keeps the segments of this one, 0 for none. That one's SegmentsOf is this table, and
	// SegmentsColumn the column that they are of (segments.go).
	Segments       OID   `json:"segments,omitempty"`
	SegmentsOf     OID   `json:"segments_of,omitempty"`
	SegmentsColumn int16 `json:"segments_column,omitempty"`
	// View is set for views and materialized views.
	View *View `json:"view,omitempty"`
	// Composite says that it is a type only: it has no rows.
	Composite bool `json:"composite,omitempty"`
	// Virtual is set for relations of pg_catalog and information_schema; never stored.
	Virtual *Virtual `json:"-"`
	// row is RowType's, made for rowOf: a copy has another (rowtype.go).
	row   *datum.Type
	rowOf *Table
}

// Model is an embedding model as statements name it.
type Model struct {
	// Name is canonical: two spellings of one pooling have one name.
	Name        string
	Fingerprint string
	Dim         int
	// Texts says that embed_text has vectors of the same space.
	Texts bool
}

// Column is one column. Its place in Table.Columns is its ordinal in scans; AttNum is its lasting
// name in rows and in pg_attribute.
type Column struct {
	AttNum  int16       `json:"attnum"`
	Name    string      `json:"name"`
	Type    *datum.Type `json:"-"`
	TypeOID OID         `json:"type"`
	Typmod  int32       `json:"typmod"`
	NotNull bool        `json:"not_null,omitempty"`
	Comment string      `json:"comment,omitempty"`
	// Default is SQL text of the default expression, "" for none.
	Default string `json:"default,omitempty"`
	// Generated is SQL text of GENERATED ALWAYS AS (…) STORED.
	Generated string `json:"generated,omitempty"`
	// Identity is 'a' (ALWAYS), 'd' (BY DEFAULT) or 0; Sequence is the OID behind it or behind serial.
	Identity byte `json:"identity,omitempty"`
	Sequence OID  `json:"sequence,omitempty"`
	// Model is what filled a vector column: set when its generation expression calls embed, or when
	// rows were first embedded into it, so that spaces never mix.
	Model string `json:"model,omitempty"`
	// ModelHash is the fingerprint that the model had then: another model may get its name.
	ModelHash string `json:"model_hash,omitempty"`
	// Place is where a vector column's values lie once a rebuild has replaced them, 0 before: see VectorsAt.
	Place int16 `json:"place,omitempty"`
	// Missing is the value, as datum.AppendValue writes it, of rows that were written before the column was added; nil
	// is NULL. While it is set, rows say NULL in so many words.
	Missing []byte `json:"missing,omitempty"`
	// Statistics is ALTER COLUMN … SET STATISTICS plus one, 0 for the default; Storage is pg_attribute.attstorage, 0 for
	// the type's.
	Statistics int  `json:"statistics,omitempty"`
	Storage    byte `json:"storage,omitempty"`
	// Collation is the one that COLLATE named, 0 for the type's. All compare bytes.
	Collation OID `json:"collation,omitempty"`
}

// DroppedColumn is what is left of a dropped column: enough to pass over its values.
type DroppedColumn struct {
	AttNum  int16       `json:"attnum"`
	Type    *datum.Type `json:"-"`
	TypeOID OID         `json:"type"`
}

// Index is an index over a table's columns. Its entries' keys carry ID.
type Index struct {
	OID              OID       `json:"oid"`
	ID               uint32    `json:"id"`
	Name             string    `json:"name"`
	Method           string    `json:"method"` // "btree", "hash", "brin", "gin", or "hnsw"/"ivfflat"/"faiss": the vector operator
	Unique           bool      `json:"unique,omitempty"`
	Primary          bool      `json:"primary,omitempty"`
	Constraint       OID       `json:"constraint,omitempty"` // pg_constraint OID when made by PRIMARY KEY or UNIQUE
	Keys             []KeyPart `json:"keys"`
	Options          []string  `json:"options,omitempty"` // reloptions, "m=16"
	Comment          string    `json:"comment,omitempty"`
	NullsNotDistinct bool      `json:"nulls_not_distinct,omitempty"`
	// Implicit marks the vector operator's own index of a vector column, which every vector column
	// with a fixed dimension has without being asked; it is not shown in pg_index.
	Implicit bool `json:"implicit,omitempty"`
	// Include are columns beside the key (INCLUDE): entries do not hold them, they are for the catalog's truth.
	Include []int16 `json:"include,omitempty"`
	// Where is SQL text of a partial index's predicate, "" for none.
	Where string `json:"where,omitempty"`
	// Clustered says that CLUSTER orders the table's rows by it.
	Clustered bool `json:"clustered,omitempty"`
	// Deferrable and Deferred are the constraint's.
	Deferrable bool `json:"deferrable,omitempty"`
	Deferred   bool `json:"deferred,omitempty"`
	// ConstraintComment is COMMENT ON CONSTRAINT.
	ConstraintComment string `json:"constraint_comment,omitempty"`
	// Exclude are the operators of an exclusion constraint, one a key: pg_constraint.conexclop.
	Exclude []OID `json:"exclude,omitempty"`
	// Packed is the last row of which an inverted index's postings may be in blocks; 0 where there are none.
	Packed uint64 `json:"packed,omitempty"`
	// Empties says that an inverted index has postings of arrays without elements, which earlier builds' have not.
	Empties bool `json:"empties,omitempty"`
}

// ClusteredBy is the index by which CLUSTER orders the rows, nil for none.
func (t *Table) ClusteredBy() *Index {
	for i := range t.Indexes {
		if t.Indexes[i].Clustered {
			return &t.Indexes[i]
		}
	}
	return nil
}

// Excludes says whether the index is that of an exclusion constraint.
func (ix *Index) Excludes() bool { return len(ix.Exclude) > 0 }

// ExcludeOperator is the name of an exclusion constraint's operator for a key.
func (ix *Index) ExcludeOperator(key int) string {
	return Builtin().OperatorByOID(ix.Exclude[key]).Name
}

// KeyPart is one key of an index: a column, or an expression (AttNum 0), with its type.
type KeyPart struct {
	AttNum     int16  `json:"attnum"`
	Expr       string `json:"expr,omitempty"`
	Name       string `json:"name,omitempty"` // what the index calls a key that is an expression, which Expr may not say
	TypeOID    OID    `json:"type,omitempty"`
	Desc       bool   `json:"desc,omitempty"`
	NullsFirst bool   `json:"nulls_first,omitempty"`
	OpClass    string `json:"opclass,omitempty"`
	// ClassOptions are the operator class's parameters, name=value.
	ClassOptions []string `json:"opclass_options,omitempty"`
	// Typmod is that of a key whose values the index keeps, see KeepsVectors; 0 of others.
	Typmod int32 `json:"typmod,omitempty"`
}

// Check is a CHECK constraint; Expr is SQL text.
type Check struct {
	OID  OID    `json:"oid"`
	Name string `json:"name"`
	Expr string `json:"expr"`
	// NotValid says that rows from before the constraint were not checked.
	NotValid  bool   `json:"not_valid,omitempty"`
	NoInherit bool   `json:"no_inherit,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

// Sequence is a sequence's definition; its value is kept by storage outside transactions.
type Sequence struct {
	OID       OID    `json:"oid"`
	ID        uint32 `json:"id"`
	Schema    OID    `json:"schema"`
	Name      string `json:"name"`
	TypeOID   OID    `json:"type"`
	Start     int64  `json:"start"`
	Increment int64  `json:"increment"`
	Min       int64  `json:"min"`
	Max       int64  `json:"max"`
	Cache     int64  `json:"cache"`
	Cycle     bool   `json:"cycle,omitempty"`
	// OwnerTable and OwnerAttNum are the column it belongs to, 0 for none.
	OwnerTable  OID    `json:"owner_table,omitempty"`
	OwnerAttNum int16  `json:"owner_attnum,omitempty"`
	Temp        bool   `json:"temp,omitempty"`
	Comment     string `json:"comment,omitempty"`
}

// Virtual is a relation computed from the catalog.
type Virtual struct {
	// Kind is KindTable for what PostgreSQL keeps in a table, KindView for its system views.
	Kind RelKind
	// Rows emits the relation's rows; each has a Datum a column of the Table. A row is valid only
	// until emit returns.
	Rows func(env *VirtualEnv, emit func(row []datum.Datum))
}

// VirtualEnv is what a virtual relation may look at.
type VirtualEnv struct {
	Snapshot *Snapshot
	Session  SessionInfo
	// rolesOnly leaves what others granted PUBLIC out of the information schema's views.
	rolesOnly bool
	// Live gives rows of relations whose content is the running server's: pg_stat_activity,
	// pg_stat_progress_copy, pg_settings. The key is the relation's name; rows are in its columns' order,
	// and columns left out at the end are NULL. It is also asked for LiveTableRows and LiveSequenceValues.
	// A nil Live, or no rows, is fine: what it would have said is then unknown.
	Live func(name string) [][]datum.Datum
	// Statistics is what ANALYZE found out about a table; nil, and a nil result, when nothing is known.
	Statistics func(OID) *Statistics
	// Counts is what was counted of relations and of the database; nil when nothing is known.
	Counts Counter
	// Views answers for views what only the planner knows; nil leaves that out.
	Views ViewReader
}

// ViewReader is the planner's knowledge of views, and of the expressions that tables keep.
type ViewReader interface {
	// QualifiedClass is the name of an operator class in a schema, with that where the search path does not find it.
	QualifiedClass(schema func(*Snapshot) OID, name string) string
	// TypeName is format_type(oid, NULL) by the session's search path.
	TypeName(oid OID) string
	// Definition is the view's query as pg_get_viewdef writes it.
	Definition(view *Table, pretty bool) string
	// Updatable says of each column whether it can be assigned to; nil when the view cannot be written through.
	Updatable(view *Table) []bool
	// Default is a column's default or generation expression as pg_get_expr writes it, "" for none.
	Default(t *Table, c *Column) string
	// Check is a CHECK constraint's expression as pg_get_constraintdef writes it.
	Check(t *Table, text string, pretty bool) string
	// DomainDefault is a domain's default as pg_get_expr writes it, and DomainCheck a condition on its VALUE.
	DomainDefault(d *Type) string
	DomainCheck(d *Type, text string, pretty bool) string
	// ParameterDefault is a parameter's default as pg_get_function_arguments writes it.
	ParameterDefault(param *Parameter) string
	// FunctionBody is a body in SQL's own words as pg_get_function_sqlbody writes it.
	FunctionBody(p *Proc) string
	// Index is an index's expression or predicate as pg_get_indexdef writes it.
	Index(t *Table, text string, pretty bool) string
	// Rule are a rule's condition, "" for none, and its actions as pg_get_ruledef writes them.
	Rule(t *Table, r *Rule, pretty bool) (where string, actions []string)
	// When is a trigger's condition as pg_get_triggerdef writes it.
	When(t *Table, tr *Trigger, pretty bool) string
}

// What Live is asked for that is no relation.
const (
	// LiveTableRows: the OID of each table (int) and the estimate of its rows (float), for pg_class.reltuples.
	LiveTableRows = "segue.table_rows"
	// LiveSequenceValues: the OID of each sequence (int), its last value (int) and whether it was given out (bool).
	LiveSequenceValues = "segue.sequence_values"
)

// SessionInfo is who asks.
type SessionInfo struct {
	User, Database string // User is the current role's name
	Role           OID    // the current role, whose privileges count
	SessionUser    string // who logged in, or SET SESSION AUTHORIZATION
	SessionRole    OID
	SearchPath     []string
	PID            int32
	// TempSchema is the name of the schema for the session's temporary objects, "" for a session that may have none. It
	// exists from the first such object on.
	TempSchema string
	// Client and Server are the ends of the session's TCP connection, zero where it has none.
	Client, Server netip.AddrPort
}

// TempSchemaPrefix starts the names of schemas for temporary objects.
const TempSchemaPrefix = "pg_temp_"

// Path is the search path with "$user" replaced by the user's name, and with the schema for temporary objects first
// unless its place is given.
func (i SessionInfo) Path() []string {
	path := replaceUser(i.SearchPath, i.User)
	if i.TempSchema == "" {
		return path
	}
	if at := slices.Index(path, "pg_temp"); at >= 0 {
		path = slices.Clone(path)
		path[at] = i.TempSchema
		return path
	}
	return append([]string{i.TempSchema}, path...)
}

// SchemaNamed finds a schema by its name, or by the alias pg_temp that the session's own temporary one has.
func (s *Snapshot) SchemaNamed(info SessionInfo, name string) *Schema {
	if name == "pg_temp" && info.TempSchema != "" {
		name = info.TempSchema
	}
	return s.Schema(name)
}

func replaceUser(path []string, user string) []string {
	at := slices.Index(path, "$user")
	if at < 0 {
		return path
	}
	out := slices.Clone(path)
	out[at] = user
	return out
}

// ColumnIndex returns the ordinal of the named column, or -1.
func (t *Table) ColumnIndex(name string) int {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return i
		}
	}
	return -1
}

// Ordinal returns the ordinal of the column with that attribute number, or -1.
func (t *Table) Ordinal(attNum int16) int {
	for i := range t.Columns {
		if t.Columns[i].AttNum == attNum {
			return i
		}
	}
	return -1
}

// PrimaryKey returns the table's primary key index, or nil.
func (t *Table) PrimaryKey() *Index {
	for i := range t.Indexes {
		if t.Indexes[i].Primary {
			return &t.Indexes[i]
		}
	}
	return nil
}

// Inverted says whether the index keeps an entry for every part of a value.
func (ix *Index) Inverted() bool { return ix.Method == "gin" || ix.Method == "gist" && !ix.Excludes() }

// OfTrigrams says whether the parts of a value that an inverted index keeps are a text's trigrams.
func (k KeyPart) OfTrigrams() bool { return k.OpClass == GinTrigrams || k.OpClass == GistTrigrams }

// The operator classes of extension pg_trgm, by access method.
const (
	GinTrigrams  = "gin_trgm_ops"
	GistTrigrams = "gist_trgm_ops"
)

// FindsEqual says whether the index finds the rows of which a key equals a value.
func (ix *Index) FindsEqual() bool {
	return ix.Method == "btree" || ix.Method == "hash" || ix.Method == "brin"
}

// KeepsVectors says that the vector operator keeps the values of the index's key, an expression or a column of another type
// than vector and halfvec: those columns have an index of their own. Indexes from before that was so have no values.
func (ix *Index) KeepsVectors() bool {
	return (ix.Method == "hnsw" || ix.Method == "ivfflat") && len(ix.Keys) == 1 && ix.Keys[0].Typmod > 0
}

// VectorIndex returns the index the vector operator serves the column with, or nil.
func (t *Table) VectorIndex(attNum int16) *Index {
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		if !ix.FindsEqual() && ix.Method != "faiss" && ix.Where == "" && len(ix.Keys) == 1 && ix.Keys[0].AttNum == attNum {
			return ix
		}
	}
	return nil
}

// Unnumbered stands for the OID of a constraint that does not exist yet, in a definition that the binder made.
const Unnumbered OID = 1
