package catalog

func databaseRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oid", DatabaseOID).str("datname", env.Session.Database).oid("datdba", OwnerOID).int("encoding", encodingUTF8).
		char("datlocprovider", 'c').no("datistemplate").yes("datallowconn").int("datconnlimit", -1).
		zero("datfrozenxid", "datminmxid").oid("dattablespace", defaultTablespaceOID).
		str("datcollate", localeName).str("datctype", localeName).end()
}

func tablespaceRows(env *VirtualEnv, w *rowWriter) {
	w.oid("spcowner", OwnerOID).keep()
	w.oid("oid", defaultTablespaceOID).str("spcname", "pg_default").end()
	w.oid("oid", globalTablespaceOID).str("spcname", "pg_global").end()
}

// There is one role: whoever is connected owns everything.

func authidRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oid", OwnerOID).str("rolname", env.Session.User).
		yes("rolsuper", "rolinherit", "rolcreaterole", "rolcreatedb", "rolcanlogin", "rolreplication", "rolbypassrls").
		int("rolconnlimit", -1).end()
}

func rolesRows(env *VirtualEnv, w *rowWriter) {
	w.str("rolpassword", hiddenPassword)
	authidRows(env, w)
}

// hiddenPassword is what the views show for every password.
const hiddenPassword = "********"

func userRows(env *VirtualEnv, w *rowWriter) {
	w.str("passwd", hiddenPassword)
	shadowRows(env, w)
}

func shadowRows(env *VirtualEnv, w *rowWriter) {
	w.str("usename", env.Session.User).oid("usesysid", OwnerOID).
		yes("usecreatedb", "usesuper", "userepl", "usebypassrls").end()
}

func extensionRows(env *VirtualEnv, w *rowWriter) {
	w.oid("oid", vectorExtensionOID).str("extname", vectorExtensionName).oid("extowner", OwnerOID).
		oid("extnamespace", PublicOID).yes("extrelocatable").str("extversion", vectorExtensionVersion).end()
}

func availableExtensionRows(env *VirtualEnv, w *rowWriter) {
	w.str("name", vectorExtensionName).str("default_version", vectorExtensionVersion).
		str("installed_version", vectorExtensionVersion).str("comment", vectorExtensionComment).end()
}

func extensionVersionRows(env *VirtualEnv, w *rowWriter) {
	w.str("name", vectorExtensionName).str("version", vectorExtensionVersion).yes("installed", "superuser", "relocatable").
		no("trusted").str("comment", vectorExtensionComment).end()
}

func amRows(env *VirtualEnv, w *rowWriter) {
	for _, a := range accessMethods {
		w.oid("oid", a.oid).str("amname", a.name).oid("amhandler", a.handler).char("amtype", a.kind).end()
	}
}

func languageRows(env *VirtualEnv, w *rowWriter) {
	w.oid("lanowner", OwnerOID).no("lanispl", "lanpltrusted").zero("lanplcallfoid", "laninline", "lanvalidator").keep()
	w.oid("oid", internalLanguageOID).str("lanname", "internal").end()
	w.oid("oid", cLanguageOID).str("lanname", "c").end()
	w.oid("oid", sqlLanguageOID).str("lanname", "sql").yes("lanpltrusted").end()
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
