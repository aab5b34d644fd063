package catalog

func databaseRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oid", DatabaseOID).str("datname", env.Session.Database).oid("datdba", env.Snapshot.Owner(ClassDatabase, DatabaseOID)).
		int("encoding", encodingUTF8).char("datlocprovider", 'c').no("datistemplate").yes("datallowconn").int("datconnlimit", -1).
		oid("datfrozenxid", firstXid).oid("datminmxid", 1).oid("dattablespace", defaultTablespaceOID).
		str("datcollate", localeName).str("datctype", localeName).
		acl(env, "datacl", ObjectDatabase, DatabaseOID).end()
}

func tablespaceRows(env *VirtualEnv, w *rowWriter) {
	w.oid("spcowner", OwnerOID).keep()
	w.oid("oid", defaultTablespaceOID).str("spcname", "pg_default").end()
	w.oid("oid", globalTablespaceOID).str("spcname", "pg_global").end()
}

func extensionRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oid", plpgsqlExtensionOID).str("extname", PLpgSQL).oid("extowner", OwnerOID).oid("extnamespace", PgCatalogOID).
		no("extrelocatable").str("extversion", ExtensionVersion(PLpgSQL)).end()
	if env.Snapshot.needsBtreeGist() {
		w.oid("oid", btreeGistExtensionOID).str("extname", BtreeGist).oid("extowner", OwnerOID).
			oid("extnamespace", PublicOID).yes("extrelocatable").str("extversion", btreeGistVersion).end()
	}
	for _, e := range env.Snapshot.Extensions() {
		w.oid("oid", e.OID).str("extname", e.Name).oid("extowner", env.Snapshot.Owner(ClassExtension, e.OID)).
			oid("extnamespace", e.Schema).yes("extrelocatable").str("extversion", e.Version).end()
	}
	if !env.Snapshot.ExtensionInstalled() {
		return
	}
	w.oid("oid", VectorExtensionOID).str("extname", vectorExtensionName).oid("extowner", OwnerOID).
		oid("extnamespace", PublicOID).yes("extrelocatable").str("extversion", vectorExtensionVersion).end()
}

func availableExtensionRows(env *VirtualEnv, w *rowWriter) {
	w.str("name", PLpgSQL).str("default_version", ExtensionVersion(PLpgSQL)).str("installed_version", ExtensionVersion(PLpgSQL)).
		str("comment", ExtensionComment(PLpgSQL)).end()
	w.str("name", BtreeGist).str("default_version", btreeGistVersion).str("installed_version", btreeGistVersion).
		str("comment", btreeGistExtensionWords).end()
	w.str("name", vectorExtensionName).str("default_version", vectorExtensionVersion).str("comment", vectorExtensionComment)
	if env.Snapshot.ExtensionInstalled() {
		w.str("installed_version", vectorExtensionVersion)
	}
	w.end()
	for _, a := range AvailableExtensions() {
		w.str("name", a.Name).str("default_version", a.Version).str("comment", a.Comment)
		if e := env.Snapshot.Extension(a.Name); e != nil {
			w.str("installed_version", e.Version)
		}
		w.end()
	}
}

func extensionVersionRows(env *VirtualEnv, w *rowWriter) {
	w.str("name", PLpgSQL).str("version", ExtensionVersion(PLpgSQL)).yes("installed", "superuser", "trusted").
		no("relocatable").str("schema", "pg_catalog").str("comment", ExtensionComment(PLpgSQL)).end()
	w.str("name", BtreeGist).str("version", btreeGistVersion).yes("installed", "superuser", "trusted", "relocatable").
		str("comment", btreeGistExtensionWords).end()
	w.str("name", vectorExtensionName).str("version", vectorExtensionVersion).yes("superuser", "relocatable").
		no("trusted").bool("installed", env.Snapshot.ExtensionInstalled()).str("comment", vectorExtensionComment).end()
	for _, a := range AvailableExtensions() {
		w.str("name", a.Name).str("version", a.Version).yes("superuser", "trusted", "relocatable").
			bool("installed", env.Snapshot.Extension(a.Name) != nil).str("comment", a.Comment).end()
	}
}

func amRows(env *VirtualEnv, w *rowWriter) {
	for _, a := range accessMethods {
		w.oid("oid", a.oid).str("amname", a.name).oid("amhandler", a.handler).char("amtype", a.kind).end()
	}
}

func languageRows(env *VirtualEnv, w *rowWriter) {
	w.zero("lanplcallfoid", "laninline", "lanvalidator").keep()
	for _, l := range []struct {
		oid  OID
		name string
	}{{internalLanguageOID, "internal"}, {cLanguageOID, "c"}, {sqlLanguageOID, "sql"}, {plpgsqlLanguageOID, PLpgSQL}} {
		procedural := l.oid == plpgsqlLanguageOID
		w.oid("oid", l.oid).str("lanname", l.name).bool("lanispl", procedural).bool("lanpltrusted", procedural || l.oid == sqlLanguageOID).
			oid("lanowner", env.Snapshot.Owner(ClassLanguage, l.oid)).acl(env, "lanacl", ObjectLanguage, l.oid).end()
	}
}

func collationRows(env *VirtualEnv, w *rowWriter) {
	w.oid("collnamespace", PgCatalogOID).oid("collowner", OwnerOID).yes("collisdeterministic").keep()
	for _, c := range collations {
		w.oid("oid", c.oid).str("collname", c.name).char("collprovider", c.provider).int("collencoding", c.encoding).
			optional("collcollate", c.locale).optional("collctype", c.locale).end()
	}
}

func descriptionRows(env *VirtualEnv, w *rowWriter) {
	for _, d := range env.Snapshot.descriptions() {
		w.oid("objoid", d.object).oid("classoid", d.class).int("objsubid", int64(d.sub)).str("description", d.text).end()
	}
}
