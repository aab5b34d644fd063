package plan

import (
	"math"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// sequenceSpec is the options of a sequence as given; nil is not given.
type sequenceSpec struct {
	seq             *catalog.Sequence
	name            string
	start, min, max *int64
	typ             *datum.Type
}

// sequenceOptions reads a sequence's options for a column of type t, with the checks of Postgres's
// init_params. name is SEQUENCE NAME's, "" when not given.
func sequenceOptions(t *datum.Type, opts []parse.DefElem) (seq *catalog.Sequence, name string, err error) {
	s := &sequenceSpec{typ: t, seq: &catalog.Sequence{TypeOID: t.OID, Increment: 1, Cache: 1}}
	seen := map[string]bool{}
	for _, o := range typeFirst(opts) {
		if seen[o.Name] {
			return nil, "", fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		if err := s.option(o); err != nil {
			return nil, "", err
		}
	}
	return s.seq, s.name, s.complete()
}

// typeFirst puts AS before the options that it bounds.
func typeFirst(opts []parse.DefElem) []parse.DefElem {
	var first, rest []parse.DefElem
	for _, o := range opts {
		if o.Name == "as" {
			first = append(first, o)
		} else {
			rest = append(rest, o)
		}
	}
	return append(first, rest...)
}

func (s *sequenceSpec) option(o parse.DefElem) error {
	var err error
	switch o.Name {
	case "increment":
		s.seq.Increment, err = optionInt(o)
	case "start":
		s.start, err = optionLimit(o)
	case "minvalue":
		s.min, err = optionLimit(o)
	case "maxvalue":
		s.max, err = optionLimit(o)
	case "cache":
		s.seq.Cache, err = optionInt(o)
	case "cycle":
		s.seq.Cycle, err = optionBool(o)
	case "as":
		return s.as(o)
	case "sequence_name":
		if len(o.List) > 0 {
			s.name = o.List[len(o.List)-1]
		}
	case "restart":
		return fail(o.Pos(), sqlstate.SyntaxError, "invalid sequence option %q", "RESTART")
	default:
		return unsupported(o.Pos(), "sequence option "+o.Name)
	}
	return err
}

// as is AS type. A bound of a sequence that exists moves with the type where it was the old type's own.
func (s *sequenceSpec) as(o parse.DefElem) error {
	t := datum.TypeByName(s.typeWord(o))
	switch t {
	case datum.Int2, datum.Int4, datum.Int8:
	case nil:
		return fail(o.Pos(), sqlstate.UndefinedObject, "type %q does not exist", s.typeWord(o))
	default:
		return sqlstate.New(sqlstate.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
	}
	lo, hi := integerRange(s.typ)
	if s.max != nil && *s.max == hi {
		s.max = nil
	}
	if s.min != nil && *s.min == lo {
		s.min = nil
	}
	s.typ, s.seq.TypeOID = t, t.OID
	return nil
}

func (s *sequenceSpec) typeWord(o parse.DefElem) string {
	text, _ := optionText(o)
	return strings.TrimPrefix(text, "pg_catalog.")
}

// optionLimit: NO MINVALUE arrives as the option without a value.
func optionLimit(o parse.DefElem) (*int64, error) {
	if o.Val == nil {
		return nil, nil
	}
	n, err := optionInt(o)
	return &n, err
}

func (s *sequenceSpec) complete() error {
	q := s.seq
	if q.Increment == 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "INCREMENT must not be zero")
	}
	lo, hi := integerRange(s.typ)
	q.Min, q.Max = 1, hi
	if q.Increment < 0 {
		q.Min, q.Max = lo, -1
	}
	if s.min != nil {
		q.Min = *s.min
	}
	if s.max != nil {
		q.Max = *s.max
	}
	q.Start = q.Min
	if q.Increment < 0 {
		q.Start = q.Max
	}
	if s.start != nil {
		q.Start = *s.start
	}
	return checkSequence(q, lo, hi, s.typ)
}

func integerRange(t *datum.Type) (lo, hi int64) {
	switch t {
	case datum.Int2:
		return math.MinInt16, math.MaxInt16
	case datum.Int4:
		return math.MinInt32, math.MaxInt32
	}
	return math.MinInt64, math.MaxInt64
}

func checkSequence(q *catalog.Sequence, lo, hi int64, t *datum.Type) error {
	bad := func(format string, args ...any) error {
		return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
	}
	switch {
	case q.Max < lo || q.Max > hi:
		return bad("MAXVALUE (%d) is out of range for sequence data type %s", q.Max, t)
	case q.Min < lo || q.Min > hi:
		return bad("MINVALUE (%d) is out of range for sequence data type %s", q.Min, t)
	case q.Min >= q.Max:
		return bad("MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	case q.Start < q.Min:
		return bad("START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	case q.Start > q.Max:
		return bad("START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	case q.Cache <= 0:
		return bad("CACHE (%d) must be greater than zero", q.Cache)
	}
	return nil
}
