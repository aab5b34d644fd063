package relation

import (
	"errors"

	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/vector"
)

// vectorSource reads the vectors of a column as a view has them: the vector operator leaves them to the store, and asks
// for the few that its codes leave in question.
type vectorSource struct {
	view storage.View
	col  vectorColumn
}

var _ vector.Source = vectorSource{}

const (
	// walkRows is how many vectors are worth an iterator,
	walkRows = 64
	// walkShare and how many keys it may pass for each of them: a look-up costs ten steps.
	walkShare = 8
)

// Vectors implements vector.Source.
func (s vectorSource) Vectors(rows []uint64, yield func(i int, vec []float32)) error {
	if n := uint64(len(rows)); n >= walkRows && (rows[n-1]-rows[0])/walkShare < n {
		return s.walk(rows, yield)
	}
	for i, row := range rows {
		value, ok, err := s.view.Get(storage.VectorKey(s.col.table, s.col.place, row))
		if err != nil {
			return err
		}
		if !ok {
			return s.lost(row)
		}
		yield(i, vectorView(value))
	}
	return nil
}

// walk steps through the rows from the first to the last.
func (s vectorSource) walk(rows []uint64, yield func(i int, vec []float32)) (err error) {
	last := rows[len(rows)-1]
	it, err := s.view.Iter(storage.VectorsBetween(s.col.table, s.col.place, rows[0], last), false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for i := 0; i < len(rows); {
		if !it.Next() {
			return errors.Join(s.lost(rows[i]), it.Err())
		}
		switch row := storage.RowOf(it.Key()); {
		case row > rows[i]:
			return s.lost(rows[i])
		case row == rows[i]:
			yield(i, decodeVector(it.Value()))
			i++
		}
	}
	return nil
}

// lost says that the index has a row that the store has not.
func (s vectorSource) lost(row uint64) error {
	return sqlstate.New(sqlstate.IndexCorrupted, "row %d is in the vector index of column %d of table %d, and not in the table",
		row, s.col.place, s.col.table).WithHint("Stop the server and remove the directory vectors/%d-%d: the index is made again.",
		s.col.table, s.col.place)
}
