package plan

import (
	"slices"
	"testing"

	"github.com/seguedb/segue/query/datum"
)

// The names that Postgres gives to output columns: drivers look values up by them.
func TestOutputNames(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT name FROM pg_fixture":                        "name",
		"SELECT name::text::varchar FROM pg_fixture":         "name",
		"SELECT '1'::int4":                                   "int4",
		"SELECT '1'::float8::int4":                           "int4",
		"SELECT -1.5::int4":                                  unnamed,
		"SELECT (1 + 1)::text":                               "text",
		"SELECT true":                                        unnamed,
		"SELECT true::text":                                  "text",
		"SELECT lower('A')::varchar":                         "lower",
		"SELECT CASE WHEN true THEN 1 END":                   "case",
		"SELECT (CASE WHEN true THEN 1 ELSE 2 END)::int8":    "int8",
		"SELECT CASE WHEN true THEN '' ELSE lower('A') END":  "lower",
		"SELECT coalesce(1, 2)::int8":                        "coalesce",
		"SELECT ARRAY[1]::int8[]":                            "array",
		"SELECT EXISTS (SELECT 1)":                           "exists",
		"SELECT (SELECT 1)::int8":                            unnamed,
		"SELECT (SELECT 1 AS x)::int8":                       "x",
		"SELECT (VALUES (1))":                                "column1",
		"SELECT (SELECT 1 AS l UNION SELECT 2 AS r LIMIT 1)": "l",
	} {
		p, err := bindText(newTestCatalog(), sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := p.Columns[0].Name; got != want {
			t.Errorf("%s: column %q, want %q", sql, got, want)
		}
	}
}

// A parameter in one arm of UNION takes its type from the other arm, and the output column with it.
func TestParameterInUnion(t *testing.T) {
	p, err := bindText(newTestCatalog(), "SELECT $1 UNION SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.Params, []*datum.Type{datum.Int4}) || p.Columns[0].Type != datum.Int4 {
		t.Errorf("parameters %v, column %s", p.Params, p.Columns[0].Type)
	}
}

// A query without columns returns rows all the same, so it has a (empty) description.
func TestNoColumns(t *testing.T) {
	for _, sql := range []string{"SELECT", "SELECT FROM pg_fixture WHERE true"} {
		p, err := bindText(newTestCatalog(), sql)
		if err != nil {
			t.Fatal(err)
		}
		if p = Optimize(newTestCatalog(), p); p.Columns == nil || len(p.Columns) != 0 {
			t.Errorf("%s: columns %v", sql, p.Columns)
		}
	}
}
