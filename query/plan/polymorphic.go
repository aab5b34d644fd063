package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Polymorphic types stand for what the arguments of a call are. There are two families (PostgreSQL manual, "Polymorphic
// Types"): anyelement and its kin agree on one type exactly, anycompatible and its kin on one to which the arguments convert.

// standIns are what the types of both families stand for in a call.
type standIns struct{ exact, compatible family }

// family is what one family's types stand for, nil where nothing says it. A range type says what its elements are, but not
// the other way round: several may have the same.
type family struct{ elem, rng *datum.Type }

// isPolymorphic says whether a parameter's type is settled by its argument's.
func isPolymorphic(t *datum.Type) bool { return t == datum.Any || isExact(t) || isCompatible(t) }

// isExact says whether a type is of anyelement's family, isCompatible whether of anycompatible's.
func isExact(t *datum.Type) bool {
	switch t {
	case datum.AnyElement, datum.AnyEnum, datum.AnyArray, datum.AnyNonArray, datum.AnyRange, datum.AnyMultirange:
		return true
	}
	return false
}

func isCompatible(t *datum.Type) bool {
	switch t {
	case datum.AnyCompatible, datum.AnyCompatibleNonArray, datum.AnyCompatibleArray, datum.AnyCompatibleRange,
		datum.AnyCompatibleMultirange:
		return true
	}
	return false
}

// takesAnyArray, takesAnyRange and takesAnyMultirange say that a parameter takes every type of a kind.
func takesAnyArray(t *datum.Type) bool { return t == datum.AnyArray || t == datum.AnyCompatibleArray }
func takesAnyRange(t *datum.Type) bool { return t == datum.AnyRange || t == datum.AnyCompatibleRange }
func takesAnyMultirange(t *datum.Type) bool {
	return t == datum.AnyMultirange || t == datum.AnyCompatibleMultirange
}

// takesParts says that a parameter's values are made of others, and so are its base's where the argument is a domain.
func takesParts(t *datum.Type) bool {
	return takesAnyArray(t) || takesAnyRange(t) || takesAnyMultirange(t)
}

// polymorphicFits checks that the polymorphic parameters agree.
func polymorphicFits(params, args []*datum.Type) bool {
	_, ok := deduce(params, args)
	return ok
}

// deduce finds what the polymorphic types of a signature stand for; ok is false where the arguments do not agree
// (check_generic_type_consistency). Arguments at the end may be left out.
func deduce(params, args []*datum.Type) (s standIns, ok bool) {
	for i, p := range params[:min(len(params), len(args))] {
		if takesAnyArray(p) && args[i] == datum.AnyArray {
			return s, true
		}
		switch {
		case args[i] == datum.Unknown:
		case isExact(p):
			ok = s.exact.add(p, args[i], false)
		case isCompatible(p):
			ok = s.compatible.add(p, args[i], true)
		default:
			continue
		}
		if args[i] != datum.Unknown && !ok {
			return standIns{}, false
		}
	}
	return s, s.exact.agrees() && s.compatible.agrees()
}

// agrees says whether the elements are those of the range, if there is one.
func (f *family) agrees() bool { return f.rng == nil || f.rng.Subtype == f.elem }

// add settles a family by one argument.
func (f *family) add(p, arg *datum.Type, compatible bool) bool {
	elem, base := arg, arg.Root()
	switch {
	case p == datum.AnyEnum && !base.IsEnum(), (p == datum.AnyNonArray || p == datum.AnyCompatibleNonArray) && base.IsArray():
		return false
	case takesAnyArray(p):
		elem = base.Elem
	case takesAnyRange(p), takesAnyMultirange(p):
		rng := base
		if takesAnyMultirange(p) {
			rng = base.Range
		}
		if rng == nil || rng.Subtype == nil || f.rng != nil && f.rng != rng {
			return false
		}
		f.rng, elem = rng, rng.Subtype
	}
	switch {
	case elem == nil:
		return false
	case f.elem == nil:
		f.elem = elem
	case f.elem == elem, f.elem.IsRecord() && elem.IsRecord():
	case !compatible:
		return false
	default:
		common, err := commonType(nil, []*datum.Type{f.elem, elem}, "", nil)
		if err != nil {
			return false
		}
		f.elem = common
	}
	return true
}

// of is the family of a polymorphic type.
func (s *standIns) of(t *datum.Type) *family {
	if isCompatible(t) {
		return &s.compatible
	}
	return &s.exact
}

// actual is what a type stands for: itself where it is not polymorphic, nil where nothing says it.
func (s *standIns) actual(t *datum.Type) *datum.Type {
	if !isPolymorphic(t) || t == datum.Any {
		return t
	}
	f := s.of(t)
	switch {
	case takesAnyRange(t):
		return f.rng
	case takesAnyMultirange(t) && f.rng != nil:
		return f.rng.Multirange
	case takesAnyMultirange(t):
		return nil
	case takesAnyArray(t) && f.elem != nil:
		return f.elem.Array
	}
	return f.elem
}

// actualOr is actual, or the type itself where nothing says what it stands for.
func (s *standIns) actualOr(t *datum.Type) *datum.Type {
	if a := s.actual(t); a != nil {
		return a
	}
	return t
}

// concrete is what a parameter or result type stands for in a call; arg is the argument's type, nil for a result.
func (s *standIns) concrete(t, arg *datum.Type, pos int) (*datum.Type, error) {
	switch {
	case t == datum.Any && arg == datum.Unknown:
		return datum.Text, nil
	case t == datum.Any:
		return arg, nil
	case takesAnyArray(t) && arg == datum.AnyArray:
		return arg, nil
	}
	if a := s.actual(t); a != nil {
		return a, nil
	}
	if !takesParts(t) {
		return datum.Text, nil
	}
	if elem := s.of(t).elem; takesAnyArray(t) && elem != nil {
		return nil, fail(pos, sqlstate.UndefinedObject, "could not find array type for data type %s", elem)
	}
	return nil, sqlstate.New(sqlstate.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
}

// concreteOuts is a function with its polymorphic OUT columns as this call has them.
func (s *standIns) concreteOuts(p *catalog.Proc) *catalog.Proc {
	if !slices.ContainsFunc(p.OutTypes, isPolymorphic) {
		return p
	}
	called := *p
	called.OutTypes = slices.Clone(p.OutTypes)
	for i, t := range called.OutTypes {
		called.OutTypes[i] = s.actualOr(t)
	}
	return &called
}

// anyInteger is what the types stand for while a function is made whose calls will say it.
func anyInteger() standIns {
	f := family{elem: datum.Int4, rng: datum.Int4Range}
	return standIns{exact: f, compatible: f}
}

// polymorphicInputs says which inputs settle a result of a polymorphic type, in the words of its error; settles tells them.
func polymorphicInputs(t *datum.Type) (words string, settles func(in *datum.Type) bool) {
	switch {
	case t == datum.AnyRange || t == datum.AnyMultirange:
		return "anyrange or anymultirange", func(in *datum.Type) bool { return in == datum.AnyRange || in == datum.AnyMultirange }
	case takesAnyRange(t) || takesAnyMultirange(t):
		return "anycompatiblerange or anycompatiblemultirange", func(in *datum.Type) bool {
			return in == datum.AnyCompatibleRange || in == datum.AnyCompatibleMultirange
		}
	case isCompatible(t):
		return "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or anycompatiblemultirange", isCompatible
	}
	return "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange", isExact
}
