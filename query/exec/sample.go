package exec

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// systemBlockRows is how many neighbours SYSTEM takes or leaves together, as PostgreSQL does those of a page: 8 KiB hold about
// as many rows of a hundred bytes.
const systemBlockRows = 64

// sample is TABLESAMPLE. A row is in when a hash of its identity and the seed falls into the percentage, so that the same seed
// gives the same rows for as long as nothing changes, in whatever order they come.
type sample struct {
	r       *running
	node    *plan.Sample
	input   operator
	percent *eval.Expr
	seed    *eval.Expr
	random  uint64 // the seed where none was given
	rowID   int

	state     uint64
	threshold uint64 // hashes below are in
	whole     bool
}

func (r *running) sample(x *plan.Sample) (operator, error) {
	input, err := r.build(x.Input)
	if err != nil {
		return nil, err
	}
	op := &sample{r: r, node: x, input: input, random: rand.Uint64(), rowID: x.RowID.(*plan.Col).Index}
	if op.percent, err = r.condition(x.Percent); err != nil {
		return nil, err
	}
	op.seed, err = r.condition(x.Seed)
	return op, err
}

func (s *sample) Open(ctx context.Context) error {
	p, err := s.percent.Value()
	switch {
	case err != nil:
		return err
	case p.IsNull():
		return sqlstate.New(sqlstate.InvalidTablesampleArgument, "TABLESAMPLE parameter cannot be null")
	case !(p.Float() >= 0 && p.Float() <= 100):
		return sqlstate.New(sqlstate.InvalidTablesampleArgument, "sample percentage must be between 0 and 100")
	}
	s.whole = p.Float() == 100
	s.threshold = uint64(p.Float() / 100 * (1 << 63))
	s.state = s.random
	if s.seed != nil {
		d, err := s.seed.Value()
		if err != nil {
			return err
		}
		if d.IsNull() {
			return sqlstate.New(sqlstate.InvalidTablesampleRepeat, "TABLESAMPLE REPEATABLE parameter cannot be null")
		}
		s.state = mixed(math.Float64bits(d.Float()))
	}
	return s.input.Open(ctx)
}

func (s *sample) Next(ctx context.Context) (*datum.Batch, error) {
	for {
		b, err := s.input.Next(ctx)
		if err != nil || b == nil || s.whole {
			return b, err
		}
		var rows []int
		for i, id := range b.Cols[s.rowID].I {
			if s.takes(uint64(id)) {
				rows = append(rows, i)
			}
		}
		switch {
		case len(rows) == b.Rows:
			return b, nil
		case len(rows) > 0:
			return b.Gather(rows), nil
		}
	}
}

func (s *sample) takes(id uint64) bool {
	if s.node.Method == "system" {
		id /= systemBlockRows
	}
	return mixed(s.state^mixed(id))>>1 < s.threshold
}

func (s *sample) Close() { s.input.Close() }

// mixed is the finaliser of splitmix64.
func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
