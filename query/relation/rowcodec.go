package relation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"unsafe"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// A row's value is 8 bytes of chance, by which any two writes of a row differ, then the columns that are not NULL
// and not vectors: attribute number (uvarint) and value (datum.AppendValue), in table order. A column that was added
// with a value for the rows there were (catalog.Column.Missing) is written when it is NULL, too: a zero byte, then its
// attribute number. Values of dropped columns stay until the row is written again. A vector's value is its float32s,
// little endian; a halfvec's is its float16s and one byte more, so that the length tells the two apart.

const (
	rowTagBytes = 8
	nullMarker  = 0
)

// isApart says whether a column's values are kept apart from the row.
func isApart(c *catalog.Column) bool { return c.Type.Kind == datum.KindVector }

// encodeRow makes a row's value of row i of a batch in table order.
func encodeRow(t *catalog.Table, rows *datum.Batch, i int) []byte {
	out := binary.LittleEndian.AppendUint64(make([]byte, 0, 64), rand.Uint64())
	for c := range t.Columns {
		col := &t.Columns[c]
		if isApart(col) {
			continue
		}
		if rows.Cols[c].IsNull(i) {
			if col.Missing != nil {
				out = binary.AppendUvarint(append(out, nullMarker), uint64(col.AttNum))
			}
			continue
		}
		out = binary.AppendUvarint(out, uint64(col.AttNum))
		out = datum.AppendValue(out, col.Type, rows.Cols[c].Get(i))
	}
	return out
}

// rowDecoder reads rows straight into a batch's columns.
type rowDecoder struct {
	table *catalog.Table
	// place is a column's position in the output by ordinal, -1 when it is not wanted.
	place []int
	last  int // the last ordinal wanted: no row need be read further
	// twice are columns that are wanted again: the position, and the first one.
	twice [][2]int
	seen  []bool // by position: this row has a value
	types []*datum.Type
	// missing are the values, by position, of rows older than the column; nil when no wanted column has one.
	missing []datum.Datum

	// The memory of the lists of a table that is not wide: who reads one row makes a decoder for it.
	placeMemory [16]int
	seenMemory  [16]bool
	typesMemory [16]*datum.Type
}

func newRowDecoder(t *catalog.Table, ordinals []int) *rowDecoder {
	d := &rowDecoder{table: t, last: -1}
	d.place = append(d.placeMemory[:0], make([]int, len(t.Columns))...)
	d.seen = append(d.seenMemory[:0], make([]bool, len(ordinals))...)
	d.types = append(d.typesMemory[:0], make([]*datum.Type, len(ordinals))...)
	for i := range d.place {
		d.place[i] = -1
	}
	for i, o := range ordinals {
		switch col := &t.Columns[o]; {
		case isApart(col):
		case d.place[o] >= 0:
			d.twice = append(d.twice, [2]int{i, d.place[o]})
		default:
			d.place[o], d.types[i] = i, col.Type
			d.last = max(d.last, o)
			d.addMissing(i, col)
		}
	}
	return d
}

// addMissing notes what old rows have for a column. Column.Missing was written by this program: it decodes.
func (d *rowDecoder) addMissing(i int, col *catalog.Column) {
	if col.Missing == nil {
		return
	}
	if d.missing == nil {
		d.missing = make([]datum.Datum, len(d.types))
	}
	if v, _, err := datum.DecodeValue(col.Type, col.Missing); err == nil {
		d.missing[i] = v
	}
}

// decode appends a row's wanted columns, NULL where absent. Vectors are the caller's.
func (d *rowDecoder) decode(value []byte, out *datum.Batch) error {
	if len(value) < rowTagBytes {
		return d.damaged(errors.New("it is cut short"))
	}
	clear(d.seen)
	for b, ordinal := value[rowTagBytes:], 0; len(b) > 0; {
		att, n := binary.Uvarint(b)
		null := n > 0 && att == nullMarker
		if null {
			b = b[n:]
			att, n = binary.Uvarint(b)
		}
		if n <= 0 {
			return d.damaged(errors.New("an attribute number is no number"))
		}
		for ordinal <= d.last && uint64(d.table.Columns[ordinal].AttNum) < att {
			ordinal++
		}
		if ordinal > d.last {
			break
		}
		var err error
		if b, err = d.value(ordinal, att, null, b[n:], out); err != nil {
			return d.damaged(err)
		}
	}
	d.fill(out)
	return nil
}

// value reads the value of attribute att, which is the column at ordinal or one that was dropped.
func (d *rowDecoder) value(ordinal int, att uint64, null bool, b []byte, out *datum.Batch) (rest []byte, err error) {
	col := &d.table.Columns[ordinal]
	if uint64(col.AttNum) != att {
		if null {
			return b, nil
		}
		return d.skipDropped(att, b)
	}
	at := d.place[ordinal]
	switch {
	case at < 0 && null:
		return b, nil
	case at < 0:
		return skipValue(col.Type, b)
	case null:
		out.Cols[at].Append(datum.Null)
	default:
		b, err = appendValue(out.Cols[at], col.Type, b)
	}
	d.seen[at] = true
	return b, err
}

func (d *rowDecoder) skipDropped(att uint64, b []byte) (rest []byte, err error) {
	for i := range d.table.Dropped {
		if c := &d.table.Dropped[i]; uint64(c.AttNum) == att {
			return skipValue(c.Type, b)
		}
	}
	return nil, fmt.Errorf("it has a value for attribute %d, which is none", att)
}

// fill appends what the row does not hold: NULLs, values that columns were added with, and columns that are wanted twice.
func (d *rowDecoder) fill(out *datum.Batch) {
	for i, t := range d.types {
		switch {
		case t == nil || d.seen[i]:
		case d.missing != nil:
			out.Cols[i].Append(d.missing[i])
		default:
			out.Cols[i].Append(datum.Null)
		}
	}
	for _, again := range d.twice {
		out.Cols[again[0]].AppendFrom(out.Cols[again[1]], out.Rows)
	}
}

func (d *rowDecoder) damaged(why error) error {
	err := fmt.Errorf("%w: a row of table %s: %w", storage.ErrCorrupt, d.table.Name, why)
	return sqlstate.Wrap(err, sqlstate.DataCorrupted, "a row of table %q is damaged", d.table.Name)
}

var errCut = errors.New("a value is cut short")

// appendValue is datum.DecodeValue for the kinds that a scan meets most, without a Datum between.
func appendValue(col *datum.Vec, t *datum.Type, b []byte) (rest []byte, err error) {
	switch t.Kind {
	case datum.KindInt:
		v, n := binary.Varint(b)
		if n <= 0 {
			return nil, errCut
		}
		col.I, rest = append(col.I, v), b[n:]
	case datum.KindFloat:
		n := floatBytes(t)
		if len(b) < n {
			return nil, errCut
		}
		if n == 4 {
			col.F = append(col.F, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		} else {
			col.F = append(col.F, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
		rest = b[n:]
	case datum.KindString:
		if datum.IsBits(t) {
			return decodeBoxed(col, t, b)
		}
		v, r, err := stringBytes(t, b)
		if err != nil {
			return nil, err
		}
		col.S, rest = append(col.S, string(v)), r
	default:
		return decodeBoxed(col, t, b)
	}
	if col.Nulls != nil {
		col.Nulls = append(col.Nulls, false)
	}
	return rest, nil
}

func decodeBoxed(col *datum.Vec, t *datum.Type, b []byte) (rest []byte, err error) {
	d, rest, err := datum.DecodeValue(t, b)
	if err == nil {
		col.Append(d)
	}
	return rest, err
}

// skipValue passes over a value.
func skipValue(t *datum.Type, b []byte) (rest []byte, err error) {
	switch t.Kind {
	case datum.KindInt:
		if _, n := binary.Varint(b); n > 0 {
			return b[n:], nil
		}
		return nil, errCut
	case datum.KindFloat:
		if n := floatBytes(t); len(b) >= n {
			return b[n:], nil
		}
		return nil, errCut
	case datum.KindString:
		if datum.IsBits(t) {
			_, rest, err = datum.DecodeValue(t, b)
			return rest, err
		}
		_, rest, err = stringBytes(t, b)
		return rest, err
	default:
		_, rest, err = datum.DecodeValue(t, b)
		return rest, err
	}
}

func floatBytes(t *datum.Type) int {
	if t == datum.Float4 {
		return 4
	}
	return 8
}

func stringBytes(t *datum.Type, b []byte) (v, rest []byte, err error) {
	n, at := uint64(16), 0
	if t != datum.UUID {
		if n, at = binary.Uvarint(b); at <= 0 {
			return nil, nil, errCut
		}
	}
	if n > uint64(len(b)-at) {
		return nil, nil, errCut
	}
	return b[at : at+int(n)], b[at+int(n):], nil
}

// encodeVector makes a vector's value.
func encodeVector(t *datum.Type, v []float32) []byte {
	out := datum.AppendElements(make([]byte, 0, 4*len(v)+1), t, v)
	if t == datum.Halfvec {
		out = append(out, halfMark)
	}
	return out
}

// halfMark ends a halfvec's value.
const halfMark = 'h'

// decodeVector reads a vector's value.
func decodeVector(b []byte) []float32 {
	if halves(b) {
		return datum.DecodeElements(datum.Halfvec, b[:len(b)-1])
	}
	return datum.DecodeElements(datum.Vector, b)
}

func halves(b []byte) bool { return len(b)%2 == 1 }

// vectorView reads a vector's value where it lies, on machines of its byte order: the copy would double the memory of a
// large commit.
func vectorView(b []byte) []float32 {
	p := unsafe.Pointer(unsafe.SliceData(b))
	if halves(b) || bigEndian || uintptr(p)%unsafe.Alignof(float32(0)) != 0 {
		return decodeVector(b)
	}
	return unsafe.Slice((*float32)(p), len(b)/4)
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1
