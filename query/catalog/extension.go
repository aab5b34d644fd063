package catalog

import "slices"

// BtreeGist is the extension that PostgreSQL needs for EXCLUDE USING gist (room WITH =, …). What it does is built in, so
// CREATE EXTENSION finds it; it is listed where a constraint needs it, so that a dump has it made first.
const (
	BtreeGist                   = "btree_gist"
	btreeGistExtensionOID   OID = 16449 // from 16384 up: pg_dump takes others for initdb's
	btreeGistVersion            = "1.7"
	btreeGistExtensionWords     = "support for indexing common datatypes in GiST"
)

// needsBtreeGist says whether an exclusion constraint compares what is no range.
func (s *Snapshot) needsBtreeGist() bool {
	return slices.ContainsFunc(s.userTables(), func(t *Table) bool {
		return slices.ContainsFunc(t.Indexes, func(ix Index) bool { return slices.ContainsFunc(ix.Exclude, ofBtreeGist) })
	})
}

func ofBtreeGist(operator OID) bool {
	t := Builtin().OperatorByOID(operator).Left
	return t.Name != "anyrange" && t.Name != "anymultirange"
}

// ExtensionComment is the comment of an extension that is built in, "" for one that is not.
func ExtensionComment(name string) string {
	switch name {
	case vectorExtensionName:
		return vectorExtensionComment
	case BtreeGist:
		return btreeGistExtensionWords
	case "plpgsql":
		return "PL/pgSQL procedural language"
	}
	if a := AvailableExtension(name); a != nil {
		return a.Comment
	}
	return ""
}

// ExtensionVersion is the version of a built-in extension.
func ExtensionVersion(name string) string {
	switch name {
	case vectorExtensionName:
		return vectorExtensionVersion
	case BtreeGist:
		return btreeGistVersion
	}
	if a := AvailableExtension(name); a != nil {
		return a.Version
	}
	return "1.0"
}

// ExtensionInstalled says whether vector is there: it is wherever the schema is that its objects are in, public.
func (s *Snapshot) ExtensionInstalled() bool { return s.schemas[PublicOID] != nil }
