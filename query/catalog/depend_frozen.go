package catalog

import "slices"

// frozenDependencies tie what has stored definitions to the functions, operators and types of users that these name. pg_dump
// sorts by them.
func (s *Snapshot) frozenDependencies() []dependency {
	var out []dependency
	for _, t := range s.userTables() {
		out = append(out, s.frozenInTable(t)...)
	}
	for _, t := range s.domains() {
		out = append(out, s.named(typeObject(t.OID), t.Domain.Default)...)
		for i := range t.Domain.Checks {
			k := &t.Domain.Checks[i]
			out = append(out, s.named(object{constraintClassOID, k.OID, 0}, k.Expr)...)
		}
	}
	for _, p := range s.Functions() {
		var texts []string
		for i := range p.User.Params {
			texts = append(texts, p.User.Params[i].Default)
		}
		if p.User.Body != nil {
			texts = append(texts, p.User.Body.Statements...)
		}
		out = append(out, s.named(object{procClassOID, p.OID, 0}, texts...)...)
	}
	return out
}

func (s *Snapshot) frozenInTable(t *Table) []dependency {
	var out []dependency
	if t.View != nil {
		out = s.named(object{rewriteClassOID, ruleOID(t.OID), 0}, t.View.Query)
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		out = append(out, s.named(object{attrDefClassOID, attrDefOID(t.OID, c.AttNum), 0}, c.defaultExpr())...)
	}
	for i := range t.Checks {
		out = append(out, s.named(object{constraintClassOID, t.Checks[i].OID, 0}, t.Checks[i].Expr)...)
	}
	for _, ix := range t.shownIndexes() {
		texts := []string{ix.Where}
		for _, k := range ix.Keys {
			texts = append(texts, k.Expr)
		}
		out = append(out, s.named(relationObject(ix.OID, 0), texts...)...)
	}
	for i := range t.Rules {
		r := &t.Rules[i]
		out = append(out, s.named(object{rewriteClassOID, r.OID, 0}, append(slices.Clone(r.Actions), r.Where)...)...)
	}
	for i := range t.Triggers {
		out = append(out, s.named(object{triggerClassOID, t.Triggers[i].OID, 0}, t.Triggers[i].When)...)
	}
	return out
}

// named are the dependencies of an object on what its definition's texts name by OID, each once.
func (s *Snapshot) named(from object, texts ...string) []dependency {
	var out []dependency
	for _, text := range texts {
		for _, m := range frozenName.FindAllStringSubmatch(text, -1) {
			to := object{operatorClassOID, frozenOID(m[1] + m[3]), 0}
			switch {
			case m[1] != "":
			case s.ProcByOID(to.oid) != nil:
				to.class = procClassOID
			default:
				to.class = typeClassOID
			}
			if d := (dependency{from, to, 'n'}); !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
	}
	return out
}
