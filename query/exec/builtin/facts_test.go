package builtin_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/query/exec/exectest"
	"github.com/seguedb/segue/query/sqlstate"
)

// TestFacts evaluates the expressions of testdata, a family a file. The lines are
//
//	expression  →  value, or ERROR sqlstate: message
//
// and the right sides are PostgreSQL 15's answers, not ours: where Segue means to differ, the line says
// what Segue does and a comment above it says why.
func TestFacts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				expr, want, found := strings.Cut(line, "  →")
				if !found {
					t.Fatalf("%s:%d: no arrow", file, i+1)
				}
				want = strings.TrimPrefix(want, "  ")
				if got := strings.TrimRight(evaluate(t, expr), " "); got != want {
					t.Errorf("%s:%d: %s\n\tgot  %s\n\twant %s", file, i+1, expr, got, want)
				}
			}
		})
	}
}

// evaluate runs an expression through the planner and the executor, as a client's query would.
func evaluate(t *testing.T, expr string) string {
	res, err := exectest.New().Exec(t.Context(), "SELECT "+expr)
	if err != nil {
		var e *sqlstate.Error
		if !errors.As(err, &e) {
			return "not a SQL error: " + err.Error()
		}
		return "ERROR " + string(e.Code) + ": " + e.Message
	}
	rows := res.Strings()
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s: %d rows", expr, len(rows))
	}
	return strings.ReplaceAll(rows[0][0], "\n", `\n`)
}
