package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// createEnum converts CREATE TYPE … AS ENUM.
func (c *converter) createEnum(s *pg.CreateEnumStmt) Stmt {
	return &CreateEnumStmt{At: -1, Name: name(s.TypeName), Labels: strs(s.Vals)}
}

// createRange converts CREATE TYPE … AS RANGE.
func (c *converter) createRange(s *pg.CreateRangeStmt) Stmt {
	out := &CreateRangeStmt{At: -1, Name: name(s.TypeName)}
	for _, n := range s.Params {
		d := n.GetDefElem()
		t := d.GetArg().GetTypeName()
		if d.GetDefname() != "subtype" || t == nil || out.Subtype != nil {
			out.Options = append(out.Options, c.defElem(d))
			continue
		}
		subtype := c.typeName(t)
		out.Subtype = &subtype
	}
	return out
}

// alterEnum converts ALTER TYPE … ADD VALUE and RENAME VALUE.
func (c *converter) alterEnum(s *pg.AlterEnumStmt) Stmt {
	return &AlterEnumStmt{At: -1, Name: name(s.TypeName), Old: s.OldVal, Rename: s.OldVal != "", Label: s.NewVal,
		Neighbor: s.NewValNeighbor, HasNeighbor: s.NewValNeighbor != "", After: s.NewValIsAfter,
		IfNotExists: s.SkipIfNewValExists}
}
