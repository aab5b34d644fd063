package main

import (
	"fmt"
	"strings"
)

// literal is a constant of a kind, never NULL.
func (g *generator) literal(k kind) string {
	switch k {
	case integer:
		return pick(g, "0", "1", "2", "3", "5", "7", "-1", "40", "1995", "100")
	case numeric:
		return pick(g, "0.0", "1.5", "2.50", "-0.75", "10.00", "3") + "::numeric"
	case float:
		return pick(g, "0.25", "0.5", "1.75", "2", "-1.5") + "::float8"
	case text:
		return pick(g, "'a'", "''", "'Album A'", "'B song'", "'DE'", "'phone'", "'artist1'", "'x%'") + "::text"
	case boolean:
		return pick(g, "true", "false")
	case date:
		return pick(g, "'1970-05-05'", "'1965-12-31'", "'2026-01-02'", "'2000-02-29'") + "::date"
	}
	return pick(g, "'2026-01-03 00:00'", "'2026-01-10 12:30:15'", "'1999-12-31 23:59:59'") + "::timestamp"
}

// typed is a constant whose type is certain, or a typed NULL.
func (g *generator) typed(k kind) string {
	if g.chance(15) {
		return "NULL::" + kindNames[k]
	}
	return "(" + g.literal(k) + ")::" + kindNames[k]
}

// columnRef is a column in reach, mostly of the nearest query.
func (g *generator) columnRef(s *scope, k kind) (string, bool) {
	for at := s; at != nil; at = at.outer {
		if cols := columnsOf(at, k); len(cols) > 0 && (at.outer == nil || g.chance(75)) {
			return pick(g, cols...), true
		}
	}
	return "", false
}

// expr writes an expression of a kind.
func (g *generator) expr(s *scope, k kind, depth int) string {
	if depth <= 0 || g.chance(35) {
		return g.leaf(s, k)
	}
	switch g.IntN(16) {
	case 0:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", g.expr(s, boolean, depth-1), g.expr(s, k, depth-1),
			g.expr(s, k, depth-1))
	case 1:
		return fmt.Sprintf("coalesce(%s, %s)", g.expr(s, k, depth-1), g.expr(s, k, depth-1))
	case 2:
		return fmt.Sprintf("nullif(%s, %s)", g.expr(s, k, depth-1), g.expr(s, k, depth-1))
	case 3:
		if k != boolean {
			return fmt.Sprintf("%s(%s, %s)", pick(g, "greatest", "least"), g.expr(s, k, depth-1), g.leaf(s, k))
		}
	case 4:
		return g.scalarSubquery(s, k, depth-1)
	}
	return g.ofKind(s, k, depth)
}

func (g *generator) leaf(s *scope, k kind) string {
	if g.chance(75) {
		if c, ok := g.columnRef(s, k); ok {
			return c
		}
	}
	return g.typed(k)
}

// scalarSubquery gives at most one row: an aggregate without groups, or the first of a whole order.
func (g *generator) scalarSubquery(s *scope, k kind, depth int) string {
	inner := &scope{outer: s}
	from := g.from(inner, depth-1)
	where := ""
	if g.chance(60) {
		where = " WHERE " + g.expr(inner, boolean, depth-1)
	}
	if g.chance(50) {
		// An aggregate of the outer query's columns is the outer query's, and leaves a row for each row here; whether they are
		// too many is only seen where the subquery is evaluated.
		return fmt.Sprintf("(SELECT %s%s%s LIMIT 1)", g.aggregate(inner, k, depth-1), from, where)
	}
	return fmt.Sprintf("(SELECT %s%s%s ORDER BY 1%s LIMIT 1)", g.expr(inner, k, depth-1), from, where, pick(g, "",
		" DESC", " NULLS FIRST"))
}

func (g *generator) ofKind(s *scope, k kind, depth int) string {
	sub := func(k kind) string { return g.expr(s, k, depth-1) }
	switch k {
	case integer:
		return g.integerExpr(s, sub)
	case numeric:
		return pick(g, "("+sub(numeric)+" + "+sub(numeric)+")", "("+sub(numeric)+" - "+g.literal(integer)+")",
			"round("+sub(numeric)+", 1)",
			"abs("+sub(numeric)+")", sub(integer)+"::numeric", "trunc("+sub(numeric)+")",
			"("+g.leaf(s, numeric)+" * "+g.literal(numeric)+")",
			"("+sub(numeric)+" / nullif("+g.leaf(s, numeric)+", 0))", "ceil("+sub(numeric)+")", "mod("+sub(numeric)+", 3)")
	case float:
		return pick(g, "("+sub(float)+" + "+sub(float)+")", "("+g.leaf(s, float)+" * 2)", "abs("+sub(float)+")",
			"floor("+sub(float)+")",
			g.leaf(s, integer)+"::float8", "("+sub(float)+" / 4)", "round("+sub(float)+")")
	case text:
		return g.textExpr(s, sub)
	case boolean:
		return g.predicate(s, depth)
	case date:
		return pick(g, "("+g.leaf(s, date)+" + "+g.literal(integer)+")", sub(timestamp)+"::date",
			"("+g.leaf(s, date)+" - 30)",
			"make_date(2000 + abs("+g.leaf(s, integer)+") % 20, 3, 7)")
	}
	return pick(g, "("+g.leaf(s, timestamp)+" + interval '36 hours')", "date_trunc('day', "+sub(timestamp)+")",
		sub(date)+"::timestamp",
		"("+g.leaf(s, timestamp)+" - interval '1 month 2 days')", "("+g.leaf(s, date)+" + time '10:20')",
		"date_trunc('month', "+sub(timestamp)+")")
}

func (g *generator) integerExpr(s *scope, sub func(kind) string) string {
	return pick(g, "("+g.leaf(s, integer)+" + "+g.leaf(s, integer)+")",
		"("+g.leaf(s, integer)+" - "+g.literal(integer)+")",
		"("+g.leaf(s, integer)+" * 3)", "("+sub(integer)+" % 7)", "("+sub(integer)+" / 3)", "abs("+sub(integer)+")",
		"length("+sub(text)+")",
		"("+sub(boolean)+")::int4", "strpos("+sub(text)+", 'o')", "extract(year FROM "+sub(date)+")::int4",
		"("+g.leaf(s, date)+" - "+g.literal(date)+")",
		"sign("+sub(integer)+")::int4", "("+g.leaf(s, integer)+" & 6)",
		"extract(hour FROM "+sub(timestamp)+")::int4", "floor("+g.leaf(s, float)+")::int4",
		"(-"+g.leaf(s, integer)+")", "ascii("+sub(text)+")")
}

func (g *generator) textExpr(s *scope, sub func(kind) string) string {
	return pick(g, "("+sub(text)+" || "+sub(text)+")", "upper("+sub(text)+")", "lower("+sub(text)+")",
		"substr("+sub(text)+", 2, 3)",
		"left("+sub(text)+", 4)", "replace("+sub(text)+", 'o', '0')", "concat("+sub(text)+", "+sub(integer)+", "+sub(boolean)+")",
		sub(integer)+"::text", sub(numeric)+"::text", sub(date)+"::text", "btrim("+sub(text)+", 'a ')",
		"split_part("+sub(text)+", ' ', 1)",
		"to_char("+sub(timestamp)+", 'YYYY-MM-DD HH24:MI')", "reverse("+sub(text)+")", "initcap("+sub(text)+")",
		"lpad("+sub(text)+", 6, '*')",
		"to_char("+sub(integer)+", 'FM999990')", "regexp_replace("+sub(text)+", '[aeiou]+', '-', 'g')",
		"translate("+sub(text)+", 'abc', 'xy')",
		"repeat("+g.leaf(s, text)+", 2)", "md5("+sub(text)+")", "quote_literal("+sub(text)+")")
}

// predicate is a condition.
func (g *generator) predicate(s *scope, depth int) string {
	k := kind(g.IntN(int(kinds)))
	sub := func(k kind) string { return g.expr(s, k, depth-1) }
	switch g.IntN(14) {
	case 0, 1, 2:
		return "(" + sub(k) + " " + pick(g, "=", "<>", "<", "<=", ">", ">=") + " " + sub(k) + ")"
	case 3:
		return "(" + sub(boolean) + " AND " + sub(boolean) + ")"
	case 4:
		return "(" + sub(boolean) + " OR " + sub(boolean) + ")"
	case 5:
		return "(NOT " + sub(boolean) + ")"
	case 6:
		return "(" + sub(k) + pick(g, " IS NULL", " IS NOT NULL") + ")"
	case 7:
		return "(" + sub(k) + pick(g, " BETWEEN ", " NOT BETWEEN ",
			" BETWEEN SYMMETRIC ") + g.leaf(s, k) + " AND " + g.leaf(s, k) + ")"
	case 8:
		return "(" + sub(text) + pick(g, " LIKE ", " NOT LIKE ", " ILIKE ", " ~ ", " !~* ") + pick(g, "'a%'",
			"'%o%'", "'_l%'", "'song'", "'^A'", "''") + ")"
	case 9:
		return "(" + sub(k) + pick(g, " IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + sub(k) + ")"
	case 10:
		list := []string{g.leaf(s, k), g.typed(k), g.typed(k)}
		return "(" + sub(k) + pick(g, " IN (", " NOT IN (") + strings.Join(list[:1+g.IntN(3)], ", ") + "))"
	case 11:
		return "(" + sub(boolean) + pick(g, " IS TRUE", " IS NOT TRUE", " IS FALSE", " IS UNKNOWN") + ")"
	}
	return g.subqueryPredicate(s, k, depth-1)
}

func (g *generator) subqueryPredicate(s *scope, k kind, depth int) string {
	if depth <= 0 {
		return g.leaf(s, boolean)
	}
	sql, _ := g.selectOrSet(s, depth-1, []kind{k})
	switch g.IntN(4) {
	case 0:
		return pick(g, "EXISTS (", "NOT EXISTS (") + sql + ")"
	case 1:
		return "(" + g.leaf(s, k) + pick(g, " IN (", " NOT IN (") + sql + "))"
	case 2:
		return "(" + g.leaf(s, k) + pick(g, " = ANY (", " > ALL (", " <= ANY (", " <> ALL (") + sql + "))"
	}
	sql, _ = g.selectOrSet(s, depth-1, []kind{k, integer})
	return "((" + g.leaf(s, k) + ", " + g.leaf(s, integer) + ")" + pick(g, " IN (", " NOT IN (") + sql + "))"
}
