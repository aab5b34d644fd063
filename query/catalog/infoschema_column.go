package catalog

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
)

// columnDefault leaves generation expressions out: they are in a column of their own.
func (env *VirtualEnv) columnDefault(t *Table, c *Column) string {
	if c.Generated != "" {
		return ""
	}
	return env.defaultOf(t, c)
}

func infoColumnsRows(env *VirtualEnv, w *rowWriter) {
	w.yesNo("is_self_referencing", false).yesNo("identity_cycle", false).keep()
	for _, t := range env.Snapshot.Tables() {
		if t.Kind() == KindMatView || t.Composite {
			continue
		}
		writable := env.updatable(t)
		for i := range t.Columns {
			c := &t.Columns[i]
			w.tableName(env, t).str("column_name", c.Name).int("ordinal_position", int64(c.AttNum)).
				optional("column_default", ShowDefault(env.Snapshot, env.Session.Path(), env.columnDefault(t, c))).
				yesNo("is_nullable", !c.NotNull && !env.Snapshot.refusesNull(c.Type)).
				str("data_type", dataType(standard(c.Type))).udt(env, "", standard(c.Type)).
				str("dtd_identifier", strconv.Itoa(int(c.AttNum))).yesNo("is_updatable", i < len(writable) && writable[i])
			if c.Type.IsDomain() {
				w.domainName(env, c.Type)
			}
			root, typmod := rootOf(c)
			w.typeDetails(env, root, typmod)
			w.identity(env, t, c)
			w.generation(env, t, c)
			w.end()
		}
	}
}

func (w *rowWriter) identity(env *VirtualEnv, t *Table, c *Column) {
	w.yesNo("is_identity", c.Identity != 0)
	if c.Identity == 0 {
		return
	}
	w.str("identity_generation", "BY DEFAULT")
	if c.Identity == 'a' {
		w.str("identity_generation", "ALWAYS")
	}
	if q := SequenceOf(env.Snapshot, t.OID, c.AttNum); q != nil {
		w.decimal("identity_start", q.Start).decimal("identity_increment", q.Increment).
			decimal("identity_maximum", q.Max).decimal("identity_minimum", q.Min).yesNo("identity_cycle", q.Cycle)
	}
}

func (w *rowWriter) generation(env *VirtualEnv, t *Table, c *Column) {
	if c.Generated == "" {
		w.str("is_generated", "NEVER")
		return
	}
	w.str("is_generated", "ALWAYS").str("generation_expression", env.defaultOf(t, c))
}

// infoElementTypesRows says what the arrays among the columns are of.
func infoElementTypesRows(env *VirtualEnv, w *rowWriter) {
	w.str("object_catalog", env.Session.Database).str("object_type", "TABLE").keep()
	for _, t := range env.Snapshot.Tables() {
		for i := range t.Columns {
			c := &t.Columns[i]
			if c.Type.Elem == nil {
				continue
			}
			number := strconv.Itoa(int(c.AttNum))
			w.str("object_schema", env.Snapshot.schemaName(t.Schema)).str("object_name", t.Name).
				str("collection_type_identifier", number).str("data_type", dataType(c.Type.Elem)).
				udt(env, "", c.Type.Elem).str("dtd_identifier", "a"+number).end()
		}
	}
}

func infoColumnTypeRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		for i := range t.Columns {
			w.tableName(env, t).str("column_name", t.Columns[i].Name).udt(env, "", standard(t.Columns[i].Type)).end()
		}
	}
}

// routineName sets the six columns that name a function and its specific overload.
func (w *rowWriter) routineName(env *VirtualEnv, p *Proc) *rowWriter {
	schema := env.Snapshot.schemaName(p.Schema)
	return w.specificName(env, p).str("routine_catalog", env.Session.Database).str("routine_schema", schema).
		str("routine_name", p.Name)
}

func (w *rowWriter) specificName(env *VirtualEnv, p *Proc) *rowWriter {
	return w.str("specific_catalog", env.Session.Database).str("specific_schema", env.Snapshot.schemaName(p.Schema)).
		str("specific_name", p.Name+"_"+strconv.FormatUint(uint64(p.OID), 10))
}

func infoRoutinesRows(env *VirtualEnv, w *rowWriter) {
	w.str("sql_data_access", "MODIFIES").str("parameter_style", "GENERAL").str("security_type", "INVOKER").
		str("routine_body", "EXTERNAL").yesNo("schema_level_routine", true).int("max_dynamic_result_sets", 0).
		yesNo("as_locator", false).yesNo("is_udt_dependent", false).str("dtd_identifier", "0").keep()
	for _, p := range env.Snapshot.allProcs() {
		if p.Kind == 'a' {
			continue
		}
		if p.User != nil {
			w.userRoutine(env, p)
			continue
		}
		w.routineName(env, p).str("data_type", dataType(p.Ret)).udt(env, "type_", p.Ret).str("routine_type", "FUNCTION").
			str("external_name", p.Name).str("external_language", externalLanguage(p)).
			yesNo("is_deterministic", p.Volatile == 'i').yesNo("is_null_call", p.Strict).end()
	}
}

func externalLanguage(p *Proc) string {
	if p.language() == "c" {
		return "C"
	}
	return "INTERNAL"
}

func infoParametersRows(env *VirtualEnv, w *rowWriter) {
	w.yesNo("is_result", false).yesNo("as_locator", false).keep()
	for _, p := range env.Snapshot.allProcs() {
		if p.Kind == 'a' {
			continue
		}
		if p.User != nil {
			w.userParameters(env, p)
			continue
		}
		for i, t := range p.Args {
			w.parameter(env, p, i+1, "IN", p.argName(i), t).optional("parameter_default", p.argDefault(i)).end()
		}
		for i, t := range p.OutTypes {
			w.parameter(env, p, len(p.Args)+i+1, "OUT", p.OutNames[i], t).end()
		}
	}
}

func (w *rowWriter) parameter(env *VirtualEnv, p *Proc, n int, mode, name string, t *datum.Type) *rowWriter {
	return w.specificName(env, p).int("ordinal_position", int64(n)).str("parameter_mode", mode).
		optional("parameter_name", name).str("data_type", dataType(t)).udt(env, "", t).
		str("dtd_identifier", strconv.Itoa(n))
}
