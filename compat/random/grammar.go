package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes one query. The same seed writes the same query.
type generator struct {
	*rand.Rand
	names int
	with  []table // common table expressions that may be named
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 0x5e9e))}
}

// scope is what an expression may name: the columns of its FROM, and those of the queries around it.
type scope struct {
	columns []column // names are qualified
	outer   *scope
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) alias() string {
	g.names++
	return fmt.Sprintf("t%d", g.names)
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

// query is a whole statement.
func (g *generator) query() string {
	var with []string
	for g.chance(15) && len(with) < 2 {
		name := "c" + g.alias()
		sql, columns := g.selectOrSet(nil, 2, g.shape())
		keyword := pick(g, "", "", "MATERIALIZED ", "NOT MATERIALIZED ")
		with = append(with, fmt.Sprintf("%s AS %s(%s)", name, keyword, sql))
		g.with = append(g.with, table{name, columns})
	}
	sql, columns := g.selectOrSet(nil, 3, g.shape())
	if len(with) > 0 {
		sql = "WITH " + strings.Join(with, ", ") + " " + sql
	}
	if g.chance(25) {
		sql += g.orderAll(columns) + g.limit()
	}
	return sql
}

// shape is how many columns a query has, and of which kinds.
func (g *generator) shape() []kind {
	out := make([]kind, 1+g.IntN(4))
	for i := range out {
		out[i] = kind(g.IntN(int(kinds)))
	}
	return out
}

// orderAll orders by every column, so that a LIMIT after it is determined.
func (g *generator) orderAll(columns []column) string {
	var by []string
	for _, i := range g.Perm(len(columns)) {
		by = append(by, fmt.Sprintf("%d%s", i+1, pick(g, "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")))
	}
	return " ORDER BY " + strings.Join(by, ", ")
}

func (g *generator) limit() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprintf(" LIMIT %d", g.IntN(8))
	case 1:
		return fmt.Sprintf(" LIMIT %d OFFSET %d", 1+g.IntN(8), g.IntN(5))
	case 2:
		return fmt.Sprintf(" OFFSET %d", g.IntN(6))
	}
	return ""
}

// selectOrSet is a SELECT, or several under a set operation.
func (g *generator) selectOrSet(outer *scope, depth int, shape []kind) (string, []column) {
	if depth == 0 || g.chance(85) {
		return g.selectQuery(outer, depth, shape)
	}
	left, columns := g.selectOrSet(outer, depth-1, shape)
	right, _ := g.selectOrSet(outer, depth-1, shape)
	op := pick(g, "UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
	sql := fmt.Sprintf("(%s) %s (%s)", left, op, right)
	if strings.HasPrefix(op, "INTERSECT") {
		return trimmed(sql, columns), columns
	}
	return sql, columns
}

// trimmed is a query whose numerics have no zeros at their ends: which of 1.5 and 1.50, being equal, INTERSECT gives follows
// from the side that PostgreSQL expects fewer rows of.
func trimmed(sql string, columns []column) string {
	var list []string
	for _, c := range columns {
		e := c.name
		if c.kind == numeric {
			e = "trim_scale(" + c.name + ")"
		}
		list = append(list, e+" AS "+c.name)
	}
	return fmt.Sprintf("SELECT %s FROM (%s) i", strings.Join(list, ", "), sql)
}

func (g *generator) selectQuery(outer *scope, depth int, shape []kind) (string, []column) {
	s := &scope{outer: outer}
	from := g.from(s, depth)
	where := ""
	if g.chance(60) {
		where = " WHERE " + g.expr(s, boolean, depth)
	}
	if g.chance(30) {
		return g.grouped(s, depth, shape, from+where)
	}
	out, columns := g.output(shape, func(k kind) string {
		if g.chance(8) && depth > 1 {
			return g.window(s, k, depth-1)
		}
		return g.expr(s, k, depth)
	})
	return "SELECT " + pick(g, "", "", "", "", "DISTINCT ") + out + from + where, columns
}

// output writes a select list of the given kinds, named a, b, ….
func (g *generator) output(shape []kind, expr func(kind) string) (string, []column) {
	var list []string
	var columns []column
	for i, k := range shape {
		name := string(rune('a' + i))
		list = append(list, expr(k)+" AS "+name)
		columns = append(columns, column{name, k})
	}
	return strings.Join(list, ", "), columns
}

// from writes a FROM clause and adds its columns to the scope.
func (g *generator) from(s *scope, depth int) string {
	if g.chance(4) {
		return ""
	}
	sql := g.item(s, depth, false)
	for joins := g.IntN(3); joins > 0; joins-- {
		sql += g.join(s, depth)
	}
	return " FROM " + sql
}

func (g *generator) join(s *scope, depth int) string {
	left := *s
	lateral := g.chance(10) && depth > 0
	right := &scope{outer: s.outer}
	if lateral {
		right.outer = &left
	}
	kind := pick(g, "JOIN", "JOIN", "LEFT JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN", ",")
	if lateral {
		kind = pick(g, "JOIN", "LEFT JOIN", "CROSS JOIN", ",")
	}
	if kind == "," && g.chance(50) {
		kind = "CROSS JOIN"
	}
	item := g.item(right, depth, lateral)
	on := ""
	both := &scope{columns: append(append([]column{}, left.columns...), right.columns...), outer: s.outer}
	switch kind {
	case "CROSS JOIN", ",":
	case "FULL JOIN": // PostgreSQL merges or hashes these, and so wants equalities
		on = " ON " + g.equality(&left, right)
	default:
		on = " ON " + g.equality(&left, right)
		if g.chance(30) {
			on += pick(g, " AND ", " OR ") + g.expr(both, boolean, depth-1)
		} else if g.chance(10) {
			on = " ON " + g.expr(both, boolean, depth-1)
		}
	}
	s.columns = both.columns
	if kind == "," { // binds less than the joins before it, so the left side must be closed already
		return " CROSS JOIN " + item
	}
	return " " + kind + " " + item + on
}

// equality compares a column of each side.
func (g *generator) equality(left, right *scope) string {
	for range 20 {
		k := pick(g, integer, integer, integer, text, numeric)
		l, r := columnsOf(left, k), columnsOf(right, k)
		if len(l) > 0 && len(r) > 0 {
			return pick(g, l...) + " = " + pick(g, r...)
		}
	}
	return "true"
}

func columnsOf(s *scope, k kind) []string {
	var out []string
	for _, c := range s.columns {
		if c.kind == k {
			out = append(out, c.name)
		}
	}
	return out
}

// item is one thing in FROM: a table, a subquery, VALUES, a function.
func (g *generator) item(s *scope, depth int, lateral bool) string {
	alias := g.alias()
	if len(g.with) > 0 && g.chance(25) {
		t := pick(g, g.with...)
		return g.named(s, t.name+" "+alias, alias, t.columns)
	}
	choice := g.IntN(100)
	switch {
	case depth > 0 && (lateral || choice < 15):
		sql, columns := g.selectOrSet(s.outer, depth-1, g.shape())
		if g.chance(20) {
			sql += g.orderAll(columns) + g.limit()
		}
		keyword := ""
		if lateral {
			keyword = "LATERAL "
		}
		return g.named(s, fmt.Sprintf("%s(%s) %s", keyword, sql, alias), alias, columns)
	case choice < 20:
		return g.values(s, alias)
	case choice < 24:
		return g.named(s, fmt.Sprintf("generate_series(%d, %d) %s(g)", g.IntN(3), 2+g.IntN(4), alias),
			alias, []column{{"g", integer}})
	}
	t := pick(g, tables...)
	return g.named(s, t.name+" "+alias, alias, t.columns)
}

func (g *generator) named(s *scope, sql, alias string, columns []column) string {
	for _, c := range columns {
		s.columns = append(s.columns, column{alias + "." + c.name, c.kind})
	}
	return sql
}

func (g *generator) values(s *scope, alias string) string {
	var columns []column
	var names []string
	for i, k := range g.shape() {
		columns = append(columns, column{string(rune('v' + i)), k})
		names = append(names, string(rune('v'+i)))
	}
	var rows []string
	for range 1 + g.IntN(4) {
		var cells []string
		for _, c := range columns {
			cells = append(cells, g.typed(c.kind))
		}
		rows = append(rows, "("+strings.Join(cells, ", ")+")")
	}
	return g.named(s, fmt.Sprintf("(VALUES %s) %s(%s)", strings.Join(rows, ", "), alias, strings.Join(names, ", ")), alias, columns)
}
