package catalog

import "github.com/seguedb/segue/query/parse"

// infoSchemaRows says what fills each relation of information_schema; those left out have no rows.
func infoSchemaRows() map[string]rowsFunc {
	out := map[string]rowsFunc{
		"information_schema_catalog_name": infoCatalogNameRows, "schemata": infoSchemataRows, "tables": infoTablesRows,
		"views": infoViewsRows, "sequences": infoSequencesRows, "columns": infoColumnsRows,
		"element_types": infoElementTypesRows, "column_udt_usage": infoColumnTypeRows,
		"view_table_usage": infoViewTableRows, "view_column_usage": infoViewColumnRows,
		"table_constraints": infoTableConstraintsRows, "check_constraints": infoCheckConstraintsRows,
		"key_column_usage": infoKeyColumnRows, "constraint_column_usage": infoConstraintColumnRows,
		"referential_constraints": infoReferentialRows,
		"constraint_table_usage":  infoConstraintTableRows, "routines": infoRoutinesRows, "triggers": infoTriggerRows,
		"parameters": infoParametersRows, "character_sets": infoCharacterSetsRows, "collations": infoCollationsRows,
		"collation_character_set_applicability": infoCollationSetsRows, "enabled_roles": infoEnabledRolesRows,
		"table_privileges": infoTablePrivilegesRows, "role_table_grants": grantsOnly(infoTablePrivilegesRows),
		"column_privileges": infoColumnPrivilegesRows, "role_column_grants": grantsOnly(infoColumnPrivilegesRows),
		"routine_privileges": infoRoutinePrivilegesRows, "role_routine_grants": grantsOnly(infoRoutinePrivilegesRows),
		"usage_privileges": infoUsagePrivilegesRows, "role_usage_grants": grantsOnly(infoUsagePrivilegesRows),
		"udt_privileges": infoTypePrivilegesRows, "role_udt_grants": grantsOnly(infoTypePrivilegesRows),
		"domains": infoDomainsRows, "domain_constraints": infoDomainConstraintsRows, "column_domain_usage": infoColumnDomainRows,
		"domain_udt_usage": infoDomainTypeRows, "user_defined_types": infoUserTypesRows, "attributes": infoAttributesRows,
		"applicable_roles": infoApplicableRolesRows, "administrable_role_authorizations": infoAdministrableRolesRows,
	}
	for _, t := range []string{
		"check_constraint_routine_usage", "column_column_usage", "column_options",
		"data_type_privileges", "foreign_data_wrapper_options",
		"foreign_data_wrappers", "foreign_server_options", "foreign_servers", "foreign_table_options",
		"foreign_tables", "routine_column_usage",
		"routine_routine_usage", "routine_sequence_usage", "routine_table_usage", "sql_features",
		"sql_implementation_info", "sql_parts", "sql_sizing", "transforms", "triggered_update_columns",
		"user_mapping_options", "user_mappings",
		"view_routine_usage"} {
		out[t] = noRows
	}
	return out
}

func infoCatalogNameRows(env *VirtualEnv, w *rowWriter) {
	w.str("catalog_name", env.Session.Database).end()
}

func infoSchemataRows(env *VirtualEnv, w *rowWriter) {
	w.str("catalog_name", env.Session.Database).keep()
	for _, sc := range env.Snapshot.Schemas() {
		owner := env.Snapshot.Owner(ClassSchema, sc.OID)
		if !env.Snapshot.HasRole(env.Session.Role, owner) &&
			env.Snapshot.Held(env.Session.Role, ObjectSchema, sc.OID, ObjectSchema.All()) == 0 {
			continue
		}
		w.str("schema_name", sc.Name).str("schema_owner", env.Snapshot.RoleName(owner)).end()
	}
}

// tableName sets the three columns that name a table.
func (w *rowWriter) tableName(env *VirtualEnv, t *Table) *rowWriter {
	return w.str("table_catalog", env.Session.Database).str("table_schema", env.Snapshot.schemaName(t.Schema)).
		str("table_name", t.Name)
}

func infoTablesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		kind := "BASE TABLE"
		switch t.Kind() {
		case KindView:
			kind = "VIEW"
		case KindMatView, KindComposite:
			continue // which are no tables to the standard
		}
		w.tableName(env, t).str("table_type", kind).yesNo("is_insertable_into", env.updatable(t) != nil).
			yesNo("is_typed", false).end()
	}
}

func infoViewsRows(env *VirtualEnv, w *rowWriter) {
	w.str("check_option", "NONE").keep()
	for _, t := range env.Snapshot.Tables() {
		if t.Kind() != KindView {
			continue
		}
		writable := env.updatable(t) != nil
		w.tableName(env, t).optional("view_definition", env.definition(t)).yesNo("is_updatable", writable).
			yesNo("is_insertable_into", writable).yesNo("is_trigger_updatable", t.Instead(parse.TriggerUpdate)).
			yesNo("is_trigger_deletable", t.Instead(parse.TriggerDelete)).
			yesNo("is_trigger_insertable_into", t.Instead(parse.TriggerInsert))
		if t.View != nil {
			w.str("check_option", t.View.CheckOption())
		}
		w.end()
	}
}

// infoSequencesRows leaves out those behind identity columns, as the standard wants.
func infoSequencesRows(env *VirtualEnv, w *rowWriter) {
	w.str("sequence_catalog", env.Session.Database).int("numeric_precision_radix", 2).int("numeric_scale", 0).keep()
	for _, q := range env.Snapshot.Sequences() {
		if q.isIdentity(env.Snapshot) {
			continue
		}
		w.str("sequence_schema", env.Snapshot.schemaName(q.Schema)).str("sequence_name", q.Name).
			str("data_type", TypeName(env.Snapshot, nil, q.TypeOID)).int("numeric_precision", sequenceBits(q)).
			decimal("start_value", q.Start).decimal("minimum_value", q.Min).decimal("maximum_value", q.Max).
			decimal("increment", q.Increment).yesNo("cycle_option", q.Cycle).end()
	}
}

func infoCharacterSetsRows(env *VirtualEnv, w *rowWriter) {
	w.str("character_set_name", "UTF8").str("character_repertoire", "UCS").str("form_of_use", "UTF8").
		str("default_collate_catalog", env.Session.Database).str("default_collate_schema", "pg_catalog").
		str("default_collate_name", "C").end()
}

func infoCollationsRows(env *VirtualEnv, w *rowWriter) {
	w.str("collation_catalog", env.Session.Database).str("collation_schema", "pg_catalog").
		str("pad_attribute", "NO PAD").keep()
	for _, c := range collations {
		w.str("collation_name", c.name).end()
	}
}

func infoCollationSetsRows(env *VirtualEnv, w *rowWriter) {
	w.str("collation_catalog", env.Session.Database).str("collation_schema", "pg_catalog").
		str("character_set_name", "UTF8").keep()
	for _, c := range collations {
		w.str("collation_name", c.name).end()
	}
}
