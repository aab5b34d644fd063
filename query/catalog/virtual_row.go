package catalog

import (
	"fmt"

	"github.com/seguedb/segue/query/datum"
)

// rowWriter makes a virtual relation's rows column by column, so that the code names what it fills.
// What is not set is NULL, or what the last keep left.
type rowWriter struct {
	table    *Table
	emit     func(row []datum.Datum)
	ordinals map[string]int
	row      []datum.Datum
	template []datum.Datum
}

func newRowWriter(t *Table, emit func(row []datum.Datum)) *rowWriter {
	w := &rowWriter{table: t, emit: emit, ordinals: make(map[string]int, len(t.Columns)),
		row: make([]datum.Datum, len(t.Columns)), template: make([]datum.Datum, len(t.Columns))}
	for i := range t.Columns {
		w.ordinals[t.Columns[i].Name] = i
	}
	return w
}

// set sets a column. A column that the relation does not have is a mistake in this package; tests
// read every relation.
func (w *rowWriter) set(column string, d datum.Datum) *rowWriter {
	i, ok := w.ordinals[column]
	if !ok {
		panic(fmt.Sprintf("catalog: %s has no column %s", w.table.Name, column))
	}
	w.row[i] = d
	return w
}

func (w *rowWriter) oid(column string, v OID) *rowWriter {
	return w.set(column, datum.NewInt(int64(v)))
}

func (w *rowWriter) int(column string, v int64) *rowWriter { return w.set(column, datum.NewInt(v)) }

func (w *rowWriter) float(column string, v float64) *rowWriter {
	return w.set(column, datum.NewFloat(v))
}

func (w *rowWriter) bool(column string, v bool) *rowWriter { return w.set(column, datum.NewBool(v)) }

func (w *rowWriter) str(column, v string) *rowWriter { return w.set(column, datum.NewString(v)) }

// optional sets a string that is NULL when empty.
func (w *rowWriter) optional(column, v string) *rowWriter {
	if v == "" {
		return w.set(column, datum.Null)
	}
	return w.str(column, v)
}

// char sets a "char" column; 0 is the empty value.
func (w *rowWriter) char(column string, v byte) *rowWriter {
	if v == 0 {
		return w.str(column, "")
	}
	return w.str(column, string(rune(v)))
}

// yesNo sets an information_schema.yes_or_no column.
func (w *rowWriter) yesNo(column string, v bool) *rowWriter {
	if v {
		return w.str(column, "YES")
	}
	return w.str(column, "NO")
}

// zero sets the columns to the number 0.
func (w *rowWriter) zero(columns ...string) *rowWriter {
	for _, c := range columns {
		w.int(c, 0)
	}
	return w
}

// no sets the columns to false.
func (w *rowWriter) no(columns ...string) *rowWriter {
	for _, c := range columns {
		w.bool(c, false)
	}
	return w
}

// yes sets the columns to true.
func (w *rowWriter) yes(columns ...string) *rowWriter {
	for _, c := range columns {
		w.bool(c, true)
	}
	return w
}

// keep makes the columns set so far the same in every row to come.
func (w *rowWriter) keep() { copy(w.template, w.row) }

// end emits the row and starts the next.
func (w *rowWriter) end() {
	w.emit(w.row)
	copy(w.row, w.template)
}

// oidVector and int2Vector are zero-based, as everywhere in the system catalogs.
func oidVector(oids []OID) datum.Datum {
	return zeroBased(datum.Oid, oidDatums(oids))
}

func int2Vector(ints []int16) datum.Datum {
	return zeroBased(datum.Int2, int2Datums(ints))
}

func zeroBased(elem *datum.Type, elems []datum.Datum) datum.Datum {
	a := &datum.ArrayValue{Elem: elem, Elems: elems}
	if len(elems) > 0 {
		a.Dims, a.Lower = []int{len(elems)}, []int{0}
	}
	return datum.NewArray(a)
}

func oidDatums(oids []OID) []datum.Datum {
	out := make([]datum.Datum, len(oids))
	for i, o := range oids {
		out[i] = datum.NewInt(int64(o))
	}
	return out
}

func int2Datums(ints []int16) []datum.Datum {
	out := make([]datum.Datum, len(ints))
	for i, n := range ints {
		out[i] = datum.NewInt(int64(n))
	}
	return out
}

func textDatums(texts []string) []datum.Datum {
	out := make([]datum.Datum, len(texts))
	for i, s := range texts {
		out[i] = datum.NewString(s)
	}
	return out
}
