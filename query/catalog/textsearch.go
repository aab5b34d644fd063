package catalog

import (
	"slices"
	"strings"
	"sync"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/textsearch"
)

// Configurations and dictionaries of text search are PostgreSQL's own, in pg_catalog; there is one other, unaccent's.

// UnaccentDictionary is the dictionary that extension unaccent brings, in its schema, and unaccentTemplateOID what it is
// made by: objects with OIDs of their own.
const (
	UnaccentDictionary  OID = 15300
	unaccentTemplateOID OID = 15301
	unaccentName            = "unaccent"
)

// textSearchName is how regconfig and regdictionary write a value.
func textSearchName(snap *Snapshot, searchPath []string, t *datum.Type, oid OID) (string, bool) {
	name := ""
	if t == datum.Regconfig {
		if c := textsearch.ConfigByOID(uint32(oid)); c != nil {
			name = c.Name
		}
	} else if d := textsearch.DictionaryByOID(uint32(oid)); d != nil {
		name = d.Name
	} else if e := snap.Extension(unaccentName); e != nil && oid == UnaccentDictionary {
		return Qualified(snap, searchPath, e.Schema, unaccentName), true
	}
	if name == "" {
		return "", false
	}
	return parse.QuoteIdent(name), schemaVisible(snap, searchPath, PgCatalogOID)
}

// textSearchOID finds what regconfig and regdictionary read.
func (n NameEnv) textSearchOID(t *datum.Type, name string) (OID, error) {
	if t == datum.Regdictionary {
		return ResolveDictionary(n.Snapshot, n.path(), name)
	}
	c, err := ResolveConfig(n.Snapshot, n.path(), name)
	if err != nil {
		return 0, err
	}
	return OID(c.OID), nil
}

// ResolveConfig finds the text search configuration of that name, qualified or not.
func ResolveConfig(snap *Snapshot, searchPath []string, name string) (*textsearch.Config, error) {
	base, schemas, err := snap.searchFor(searchPath, name)
	if err != nil {
		return nil, err
	}
	if c := textsearch.ConfigNamed(base); c != nil && slices.Contains(schemas, PgCatalogOID) {
		return c, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedObject, "text search configuration %q does not exist", name)
}

// ResolveDictionary finds the text search dictionary of that name, qualified or not.
func ResolveDictionary(snap *Snapshot, searchPath []string, name string) (OID, error) {
	base, schemas, err := snap.searchFor(searchPath, name)
	if err != nil {
		return 0, err
	}
	if d := textsearch.DictionaryNamed(base); d != nil && slices.Contains(schemas, PgCatalogOID) {
		return OID(d.OID), nil
	}
	if e := snap.Extension(unaccentName); e != nil && base == unaccentName && slices.Contains(schemas, e.Schema) {
		return UnaccentDictionary, nil
	}
	return 0, sqlstate.New(sqlstate.UndefinedObject, "text search dictionary %q does not exist", name)
}

// searchFor takes a name apart, and gives the schemas that it may be of something in.
func (s *Snapshot) searchFor(searchPath []string, name string) (base string, schemas []OID, err error) {
	parts, err := SplitName(name)
	if err != nil {
		return "", nil, err
	}
	schema, base, err := unqualify(parts)
	if err != nil {
		return "", nil, err
	}
	if schema != "" && s.Schema(schema) == nil {
		return "", nil, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", schema)
	}
	return base, s.searchIn(searchPath, schema), nil
}

// textSearchObject is a row of one of the pg_ts_ relations, with its comment.
type textSearchObject struct {
	class, oid OID
	comment    string
}

// textSearchObjects lists them all.
var textSearchObjects = sync.OnceValue(func() []textSearchObject {
	const simple = "simple dictionary: just lower case and check for stopword"
	out := []textSearchObject{{tsParserClassOID, textsearch.ParserOID, "default word parser"},
		{tsTemplateClassOID, textsearch.SimpleTemplateOID, simple},
		{tsTemplateClassOID, textsearch.SnowballTemplateOID, "snowball stemmer"}}
	for _, c := range textsearch.Configs() {
		comment := "configuration for " + c.Name + " language"
		if c.Name == "simple" {
			comment = "simple configuration"
		}
		out = append(out, textSearchObject{tsConfigClassOID, OID(c.OID), comment})
	}
	for _, d := range textsearch.Dictionaries() {
		comment := simple
		if !d.Simple() {
			comment = "snowball stemmer for " + strings.TrimSuffix(d.Name, "_stem") + " language"
		}
		out = append(out, textSearchObject{tsDictClassOID, OID(d.OID), comment})
	}
	return out
})

func isTextSearchObject(class, oid OID) bool {
	return slices.ContainsFunc(textSearchObjects(), func(o textSearchObject) bool { return o.class == class && o.oid == oid })
}

// TextSearchClass is the relation that lists parsers, dictionaries, templates or configurations of text search: pg_ts_ and
// parser, dict, template or config.
func TextSearchClass(what string) OID {
	return map[string]OID{"parser": tsParserClassOID, "dict": tsDictClassOID, "template": tsTemplateClassOID,
		"config": tsConfigClassOID}[what]
}

// TextSearchVisible says whether an object of a pg_ts_ relation is what its bare name finds.
func TextSearchVisible(snap *Snapshot, searchPath []string, class, oid OID) (visible, ok bool) {
	ours := class == tsDictClassOID && oid == UnaccentDictionary || class == tsTemplateClassOID && oid == unaccentTemplateOID
	if e := snap.Extension(unaccentName); e != nil && ours {
		return schemaVisible(snap, searchPath, e.Schema), true
	}
	if !isTextSearchObject(class, oid) {
		return false, false
	}
	return schemaVisible(snap, searchPath, PgCatalogOID), true
}
