package catalog

import (
	"encoding/json"
	"fmt"

	"github.com/seguedb/segue/query/datum"
)

// Statistics is what ANALYZE found out about a table from a sample of its rows.
type Statistics struct {
	Rows    float64 // of the table, at that time
	Columns map[int16]*ColumnStatistics
	// Calibrations are of the vector columns. They are stored apart, and nil in what DecodeStatistics reads.
	Calibrations map[int16]*Calibration
}

// ColumnStatistics is a column's share of them, in the sense of pg_stats.
type ColumnStatistics struct {
	Type     *datum.Type
	NullFrac float64
	Width    float64
	// Distinct is the number of distinct values when positive, and its negative share of the rows otherwise; 0 is unknown.
	Distinct float64
	// Common are the most common values with their shares of all rows, most common first.
	Common      []datum.Datum
	Frequencies []float64
	// Histogram are values that divide the other ones into parts of equal size, in order.
	Histogram []datum.Datum
	// Correlation of the order of the values and of the rows, from -1 to 1.
	Correlation float64
}

// DistinctOf is the number of distinct values among so many rows; 0 is unknown.
func (c *ColumnStatistics) DistinctOf(rows float64) float64 {
	if c.Distinct < 0 {
		return -c.Distinct * rows
	}
	return c.Distinct
}

// storedStatistics is the JSON form; values are datum.AppendValue's bytes.
type storedStatistics struct {
	Rows    float64
	Columns map[int16]storedColumn
}

type storedColumn struct {
	Type                                   datum.OID
	NullFrac, Width, Distinct, Correlation float64
	Common, Histogram                      [][]byte  `json:",omitempty"`
	Frequencies                            []float64 `json:",omitempty"`
}

// Encode writes statistics for storage.
func (s *Statistics) Encode() ([]byte, error) {
	out := storedStatistics{Rows: s.Rows, Columns: map[int16]storedColumn{}}
	for att, c := range s.Columns {
		out.Columns[att] = storedColumn{Type: c.Type.OID, NullFrac: c.NullFrac, Width: c.Width, Distinct: c.Distinct,
			Correlation: c.Correlation, Common: encodeValues(c.Type, c.Common), Histogram: encodeValues(c.Type, c.Histogram),
			Frequencies: c.Frequencies}
	}
	return json.Marshal(out)
}

func encodeValues(t *datum.Type, values []datum.Datum) [][]byte {
	out := make([][]byte, len(values))
	for i, v := range values {
		out[i] = datum.AppendValue(nil, t, v)
	}
	return out
}

// DecodeStatistics reads what Encode wrote. Columns of types that are gone are left out.
func DecodeStatistics(b []byte) (*Statistics, error) {
	var in storedStatistics
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, fmt.Errorf("decode statistics: %w", err)
	}
	out := &Statistics{Rows: in.Rows, Columns: map[int16]*ColumnStatistics{}}
	for att, c := range in.Columns {
		t := datum.TypeByOID(c.Type)
		if t == nil {
			continue
		}
		col := &ColumnStatistics{Type: t, NullFrac: c.NullFrac, Width: c.Width, Distinct: c.Distinct, Correlation: c.Correlation,
			Frequencies: c.Frequencies}
		var err error
		if col.Common, err = decodeValues(t, c.Common); err != nil {
			return nil, err
		}
		if col.Histogram, err = decodeValues(t, c.Histogram); err != nil {
			return nil, err
		}
		out.Columns[att] = col
	}
	return out, nil
}

func decodeValues(t *datum.Type, in [][]byte) ([]datum.Datum, error) {
	out := make([]datum.Datum, len(in))
	for i, b := range in {
		v, _, err := datum.DecodeValue(t, b)
		if err != nil {
			return nil, fmt.Errorf("decode statistics: %w", err)
		}
		out[i] = v
	}
	return out, nil
}

// statsRows is pg_stats.
func statsRows(env *VirtualEnv, w *rowWriter) {
	env.eachStatistic(func(t *Table, col *Column, c *ColumnStatistics) {
		schema := env.Snapshot.SchemaByOID(t.Schema)
		if schema == nil {
			return
		}
		w.str("schemaname", schema.Name).str("tablename", t.Name).str("attname", col.Name).bool("inherited", false).
			float("null_frac", c.NullFrac).int("avg_width", int64(c.Width)).float("n_distinct", c.Distinct)
		if len(c.Common) > 0 {
			w.set("most_common_vals", datum.ArrayFrom(c.Type, c.Common)).set("most_common_freqs", floatArray(c.Frequencies))
		}
		if len(c.Histogram) > 0 {
			w.set("histogram_bounds", datum.ArrayFrom(c.Type, c.Histogram))
		}
		if datum.Comparable(c.Type) {
			w.float("correlation", c.Correlation)
		}
		w.end()
	})
}

// Kinds of pg_statistic's slots (pg_statistic.h).
const (
	slotCommon      = 1
	slotHistogram   = 2
	slotCorrelation = 3
)

// statisticRows is pg_statistic.
func statisticRows(env *VirtualEnv, w *rowWriter) {
	env.eachStatistic(func(t *Table, col *Column, c *ColumnStatistics) {
		for i := 1; i <= 5; i++ {
			w.int(fmt.Sprint("stakind", i), 0).oid(fmt.Sprint("staop", i), 0).oid(fmt.Sprint("stacoll", i), 0)
		}
		w.oid("starelid", t.OID).int("staattnum", int64(col.AttNum)).bool("stainherit", false).
			float("stanullfrac", c.NullFrac).int("stawidth", int64(c.Width)).float("stadistinct", c.Distinct)
		slot := 1
		if len(c.Common) > 0 {
			w.int(fmt.Sprint("stakind", slot), slotCommon).set(fmt.Sprint("stanumbers", slot), floatArray(c.Frequencies)).
				set(fmt.Sprint("stavalues", slot), datum.ArrayFrom(c.Type, c.Common))
			slot++
		}
		if len(c.Histogram) > 0 {
			w.int(fmt.Sprint("stakind", slot), slotHistogram).
				set(fmt.Sprint("stavalues", slot), datum.ArrayFrom(c.Type, c.Histogram))
			slot++
		}
		if datum.Comparable(c.Type) {
			w.int(fmt.Sprint("stakind", slot), slotCorrelation).
				set(fmt.Sprint("stanumbers", slot), floatArray([]float64{c.Correlation}))
		}
		w.end()
	})
}

func floatArray(list []float64) datum.Datum {
	out := make([]datum.Datum, len(list))
	for i, f := range list {
		out[i] = datum.NewFloat(float64(float32(f)))
	}
	return datum.ArrayFrom(datum.Float4, out)
}

// eachStatistic visits the analyzed columns that are as they were.
func (env *VirtualEnv) eachStatistic(visit func(*Table, *Column, *ColumnStatistics)) {
	if env.Statistics == nil {
		return
	}
	for _, t := range env.Snapshot.Tables() {
		s := env.Statistics(t.OID)
		if s == nil || t.Virtual != nil {
			continue
		}
		for i := range t.Columns {
			if c := s.Columns[t.Columns[i].AttNum]; c != nil && c.Type == t.Columns[i].Type {
				visit(t, &t.Columns[i], c)
			}
		}
	}
}
