package relation_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
)

// typedValues are two values of each type that a column can have.
var typedValues = []struct {
	typ  *datum.Type
	a, b string
}{
	{datum.Bool, "t", "f"},
	{datum.Bytea, `\x00ff`, `\x`},
	{datum.Int2, "-32768", "7"},
	{datum.Int4, "2147483647", "0"},
	{datum.Int8, "-9223372036854775808", "9223372036854775807"},
	{datum.Float4, "1.5", "NaN"},
	{datum.Float8, "-0.1", "Infinity"},
	{datum.Numeric, "-12345678901234567890.0123456789", "NaN"},
	{datum.Text, "Größe", ""},
	{datum.Varchar, "abc", "x"},
	{datum.Bpchar, "ab", "c"},
	{datum.Name, "a_name", "b"},
	{datum.Date, "2024-02-29", "infinity"},
	{datum.Time, "23:59:59.999999", "00:00:00"},
	{datum.Timestamp, "2000-01-01 00:00:00", "-infinity"},
	{datum.Timestamptz, "1969-12-31 23:59:59.5+00", "2038-01-19 03:14:08+00"},
	{datum.Interval, "1 year 2 mons 3 days 04:05:06.7", "-1 days"},
	{datum.UUID, "00112233-4455-6677-8899-aabbccddeeff", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	{datum.JSON, `{"a": [1, null]}`, `1`},
	{datum.JSONB, `{"a": [1, null]}`, `"x"`},
	{datum.Oid, "4294967295", "0"},
	{datum.Vector, "[1,-2.5]", "[0]"},
	{datum.TextArray, `{a,NULL,"b,c"}`, "{}"},
	{datum.Int4Array, "{{1,2},{3,4}}", "{NULL}"},
	{datum.NumericArray, "{1.10,NaN}", "{}"},
	{datum.VectorArray, `{"[1,2]","[3]"}`, "{}"},
}

// TestTypes stores values of every type, NULLs among them, and reads them back: all columns, each alone, and
// backwards, so that every type is skipped as well as read.
func TestTypes(t *testing.T) {
	f := newFixture(t, vfs.NewMem(), t.TempDir())
	def := &catalog.Table{Schema: catalog.PublicOID, Name: "every", NextAttNum: int16(len(typedValues) + 1)}
	types := make([]*datum.Type, len(typedValues))
	rows := make([][]datum.Datum, 4) // a, b, all NULL, every other NULL
	for i, v := range typedValues {
		types[i] = v.typ
		col := catalog.Column{AttNum: int16(i + 1), Name: fmt.Sprint("c", i), Type: v.typ, Typmod: -1}
		def.Columns = append(def.Columns, col)
		a, errA := datum.ParseText(v.typ, -1, v.a, nil)
		b, errB := datum.ParseText(v.typ, -1, v.b, nil)
		if errA != nil || errB != nil {
			t.Fatal(v.typ, errA, errB)
		}
		mixed := a
		if i%2 == 0 {
			mixed = datum.Null
		}
		for r, d := range []datum.Datum{a, b, datum.Null, mixed} {
			rows[r] = append(rows[r], d)
		}
	}
	batch := datum.NewBatch(types, len(rows))
	want := make([][]string, len(rows))
	for r, row := range rows {
		batch.AppendRow(row)
		for c, d := range row {
			want[r] = append(want[r], "NULL")
			if !d.IsNull() {
				want[r][c] = datum.Format(types[c], d, nil)
			}
		}
	}
	f.do(func(s *relation.Stmt) error {
		table, err := s.CreateTable(ctx, &plan.CreateTable{Table: def})
		if err != nil {
			return err
		}
		every, err := s.Table(table)
		if err == nil {
			_, err = every.Insert(ctx, batch)
		}
		return err
	})
	f.close()
	f = f.reopen()
	defer f.close()
	table := f.db.Catalog().Table(catalog.PublicOID, "every")
	all := make([]int, len(types))
	for i := range all {
		all[i] = i
	}
	reversed := slices.Clone(all)
	slices.Reverse(reversed)
	for _, ordinals := range append(singles(len(types)), all, reversed) {
		f.do(func(s *relation.Stmt) error {
			got, err := scanText(s, table, exec.ScanSpec{Ordinals: ordinals})
			for r := range want {
				for i, o := range ordinals {
					if err == nil && got[r][i] != want[r][o] {
						t.Errorf("columns %v, row %d, %s: got %s, want %s", ordinals, r, types[o], got[r][i], want[r][o])
					}
				}
			}
			return err
		})
	}
}

func singles(n int) [][]int {
	out := make([][]int, n)
	for i := range out {
		out[i] = []int{i}
	}
	return out
}
