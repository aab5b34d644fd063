package run

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
)

// inSight are the variables that an expression sees, as their values are now. It implements plan.Variables.
type inSight struct {
	f     *frame
	names *plpgsql.Names
	// shapes are those of the records that were asked for.
	shapes []usedShape
}

func (s *inSight) Conflict() string { return s.f.p.fn.Conflict }

func (s *inSight) Positional(number int) *plan.Variable {
	args := s.f.p.fn.Args
	if number < 1 || number > len(args) {
		return nil
	}
	return s.all(s.f.p.fn.Vars[args[number-1]])
}

// all is a variable, or a record as a whole; nil for a record without fields yet.
func (s *inSight) all(v *plpgsql.Var) *plan.Variable {
	if !v.Type.Record {
		return &plan.Variable{Type: v.Type.T, Typmod: v.Type.Typmod, Number: v.Number, Field: -1}
	}
	val := &s.f.vars[v.Number]
	if val.shape == nil {
		return nil
	}
	s.note(v.Number, val.shape)
	return &plan.Variable{Type: val.shape.t, Typmod: -1, Number: v.Number, Field: -1}
}

func (s *inSight) note(number int, of *shape) {
	if !slices.ContainsFunc(s.shapes, func(u usedShape) bool { return u.number == number }) {
		s.shapes = append(s.shapes, usedShape{number, of})
	}
}

// Variable implements plan.Variables.
func (s *inSight) Variable(name parse.Name, column bool) (*plan.Variable, error) {
	v, used := s.names.Lookup(name)
	switch {
	case v == nil || len(name) > used+1:
		return nil, nil
	case len(name) == used:
		out := s.all(v)
		if out == nil && !column {
			s.note(v.Number, nil)
			if v.Type.T == datum.Record {
				return &plan.Variable{Type: datum.Record, Typmod: -1, Number: v.Number, Field: -1}, nil
			}
		}
		return out, nil
	case !v.Type.Record:
		return nil, nil
	}
	val := &s.f.vars[v.Number]
	s.note(v.Number, val.shape)
	i, err := fieldIndex(v, val, name[used])
	if err != nil {
		if column {
			return nil, nil
		}
		return nil, err
	}
	return &plan.Variable{Type: val.shape.types[i], Typmod: val.shape.typmod[i], Number: v.Number, Field: i}, nil
}

// params are the values of the variables that a plan uses.
func (f *frame) params(uses []plan.Variable) ([]datum.Datum, error) {
	if len(uses) == 0 {
		return nil, nil
	}
	out := make([]datum.Datum, len(uses))
	return out, f.fill(out, uses)
}

// fill puts the values of variables into a row.
func (f *frame) fill(out []datum.Datum, uses []plan.Variable) error {
	for i := range uses {
		u := &uses[i]
		val := &f.vars[u.Number]
		switch {
		case u.Field >= 0:
			out[i] = val.field(u.Field)
		case f.p.fn.Vars[u.Number].Type.Record:
			if val.shape == nil {
				return notAssigned(f.p.fn.Vars[u.Number])
			}
			out[i] = val.whole()
		default:
			out[i] = val.d
		}
	}
	return nil
}
