package parse

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/seguedb/segue/query/sqlstate"
)

// TestGolden runs testdata/golden: "parse" prints the tree of each statement ("positions" adds where
// nodes start), "expr" parses an expression and prints its tree and how it is written back.
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata/golden", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				return goldenParse(d.Input, d.HasArg("positions"))
			case "expr":
				e, err := ParseExpr(d.Input)
				if err != nil {
					return errorText(err)
				}
				return dump(e, d.HasArg("positions")) + "\n" + Deparse(e) + "\n"
			default:
				t.Fatalf("unknown command %q", d.Cmd)
				return ""
			}
		})
	})
}

// goldenParse prints every statement of sql on a line.
func goldenParse(sql string, positions bool) string {
	statements, err := Parse(sql)
	if err != nil {
		return errorText(err)
	}
	var out strings.Builder
	for _, s := range statements {
		if positions {
			fmt.Fprintf(&out, "%d %q ", s.Offset, s.Text)
		}
		out.WriteString(dump(s.Node, positions) + "\n")
	}
	if len(statements) == 0 {
		return "nothing\n"
	}
	return out.String()
}

// errorText prints an error as a client sees it.
func errorText(err error) string {
	e := asError(err)
	if e == nil {
		return "not a SQL error: " + err.Error() + "\n"
	}
	out := fmt.Sprintf("%s: %s at %d\n", e.Code, e.Message, e.Pos)
	if e.Hint != "" {
		out += "hint: " + e.Hint + "\n"
	}
	return out
}

// asError is err as a SQL error, nil when it is none.
func asError(err error) *sqlstate.Error {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e
}
