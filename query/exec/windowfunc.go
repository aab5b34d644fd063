package exec

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

const (
	invalidNtile    sqlstate.Code = "22014" // invalid_argument_for_ntile_function
	invalidNthValue sqlstate.Code = "22016" // invalid_argument_for_nth_value_function
)

// windowFunctions append a partition's results to out.
var windowFunctions = map[string]func(c *windowCall, f *frame, out *datum.Vec) error{
	"row_number":   ranking(func(p *partition, row int) float64 { return float64(row - p.lo + 1) }),
	"rank":         ranking(rankOf),
	"dense_rank":   ranking(func(p *partition, row int) float64 { return float64(p.group[row-p.lo] + 1) }),
	"percent_rank": ranking(percentRank),
	"cume_dist":    ranking(cumeDist),
	"ntile":        ntile,
	"lag":          shift(-1),
	"lead":         shift(+1),
	"first_value":  firstValue,
	"last_value":   lastValue,
	"nth_value":    nthValue,
}

// ranking is a function of the row's place alone. Places are well within a float's exact integers.
func ranking(of func(p *partition, row int) float64) func(*windowCall, *frame, *datum.Vec) error {
	return func(_ *windowCall, f *frame, out *datum.Vec) error {
		for row := f.part.lo; row < f.part.hi; row++ {
			v := of(f.part, row)
			if out.Type.Kind == datum.KindFloat {
				out.Append(datum.NewFloat(v))
			} else {
				out.Append(datum.NewInt(int64(v)))
			}
		}
		return nil
	}
}

func rankOf(p *partition, row int) float64 {
	lo, _ := p.peers(row)
	return float64(lo - p.lo + 1)
}

func percentRank(p *partition, row int) float64 {
	if p.hi-p.lo <= 1 {
		return 0
	}
	return (rankOf(p, row) - 1) / float64(p.hi-p.lo-1)
}

func cumeDist(p *partition, row int) float64 {
	_, hi := p.peers(row)
	return float64(hi-p.lo) / float64(p.hi-p.lo)
}

// ntile spreads the partition over n buckets, the larger ones first.
func ntile(c *windowCall, f *frame, out *datum.Vec) error {
	p := f.part
	arg := c.args.Cols[0].Get(p.lo)
	size := int64(p.hi - p.lo)
	if !arg.IsNull() && arg.Int() <= 0 {
		return sqlstate.New(invalidNtile, "argument of ntile must be greater than zero")
	}
	for i := range size {
		if arg.IsNull() {
			out.Append(datum.Null)
			continue
		}
		small, larger := size/arg.Int(), size%arg.Int()
		if cut := larger * (small + 1); i < cut {
			out.Append(datum.NewInt(i/(small+1) + 1))
		} else {
			out.Append(datum.NewInt(larger + (i-cut)/small + 1))
		}
	}
	return nil
}

// shift is lag and lead: value, offset (1), default (NULL).
func shift(direction int64) func(*windowCall, *frame, *datum.Vec) error {
	return func(c *windowCall, f *frame, out *datum.Vec) error {
		cols := c.args.Cols
		for row := f.part.lo; row < f.part.hi; row++ {
			offset := datum.NewInt(1)
			if len(cols) > 1 {
				offset = cols[1].Get(row)
			}
			if offset.IsNull() {
				out.Append(datum.Null)
				continue
			}
			at := int64(row) + direction*offset.Int()
			switch {
			case at >= int64(f.part.lo) && at < int64(f.part.hi):
				out.AppendFrom(cols[0], int(at))
			case len(cols) > 2:
				out.AppendFrom(cols[2], row)
			default:
				out.Append(datum.Null)
			}
		}
		return nil
	}
}

// framed appends, for each row, the argument at the frame row that at picks, -1 for none. n is the
// number of rows in the frame and nth gives them.
func framed(c *windowCall, f *frame, out *datum.Vec, at func(row, n int) (int, error)) error {
	for row := f.part.lo; row < f.part.hi; row++ {
		lo, hi, list, plain, err := f.rows(row)
		if err != nil {
			return err
		}
		n := hi - lo
		if !plain {
			n = len(list)
		}
		i, err := at(row, n)
		switch {
		case err != nil:
			return err
		case i < 0 || i >= n:
			out.Append(datum.Null)
		case plain:
			out.AppendFrom(c.args.Cols[0], lo+i)
		default:
			out.AppendFrom(c.args.Cols[0], list[i])
		}
	}
	return nil
}

func firstValue(c *windowCall, f *frame, out *datum.Vec) error {
	return framed(c, f, out, func(int, int) (int, error) { return 0, nil })
}

func lastValue(c *windowCall, f *frame, out *datum.Vec) error {
	return framed(c, f, out, func(_, n int) (int, error) { return n - 1, nil })
}

func nthValue(c *windowCall, f *frame, out *datum.Vec) error {
	return framed(c, f, out, func(row, _ int) (int, error) {
		n := c.args.Cols[1].Get(row)
		switch {
		case n.IsNull():
			return -1, nil
		case n.Int() <= 0:
			return 0, sqlstate.New(invalidNthValue, "argument of nth_value must be greater than zero")
		}
		return int(n.Int()) - 1, nil
	})
}
