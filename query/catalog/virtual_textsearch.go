package catalog

import "github.com/seguedb/segue/query/textsearch"

func tsParserRows(_ *VirtualEnv, w *rowWriter) {
	w.oid("oid", textsearch.ParserOID).str("prsname", "default").oid("prsnamespace", PgCatalogOID).oid("prsstart", 3717).
		oid("prstoken", 3718).oid("prsend", 3719).oid("prsheadline", 3720).oid("prslextype", 3721).end()
}

func tsTemplateRows(env *VirtualEnv, w *rowWriter) {
	w.oid("tmplnamespace", PgCatalogOID).keep()
	w.oid("oid", textsearch.SimpleTemplateOID).str("tmplname", "simple").oid("tmplinit", 3725).oid("tmpllexize", 3726).end()
	w.oid("oid", textsearch.SnowballTemplateOID).str("tmplname", "snowball").oid("tmplinit", 13148).
		oid("tmpllexize", 13149).end()
	if e := env.Snapshot.Extension(unaccentName); e != nil {
		w.oid("oid", unaccentTemplateOID).str("tmplname", unaccentName).oid("tmplnamespace", e.Schema).
			oid("tmplinit", env.Snapshot.memberNamed(e, "unaccent_init")).
			oid("tmpllexize", env.Snapshot.memberNamed(e, "unaccent_lexize")).end()
	}
}

func tsDictRows(env *VirtualEnv, w *rowWriter) {
	w.oid("dictnamespace", PgCatalogOID).oid("dictowner", OwnerOID).keep()
	for _, d := range textsearch.Dictionaries() {
		template := OID(textsearch.SnowballTemplateOID)
		if d.Simple() {
			template = textsearch.SimpleTemplateOID
		}
		w.oid("oid", OID(d.OID)).str("dictname", d.Name).oid("dicttemplate", template).
			optional("dictinitoption", d.Options()).end()
	}
	if e := env.Snapshot.Extension(unaccentName); e != nil {
		w.oid("oid", UnaccentDictionary).str("dictname", unaccentName).oid("dictnamespace", e.Schema).
			oid("dicttemplate", unaccentTemplateOID).str("dictinitoption", "rules = 'unaccent'").end()
	}
}

func tsConfigRows(_ *VirtualEnv, w *rowWriter) {
	w.oid("cfgnamespace", PgCatalogOID).oid("cfgowner", OwnerOID).oid("cfgparser", textsearch.ParserOID).keep()
	for _, c := range textsearch.Configs() {
		w.oid("oid", OID(c.OID)).str("cfgname", c.Name).end()
	}
}

func tsConfigMapRows(_ *VirtualEnv, w *rowWriter) {
	w.int("mapseqno", 1).keep()
	for _, c := range textsearch.Configs() {
		for _, k := range textsearch.TokenKinds() {
			if d := c.Dictionary(k.Type); d != nil {
				w.oid("mapcfg", OID(c.OID)).int("maptokentype", int64(k.Type)).oid("mapdict", OID(d.OID)).end()
			}
		}
	}
}
