package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
)

// sliding is an aggregate over the frames of one partition. A frame that only grows at its end, the
// usual case, costs each row one addition; any other is summed up anew.
type sliding struct {
	call  *windowCall
	frame *frame
	acc   accumulator
	lo    int
	hi    int // the frame that acc has taken
	value datum.Datum
	zeros []int32
}

func (s *sliding) run(ctx context.Context, out *results) error {
	for row := s.frame.part.lo; row < s.frame.part.hi; row++ {
		if row%datum.BatchRows == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		lo, hi, list, plain, err := s.frame.rows(row)
		if err != nil {
			return err
		}
		if err := s.move(lo, hi, list, plain); err != nil {
			return err
		}
		out.column().Append(s.value)
		if err := out.put(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sliding) move(lo, hi int, list []int, plain bool) (err error) {
	if plain && s.acc != nil && lo == s.lo && hi == s.hi {
		return nil
	}
	if plain && s.acc != nil && s.call.leaves && lo > s.lo && lo < s.hi && hi >= s.hi {
		if err := s.leave(lo); err != nil {
			return err
		}
	}
	if !plain || s.acc == nil || lo != s.lo || hi < s.hi {
		if s.acc, err = s.call.newAcc(); err != nil {
			return err
		}
		s.acc.grow(1)
		s.lo, s.hi = lo, lo
	}
	if plain {
		for i := s.hi; i < hi && s.call.pass != nil; i++ {
			if s.call.pass[i] {
				list = append(list, i)
			}
		}
	}
	if plain && s.call.pass == nil {
		err = s.addRange(s.hi, hi)
	} else {
		err = s.addList(s.passing(list))
	}
	if err != nil {
		return err
	}
	s.hi = hi
	if !plain {
		s.hi = -1 // what was excluded differs from row to row: never build on it
	}
	s.value, err = s.acc.result(0)
	return err
}

// leave takes the rows before lo out of what was summed up. Where that cannot be, the frame is left as it was, which
// has it summed up anew.
func (s *sliding) leave(lo int) error {
	var rows []int
	for i := s.lo; i < lo; i++ {
		rows = append(rows, i)
	}
	b, err := s.call.args.gather(s.passing(rows))
	if err != nil {
		return err
	}
	left, err := s.acc.(leaver).leave(b.Cols, len(s.passing(rows)))
	if left {
		s.lo = lo
	}
	return err
}

func (s *sliding) passing(list []int) []int {
	if s.call.pass == nil {
		return list
	}
	var out []int
	for _, i := range list {
		if s.call.pass[i] {
			out = append(out, i)
		}
	}
	return out
}

// addRange adds the rows [lo, hi).
func (s *sliding) addRange(lo, hi int) error {
	if len(s.call.args.types) == 0 { // count(*): there are rows, but no values
		return s.add(&datum.Batch{Rows: hi - lo})
	}
	return s.call.args.each(lo, hi, s.add)
}

func (s *sliding) addList(rows []int) error {
	b, err := s.call.args.gather(rows)
	if err != nil {
		return err
	}
	b.Rows = len(rows)
	return s.add(b)
}

func (s *sliding) add(b *datum.Batch) error {
	s.zeros = extend(s.zeros, b.Rows)
	return s.acc.add(b, s.zeros[:b.Rows], b.Cols)
}
