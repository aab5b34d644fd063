package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// FormatType is format_type(oid, typmod) with a modifier given, -1 for none. SQL's character without
// a length is character(1), so that bpchar without one has to keep its own name; bit is as bad.
func FormatType(snap *Snapshot, searchPath []string, oid OID, typmod int32) string {
	switch t := snap.TypeByOID(oid); {
	case t == datum.Bpchar && typmod < 0:
		return "bpchar"
	case t == datum.BpcharArray && typmod < 0:
		return "bpchar[]"
	case t == datum.Bit && typmod < 0:
		return `"bit"`
	case t == datum.BitArray && typmod < 0:
		return `"bit"[]`
	case t == nil || typmod < 0:
		return TypeName(snap, searchPath, oid)
	default:
		return SchemaPrefix(snap, searchPath, t) + t.FormatTypmod(typmod)
	}
}

// Qualified is an object's name, with its schema where the search path does not find that.
func Qualified(snap *Snapshot, searchPath []string, schema OID, name string) string {
	if schemaVisible(snap, searchPath, schema) {
		return parse.QuoteIdent(name)
	}
	return parse.QuoteIdent(snap.schemaName(schema)) + "." + parse.QuoteIdent(name)
}

// SchemaPrefix is the schema and a point where the search path does not find a type of an extension's, and nothing else.
func SchemaPrefix(snap *Snapshot, searchPath []string, t *datum.Type) string {
	schema := snap.typeSchema(t)
	if t.Namespace != 0 || schemaVisible(snap, searchPath, schema) {
		return ""
	}
	return parse.QuoteIdent(snap.schemaName(schema)) + "."
}

// TypeName is format_type(oid, NULL): the SQL name.
func TypeName(snap *Snapshot, searchPath []string, oid OID) string {
	if oid == 0 {
		return "-"
	}
	if name, ok := regtypeName(snap, searchPath, oid); ok {
		return name
	}
	return "???"
}

// sqlName is the type as SQL reads it back: any is a keyword.
func sqlName(t *datum.Type) string {
	if t == datum.Any {
		return `"any"`
	}
	return t.SQL
}

// regtypeName is how regtype writes a type.
func regtypeName(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	t := snap.TypeByOID(oid)
	if t == nil {
		return "", false
	}
	if t.Namespace != 0 {
		return userTypeName(snap, searchPath, t), true
	}
	if prefix := SchemaPrefix(snap, searchPath, t); prefix != "" {
		return prefix + t.SQL, true
	}
	return sqlName(t), true
}

// userTypeName is a user's type, qualified where the search path does not find it.
func userTypeName(snap *Snapshot, searchPath []string, t *datum.Type) string {
	name, suffix := t.Name, ""
	if t.IsArray() {
		name, suffix = t.Elem.Name, "[]"
	}
	for _, schema := range SearchSchemas(snap, searchPath) {
		if found := snap.TypeNamed(schema, name); found != nil {
			if found == t || found == t.Elem {
				return parse.QuoteIdent(name) + suffix
			}
			break
		}
	}
	return parse.QuoteIdent(snap.schemaName(t.Namespace)) + "." + parse.QuoteIdent(name) + suffix
}

// ResolveType finds the type that a regtype input names, in any of SQL's spellings: int4, integer,
// pg_catalog.int4, "char", timestamp with time zone, text[], vector(3).
func ResolveType(snap *Snapshot, searchPath []string, name string) (*datum.Type, error) {
	written, err := parseTypeName(name)
	if err != nil {
		return nil, err
	}
	schema, base, err := unqualify(written.Name)
	if err != nil {
		return nil, err
	}
	missing := sqlstate.New(sqlstate.UndefinedObject, "type %q does not exist",
		strings.Join(written.Name, ".")+strings.Repeat("[]", written.ArrayDims))
	for _, sc := range snap.searchIn(searchPath, schema) {
		t := snap.TypeNamed(sc, base)
		if t == nil {
			continue
		}
		if written.ArrayDims == 0 || t.IsArray() {
			return t, nil
		}
		if t.Array == nil {
			return nil, missing
		}
		return t.Array, nil
	}
	return nil, missing
}

// parseTypeName lets the grammar read a type, as the target of a cast of NULL; whatever else the text
// makes of that is no type.
func parseTypeName(name string) (*parse.TypeName, error) {
	invalid := sqlstate.New(sqlstate.SyntaxError, "invalid type name %q", name)
	e, err := parse.ParseExpr("NULL::" + name)
	if err != nil {
		return nil, invalid
	}
	cast, ok := e.(*parse.CastExpr)
	if !ok || cast.Type.SetOf || cast.Type.PctType {
		return nil, invalid
	}
	if k, ok := cast.Arg.(*parse.Const); !ok || k.Kind != parse.ConstNull {
		return nil, invalid
	}
	return &cast.Type, nil
}
