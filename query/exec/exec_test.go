package exec_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/seguedb/segue/query/exec/exectest"
	"github.com/seguedb/segue/query/sqlstate"
)

// TestGolden runs the scripts of testdata: SQL in, rows out, against a database in memory. Each file
// is one family of operators and starts with an empty database.
//
//	exec   one statement that must succeed; prints nothing
//	query  one statement; prints its rows, "|" between columns, or its error. rowsort sorts the lines
//	copy   a COPY FROM statement, a line with ----, its data; prints the count or the error
//	both   query, run as bound and as optimised: the answers must agree
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		db := exectest.New()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return runDirective(t, db, d)
		})
	})
}

func runDirective(t *testing.T, db *exectest.DB, d *datadriven.TestData) string {
	switch d.Cmd {
	case "exec":
		for _, sql := range strings.Split(d.Input, ";\n") {
			if _, err := db.Exec(t.Context(), sql); err != nil {
				d.Fatalf(t, "%s: %s", sql, describe(err))
			}
		}
		return notices(db)
	case "query":
		return notices(db) + run(t.Context(), db, d.Input, d.HasArg("rowsort"))
	case "both":
		db.SkipRules = true
		bound := run(t.Context(), db, d.Input, d.HasArg("rowsort"))
		db.SkipRules = false
		optimised := run(t.Context(), db, d.Input, d.HasArg("rowsort"))
		if bound != optimised {
			d.Fatalf(t, "as bound:\n%s\nas optimised:\n%s", bound, optimised)
		}
		return optimised
	case "copy":
		sql, data, _ := strings.Cut(d.Input, "\n")
		res, err := db.Copy(t.Context(), sql, strings.ReplaceAll(data+"\n", "␉", "\t"))
		if err != nil {
			return notices(db) + describe(err)
		}
		return notices(db) + fmt.Sprintf("COPY %d\n", res.Affected)
	default:
		d.Fatalf(t, "unknown directive %q", d.Cmd)
		return ""
	}
}

func notices(db *exectest.DB) string {
	var out strings.Builder
	for _, n := range db.Notices() {
		out.WriteString(n + "\n")
	}
	return out.String()
}

func run(ctx context.Context, db *exectest.DB, sql string, sorted bool) string {
	res, err := db.Exec(ctx, sql)
	if err != nil {
		return describe(err)
	}
	if res.CopyOut != nil {
		return string(res.CopyOut)
	}
	if res.Columns == nil {
		return notices(db) + fmt.Sprintf("%d rows affected\n", res.Affected)
	}
	lines := make([]string, 0)
	for _, row := range res.Strings() {
		lines = append(lines, strings.Join(row, "|"))
	}
	if sorted {
		slices.Sort(lines)
	}
	return notices(db) + strings.Join(lines, "\n") + "\n"
}

// describe prints an error with everything that a client would see of it.
func describe(err error) string {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return "not a SQL error: " + err.Error() + "\n"
	}
	out := fmt.Sprintf("ERROR %s: %s\n", e.Code, e.Message)
	for _, part := range []struct{ name, text string }{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"WHERE", e.Where}} {
		if part.text != "" {
			out += part.name + ": " + part.text + "\n"
		}
	}
	return out
}
