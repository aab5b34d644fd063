package parse

import (
	"testing"
	"unicode/utf8"
)

// roundTrips are expressions of every kind that Deparse writes.
var roundTrips = []string{
	"1", "-1", "- (-1)", "1.5e10", "'it''s'", `E'a\\b'`, "NULL", "true", "B'101'", "X'1f'", "$3",
	"a", `t."A b"`, "f()", "s.f(a, b => 1)", "count(*)", "sum(DISTINCT a ORDER BY b DESC NULLS LAST) FILTER (WHERE c)",
	"f(VARIADIC a)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY x)", "sum(x) OVER (PARTITION BY a ORDER BY b)",
	"a + b * c", "(a + b) * c", "-a", "@ a", "a OPERATOR(public.<=>) b", "a = ANY (b)", "a < ALL (ARRAY[1, 2])",
	"a IN (1, 2)", "a NOT IN (1, 2)", "a BETWEEN 1 AND 2", "a NOT BETWEEN SYMMETRIC 1 AND 2", "a IS DISTINCT FROM b",
	"NULLIF(a, b)", "a SIMILAR TO 'x' ESCAPE 'y'", "a LIKE 'b'", "a NOT ILIKE 'b'", "NOT a AND b OR c", "a IS NULL",
	"a IS NOT UNKNOWN", "a::int", "CAST(a AS numeric(10, 2)[])", "a::timestamp with time zone", "a::pg_catalog.bpchar(3)",
	`a COLLATE "C"`, "CASE a WHEN 1 THEN 2 END", "CASE WHEN a THEN b ELSE c END", "COALESCE(a, b)", "GREATEST(a, b)",
	"ARRAY[1, 2]", "ARRAY[]::int[]", "ROW(1)", "(1, 2)", "(a).b", "a[1]", "a[1:2][:]", "(f(a)).*",
	"CURRENT_TIMESTAMP", "LOCALTIME(2)", "CURRENT_USER", "EXTRACT(epoch FROM a)", "a AT TIME ZONE 'UTC'",
	"TRIM(BOTH 'x' FROM a)",
	"(SELECT 1)", "EXISTS (SELECT 1 FROM t WHERE a = 1)", "ARRAY(SELECT a FROM t ORDER BY 1 LIMIT 2)",
	"a IN (SELECT b FROM t)",
	"a > ALL (SELECT 1 UNION SELECT 2)", "INTERVAL '1' DAY", `"select"`, "U&'\\0041'",
}

// What Deparse writes reads back as the same tree: the catalog stores expressions that way.
func TestDeparseRoundTrip(t *testing.T) {
	for _, sql := range roundTrips {
		t.Run(sql, func(t *testing.T) {
			e, err := ParseExpr(sql)
			if err != nil {
				t.Fatal(err)
			}
			checkRoundTrip(t, e)
		})
	}
}

func checkRoundTrip(t *testing.T, e Expr) {
	t.Helper()
	text := Deparse(e)
	again, err := ParseExpr(text)
	if err != nil {
		t.Fatalf("%s does not read back: %v", text, err)
	}
	if a, b := dump(e, false), dump(again, false); a != b {
		t.Errorf("%s reads back as another tree:\n%s\n%s", text, a, b)
	}
	if third := Deparse(again); third != text {
		t.Errorf("written as %s, then as %s", text, third)
	}
}

// What DeparseStmt writes reads back as the same tree, too: rules keep their actions that way.
func TestDeparseStmtRoundTrip(t *testing.T) {
	for _, sql := range []string{
		"INSERT INTO t DEFAULT VALUES", `INSERT INTO "A b".t AS x (a, b[1], c.d) VALUES (1, DEFAULT, new.a), (2, 3, 4) RETURNING *, a AS "b c"`,
		"INSERT INTO t (a) OVERRIDING USER VALUE SELECT * FROM u ON CONFLICT DO NOTHING",
		"WITH q AS (DELETE FROM u RETURNING *) INSERT INTO t (a) OVERRIDING SYSTEM VALUE SELECT * FROM q " +
			"ON CONFLICT (a, lower(b)) WHERE a > 3 DO UPDATE SET (a, b) = (SELECT 1, 2), c = DEFAULT WHERE excluded.a = 1",
		"INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT k DO UPDATE SET a = 1",
		"UPDATE ONLY t AS x SET a = 1, (b, c) = ROW(1, DEFAULT), d[1:2] = '{}' FROM u, v AS w WHERE x.a = w.a RETURNING x.a",
		"DELETE FROM ONLY t AS x USING u WHERE x.a = u.a RETURNING *", "DELETE FROM t",
		`NOTIFY "Chan", 'it''s'`, "SELECT a FROM t",
	} {
		stmts, err := Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		text := DeparseStmt(stmts[0].Node)
		again, err := Parse(text)
		if err != nil {
			t.Errorf("%s does not read back: %v", text, err)
			continue
		}
		if a, b := dump(stmts[0].Node, false), dump(again[0].Node, false); a != b {
			t.Errorf("%s reads back as another tree:\n%s\n%s", text, a, b)
		}
	}
}

// FuzzParse: no text brings the parser down; every error is a SQL error with a position inside the
// text; an expression that parses reads back.
func FuzzParse(f *testing.F) {
	for _, sql := range roundTrips {
		f.Add("SELECT " + sql)
	}
	for _, nest := range nestings {
		f.Add(nest(3))
	}
	f.Add("COPY t FROM STDIN; SELECT \xff")
	f.Fuzz(func(t *testing.T, sql string) {
		statements, err := Parse(sql)
		if err != nil {
			checkError(t, sql, err)
			return
		}
		for _, s := range statements {
			if s.Offset < 0 || s.Offset+len(s.Text) > len(sql) || sql[s.Offset:s.Offset+len(s.Text)] != s.Text {
				t.Errorf("statement %q is not at %d", s.Text, s.Offset)
			}
			dump(s.Node, true)
		}
		if e, err := ParseExpr(sql); err == nil && !hasUnsupported(e) {
			checkRoundTrip(t, e)
		}
	})
}

func checkError(t *testing.T, sql string, err error) {
	t.Helper()
	e := asError(err)
	if e == nil {
		t.Fatalf("not a SQL error: %v", err)
	}
	if e.Code == "XX000" {
		t.Errorf("internal error: %v", err)
	}
	if e.Pos < 0 || utf8.ValidString(sql) && e.Pos > utf8.RuneCountInString(sql)+1 {
		t.Errorf("position %d outside a text of %d characters", e.Pos, utf8.RuneCountInString(sql))
	}
}
