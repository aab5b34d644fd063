package catalog

import (
	"slices"
	"testing"
)

func TestColumnsOfStoredExpressions(t *testing.T) {
	table := &Table{Name: "t", Columns: []Column{{AttNum: 1, Name: "a"}, {AttNum: 2, Name: "B c"}, {AttNum: 3, Name: "length"},
		{AttNum: 4, Name: "precision"}}}
	for _, c := range []struct {
		expr, renamed, bare string
		reads               []int16
	}{
		{"(a > 0)", "(x > 0)", "(a > 0)", []int16{1}},
		{"(t.a = 'a')", "(t.x = 'a')", "(a = 'a')", []int16{1}},
		{`(public.t.a || t."B c")`, `(public.t.x || t."B c")`, `(a || "B c")`, []int16{1, 2}},
		{"(length(a) > length)", "(length(x) > length)", "(length(a) > length)", []int16{1, 3}},
		{"(a)::double precision", "(x)::double precision", "(a)::double precision", []int16{1}},
		{"f(a => 1)", "f(a => 1)", "f(a => 1)", nil},
		{`("precision" > 1)`, `("precision" > 1)`, `("precision" > 1)`, []int16{4}},
	} {
		if got := ColumnsIn(table, c.expr); !slices.Equal(got, c.reads) {
			t.Errorf("ColumnsIn(%s) = %v, want %v", c.expr, got, c.reads)
		}
		if got := RenameColumn(c.expr, "a", "x"); got != c.renamed {
			t.Errorf("RenameColumn(%s) = %s, want %s", c.expr, got, c.renamed)
		}
		if got := Unqualified(table, c.expr); got != c.bare {
			t.Errorf("Unqualified(%s) = %s, want %s", c.expr, got, c.bare)
		}
	}
}
