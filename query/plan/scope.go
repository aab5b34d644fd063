package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// scope is the columns that names can refer to at one place of a query, in the order of the input
// row. parent leads to the enclosing query's scope, through the capture that collects what is used of it.
type scope struct {
	cols   []scopeCol
	rels   []scopeRel
	parent *capture
	ctes   *cteScope
	// covered are relations that the alias of a join hides; only an error message knows them.
	covered []string
}

// scopeCol is one nameable column. expr gives its value over the input row: a Col, but for the merged
// column of a FULL JOIN … USING a Coalesce.
type scopeCol struct {
	rel    string // the relation's alias
	name   string
	expr   Expr
	table  catalog.OID
	attNum int16
	// source and sourceAtt are the table's column that a subquery's column is, as it is; 0 for others.
	source    catalog.OID
	sourceAtt int16
	// shown is what the column is called today, where a frozen query calls it name; "" is the same.
	shown string
	// shownRel is what its relation is called today, where nothing else was said; "" is the same as rel.
	shownRel string
	// merged columns stand for the two of a USING pair; hidden ones are those two, which only a
	// qualified name reaches.
	merged, hidden bool
	// mark is the scan's whose row identity this is; no name reaches it.
	mark int
	// numbered columns stand by their number in stored definitions: those of a rule's rows, and of what a statement writes to.
	numbered bool
	access   *Access // notes that the column is read; nil where that needs no noting
}

// qualified is the column's name as EXPLAIN prints a reference to an outer row.
func (c *scopeCol) qualified() string {
	name := c.name
	if c.shown != "" {
		name = c.shown
	}
	rel := c.rel
	if c.shownRel != "" {
		rel = c.shownRel
	}
	if rel == "" {
		return parse.QuoteIdent(name)
	}
	return parse.QuoteIdent(rel) + "." + parse.QuoteIdent(name)
}

// scopeRel is a relation of the FROM clause, for t.*, whole-row references and error messages.
type scopeRel struct {
	alias  string
	shown  string // what it is called today, "" for its alias
	schema string
	table  *catalog.Table
	// nullable rows may be made of NULLs by an outer join around them.
	nullable bool
	// scalar says that it is a function that gives no rows but values: its name as a value is its only column.
	scalar bool
	// rowType is the type of its rows as values, made when first asked for.
	rowType *datum.Type
	// work says that it is a recursive query's own name in its recursive term.
	work bool
}

// capture collects the columns of an enclosing scope that a subquery refers to: they become Outer slots.
type capture struct {
	scope *scope
	// context is where the subquery stands, for aggregates that belong to the query around it; nil in FROM.
	context *exprContext
	slots   []int
	args    []Expr
	deps    []int
}

func (s *scope) child(b *binder) *capture { return &capture{scope: s} }

// resolve finds a column by name here or further out.
func (s *scope) resolve(b *binder, name parse.Name, pos int) (Expr, *scopeCol, error) {
	col, err := s.local(b, name, pos)
	if err != nil {
		return nil, nil, err
	}
	if col != nil {
		return col.expr, col, nil
	}
	if s.parent == nil {
		return nil, nil, nil
	}
	return s.parent.resolve(b, name, pos)
}

func (c *capture) resolve(b *binder, name parse.Name, pos int) (Expr, *scopeCol, error) {
	e, col, err := c.scope.resolve(b, name, pos)
	if err != nil || e == nil {
		return nil, nil, err
	}
	if o, ok := e.(*Outer); ok {
		c.depend(o.Slot)
		return e, col, nil
	}
	return c.capture(b, e, col, pos), col, nil
}

func (c *capture) depend(slot int) {
	if !slices.Contains(c.deps, slot) {
		c.deps = append(c.deps, slot)
	}
}

func (c *capture) capture(b *binder, e Expr, col *scopeCol, pos int) Expr {
	for i, a := range c.args {
		if equalExpr(a, e) {
			return &Outer{Typed: Typed{e.Type(), e.Typmod()}, Slot: c.slots[i], Name: col.qualified()}
		}
	}
	if ref, ok := e.(*Col); ok && pos >= 0 {
		placed := *ref
		placed.at = pos + 1
		e = &placed
	}
	slot := b.newSlot()
	c.slots, c.args = append(c.slots, slot), append(c.args, e)
	c.depend(slot)
	return &Outer{Typed: Typed{e.Type(), e.Typmod()}, Slot: slot, Name: col.qualified()}
}

// local looks in this scope alone; nil without error when the name is not here.
func (s *scope) local(b *binder, name parse.Name, pos int) (*scopeCol, error) {
	colName := name[len(name)-1]
	rel := ""
	if len(name) >= 2 {
		rel = name[len(name)-2]
		if !s.hasRel(name[:len(name)-1]) {
			return nil, nil
		}
	}
	var found *scopeCol
	for i := range s.cols {
		c := &s.cols[i]
		if c.name != colName || (rel == "" && c.hidden) || (rel != "" && (c.rel != rel || c.merged)) {
			continue
		}
		if found != nil {
			return nil, fail(pos, sqlstate.AmbiguousColumn, "column reference %q is ambiguous", colName)
		}
		found = c
	}
	b.rec.column(found)
	if found == nil && rel != "" {
		if sys := s.systemColumn(rel, colName); sys != nil {
			return sys, nil
		}
		return nil, fail(pos, sqlstate.UndefinedColumn, "column %s.%s does not exist", rel, colName)
	}
	if found == nil && len(s.rels) == 1 {
		return s.systemColumn(s.rels[0].alias, colName), nil
	}
	if found != nil {
		found.read()
	}
	return found, nil
}

func (s *scope) hasRel(qualifier parse.Name) bool {
	return s.relNamed(qualifier) != nil
}

func (s *scope) relNamed(qualifier parse.Name) *scopeRel {
	alias := qualifier[len(qualifier)-1]
	for i := range s.rels {
		r := &s.rels[i]
		if r.alias != alias {
			continue
		}
		if len(qualifier) >= 2 && r.schema != qualifier[len(qualifier)-2] {
			continue
		}
		return r
	}
	return nil
}

// aliasOf is the alias that hides a table of this name, "" for none.
func (s *scope) aliasOf(table string) string {
	for _, r := range s.rels {
		if r.table != nil && r.table.Name == table && r.alias != table {
			return r.alias
		}
	}
	return ""
}

// systemColumn serves tableoid, the only system column with a meaning here.
func (s *scope) systemColumn(rel, name string) *scopeCol {
	if name != "tableoid" {
		return nil
	}
	for _, r := range s.rels {
		if r.alias == rel && r.table != nil {
			v := &Const{Typed: Typed{datum.Oid, -1}, Value: datum.NewInt(int64(r.table.OID))}
			return &scopeCol{rel: rel, name: name, expr: v}
		}
	}
	return nil
}

func (b *binder) columnRef(s *scope, name parse.Name, pos int) (Expr, *scopeCol, error) {
	if len(name) > 4 {
		return nil, nil, fail(pos, sqlstate.SyntaxError, "improper qualified name (too many dotted names): %s",
			strings.Join(name, "."))
	}
	e, col, err := s.resolve(b, name, pos)
	if err != nil || e != nil {
		return e, col, err
	}
	if len(name) >= 2 {
		if alias := s.aliasOf(name[len(name)-2]); alias != "" {
			return nil, nil, sqlstate.New(sqlstate.UndefinedTable, "invalid reference to FROM-clause entry for table %q",
				name[len(name)-2]).WithHint("Perhaps you meant to reference the table alias %q.", alias).At(pos)
		}
		if rel := name[len(name)-2]; slices.Contains(s.covered, rel) {
			return nil, nil, sqlstate.New(sqlstate.UndefinedTable, "invalid reference to FROM-clause entry for table %q", rel).
				WithHint("There is an entry for table %q, but it cannot be referenced from this part of the query.", rel).At(pos)
		}
		return nil, nil, fail(pos, sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", name[len(name)-2])
	}
	return nil, nil, b.noColumn(s, name[0], pos)
}

func (b *binder) noColumn(s *scope, name string, pos int) error {
	e := sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", name).At(pos)
	if like := s.closest(name); like != "" {
		e.WithHint("Perhaps you meant to reference the column %q.", like)
	}
	return e
}

// closest finds a column whose name is a typing slip away, as Postgres's hint does.
func (s *scope) closest(name string) string {
	best, bestDist := "", len(name)/2+1
	for _, c := range s.cols {
		if d := editDistance(name, c.name); d < bestDist && d <= 3 {
			best, bestDist = c.rel+"."+c.name, d
		}
	}
	return best
}

// editDistance is Levenshtein's distance over bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diag, row[j] = row[j], min(row[j]+1, row[j-1]+1, diag+cost)
		}
	}
	return row[len(b)]
}

// concat joins the scopes of two FROM items: the right one's columns follow the left row's width.
func concat(left, right *scope, leftWidth int) *scope {
	out := &scope{parent: left.parent, ctes: left.ctes}
	out.cols = append(out.cols, left.cols...)
	for _, c := range right.cols {
		c.expr = shift(c.expr, leftWidth)
		out.cols = append(out.cols, c)
	}
	out.rels = append(append(out.rels, left.rels...), right.rels...)
	out.covered = append(append(out.covered, left.covered...), right.covered...)
	return out
}
