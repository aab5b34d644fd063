package catalog

func typeObject(oid OID) object { return object{typeClassOID, oid, 0} }

// rowTypeDependencies tie a table and the type of its rows to each other, and its columns to users' types. A type that
// CREATE TYPE made has its relation for a part, a table has its type.
func (s *Snapshot) rowTypeDependencies(t *Table) []dependency {
	row := t.RowType()
	part := dependency{typeObject(row.OID), relationObject(t.OID, 0), 'i'}
	out := []dependency{{typeObject(row.Array.OID), typeObject(row.OID), 'i'}}
	if t.Composite {
		part.from, part.to = part.to, part.from
		out = append(out, dependency{typeObject(row.OID), object{namespaceClassOID, t.Schema, 0}, 'n'})
	}
	out = append(out, part)
	for i := range t.Columns {
		if c := &t.Columns[i]; outsideSystem(c.Type) {
			out = append(out, dependency{relationObject(t.OID, c.AttNum), typeObject(c.Type.OID), 'n'})
		}
	}
	return out
}

// typeDependencies are an enum's, a domain's or a range type's.
func (s *Snapshot) typeDependencies(t *Type) []dependency {
	out := []dependency{{typeObject(t.OID), object{namespaceClassOID, t.Schema, 0}, 'n'}, {typeObject(t.Array), typeObject(t.OID), 'i'}}
	if t.Range != nil {
		return append(out, s.rangeDependencies(t)...)
	}
	if t.Domain == nil {
		return out
	}
	for i := range t.Domain.Checks {
		out = append(out, dependency{object{constraintClassOID, t.Domain.Checks[i].OID, 0}, typeObject(t.OID), 'a'})
	}
	if outsideSystem(s.typeOr(t.Domain.Base)) {
		out = append(out, dependency{typeObject(t.OID), typeObject(t.Domain.Base), 'n'})
	}
	return out
}
