package main

import (
	"fmt"
	"strings"
)

// aggregate writes an aggregate call of a kind. Its result never depends on the order of the rows.
func (g *generator) aggregate(s *scope, k kind, depth int) string {
	sub := func(k kind) string { return g.expr(s, k, depth-1) }
	distinct := pick(g, "", "", "", "DISTINCT ")
	call := ""
	switch k {
	case integer:
		call = pick(g, "count(*)", "count("+distinct+sub(kind(g.IntN(int(kinds))))+")",
			"sum("+distinct+sub(integer)+")", "max("+sub(integer)+")", "min("+sub(integer)+")",
			"bit_or("+sub(integer)+")")
	case numeric:
		call = pick(g, "sum("+distinct+sub(numeric)+")", "max("+sub(numeric)+")", "avg("+distinct+sub(integer)+")",
			"avg("+sub(numeric)+")", "stddev("+g.leaf(s, integer)+")")
	case float:
		call = pick(g, "sum("+g.leaf(s, float)+")", "max("+sub(float)+")", "min("+sub(float)+")",
			"avg("+g.leaf(s, float)+")")
	case text:
		arg := sub(text)
		call = pick(g, "max("+arg+")", "min("+arg+")", fmt.Sprintf("string_agg(%s, ',' ORDER BY %s)", arg, arg),
			fmt.Sprintf("string_agg(DISTINCT %s, '')", arg))
	case boolean:
		call = pick(g, "bool_and", "bool_or", "every") + "(" + sub(boolean) + ")"
	default:
		call = pick(g, "max", "min") + "(" + sub(k) + ")"
	}
	if g.chance(15) {
		call += " FILTER (WHERE " + sub(boolean) + ")"
	}
	if k == integer {
		return "(" + call + ")::int4"
	}
	return call
}

// grouped is a SELECT with GROUP BY, or of aggregates alone.
func (g *generator) grouped(s *scope, depth int, shape []kind, rest string) (string, []column) {
	var keys []column // their SQL and kind
	for range g.IntN(3) {
		k := kind(g.IntN(int(kinds)))
		if c, ok := g.ownColumn(s, k); ok {
			keys = append(keys, column{c, k})
		} else if len(s.columns) > 0 {
			keys = append(keys, pick(g, s.columns...))
		}
	}
	over := &scope{columns: keys, outer: s.outer}
	out, columns := g.output(shape, func(k kind) string {
		if cols := columnsOf(over, k); len(cols) > 0 && g.chance(50) {
			return g.expr(&scope{columns: keys}, k, min(depth, 1))
		}
		return g.aggregate(s, k, min(depth, 2))
	})
	sql := "SELECT " + out + rest
	if len(keys) > 0 {
		sql += " GROUP BY " + g.groupBy(keys)
	}
	if g.chance(25) {
		sql += " HAVING " + pick(g, "count(*) > 1", "count(*) < 5", g.aggregate(s, boolean, 1),
			g.aggregate(s, integer, 1)+" > 2")
	}
	return sql, columns
}

func (g *generator) groupBy(keys []column) string {
	var list []string
	for _, k := range keys {
		list = append(list, k.name)
	}
	all := strings.Join(list, ", ")
	switch g.IntN(8) {
	case 0:
		return "ROLLUP (" + all + ")"
	case 1:
		return "CUBE (" + all + ")"
	case 2:
		return "GROUPING SETS ((" + all + "), (" + list[0] + "), ())"
	}
	return all
}

func (g *generator) ownColumn(s *scope, k kind) (string, bool) {
	if cols := columnsOf(s, k); len(cols) > 0 {
		return pick(g, cols...), true
	}
	return "", false
}

// window writes a window function whose value is the same for rows that tie in its order.
func (g *generator) window(s *scope, k kind, depth int) string {
	over := "("
	if g.chance(60) {
		over += "PARTITION BY " + g.leaf(s, kind(g.IntN(int(kinds))))
	}
	ordered := g.chance(70)
	if ordered {
		over += " ORDER BY " + g.leaf(s, kind(g.IntN(int(kinds)))) + pick(g, "", " DESC", " NULLS FIRST")
	}
	over += ")"
	if k == integer {
		call := pick(g, "count(*)", "sum("+g.leaf(s, integer)+")")
		if ordered && g.chance(50) {
			call = pick(g, "rank()", "dense_rank()")
		}
		return "(" + call + " OVER " + over + ")::int4"
	}
	if k == float && ordered {
		return pick(g, "percent_rank()", "cume_dist()") + " OVER " + over
	}
	call := pick(g, "max", "min")
	if k == boolean {
		call = pick(g, "bool_and", "bool_or")
	}
	return fmt.Sprintf("%s(%s) OVER %s", call, g.leaf(s, k), over)
}
