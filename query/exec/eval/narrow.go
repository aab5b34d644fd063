package eval

import (
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
)

// arm is an operand that is evaluated for some rows only. cols are the columns it reads.
type arm struct {
	node node
	cols []int
}

// eval evaluates the arm for the given rows of b; nil means all of them.
func (a arm) eval(b *datum.Batch, rows []int) (*datum.Vec, error) {
	if rows == nil {
		return a.node.eval(b)
	}
	narrow := &datum.Batch{Rows: len(rows), Cols: make([]*datum.Vec, len(b.Cols))}
	for _, c := range a.cols {
		narrow.Cols[c] = b.Cols[c].Gather(rows)
	}
	v, err := a.node.eval(narrow)
	if err != nil {
		return nil, widen(err, rows)
	}
	return v, nil
}

// widen translates an error's row from a narrowed batch to the batch it came from.
func widen(err error, rows []int) error {
	var row *builtin.RowError
	if errors.As(err, &row) && row.Row < len(rows) {
		return &builtin.RowError{Row: rows[row.Row], Err: row.Err}
	}
	return err
}

// remaining is the rows that no arm has decided yet: nil rows stand for all n.
type remaining struct {
	rows []int
	n    int
}

func (r *remaining) count() int {
	if r.rows == nil {
		return r.n
	}
	return len(r.rows)
}

// at translates position k among the remaining rows to a row.
func (r *remaining) at(k int) int {
	if r.rows == nil {
		return k
	}
	return r.rows[k]
}

// keep goes on with those rows only.
func (r *remaining) keep(rows []int) {
	if len(rows) < r.count() {
		r.rows = rows
		if rows == nil {
			r.rows = []int{}
		}
	}
}

// mosaic is a column put together from pieces of others.
type mosaic struct {
	typ  *datum.Type
	from []*datum.Vec
	at   []int
}

func newMosaic(t *datum.Type, n int) *mosaic {
	return &mosaic{typ: t, from: make([]*datum.Vec, n), at: make([]int, n)}
}

func (m *mosaic) set(row int, v *datum.Vec, i int) { m.from[row], m.at[row] = v, i }

// vec builds the column; rows never set are NULL.
func (m *mosaic) vec() *datum.Vec {
	out := datum.NewVec(m.typ, len(m.from))
	for row, v := range m.from {
		if v == nil {
			out.Append(datum.Null)
		} else {
			out.AppendFrom(v, m.at[row])
		}
	}
	return out
}
