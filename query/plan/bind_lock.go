package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// LockStrength is how a locking clause locks rows, weakest first.
type LockStrength uint8

// The strengths.
const (
	LockKeyShare LockStrength = iota
	LockShare
	LockNoKeyUpdate
	LockUpdate
)

// String is the clause in SQL.
func (s LockStrength) String() string {
	return [...]string{"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"}[s]
}

// LockWait is what a locking clause does about a row that another transaction has locked.
type LockWait uint8

// What to do.
const (
	LockBlock  LockWait = iota
	LockSkip            // SKIP LOCKED
	LockNoWait          // fail with 55P03
)

func strengthOf(l *parse.LockingClause) LockStrength {
	switch l.Strength {
	case "key share":
		return LockKeyShare
	case "share":
		return LockShare
	case "no key update":
		return LockNoKeyUpdate
	}
	return LockUpdate
}

func waitOf(l *parse.LockingClause) LockWait {
	switch l.Wait {
	case "nowait":
		return LockNoWait
	case "skip locked":
		return LockSkip
	}
	return LockBlock
}

// rowIDColumn gives a scan its row identity as a last column, which no name reaches, and a mark to know it by.
func (b *binder) rowIDColumn(scan *Scan, sc *scope) {
	if scan.Table.Virtual != nil {
		return
	}
	b.marks++
	scan.Mark, scan.RowID = b.marks, true
	id := Column{Name: "ctid", Type: datum.Int8, Typmod: -1}
	ref := &Col{Typed: Typed{datum.Int8, -1}, Index: len(scan.Cols), Name: id.Name}
	scan.Cols = append(scan.Cols, id)
	sc.cols = append(sc.cols, scopeCol{rel: scan.Alias, expr: ref, hidden: true, mark: scan.Mark})
}

// lockedQuery is a subquery of FROM, or a view's query, with the locking clauses that reach into it.
func lockedQuery(q *parse.SelectStmt, clauses []parse.LockingClause, alias string) *parse.SelectStmt {
	out := q
	for _, l := range clauses {
		if !lockedBy([]parse.LockingClause{l}, alias) {
			continue
		}
		if out == q {
			locked := *q
			locked.Locking = slices.Clone(q.Locking)
			out = &locked
		}
		out.Locking = append(out.Locking, parse.LockingClause{Strength: l.Strength, Wait: l.Wait})
	}
	return out
}

// lockedBy says whether any of the clauses is about an item of FROM.
func lockedBy(clauses []parse.LockingClause, alias string) bool {
	return slices.ContainsFunc(clauses, func(l parse.LockingClause) bool {
		return len(l.Of) == 0 || slices.ContainsFunc(l.Of, func(n parse.Name) bool { return n[len(n)-1] == alias })
	})
}

// locking finds the tables whose rows the locking clauses lock, and puts their row identities among the output.
func (c *selectCore) locking() error {
	for i := range c.s.Locking {
		if err := c.lockClause(&c.s.Locking[i]); err != nil {
			return err
		}
	}
	c.cursorMarks()
	for i := range c.marks {
		c.marks[i].Column = c.output(c.marks[i].expr).(*Col).Index
	}
	return nil
}

func (c *selectCore) lockClause(l *parse.LockingClause) error {
	for i, name := range l.Of {
		pos := l.OfAt[i].Pos()
		if len(name) > 1 {
			return fail(pos, sqlstate.SyntaxError, "%s must specify unqualified relation names", strengthOf(l))
		}
		if c.scope.relNamed(name) == nil {
			return fail(pos, sqlstate.UndefinedTable, "relation %q in %s clause not found in FROM clause", name[0], strengthOf(l))
		}
		if what := kindInFrom(c.s.From, name[0], c.env); what != "" {
			return fail(pos, sqlstate.FeatureNotSupported, "%s cannot be applied to %s", strengthOf(l), what)
		}
	}
	for _, col := range c.scope.cols {
		rel := c.scope.relNamed(parse.Name{col.rel})
		if col.mark == 0 || rel == nil || len(l.Of) > 0 && !slices.ContainsFunc(l.Of, func(n parse.Name) bool { return n[0] == col.rel }) {
			continue
		}
		if rel.nullable {
			return sqlstate.New(sqlstate.FeatureNotSupported, "%s cannot be applied to the nullable side of an outer join", strengthOf(l))
		}
		c.mark(rowMark{RowMark: RowMark{Mark: col.mark, Table: rel.table, Strength: strengthOf(l), Wait: waitOf(l)}, expr: col.expr})
	}
	return nil
}

// rowMark is a RowMark before the output has a column for it.
type rowMark struct {
	RowMark
	expr Expr
}

// mark adds a table; of two clauses about one the stronger counts.
func (c *selectCore) mark(m rowMark) {
	for i := range c.marks {
		if old := &c.marks[i]; old.Mark == m.Mark {
			old.Strength, old.Wait = max(old.Strength, m.Strength), max(old.Wait, m.Wait)
			return
		}
	}
	c.marks = append(c.marks, m)
}

// kindInFrom names what is no table among FROM's items, "" for tables and subqueries.
func kindInFrom(items []parse.FromItem, alias string, env queryEnv) string {
	for _, it := range items {
		switch x := it.(type) {
		case *parse.RangeFunction:
			if x.Alias != nil && x.Alias.Name == alias {
				return "a function"
			}
		case *parse.JoinExpr:
			if x.Alias != nil && x.Alias.Name == alias {
				return "a join"
			}
			if what := kindInFrom([]parse.FromItem{x.Left, x.Right}, alias, env); what != "" {
				return what
			}
		case *parse.RangeTable:
			if aliasName(x.Alias, x.Name[len(x.Name)-1]) == alias && len(x.Name) == 1 && env.ctes.find(x.Name[0]) != nil {
				return "a WITH query"
			}
		}
	}
	return ""
}

// refuseLocking says what a locking clause does not go with.
func (c *selectCore) refuseLocking() error {
	if len(c.s.Locking) == 0 {
		return nil
	}
	what := ""
	switch {
	case c.s.Distinct || len(c.s.DistinctOn) > 0:
		what = "DISTINCT clause"
	case len(c.s.GroupBy) > 0:
		what = "GROUP BY clause"
	case c.s.Having != nil:
		what = "HAVING clause"
	case len(c.aggs.calls) > 0:
		what = "aggregate functions"
	case slices.ContainsFunc(c.outs, isSRF):
		what = "set-returning functions in the target list"
	case len(c.windows.uses) > 0:
		what = "window functions"
	default:
		return nil
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed with %s", strengthOf(&c.s.Locking[0]), what)
}

// lockRows puts the operator that locks above the rows in their order, and below LIMIT: rows that are cut off are not
// locked.
func (c *selectCore) lockRows() {
	if len(c.s.Locking) == 0 {
		return
	}
	n := &LockRows{Input: c.node}
	n.Cols = c.node.Columns()
	for _, m := range c.marks {
		n.Marks = append(n.Marks, m.RowMark)
	}
	c.node = n
}
