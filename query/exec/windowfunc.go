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
var windowFunctions = map[string]func(c *windowCall, f *frame, out *results) error{
	"row_number":   ranking(func(p *partition, row int) float64 { return float64(row - p.lo + 1) }),
	"rank":         ranking(rankOf),
	"dense_rank":   ranking(func(p *partition, row int) float64 { return float64(p.groupOf(row) + 1) }),
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
func ranking(of func(p *partition, row int) float64) func(*windowCall, *frame, *results) error {
	return func(_ *windowCall, f *frame, out *results) error {
		for row := f.part.lo; row < f.part.hi; row++ {
			v := of(f.part, row)
			if out.typ.Kind == datum.KindFloat {
				out.column().Append(datum.NewFloat(v))
			} else {
				out.column().Append(datum.NewInt(int64(v)))
			}
			if err := out.put(); err != nil {
				return err
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
func ntile(c *windowCall, f *frame, out *results) error {
	p := f.part
	arg, err := c.args.value(0, p.lo)
	if err != nil {
		return err
	}
	size := int64(p.hi - p.lo)
	if !arg.IsNull() && arg.Int() <= 0 {
		return sqlstate.New(invalidNtile, "argument of ntile must be greater than zero")
	}
	for i := range size {
		if err := out.put(); err != nil {
			return err
		}
		if arg.IsNull() {
			out.column().Append(datum.Null)
			continue
		}
		small, larger := size/arg.Int(), size%arg.Int()
		if cut := larger * (small + 1); i < cut {
			out.column().Append(datum.NewInt(i/(small+1) + 1))
		} else {
			out.column().Append(datum.NewInt(larger + (i-cut)/small + 1))
		}
	}
	return nil
}

// shift is lag and lead: value, offset (1), default (NULL).
func shift(direction int64) func(*windowCall, *frame, *results) error {
	return func(c *windowCall, f *frame, out *results) error {
		for row := f.part.lo; row < f.part.hi; row++ {
			d, err := shiftedValue(c.args, f.part, row, direction)
			if err != nil {
				return err
			}
			out.column().Append(d)
			if err := out.put(); err != nil {
				return err
			}
		}
		return nil
	}
}

// shiftedValue is lag or lead of one row.
func shiftedValue(args *Spool, p *partition, row int, direction int64) (datum.Datum, error) {
	offset := datum.NewInt(1)
	if len(args.types) > 1 {
		var err error
		if offset, err = args.value(1, row); err != nil || offset.IsNull() {
			return datum.Null, err
		}
	}
	at := int64(row) + direction*offset.Int()
	switch {
	case at >= int64(p.lo) && at < int64(p.hi):
		return args.value(0, int(at))
	case len(args.types) > 2:
		return args.value(2, row)
	}
	return datum.Null, nil
}

// framed appends, for each row, the argument at the frame row that at picks, -1 for none. n is the
// number of rows in the frame and nth gives them.
func framed(c *windowCall, f *frame, out *results, at func(row, n int) (int, error)) error {
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
		if err != nil {
			return err
		}
		value := datum.Null
		if i >= 0 && i < n {
			from := lo + i
			if !plain {
				from = list[i]
			}
			if value, err = c.args.value(0, from); err != nil {
				return err
			}
		}
		out.column().Append(value)
		if err := out.put(); err != nil {
			return err
		}
	}
	return nil
}

func firstValue(c *windowCall, f *frame, out *results) error {
	return framed(c, f, out, func(int, int) (int, error) { return 0, nil })
}

func lastValue(c *windowCall, f *frame, out *results) error {
	return framed(c, f, out, func(_, n int) (int, error) { return n - 1, nil })
}

func nthValue(c *windowCall, f *frame, out *results) error {
	return framed(c, f, out, func(row, _ int) (int, error) {
		n, err := c.args.value(1, row)
		switch {
		case err != nil:
			return 0, err
		case n.IsNull():
			return -1, nil
		case n.Int() <= 0:
			return 0, sqlstate.New(invalidNthValue, "argument of nth_value must be greater than zero")
		}
		return int(n.Int()) - 1, nil
	})
}
