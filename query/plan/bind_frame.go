package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// The grammar's bits that the binder reads: FRAMEOPTION_ of PostgreSQL's parsenodes.h.
const (
	frameRange       = 0x00002
	frameRows        = 0x00004
	frameGroups      = 0x00008
	frameStartOffset = 0x00800 | 0x02000
	frameEndOffset   = 0x01000 | 0x04000
)

// frame binds a window's frame offsets and holds the frame to the order it needs.
func (c *exprContext) frame(s *windowSpec, def *parse.WindowDef) error {
	offsets := s.options & (frameStartOffset | frameEndOffset)
	switch {
	case s.options&frameRange != 0 && offsets != 0 && len(s.order) != 1:
		return fail(def.Pos(), sqlstate.WindowingError,
			"RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	case s.options&frameGroups != 0 && len(s.order) == 0:
		return fail(def.Pos(), sqlstate.WindowingError, "GROUPS mode requires an ORDER BY clause")
	}
	var err error
	if s.start, err = c.frameOffset(s, def.StartOffset); err != nil {
		return err
	}
	s.end, err = c.frameOffset(s, def.EndOffset)
	return err
}

func (c *exprContext) frameOffset(s *windowSpec, written parse.Expr) (Expr, error) {
	if written == nil {
		return nil, nil
	}
	word := map[bool]string{true: "ROWS", false: "RANGE"}[s.options&frameRows != 0]
	if s.options&frameGroups != 0 {
		word = "GROUPS"
	}
	inner := *c
	inner.clause, inner.aggs = "window "+word, nil
	e, err := inner.bind(written)
	if err != nil {
		return nil, err
	}
	if s.options&frameRange != 0 {
		e, err = c.b.rangeOffset(e, s.order[0].Expr.Type(), exprStart(written))
	} else {
		e, err = c.b.countOffset(e, word, exprStart(written))
	}
	if err != nil {
		return nil, err
	}
	if at, found := columnAt(e); found {
		return nil, fail(at, sqlstate.InvalidColumnReference, "argument of %s must not contain variables", word)
	}
	return e, nil
}

// countOffset is an offset in rows or peer groups.
func (b *binder) countOffset(e Expr, word string, pos int) (Expr, error) {
	out, ok, err := b.tryCoerce(e, datum.Int8, -1, assignment, pos)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fail(pos, sqlstate.DatatypeMismatch, "argument of %s must be type bigint, not type %s", word, e.Type())
	}
	return out, nil
}

// rangeOffsets are the types that a key of each type can be moved by: the in_range functions of its
// btree operator class.
var rangeOffsets = map[*datum.Type][]*datum.Type{
	datum.Int2:        {datum.Int8, datum.Int4, datum.Int2},
	datum.Int4:        {datum.Int8, datum.Int4, datum.Int2},
	datum.Int8:        {datum.Int8},
	datum.Float4:      {datum.Float8},
	datum.Float8:      {datum.Float8},
	datum.Numeric:     {datum.Numeric},
	datum.Date:        {datum.Interval},
	datum.Time:        {datum.Interval},
	datum.Timestamp:   {datum.Interval},
	datum.Timestamptz: {datum.Interval},
	datum.Interval:    {datum.Interval},
}

// rangeOffset converts an offset of RANGE to a type that the key can be moved by.
func (b *binder) rangeOffset(e Expr, key *datum.Type, pos int) (Expr, error) {
	have := rangeOffsets[key]
	if have == nil {
		return nil, fail(pos, sqlstate.FeatureNotSupported,
			"RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", key)
	}
	preferred := e.Type()
	if preferred == datum.Unknown {
		preferred = key
	}
	var chosen *datum.Type
	matches := 0
	for _, t := range have {
		if !castPath(nil, e.Type(), t, implicit) {
			continue
		}
		matches++
		if chosen == nil || t == preferred {
			chosen = t
		}
	}
	switch {
	case matches == 0:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported,
			"RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s", key, e.Type()).
			WithHint("Cast the offset value to an appropriate type.").At(pos)
	case matches > 1 && chosen != preferred:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported,
			"RANGE with offset PRECEDING/FOLLOWING has multiple interpretations for column type %s and offset type %s", key, e.Type()).
			WithHint("Cast the offset value to the exact intended type.").At(pos)
	}
	return b.coerce(e, chosen, -1, implicit, pos)
}

// columnAt finds the first column that an expression reads of its own query.
func columnAt(e Expr) (pos int, found bool) {
	Walk(e, func(x Expr) bool {
		if col, ok := x.(*Col); ok {
			pos, found = col.at-1, true
		}
		return !found
	})
	return pos, found
}
