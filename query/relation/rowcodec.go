package relation

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// A row's value is 8 bytes of chance, by which any two writes of a row differ, then the columns that are not NULL
// and not vectors: attribute number (uvarint) and value (datum.AppendValue), in table order. A vector's value is
// its float32s, little endian.

const rowTagBytes = 8

// isApart says whether a column's values are kept apart from the row.
func isApart(c *catalog.Column) bool { return c.Type == datum.Vector }

// encodeRow makes a row's value of row i of a batch in table order.
func encodeRow(t *catalog.Table, rows *datum.Batch, i int) []byte {
	out := binary.LittleEndian.AppendUint64(make([]byte, 0, 64), rand.Uint64())
	for c := range t.Columns {
		col := &t.Columns[c]
		if isApart(col) || rows.Cols[c].IsNull(i) {
			continue
		}
		out = binary.AppendUvarint(out, uint64(col.AttNum))
		out = datum.AppendValue(out, col.Type, rows.Cols[c].Get(i))
	}
	return out
}

// rowDecoder reads rows into a batch's columns.
type rowDecoder struct {
	table *catalog.Table
	// place is a column's position in the output by ordinal, -1 when it is not wanted.
	place   []int
	last    int // the last ordinal wanted: no row need be read further
	scratch []datum.Datum
	set     []bool
}

func newRowDecoder(t *catalog.Table, ordinals []int) *rowDecoder {
	d := &rowDecoder{table: t, place: make([]int, len(t.Columns)), last: -1,
		scratch: make([]datum.Datum, len(ordinals)), set: make([]bool, len(ordinals))}
	for i := range d.place {
		d.place[i] = -1
	}
	for i, o := range ordinals {
		if !isApart(&t.Columns[o]) {
			if d.place[o] < 0 {
				d.place[o] = i
			}
			d.last = max(d.last, o)
		}
	}
	return d
}

// decode appends a row's wanted columns, NULL where absent; ordinals that are wanted twice and vectors are the caller's.
func (d *rowDecoder) decode(value []byte, ordinals []int, out *datum.Batch) error {
	clear(d.set)
	if len(value) < rowTagBytes {
		return d.damaged("it is cut short")
	}
	b := value[rowTagBytes:]
	ordinal := 0
	for len(b) > 0 && d.last >= 0 {
		att, n := binary.Uvarint(b)
		if n <= 0 || att > math.MaxInt16 {
			return d.damaged("an attribute number is no number")
		}
		b = b[n:]
		for ordinal < len(d.table.Columns) && d.table.Columns[ordinal].AttNum != int16(att) {
			ordinal++
		}
		if ordinal == len(d.table.Columns) || ordinal > d.last {
			break
		}
		v, rest, err := datum.DecodeValue(d.table.Columns[ordinal].Type, b)
		if err != nil {
			return d.damaged(err.Error())
		}
		if at := d.place[ordinal]; at >= 0 {
			d.scratch[at], d.set[at] = v, true
		}
		b = rest
		ordinal++
	}
	for i, o := range ordinals {
		if isApart(&d.table.Columns[o]) {
			continue
		}
		switch at := d.place[o]; {
		case d.set[at]:
			out.Cols[i].Append(d.scratch[at])
		default:
			out.Cols[i].Append(datum.Null)
		}
	}
	return nil
}

func (d *rowDecoder) damaged(why string) error {
	return fmt.Errorf("%w: a row of table %s: %s", storage.ErrCorrupt, d.table.Name, why)
}

// encodeVector makes a vector's value.
func encodeVector(v []float32) []byte {
	out := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(out[4*i:], math.Float32bits(x))
	}
	return out
}

// decodeVector reads a vector's value.
func decodeVector(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}
