package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/exec/exectest"
)

// The rules must not change what a query answers: random queries run as bound and as optimised, over
// small tables full of NULLs, duplicates and zero vectors. A failure prints its seed and the query.

const (
	differentialSeeds = 60
	queriesPerSeed    = 25
)

func TestRulesKeepTheAnswer(t *testing.T) {
	for seed := range uint64(differentialSeeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			db := exectest.New()
			fillTables(t, db, r)
			g := &generator{r: r}
			for range queriesPerSeed {
				sql := g.query()
				bound, optimised := answer(t, db, sql, true), answer(t, db, sql, false)
				if !slices.Equal(bound, optimised) {
					t.Fatalf("%s\nas bound:\n%s\nas optimised:\n%s", sql, strings.Join(bound, "\n"), strings.Join(optimised, "\n"))
				}
			}
		})
	}
}

// answer is a query's rows, sorted: queries whose order matters select what they order by.
func answer(t *testing.T, db *exectest.DB, sql string, skipRules bool) []string {
	t.Helper()
	db.SkipRules = skipRules
	defer func() { db.SkipRules = false }()
	res, err := db.Exec(t.Context(), sql)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, row := range res.Strings() {
		out = append(out, strings.Join(row, "|"))
	}
	slices.Sort(out)
	return out
}

func fillTables(t *testing.T, db *exectest.DB, r *rand.Rand) {
	t.Helper()
	run := func(sql string) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run("CREATE TABLE t (id int8 PRIMARY KEY, a int4, b int4, c text, v vector(2), w vector(2) NOT NULL)")
	run("CREATE TABLE u (id int4 PRIMARY KEY, t_id int8, x int4, y varchar(5))")
	run("CREATE INDEX ON t (a, b DESC)")
	run("CREATE INDEX ON u (y)")
	for i := range 20 {
		run(fmt.Sprintf("INSERT INTO t VALUES (%d, %s, %s, %s, %s, %s)", i, number(r), number(r), word(r),
			maybe(r, vector(r)), vector(r)))
		run(fmt.Sprintf("INSERT INTO u VALUES (%d, %s, %s, %s)", i, maybe(r, fmt.Sprint(r.IntN(25))), number(r), word(r)))
	}
}

func maybe(r *rand.Rand, s string) string {
	if r.IntN(6) == 0 {
		return "NULL"
	}
	return s
}

func number(r *rand.Rand) string { return maybe(r, fmt.Sprint(r.IntN(5))) }
func word(r *rand.Rand) string   { return maybe(r, "'"+string(rune('p'+r.IntN(4)))+"'") }
func vector(r *rand.Rand) string { return fmt.Sprintf("'[%d,%d]'", r.IntN(4)-1, r.IntN(4)-1) }

// generator writes queries. Aliases are t and u, t1 and u1 inside subqueries.
type generator struct{ r *rand.Rand }

func (g *generator) pick(s ...string) string { return s[g.r.IntN(len(s))] }

func (g *generator) query() string {
	switch g.r.IntN(14) {
	case 5, 6:
		return g.joins()
	case 0:
		return g.grouped()
	case 1:
		return g.nearest()
	case 2:
		return g.within()
	case 3:
		return g.ordered()
	case 4:
		return g.derived()
	}
	return "SELECT " + g.columns() + " FROM " + g.from() + " WHERE " + g.condition(2)
}

// joins joins three to six tables in every way, by conditions over what has been joined before.
func (g *generator) joins() string {
	from, all := g.pick("t", "u")+" r0", []string{}
	n := 3 + g.r.IntN(4)
	for i := 1; i < n; i++ {
		table, column := g.pick("t", "u"), func(alias int) string { return fmt.Sprintf("r%d.id", alias) }
		on := column(g.r.IntN(i)) + " = " + column(i)
		switch g.r.IntN(6) {
		case 0:
			on += " AND " + column(g.r.IntN(i)) + " > 3"
		case 1:
			on = "coalesce(" + column(g.r.IntN(i)) + ", 5) = " + column(i) + " - 1"
		case 2:
			on += " AND coalesce(" + column(g.r.IntN(i)) + ", 2) <> " + column(g.r.IntN(i))
		case 3:
			on = column(g.r.IntN(i)) + " < 2 AND " + column(i) + " < 3"
		}
		join := g.pick(" JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " JOIN ", " FULL JOIN ")
		if i > 1 && g.r.IntN(4) == 0 {
			from = "(" + from + ")"
		}
		from += join + table + fmt.Sprintf(" r%d ON ", i) + on
	}
	for i := range n {
		all = append(all, fmt.Sprintf("r%d.id", i))
	}
	where := g.pick("true", all[g.r.IntN(n)]+" > 2", all[g.r.IntN(n)]+" IS NULL", "coalesce("+all[g.r.IntN(n)]+", 0) < 9")
	return "SELECT " + strings.Join(all, ", ") + " FROM " + from + " WHERE " + where
}

func (g *generator) columns() string {
	return g.pick("*", "t.id, u.id", "t.a + u.x, c", "t.id, y, u.x IS NULL", "count(*)",
		"t.id, (SELECT max(u1.x) FROM u u1 WHERE u1.t_id = t.a)")
}

func (g *generator) from() string {
	return g.pick("t, u", "t JOIN u ON t.id = u.t_id", "t LEFT JOIN u ON t.id = u.t_id",
		"t RIGHT JOIN u ON t.id = u.t_id AND t.a > 1",
		"t FULL JOIN u ON t.id = u.t_id", "t LEFT JOIN u ON t.a = u.x AND "+g.atom(), "t CROSS JOIN u",
		"t JOIN u ON t.c = u.y JOIN (SELECT id AS i2, a AS a2 FROM t) z ON z.i2 = u.t_id",
		"t, LATERAL (SELECT * FROM u u1 WHERE u1.t_id = t.id LIMIT 2) u")
}

func (g *generator) condition(depth int) string {
	if depth == 0 {
		return g.atom()
	}
	switch g.r.IntN(6) {
	case 0:
		return "NOT (" + g.condition(depth-1) + ")"
	case 1:
		return "(" + g.condition(depth-1) + " OR " + g.condition(depth-1) + ")"
	case 2:
		return g.atom()
	}
	return "(" + g.condition(depth-1) + " AND " + g.condition(depth-1) + ")"
}

func (g *generator) atom() string {
	op := g.pick("=", "<", ">=", "<>", "<=", ">")
	switch g.r.IntN(14) {
	case 12:
		return g.pick("u.id", "t.id", "u.x", "t.b") + g.pick(" IS NULL", " IS NOT NULL")
	case 0:
		return "t.a " + op + " " + number(g.r)
	case 1:
		return "u.x " + op + " t.b"
	case 2:
		return "t.id = " + fmt.Sprint(g.r.IntN(25))
	case 3:
		return "t.c " + g.pick("IS NULL", "IS NOT NULL", "LIKE 'p%'", "= 'q'", "IN ('p', 'r', NULL)")
	case 4:
		return "EXISTS (SELECT 1 FROM u u1 WHERE u1.t_id = t.id AND u1.x " + op + " 2)"
	case 5:
		return "NOT EXISTS (SELECT 1 FROM u u1 WHERE u1.t_id = t.id AND u1.x = t.a)"
	case 6:
		return "t.a " + g.pick("IN", "NOT IN") + " (SELECT u1.x FROM u u1 WHERE u1.y = " + g.pick("'p'", "t.c", "u.y") + ")"
	case 7:
		return "u.t_id IN (SELECT t1.id FROM t t1 WHERE t1.a " + op + " 2)"
	case 8:
		return "t.a = 1 AND t.b " + op + " 2"
	case 9:
		return "u.y " + op + " 'q'"
	case 10:
		return "t.a BETWEEN 1 AND " + number(g.r)
	case 11:
		return g.pick("true", "false", "NULL::bool", "1 = 1")
	}
	return "(t.a = u.x) IS " + g.pick("", "NOT ") + g.pick("TRUE", "FALSE", "UNKNOWN")
}

func (g *generator) grouped() string {
	having := ""
	if g.r.IntN(2) == 0 {
		having = " HAVING " + g.pick("count(*) > 1", "t.a > 1", "t.a = 2 AND max(u.x) > 0")
	}
	return "SELECT * FROM (SELECT t.a, count(*) AS n, sum(u.x) AS s FROM " + g.from() + " WHERE " + g.condition(1) +
		" GROUP BY t.a" + having + ") g WHERE " + g.pick("true", "g.a > 1", "g.n > 2", "g.s IS NOT NULL AND g.a < 3")
}

// distances, all over the column that may be NULL and the one that may not.
func (g *generator) distance() string {
	col, q := g.pick("v", "w"), vector(g.r)
	return g.pick(col+" <=> "+q, q+" <-> "+col, col+" <#> "+q, col+" <+> "+q, "similarity("+col+", "+q+")",
		"1 - ("+col+" <=> "+q+")", "inner_product("+col+", "+q+")", "cosine_distance("+q+", "+col+")")
}

// nearest orders by a distance: rows that tie may differ, their distances may not, but for rounding.
func (g *generator) nearest() string {
	d := g.distance()
	where := ""
	if g.r.IntN(2) == 0 {
		where = " WHERE " + g.pick("a > 1", "id <> 3", "v IS NOT NULL", "c = 'p' OR b = 1", "id = 7",
			d+" < 1.1", d+" >= 0.51")
	}
	return "SELECT round((" + d + ")::numeric, 4) FROM t" + where + " ORDER BY " + d +
		g.pick("", "", " ASC", " DESC", " NULLS FIRST", " DESC NULLS LAST") +
		fmt.Sprintf(" LIMIT %d OFFSET %d", g.r.IntN(25), g.r.IntN(3))
}

// within cuts off by a distance, at values that no rounding reaches.
func (g *generator) within() string {
	d := g.distance()
	return "SELECT id FROM t WHERE " + d + g.pick(" < ", " <= ", " > ", " >= ") +
		g.pick("-0.53", "0.03", "0.51", "1.21", "2.13") + g.pick("", " AND a > 1", " AND id < 9")
}

func (g *generator) ordered() string {
	return "SELECT id, a, b FROM t WHERE " + g.pick("true", "a = 2", "id > 5", "a > 1 AND a <= 3", "a = 1 AND b < 3") +
		" ORDER BY " + g.pick("id", "id DESC", "a, b DESC, id", "a DESC NULLS LAST, b, id", "b DESC, id", "a, b, id") +
		fmt.Sprintf(" LIMIT %d", g.r.IntN(8))
}

func (g *generator) derived() string {
	return g.pick(
		"WITH w AS (SELECT id, a + 1 AS k, c FROM t) SELECT k, y FROM w JOIN u ON u.x = w.k WHERE w.c = 'p'",
		"SELECT * FROM (SELECT a AS k FROM t UNION SELECT x FROM u) s WHERE k > 1",
		"SELECT * FROM (SELECT id, a FROM t EXCEPT SELECT id, x FROM u) s WHERE a IS NOT NULL",
		"SELECT * FROM (SELECT DISTINCT ON (a) a, b, id FROM t ORDER BY a, id) s WHERE a >= 1 AND b < 4",
		"SELECT * FROM (SELECT id, a FROM t ORDER BY id LIMIT 7) s WHERE a > 1",
		"SELECT s.k, count(*) FROM (SELECT a * 2 AS k, b FROM t) s WHERE s.k > 2 OR s.b = 1 GROUP BY s.k",
		"SELECT x.n, t.id FROM t JOIN (SELECT a, count(*) AS n FROM t GROUP BY a) x ON x.a = t.a WHERE x.a = 2",
		"SELECT id, generate_series(1, a) AS g FROM t WHERE id < 6",
	)
}
