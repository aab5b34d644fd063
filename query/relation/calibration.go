package relation

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// A table's calibrations are kept beside its statistics, a key each: they have the vectors of a sample in them, so they are
// read when they are first asked for.

// calibrated is a vector column that has a calibration.
type calibrated struct {
	table  catalog.OID
	attNum int16
}

const calibrationPrefix = "calibration:"

func calibrationKey(c calibrated) []byte {
	return storage.MetaKey(fmt.Sprint(calibrationPrefix, c.table, ":", c.attNum))
}

// calibrationsOf spans a table's calibrations.
func calibrationsOf(table catalog.OID) storage.Range {
	return storage.PrefixRange(storage.MetaKey(calibrationPrefix + strconv.FormatUint(uint64(table), 10) + ":"))
}

var measure = catalog.Measure{Norm: vector.Norm, Similarity: func(a, b []float32, normA, normB float64) float64 {
	return 1 - vector.CosineDistance(a, b, normA, normB)
}}

// setCalibrations replaces a table's calibrations in the store.
func setCalibrations(batch *storage.Batch, table catalog.OID, stats *catalog.Statistics) error {
	if err := batch.DeleteRange(calibrationsOf(table)); err != nil {
		return err
	}
	for att, c := range stats.Calibrations {
		b, err := c.Encode()
		if err != nil {
			return fmt.Errorf("encode a calibration: %w", err)
		}
		if err := batch.Set(calibrationKey(calibrated{table, att}), b); err != nil {
			return err
		}
	}
	return nil
}

// keepCalibrations replaces those in memory.
func (s *statistics) keepCalibrations(table catalog.OID, stats *catalog.Statistics) {
	for at := range s.calibrations {
		if at.table == table {
			delete(s.calibrations, at)
		}
	}
	for att, c := range stats.Calibrations {
		s.calibrations[calibrated{table, att}] = c
	}
	stats.Calibrations = nil
}

// Calibration is what is known of the similarities in a vector column, nil when it was not analyzed, was changed since or is
// of another model's vectors now.
func (db *Database) Calibration(t *catalog.Table, col *catalog.Column) (*catalog.Calibration, error) {
	s, at := &db.statistics, calibrated{t.OID, col.AttNum}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.calibrations[at]
	if c == nil {
		b, ok, err := db.store.Get(calibrationKey(at))
		if err != nil || !ok {
			return nil, err
		}
		if c, err = catalog.DecodeCalibration(measure, b); err != nil { // it can be made again
			db.log.Warn("relation: a calibration is unreadable", "table", t.OID, "column", col.AttNum, "error", err)
			return nil, nil
		}
		s.calibrations[at] = c
	}
	if c == nil || c.Type != col.Type || col.Typmod > 0 && int(col.Typmod) != c.Dims || c.ModelHash != col.ModelHash {
		return nil, nil
	}
	return c, nil
}

// calibrate samples a vector column: the whole of a small one, and of a large one vectors at places drawn at random. Of a
// column that is not too large, every neighbourhood is found out.
func (a *analysis) calibrate(ctx context.Context, col *catalog.Column) (*catalog.Calibration, error) {
	vectors, whole, err := a.vectors(ctx, col)
	if err != nil || len(vectors) == 0 {
		return nil, err
	}
	stop := func() error { return context.Cause(ctx) }
	dims := len(vectors[0])
	for _, v := range vectors {
		if len(v) != dims { // a column without a dimension: its vectors cannot be compared
			return nil, nil
		}
	}
	sample, size := vectors, catalog.SampleSize(dims)
	if len(vectors) > size {
		sample = make([][]float32, size)
		for i, at := range a.rng.Perm(len(vectors))[:size] {
			sample[i] = vectors[at]
		}
	}
	count := float64(len(vectors))
	if !whole {
		count = a.rows
	}
	c, err := catalog.Calibrate(measure, col, sample, count, whole && len(sample) == len(vectors), stop)
	if err != nil || c == nil || !whole {
		return c, err
	}
	for _, v := range vectors {
		if err := stop(); err != nil {
			return nil, err
		}
		c.Neighbourhood(v)
	}
	return c, nil
}

// vectors are all of a column, or a sample's worth of a large table's.
func (a *analysis) vectors(ctx context.Context, col *catalog.Column) (out [][]float32, whole bool, err error) {
	all := storage.VectorRange(a.table.ID, col.VectorsAt())
	if a.rows <= catalog.CalibrationKnown {
		it, err := a.stmt.view.Iter(all, false)
		if err != nil {
			return nil, false, err
		}
		for it.Next() {
			out = append(out, decodeVector(it.Value()))
		}
		return out, true, errors.Join(it.Err(), it.Close())
	}
	last, err := a.lastVector(all)
	if err != nil {
		return nil, false, err
	}
	places := uint64(catalog.CalibrationRows)
	part := max(last/places, 1)
	for at, i := uint64(0), uint64(0); i < places && at <= last; i++ { // as sample does
		if ctx.Err() != nil {
			return nil, false, context.Cause(ctx)
		}
		at = max(at, i*part+a.rng.Uint64N(part))
		it, err := a.stmt.view.Iter(storage.Range{Low: storage.VectorKey(a.table.ID, col.VectorsAt(), at), High: all.High}, false)
		if err != nil {
			return nil, false, err
		}
		if it.Next() {
			out = append(out, decodeVector(it.Value()))
			_, _, row, _ := storage.VectorKeyParts(it.Key())
			at = max(at, row)
		}
		at++
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			return nil, false, err
		}
	}
	return out, false, nil
}

// lastVector is the row of a column's last vector, 0 when there is none.
func (a *analysis) lastVector(all storage.Range) (uint64, error) {
	it, err := a.stmt.view.Iter(all, true)
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	if it.Next() {
		_, _, last, _ = storage.VectorKeyParts(it.Key())
	}
	return last, errors.Join(it.Err(), it.Close())
}
