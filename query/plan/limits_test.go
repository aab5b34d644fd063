package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// Nesting beyond what the binder follows is refused, not a crash; what nests less binds.
func TestDepthLimit(t *testing.T) {
	cases := map[string]func(n int) string{
		"operators":  func(n int) string { return "SELECT " + strings.Repeat("1+", n) + "1" },
		"not":        func(n int) string { return "SELECT " + strings.Repeat("NOT ", n) + "true" },
		"subqueries": func(n int) string { return "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n) },
		"unions":     func(n int) string { return "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", n) },
		"joins": func(n int) string {
			return "SELECT 1 FROM pg_fixture" + strings.Repeat(" CROSS JOIN LATERAL (SELECT 1) x", n)
		},
	}
	for name, nest := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := bindText(newTestCatalog(), nest(maxDepth+1))
			if code := sqlstate.CodeOf(err); err == nil || code != sqlstate.StatementTooComplex {
				t.Errorf("%d levels: %v, want SQLSTATE 54001", maxDepth+1, err)
			}
			if name == "joins" {
				return // one alias cannot be joined twice
			}
			p, err := bindText(newTestCatalog(), nest(300))
			if err != nil {
				t.Fatalf("300 levels: %v", err)
			}
			Optimize(newTestCatalog(), p)
		})
	}
}

// Constructs that bind an operand more than once double with every level. The work is bounded.
func TestCopiedOperandsAreBounded(t *testing.T) {
	between, cases := "true", "1"
	for range 60 {
		between = "(" + between + " BETWEEN false AND true)"
		cases = "CASE " + cases + " WHEN 1 THEN 2 WHEN 2 THEN 1 END"
	}
	for name, sql := range map[string]string{"between": between, "case": cases} {
		start := time.Now()
		_, err := bindText(newTestCatalog(), "SELECT "+sql)
		if code := sqlstate.CodeOf(err); err == nil || code != sqlstate.StatementTooComplex {
			t.Errorf("%s: %v, want SQLSTATE 54001", name, err)
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

// A long flat INSERT is not deep: its cost grows with its length alone.
func TestManyRows(t *testing.T) {
	cat := newTestCatalog()
	p, err := bindText(cat, "CREATE TABLE t (a int, b text DEFAULT 'x')")
	if err != nil {
		t.Fatal(err)
	}
	cat.apply(p.Root)
	const rows = 20_000
	var sql strings.Builder
	sql.WriteString("INSERT INTO t VALUES (0, DEFAULT)")
	for i := range rows - 1 {
		fmt.Fprintf(&sql, ", (%d, 'row')", i)
	}
	if p, err = bindText(cat, sql.String()); err != nil {
		t.Fatal(err)
	}
	if got := len(Optimize(cat, p).Root.(*Insert).Input.(*Values).Rows); got != rows {
		t.Errorf("%d rows, want %d", got, rows)
	}
}
