package parse

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/query/sqlstate"
)

// Every way to nest: what repeats, and what closes each.
var nestings = map[string]func(n int) string{
	"parentheses": func(n int) string { return "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) },
	"unclosed":    func(n int) string { return "SELECT " + strings.Repeat("(", n) },
	"operators":   func(n int) string { return "SELECT " + strings.Repeat("1+", n) + "1" },
	"not":         func(n int) string { return "SELECT " + strings.Repeat("NOT ", n) + "true" },
	"casts":       func(n int) string { return "SELECT 1" + strings.Repeat("::int", n) },
	"arrays":      func(n int) string { return "SELECT ARRAY" + strings.Repeat("[", n) + "1" + strings.Repeat("]", n) },
	"calls":       func(n int) string { return "SELECT " + strings.Repeat("f(", n) + "1" + strings.Repeat(")", n) },
	"case": func(n int) string {
		return "SELECT " + strings.Repeat("CASE WHEN ", n) + "true" + strings.Repeat(" THEN 1 END", n)
	},
	"subqueries": func(n int) string { return "SELECT " + strings.Repeat("(SELECT ", n) + "1" + strings.Repeat(")", n) },
	"from": func(n int) string {
		return strings.Repeat("SELECT * FROM (", n) + "SELECT 1" + strings.Repeat(") x", n)
	},
	"in": func(n int) string {
		return "SELECT " + strings.Repeat("1 IN (SELECT ", n) + "1" + strings.Repeat(")", n)
	},
	"unions": func(n int) string { return "SELECT 1" + strings.Repeat(" UNION SELECT 1", n) },
	"joins":  func(n int) string { return "SELECT 1 FROM a" + strings.Repeat(" JOIN a ON true", n) },
	"with": func(n int) string {
		return strings.Repeat("WITH x AS (", n) + "SELECT 1" + strings.Repeat(") SELECT 1", n)
	},
	"isnull": func(n int) string { return "SELECT 1" + strings.Repeat(" IS NULL", n) },
}

// A text nested however deep is refused with 54001: the grammar's C code, which recurses without a
// check, never sees it, and the check itself neither recurses nor copies the text.
func TestTooDeep(t *testing.T) {
	const levels, maxSeconds, maxBytes = 1_000_000, 5, 512 << 20
	for name, nest := range nestings {
		t.Run(name, func(t *testing.T) {
			sql := nest(levels)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, err := Parse(sql)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if code := sqlstate.CodeOf(err); err == nil || code != sqlstate.StatementTooComplex {
				t.Errorf("%d levels: %v, want SQLSTATE 54001", levels, err)
			}
			if took > maxSeconds*time.Second {
				t.Errorf("refusing %d levels took %v", levels, took)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > maxBytes {
				t.Errorf("refusing %d levels allocated %d MB", levels, grown>>20)
			}
		})
	}
}

// What people and programs write is far from the limit.
func TestDeepEnough(t *testing.T) {
	for name, nest := range nestings {
		if name == "unclosed" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(nest(200)); err != nil {
				t.Errorf("200 levels: %v", err)
			}
		})
	}
	long := "SELECT 1 WHERE x IN (1" + strings.Repeat(", 2", 100_000) + ") AND true" + strings.Repeat(" AND y = 1", 10_000)
	if _, err := Parse(long); err != nil {
		t.Errorf("a long flat statement: %v", err)
	}
}
