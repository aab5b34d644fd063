package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Catalog is what the planner asks of the database: the catalog as the session sees it, and numbers to
// cost with. The engine's session implements it; tests have a fixed one.
type Catalog interface {
	Snapshot() *catalog.Snapshot
	Info() catalog.SessionInfo
	// DatumEnv reads literals.
	DatumEnv() *datum.Env
	// TableRows estimates a table's rows.
	TableRows(t *catalog.Table) float64
	// Statistics is what ANALYZE found out about a table, nil when it never looked.
	Statistics(oid catalog.OID) *catalog.Statistics
	// Model describes an embedding model: NAME or NAME/POOLING, "" being the default.
	Model(name string) (catalog.Model, error)
	// DefaultModel is the name that "" stands for.
	DefaultModel() string
	// Setting returns a setting's value; ok is false when there is none of that name.
	Setting(name string) (value string, ok bool)
}

// Bind looks up a statement's names and types. paramTypes are what the client declared for $1…: nil or
// Unknown entries are inferred. The plan is not yet optimised.
//
// Statements that the session carries out itself (BEGIN, SET, SHOW, PREPARE…) are not for Bind: it
// refuses them.
func Bind(cat Catalog, stmt parse.Stmt, paramTypes []*datum.Type) (*Plan, error) {
	return bind(&binder{cat: cat}, stmt, paramTypes)
}

func bind(b *binder, stmt parse.Stmt, paramTypes []*datum.Type) (*Plan, error) {
	b.declareParams(paramTypes)
	switch stmt.(type) {
	case *parse.SelectStmt, *parse.InsertStmt, *parse.UpdateStmt, *parse.DeleteStmt, *parse.MergeStmt:
	default:
		b.ids = identities{}
	}
	p, err := b.statement(stmt)
	if err != nil {
		return nil, err
	}
	if p.Params, err = b.finishParams(); err != nil {
		return nil, err
	}
	b.definitionAccess(p.Root)
	p.Access = b.access
	p.Slots, p.CTEs, p.CatalogVersion, p.Rows = b.slots, b.ctes, b.cat.Snapshot().Version, b.rows
	p.Referencing = b.referencing
	return p, nil
}

// binder is the state of one Bind.
type binder struct {
	cat      Catalog
	params   []*Param // by index; every use of $n shares one *Param
	slots    int      // Outer slots given out
	ctes     []*CTE
	subplans int
	// referencing are tables that a write reaches through foreign keys.
	referencing map[catalog.OID]*Referencing
	// rec watches the binding of a view's query, path is the search path inside one; nil otherwise. ids are kept where a
	// definition is bound, nil elsewhere.
	rec    *recorder
	path   []string
	ids    identities
	marks  int               // given to scans
	cursor *parse.SelectStmt // the query of a cursor, whose rows' identities are wanted
	rows   []CursorRow       // of the cursor
	access []*Access
	fn     *functionFrame // whose body is being bound; nil outside
	// userCalls counts the calls of users' functions.
	userCalls int
	// unexpanded has every call of a user's function stay one.
	unexpanded bool
	procs      map[catalog.OID]bool // the functions that are called and the types that are named, where somebody asks
	as         catalog.OID          // whose privileges count; 0 is the current role
	depth      int                  // of expressions and queries, against stack exhaustion
	// copying is how many constructs around us bind their operand more than once, copied how many
	// bindings took place inside such.
	copying, copied int
	// unruled are the relations whose rules are being followed, original those whose own statement is bound after them.
	unruled, original []ruleKey
	// ruleless says that no rules are followed: a rule is only tried.
	ruleless bool
}

// maxDepth bounds recursion: Postgres's max_stack_depth of 2 MB stops at a few thousand levels too.
const maxDepth = 4000

// maxCopied bounds the work of operands that are bound more than once (BETWEEN, CASE with an argument, row
// comparisons): nested, they double at every level, in Postgres too, where a user may at least cancel.
const maxCopied = 1 << 17

func (b *binder) enter() error {
	b.depth++
	if b.depth > maxDepth {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded").
			WithHint("The statement nests more than %d levels deep; write it flatter.", maxDepth)
	}
	if b.copying > 0 {
		b.copied++
	}
	if b.copied > maxCopied {
		return sqlstate.New(sqlstate.StatementTooComplex, "statement is too complex").
			WithHint("Nested BETWEEN, CASE and row comparisons repeat their operands; write the statement flatter.")
	}
	return nil
}

func (b *binder) leave() { b.depth-- }

func (b *binder) newSlot() int { b.slots++; return b.slots - 1 }

func fail(pos int, code sqlstate.Code, format string, args ...any) error {
	return sqlstate.New(code, format, args...).At(pos)
}

func unsupported(pos int, what string) error {
	return fail(pos, sqlstate.FeatureNotSupported, "%s is not supported", what)
}

func (b *binder) statement(stmt parse.Stmt) (*Plan, error) {
	switch s := stmt.(type) {
	case *parse.SelectStmt:
		if s.Into != nil {
			return b.selectInto(s)
		}
		return b.selectPlan(s)
	case *parse.InsertStmt:
		return b.insert(s)
	case *parse.UpdateStmt:
		return b.update(s)
	case *parse.DeleteStmt:
		return b.delete(s)
	case *parse.MergeStmt:
		return b.merge(s)
	case *parse.CreateTableStmt:
		return b.createTable(s)
	case *parse.CreateTableAsStmt:
		return b.createTableAs(s)
	case *parse.CreateViewStmt:
		return b.createView(s)
	case *parse.CreateRangeStmt:
		return b.createRange(s)
	case *parse.CreateEnumStmt:
		return b.createEnum(s)
	case *parse.AlterEnumStmt:
		return b.alterEnum(s)
	case *parse.CreateTypeStmt:
		return b.createType(s)
	case *parse.CreateDomainStmt:
		return b.createDomain(s)
	case *parse.AlterDomainStmt:
		return b.alterDomain(s)
	case *parse.CreateSequenceStmt:
		return b.createSequence(s)
	case *parse.AlterSequenceStmt:
		return b.alterSequence(s)
	case *parse.RefreshStmt:
		return b.refresh(s)
	case *parse.CreateIndexStmt:
		return b.createIndex(s)
	case *parse.ReindexStmt:
		return b.reindex(s)
	case *parse.CreateSchemaStmt:
		return b.createSchema(s)
	case *parse.CreateExtensionStmt:
		return b.createExtension(s)
	case *parse.AlterExtensionStmt:
		return b.alterExtension(s)
	case *parse.AlterTableStmt:
		return b.alterTable(s)
	case *parse.RenameStmt:
		return b.rename(s)
	case *parse.SetSchemaStmt:
		return b.setSchema(s)
	case *parse.DropStmt:
		return b.drop(s)
	case *parse.TruncateStmt:
		return b.truncate(s)
	case *parse.CommentStmt:
		return b.comment(s)
	case *parse.CopyStmt:
		return b.copy(s)
	case *parse.ExplainStmt:
		return b.explain(s)
	case *parse.CreateFunctionStmt:
		return b.createFunction(s)
	case *parse.AlterFunctionStmt:
		return b.alterFunction(s)
	case *parse.DropFunctionStmt:
		return b.dropFunction(s)
	case *parse.CallStmt:
		return b.callProcedure(s)
	case *parse.DoStmt:
		return b.do(s)
	default:
		return b.rareStatement(stmt)
	}
}

func (b *binder) rareStatement(stmt parse.Stmt) (*Plan, error) {
	switch s := stmt.(type) {
	case *parse.ClusterStmt:
		return b.cluster(s)
	case *parse.CreateTriggerStmt:
		return b.createTrigger(s)
	case *parse.CreateOperatorStmt:
		return b.createOperator(s)
	case *parse.AlterOperatorStmt:
		return b.alterOperator(s)
	case *parse.CreateEventTriggerStmt:
		return b.createEventTrigger(s)
	case *parse.AlterEventTriggerStmt:
		return b.alterEventTrigger(s)
	case *parse.CreateRuleStmt:
		return b.createRule(s)
	case *parse.CreateCastStmt:
		return b.createCast(s)
	case *parse.DropCastStmt:
		return b.dropCast(s)
	case *parse.CreateAggregateStmt:
		return b.createAggregate(s)
	case *parse.AlterExtensionContentsStmt:
		return b.alterExtensionContents(s)
	case *parse.UnsupportedStmt:
		return nil, unsupported(s.Pos(), s.What)
	default:
		return b.accessStatement(stmt)
	}
}

func (b *binder) selectPlan(s *parse.SelectStmt) (*Plan, error) {
	node, err := b.queryIn(s, queryEnv{top: true})
	if err != nil {
		return nil, err
	}
	node = b.resolveUnknownOutputs(node)
	columns := node.Columns()
	if columns == nil {
		columns = []Column{} // rows without columns are still rows
	}
	return &Plan{Root: node, Columns: columns, Tag: "SELECT", Writes: b.modifies()}, nil
}
