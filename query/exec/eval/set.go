package eval

import "github.com/seguedb/segue/query/datum"

// valueSet is a hash set of one type's values, for IN and = ANY. Integers and plain strings have
// their own maps: building a key's bytes costs more than looking it up.
type valueSet struct {
	typ     *datum.Type
	ints    map[int64]struct{}
	strings map[string]struct{}
	keys    map[string]struct{}
	hasNull bool
	scratch []byte
}

func newValueSet(t *datum.Type) *valueSet {
	s := &valueSet{typ: t}
	switch {
	case t.Kind == datum.KindInt:
		s.ints = map[int64]struct{}{}
	case t == datum.Text || t == datum.Varchar || t == datum.Name:
		s.strings = map[string]struct{}{}
	default:
		s.keys = map[string]struct{}{}
	}
	return s
}

func (s *valueSet) add(d datum.Datum) {
	switch {
	case d.IsNull():
		s.hasNull = true
	case s.ints != nil:
		s.ints[d.Int()] = struct{}{}
	case s.strings != nil:
		s.strings[d.Str()] = struct{}{}
	default:
		s.scratch = datum.AppendHashKey(s.scratch[:0], s.typ, d)
		s.keys[string(s.scratch)] = struct{}{}
	}
}

func (s *valueSet) len() int { return len(s.ints) + len(s.strings) + len(s.keys) }

// has looks value i of v up, which is not NULL.
func (s *valueSet) has(v *datum.Vec, i int) (found bool) {
	switch {
	case s.ints != nil:
		_, found = s.ints[v.I[i]]
	case s.strings != nil:
		_, found = s.strings[v.S[i]]
	default:
		s.scratch = datum.AppendHashKey(s.scratch[:0], s.typ, v.Get(i))
		_, found = s.keys[string(s.scratch)]
	}
	return found
}

// match is v IN (the set) with SQL's NULLs: what is not found is unknown when the set has a NULL or
// the value is one, unless the set is empty.
func (s *valueSet) match(v *datum.Vec, n int, negate bool) *datum.Vec {
	out := datum.NewVec(datum.Bool, n)
	empty := s.len() == 0 && !s.hasNull
	for i := range n {
		switch {
		case empty:
			out.Append(datum.NewBool(negate))
		case v.IsNull(i):
			out.Append(datum.Null)
		case s.has(v, i):
			out.Append(datum.NewBool(!negate))
		case s.hasNull:
			out.Append(datum.Null)
		default:
			out.Append(datum.NewBool(negate))
		}
	}
	return out
}
