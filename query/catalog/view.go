package catalog

import "slices"

// View is what makes a Table a view: it has columns, and a query where a table has rows. A materialized view has both.
type View struct {
	// Query is SQL in which relations are written "$oid"."16501:1,2,3" with an alias for each column: the OID, and the
	// attribute numbers that the query sees. Renaming what it reads changes nothing, and columns added later are
	// not seen by its stars, as in Postgres. Functions, operators and types stand by OID, too, unless they are built in.
	Query string `json:"query"`
	// Path is the search path that names in Query are looked up along; empty but for what an early build wrote and nobody
	// could bind since.
	Path []string `json:"path,omitempty"`
	// Uses are the relations and columns that it depends on.
	Uses []ViewUse `json:"uses,omitempty"`
	// Options are the reloptions: "security_barrier=true", "check_option=cascaded".
	Options      []string `json:"options,omitempty"`
	Materialized bool     `json:"materialized,omitempty"`
	// Unpopulated is a materialized view that was not filled yet.
	Unpopulated bool `json:"unpopulated,omitempty"`
}

// ViewUse is a relation that a view reads, and the columns of it that it names.
type ViewUse struct {
	Relation OID     `json:"relation"`
	AttNums  []int16 `json:"attnums,omitempty"`
}

// Kind is the table's pg_class.relkind.
func (t *Table) Kind() RelKind {
	switch {
	case t.Virtual != nil && t.Virtual.Kind != 0:
		return t.Virtual.Kind
	case t.Composite:
		return KindComposite
	case t.View == nil:
		return KindTable
	case t.View.Materialized:
		return KindMatView
	}
	return KindView
}

// HasRows says whether rows of it are stored: a table's and a materialized view's are.
func (t *Table) HasRows() bool {
	return t.Virtual == nil && !t.Composite && (t.View == nil || t.View.Materialized)
}

// CheckOption is "LOCAL", "CASCADED" or "NONE".
func (v *View) CheckOption() string {
	switch {
	case slices.Contains(v.Options, "check_option=local"):
		return "LOCAL"
	case slices.Contains(v.Options, "check_option=cascaded"):
		return "CASCADED"
	}
	return "NONE"
}

// uses says whether the view reads a relation; with an attribute number, whether it names that column of it.
func (v *View) uses(relation OID, attNum int16) bool {
	return slices.ContainsFunc(v.Uses, func(u ViewUse) bool {
		return u.Relation == relation && (attNum == 0 || slices.Contains(u.AttNums, attNum))
	})
}

// DefaultOID is what pg_attrdef numbers a column's default by.
func DefaultOID(table OID, attNum int16) OID { return attrDefOID(table, attNum) }

// ColumnOID numbers a column where it stands among objects.
func ColumnOID(table OID, attNum int16) OID { return attrDefOID(table, attNum) | 1<<30 }

// ViewsOn lists the views that read a relation, by OID; with an attribute number, those that name that column.
func (s *Snapshot) ViewsOn(relation OID, attNum int16) []*Table {
	var out []*Table
	for _, t := range s.Tables() {
		if t.View != nil && t.View.uses(relation, attNum) {
			out = append(out, t)
		}
	}
	return out
}

// definition is the view's query, "" where nobody knows it.
func (env *VirtualEnv) definition(t *Table) string {
	if env.Views == nil || t.View == nil {
		return ""
	}
	return env.Views.Definition(t, false)
}

// updatable says of each column of a table or view whether it can be assigned to.
func (env *VirtualEnv) updatable(t *Table) []bool {
	switch {
	case t.Virtual != nil || t.Composite:
		return nil
	case t.View == nil:
		out := make([]bool, len(t.Columns))
		for i := range out {
			out[i] = true
		}
		return out
	case env.Views == nil || t.View.Materialized:
		return nil
	}
	return env.Views.Updatable(t)
}

// ruleOID is what pg_rewrite numbers a view's rule by; like a default's row it has no object of its own.
func ruleOID(view OID) OID { return attrDefOID(view, 0) }

func rewriteRows(env *VirtualEnv, w *rowWriter) {
	userRuleRows(env, w)
	w.str("rulename", "_RETURN").char("ev_type", '1').char("ev_enabled", 'O').yes("is_instead").str("ev_qual", "<>").keep()
	for _, t := range env.Snapshot.userTables() {
		if t.View != nil {
			w.oid("oid", ruleOID(t.OID)).oid("ev_class", t.OID).str("ev_action", t.View.Query).end()
		}
	}
}

func matviewsRows(env *VirtualEnv, w *rowWriter) {
	w.str("matviewowner", env.Session.User).keep()
	for _, t := range env.Snapshot.userTables() {
		if t.Kind() == KindMatView {
			w.str("schemaname", env.Snapshot.schemaName(t.Schema)).str("matviewname", t.Name).
				bool("hasindexes", len(t.shownIndexes()) > 0).bool("ispopulated", !t.View.Unpopulated).
				optional("definition", env.definition(t)).end()
		}
	}
}

// viewDependencies tie a view's rule to the view and to what it reads.
func (t *Table) viewDependencies() []dependency {
	rule := object{rewriteClassOID, ruleOID(t.OID), 0}
	out := []dependency{{rule, relationObject(t.OID, 0), 'i'}, {rule, relationObject(t.OID, 0), 'n'}}
	for _, u := range t.View.Uses {
		if len(u.AttNums) == 0 {
			out = append(out, dependency{rule, relationObject(u.Relation, 0), 'n'})
		}
		for _, att := range u.AttNums {
			out = append(out, dependency{rule, relationObject(u.Relation, att), 'n'})
		}
	}
	return out
}

func infoViewTableRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		if t.Kind() != KindView {
			continue
		}
		for _, u := range t.View.Uses {
			if of := env.Snapshot.TableByOID(u.Relation); of != nil {
				w.viewName(env, t).tableName(env, of).end()
			}
		}
	}
}

func infoViewColumnRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.userTables() {
		if t.Kind() != KindView {
			continue
		}
		for _, u := range t.View.Uses {
			of := env.Snapshot.TableByOID(u.Relation)
			for _, att := range u.AttNums {
				if of != nil && of.Ordinal(att) >= 0 {
					w.viewName(env, t).tableName(env, of).str("column_name", of.columnName(att)).end()
				}
			}
		}
	}
}

func (w *rowWriter) viewName(env *VirtualEnv, t *Table) *rowWriter {
	return w.str("view_catalog", env.Session.Database).str("view_schema", env.Snapshot.schemaName(t.Schema)).
		str("view_name", t.Name)
}
