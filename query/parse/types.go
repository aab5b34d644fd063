package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// typeName converts a type as written. The grammar spells SQL's own names as pg_catalog ones:
// integer is pg_catalog.int4, and its interval fields are a mask in the modifiers.
func (c *converter) typeName(t *pg.TypeName) TypeName {
	if t == nil {
		return TypeName{At: -1}
	}
	return TypeName{
		At:        c.at(t.Location),
		Name:      name(t.Names),
		Mods:      c.exprs(t.Typmods),
		ArrayDims: len(t.ArrayBounds),
		SetOf:     t.Setof,
		PctType:   t.PctType,
	}
}
