package catalog

// domainDefault is a domain's default as pg_get_expr writes it, "" for none.
func (env *VirtualEnv) domainDefault(t *Type) string {
	if env.Views == nil || t.Domain.Default == "" {
		return t.Domain.Default
	}
	return env.Views.DomainDefault(t)
}

// domains lists the domains, by OID.
func (s *Snapshot) domains() []*Type {
	var out []*Type
	for _, t := range s.Types() {
		if t.Domain != nil {
			out = append(out, t)
		}
	}
	return out
}

// domainCheck finds a domain's constraint; nils for none.
func (s *Snapshot) domainCheck(oid OID) (*Type, *Check) {
	for _, t := range s.domains() {
		for i := range t.Domain.Checks {
			if t.Domain.Checks[i].OID == oid {
				return t, &t.Domain.Checks[i]
			}
		}
	}
	return nil, nil
}

// domainConstraintDef is pg_get_constraintdef of a domain's constraint.
func (s *Snapshot) domainConstraintDef(oid OID, pretty bool, views ViewReader) (def string, ok bool) {
	t, k := s.domainCheck(oid)
	if k == nil {
		return "", false
	}
	def = "CHECK (" + domainCondition(views, t, k, pretty) + ")"
	if k.NotValid {
		def += " NOT VALID"
	}
	return def, true
}

func domainCondition(views ViewReader, t *Type, k *Check, pretty bool) string {
	if views == nil {
		return k.Expr
	}
	return views.DomainCheck(t, k.Expr, pretty)
}

func domainConstraintRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.domains() {
		for i := range t.Domain.Checks {
			k := &t.Domain.Checks[i]
			w.oid("oid", k.OID).str("conname", k.Name).oid("connamespace", t.Schema).char("contype", 'c').
				zero("conrelid", "conindid").oid("contypid", t.OID).
				bool("condeferrable", false).bool("condeferred", false).bool("convalidated", !k.NotValid).
				no("connoinherit").str("conbin", domainCondition(env.Views, t, k, false)).end()
		}
	}
}
