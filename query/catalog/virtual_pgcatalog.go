package catalog

// pgCatalogRows says what fills each relation of pg_catalog. Those left out are asked of the server
// (liveRows): activity, settings, locks, statistics.
func pgCatalogRows() map[string]rowsFunc {
	return map[string]rowsFunc{
		"pg_class": classRows, "pg_attribute": attributeRows, "pg_attrdef": attrdefRows, "pg_index": indexRows,
		"pg_constraint": constraintRows, "pg_sequence": sequenceRows, "pg_namespace": namespaceRows,
		"pg_description": descriptionRows, "pg_depend": dependRows, "pg_trigger": triggerRows,

		"pg_type": typeRows, "pg_cast": castRows, "pg_proc": procRows, "pg_aggregate": aggregateRows,
		"pg_operator": operatorRows, "pg_opclass": opClassRows, "pg_opfamily": opFamilyRows, "pg_amop": amopRows,
		"pg_amproc": amprocRows, "pg_collation": collationRows, "pg_am": amRows, "pg_language": languageRows,

		"pg_database": databaseRows, "pg_tablespace": tablespaceRows, "pg_authid": authidRows, "pg_roles": rolesRows,
		"pg_user": userRows, "pg_shadow": shadowRows, "pg_extension": extensionRows,
		"pg_available_extensions":         availableExtensionRows,
		"pg_available_extension_versions": extensionVersionRows,

		"pg_tables": tablesRows, "pg_views": viewsRows, "pg_indexes": indexesRows, "pg_sequences": sequencesRows,
		"pg_timezone_names":       timezoneRows,
		"pg_stat_all_tables":      statTableRows(allTables),
		"pg_stat_user_tables":     statTableRows(userTablesOnly),
		"pg_stat_sys_tables":      statTableRows(systemTablesOnly),
		"pg_statio_all_tables":    statIOTableRows(allTables),
		"pg_statio_user_tables":   statIOTableRows(userTablesOnly),
		"pg_statio_sys_tables":    statIOTableRows(systemTablesOnly),
		"pg_statio_all_sequences": statIOSequenceRows, "pg_statio_user_sequences": statIOSequenceRows,
		"pg_stat_database": statDatabaseRows, "pg_stat_database_conflicts": statConflictRows,
		"pg_stat_archiver": statArchiverRows, "pg_stat_bgwriter": statBgwriterRows,
		"pg_stat_wal": statWALRows,
		"pg_stats":    statsRows, "segue_embeddings": embeddingRows, "pg_statistic": statisticRows,
		"pg_stat_all_indexes": statIndexRows, "pg_stat_user_indexes": statIndexRows,
		"pg_statio_all_indexes": statIOIndexRows, "pg_statio_user_indexes": statIOIndexRows,

		"pg_auth_members": authMembersRows, "pg_conversion": conversionRows, "pg_db_role_setting": roleSettingRows,
		"pg_default_acl": defaultACLRows,
		"pg_enum":        enumRows, "pg_event_trigger": eventTriggerRows, "pg_foreign_data_wrapper": noRows, "pg_foreign_server": noRows,
		"pg_foreign_table": noRows, "pg_group": groupRows, "pg_inherits": noRows, "pg_init_privs": initPrivsRows,
		"pg_largeobject": noRows, "pg_largeobject_metadata": noRows, "pg_matviews": matviewsRows,
		"pg_parameter_acl": noRows, "pg_partitioned_table": noRows, "pg_policies": noRows, "pg_policy": noRows,
		"pg_publication": noRows, "pg_publication_namespace": noRows, "pg_publication_rel": noRows,
		"pg_publication_tables": noRows, "pg_range": rangeRows, "pg_replication_origin": noRows, "pg_rewrite": rewriteRows,
		"pg_rules": rulesRows, "pg_seclabel": noRows, "pg_seclabels": noRows, "pg_shdepend": shdependRows,
		"pg_shdescription": sharedDescriptionRows, "pg_shseclabel": noRows, "pg_statistic_ext": noRows,
		"pg_statistic_ext_data": noRows, "pg_subscription": noRows, "pg_subscription_rel": noRows,
		"pg_transform": noRows, "pg_ts_config": tsConfigRows, "pg_ts_config_map": tsConfigMapRows,
		"pg_ts_dict": tsDictRows, "pg_ts_parser": tsParserRows, "pg_ts_template": tsTemplateRows, "pg_user_mapping": noRows,
		"pg_user_mappings": noRows,
	}
}
