package catalog

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
)

// domainName sets the three columns that name a domain.
func (w *rowWriter) domainName(env *VirtualEnv, t *datum.Type) *rowWriter {
	return w.str("domain_catalog", env.Session.Database).str("domain_schema", env.Snapshot.schemaName(t.Namespace)).
		str("domain_name", t.Name)
}

func infoDomainsRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.domains() {
		root, typmod := t.T.RootTypmod()
		word := dataType(t.T.Base)
		if word == "ARRAY" {
			word = t.T.Base.SQL
		}
		w.domainName(env, t.T).str("data_type", word).optional("domain_default", env.domainDefault(t)).
			udt(env, "", t.T.Base).str("dtd_identifier", "1")
		w.typeDetails(env, root, typmod)
		w.end()
	}
}

func infoDomainConstraintsRows(env *VirtualEnv, w *rowWriter) {
	w.yesNo("is_deferrable", false).yesNo("initially_deferred", false).str("constraint_catalog", env.Session.Database).keep()
	for _, t := range env.Snapshot.domains() {
		for i := range t.Domain.Checks {
			w.str("constraint_schema", env.Snapshot.schemaName(t.Schema)).str("constraint_name", t.Domain.Checks[i].Name).
				domainName(env, t.T).end()
		}
	}
}

// infoDomainChecksRows are the conditions of domains among the check constraints.
func infoDomainChecksRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.domains() {
		for i := range t.Domain.Checks {
			k := &t.Domain.Checks[i]
			clause := domainCondition(env.Views, t, k, false)
			w.str("constraint_catalog", env.Session.Database).str("constraint_schema", env.Snapshot.schemaName(t.Schema)).
				str("constraint_name", k.Name).str("check_clause", "("+clause+")").end()
		}
	}
}

func infoColumnDomainRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Type.IsDomain() && t.Kind() != KindMatView && !t.Composite {
				w.domainName(env, c.Type).tableName(env, t).str("column_name", c.Name).end()
			}
		}
	}
}

func infoDomainTypeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.domains() {
		w.udt(env, "", t.T.Base).domainName(env, t.T).end()
	}
}

func infoUserTypesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		if t.Composite {
			w.str("user_defined_type_catalog", env.Session.Database).
				str("user_defined_type_schema", env.Snapshot.schemaName(t.Schema)).str("user_defined_type_name", t.Name).
				str("user_defined_type_category", "STRUCTURED").yesNo("is_instantiable", true).end()
		}
	}
}

func infoAttributesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		if !t.Composite {
			continue
		}
		for i := range t.Columns {
			c := &t.Columns[i]
			w.udt(env, "", t.RowType()).str("attribute_name", c.Name).int("ordinal_position", int64(c.AttNum)).
				yesNo("is_nullable", !env.Snapshot.refusesNull(c.Type)).str("data_type", dataType(c.Type)).
				udt(env, "attribute_", c.Type).str("dtd_identifier", strconv.Itoa(int(c.AttNum))).
				yesNo("is_derived_reference_attribute", false)
			root, typmod := rootOf(c)
			w.typeDetails(env, root, typmod)
			w.end()
		}
	}
}

// standard is the type that a column has to the standard, where domains are something else.
func standard(t *datum.Type) *datum.Type {
	if t.IsDomain() {
		return t.Base
	}
	return t
}

// refusesNull says whether the type is a domain that is NOT NULL.
func (s *Snapshot) refusesNull(t *datum.Type) bool {
	d := s.types[t.OID]
	return d != nil && d.Domain != nil && d.Domain.NotNull
}

// rootOf is the type of a column's values, with the modifier that they have.
func rootOf(c *Column) (*datum.Type, int32) {
	if c.Type.IsDomain() {
		return c.Type.RootTypmod()
	}
	return c.Type, c.Typmod
}
