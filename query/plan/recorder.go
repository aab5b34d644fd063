package plan

import (
	"cmp"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// recorder watches the binding of a view's query: what it reads, for the catalog, and how each SELECT of it was
// understood, for pg_get_viewdef.
type recorder struct {
	// tables are the references to stored relations, as opposed to those to WITH queries.
	tables map[*parse.RangeTable]*catalog.Table
	uses   map[catalog.OID]map[int16]bool
	// selects are the SELECTs as bound, before grouping rewrote them.
	selects map[*parse.SelectStmt]*boundSelect
	values  map[*parse.SelectStmt]*Values
	limits  map[*parse.SelectStmt]*Limit
	// links lead from a bound subquery to what was written; joins, functions and widths are of FROM items.
	links     map[*Subquery]*parse.SelectStmt
	joins     map[*parse.JoinExpr]boundJoin
	functions map[*parse.RangeFunction]*FunctionScan
	samples   map[*parse.RangeSample]*Sample
	widths    map[parse.FromItem]int
	// cycles are the marks of CYCLE clauses, with both their values.
	cycles map[*parse.CycleClause]*Case
	// named are constants that name a table: the first arguments of functions of segments.
	named map[*parse.Const]catalog.OID
	// names are what FROM's relations and their columns are called today.
	names map[*parse.RangeTable]shownTable
	// refs are the references to numbered columns, writes the statements that write.
	refs   map[*parse.ColumnRef]scopeCol
	writes map[parse.Stmt]*boundWrite
	// given are the values that are assigned, as they were before they got their column's type.
	given map[Expr]Expr
	// shown are the names of relations that are shown by another than their own (shownalias.go), levels those of queries, level
	// that of the query at hand.
	shown map[parse.FromItem]string
	// lateral are the items of FROM that refer to those before them.
	lateral map[parse.FromItem]bool
	levels  map[any]*shownLevel
	level   *shownLevel
	// action says that what is bound is a rule's action, which writes to its target as it stands.
	action bool
}

// boundWrite is an INSERT, UPDATE or DELETE as the recorder found it.
type boundWrite struct {
	to    *target
	alias string
	// rows are what SET and WHERE are over, returned what RETURNING is.
	rows, returned *scope
	// targets and values are an INSERT's: the rows of VALUES, in which nil is DEFAULT; arbiter are what ON CONFLICT names.
	targets      []insertTarget
	values       [][]Expr
	arbiter      []Expr
	arbiterWhere Expr
	// set are the assignments, of ON CONFLICT, too, in the order of the statement's.
	set       []boundSet
	where     Expr
	rest      int // where FROM's columns start
	returning []Expr
	names     []string
}

// boundSet is one assignment; value is nil for DEFAULT. query is the one that several columns get their values from.
type boundSet struct {
	column string
	value  Expr
	query  *parse.SelectStmt
}

// boundSelect is a SELECT as the recorder found it.
type boundSelect struct {
	scope   *scope
	where   Expr
	outs    []Expr
	names   []string
	width   int
	keys    []Expr
	keyOf   map[parse.Expr]int // what GROUP BY's expressions are among the keys
	having  Expr
	sort    []SortKey
	on      []Expr
	aggs    []*AggCall
	windows []windowUse
	named   []*windowSpec
}

// boundJoin is a join with the names that USING or NATURAL came to.
type boundJoin struct {
	node  *Join
	using []string
}

// shownTable is a relation of FROM: alias is "" where its own name serves.
type shownTable struct {
	table *catalog.Table
	alias string
}

func newRecorder() *recorder {
	return &recorder{tables: map[*parse.RangeTable]*catalog.Table{}, uses: map[catalog.OID]map[int16]bool{},
		selects: map[*parse.SelectStmt]*boundSelect{}, values: map[*parse.SelectStmt]*Values{},
		limits: map[*parse.SelectStmt]*Limit{}, links: map[*Subquery]*parse.SelectStmt{},
		joins: map[*parse.JoinExpr]boundJoin{}, functions: map[*parse.RangeFunction]*FunctionScan{},
		samples: map[*parse.RangeSample]*Sample{}, cycles: map[*parse.CycleClause]*Case{}, named: map[*parse.Const]catalog.OID{},
		widths: map[parse.FromItem]int{}, names: map[*parse.RangeTable]shownTable{},
		refs: map[*parse.ColumnRef]scopeCol{}, writes: map[parse.Stmt]*boundWrite{}, given: map[Expr]Expr{},
		shown: map[parse.FromItem]string{}, levels: map[any]*shownLevel{}, lateral: map[parse.FromItem]bool{}}
}

// reads notes that a column of a relation is read that FROM does not name.
func (r *recorder) reads(t *catalog.Table, att int16) {
	if r.uses[t.OID] == nil {
		r.uses[t.OID] = map[int16]bool{}
	}
	r.uses[t.OID][att] = true
}

// table notes a reference to a relation. A nil recorder notes nothing.
func (r *recorder) table(x *parse.RangeTable, t *catalog.Table) {
	if r == nil {
		return
	}
	r.tables[x] = t
	if t.Virtual == nil && r.uses[t.OID] == nil {
		r.uses[t.OID] = map[int16]bool{}
	}
}

// name notes what a relation is called today.
func (r *recorder) name(x *parse.RangeTable, n shownTable) {
	if r != nil {
		r.names[x] = n
	}
}

// write is where a statement that writes is noted. A nil recorder notes nothing.
func (r *recorder) write(s parse.Stmt) *boundWrite {
	if r == nil {
		return nil
	}
	w := &boundWrite{}
	r.writes[s] = w
	return w
}

// asGiven is a value as it was given for a column: a bare literal has the column's type, without its length.
func (b *binder) asGiven(given, out Expr, col *catalog.Column, part *element) Expr {
	if given.Type() != datum.Unknown {
		return given
	}
	if part != nil {
		return out
	}
	if e, ok, err := b.tryCoerce(given, col.Type.Root(), -1, assignment, -1); ok && err == nil {
		return e
	}
	return out
}

// asGiven is a row of values as they were given, in which nil is DEFAULT.
func (r *recorder) asGiven(row []Expr) []Expr {
	out := slices.Clone(row)
	for i, e := range row {
		if given := r.given[e]; given != nil {
			out[i] = given
		}
	}
	return out
}

func (w *boundWrite) returns(sc *scope, exprs []Expr, cols []Column) {
	if w == nil {
		return
	}
	w.returned, w.returning = sc, exprs
	for _, c := range cols {
		w.names = append(w.names, c.Name)
	}
}

// arbitrates notes one of the keys that ON CONFLICT names.
func (w *boundWrite) arbitrates(e Expr) {
	if w != nil {
		w.arbiter = append(w.arbiter, e)
	}
}

// column notes that a relation's column was named.
func (r *recorder) column(c *scopeCol) {
	if r == nil || c == nil {
		return
	}
	if cols := r.uses[c.table]; cols != nil {
		cols[c.attNum] = true
	}
}

// note keeps a SELECT as it is bound, before grouping rewrites its expressions.
func (c *selectCore) note() error {
	rec := c.b.rec
	if rec == nil {
		return nil
	}
	s := &boundSelect{scope: c.scope, outs: slices.Clone(c.outs), names: c.names, width: c.width, keys: c.keys,
		keyOf: c.keyOf, having: c.having, sort: c.sort, on: c.on, aggs: c.aggs.calls}
	if f, ok := c.node.(*Filter); ok && c.s.Where != nil {
		s.where = f.Cond
	}
	copies := map[*windowSpec]*windowSpec{}
	for _, w := range c.windows.specs {
		spec := *w
		spec.partition, spec.order = slices.Clone(w.partition), slices.Clone(w.order)
		copies[w] = &spec
		if spec.name != "" {
			s.named = append(s.named, &spec)
		}
	}
	for _, u := range c.windows.uses {
		call := *u.call
		call.Args = slices.Clone(call.Args)
		s.windows = append(s.windows, windowUse{spec: copies[u.spec], call: &call})
	}
	rec.selects[c.s] = s
	return nil
}

// viewUses lists what was read, in order.
func (r *recorder) viewUses() []catalog.ViewUse {
	var out []catalog.ViewUse
	for oid, atts := range r.uses {
		u := catalog.ViewUse{Relation: oid}
		for att := range atts {
			if att != 0 {
				u.AttNums = append(u.AttNums, att)
			}
		}
		slices.Sort(u.AttNums)
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b catalog.ViewUse) int { return cmp.Compare(a.Relation, b.Relation) })
	return out
}
