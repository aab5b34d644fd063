package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Extensions: vector and btree_gist are built in, vector for as long as schema public is. CREATE EXTENSION succeeds for both
// without IF NOT EXISTS, too: migrations are written for databases in which they are not there yet.

func installedExtension(name string) bool { return catalog.ExtensionComment(name) != "" }

func noExtension(name string) error {
	return sqlstate.New(sqlstate.UndefinedObject, "extension %q does not exist", name)
}

// createExtension accepts what is built in.
func (b *binder) createExtension(s *parse.CreateExtensionStmt) (*Plan, error) {
	if !installedExtension(s.Name) {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "extension %q is not available", s.Name).
			WithDetail("Could not open extension control file \"%s.control\": No such file or directory.", s.Name).
			WithHint("The extension must first be installed on the system where PostgreSQL is running.")
	}
	for _, o := range s.Options {
		if text, _ := optionText(o); o.Name == "new_version" && text != catalog.ExtensionVersion(s.Name) {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue,
				"extension %q has no installation script nor update path for version %q", s.Name, text)
		}
	}
	if s.Name == "vector" && !b.cat.Snapshot().ExtensionInstalled() {
		return nil, sqlstate.New(sqlstate.InvalidSchemaName, "no schema has been selected to create in").
			WithHint("The objects of extension vector are in schema public: CREATE SCHEMA public first.")
	}
	if of := catalog.AvailableExtension(s.Name); of != nil && b.cat.Snapshot().Extension(s.Name) == nil {
		return b.makeExtension(of, s)
	}
	if s.IfNotExists {
		node := &Drop{Notices: []*sqlstate.Error{
			sqlstate.New(sqlstate.DuplicateObject, "extension %q already exists, skipping", s.Name)}}
		return &Plan{Root: node, Tag: "CREATE EXTENSION", Writes: true, DDL: true}, nil
	}
	if s.Name != "vector" && s.Name != catalog.BtreeGist {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "extension %q already exists", s.Name)
	}
	return &Plan{Tag: "CREATE EXTENSION"}, nil
}

// alterExtension is ALTER EXTENSION … UPDATE, which finds the only version that there is installed already.
func (b *binder) alterExtension(s *parse.AlterExtensionStmt) (*Plan, error) {
	if !installedExtension(s.Name) || catalog.AvailableExtension(s.Name) != nil && b.cat.Snapshot().Extension(s.Name) == nil {
		return nil, noExtension(s.Name)
	}
	version := catalog.ExtensionVersion(s.Name)
	for _, o := range s.Options {
		if text, _ := optionText(o); o.Name == "new_version" && text != version {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue,
				"extension %q has no update path from version %q to version %q", s.Name, version, text)
		}
	}
	node := &Drop{Notices: []*sqlstate.Error{
		sqlstate.New("00000", "version %q of extension %q is already installed", version, s.Name)}}
	return &Plan{Root: node, Tag: "ALTER EXTENSION", Writes: true, DDL: true}, nil
}

// dropExtension finds none that can be dropped.
func (b *binder) dropExtension(d *Drop, s *parse.DropStmt, name parse.Name) (*dropObject, error) {
	if !installedExtension(name[0]) {
		return nil, d.missing(s, "extension", name[0], sqlstate.UndefinedObject)
	}
	if e := b.cat.Snapshot().Extension(name[0]); e != nil {
		o := b.extensionObject(e)
		return &o, nil
	}
	if catalog.AvailableExtension(name[0]) != nil {
		return nil, d.missing(s, "extension", name[0], sqlstate.UndefinedObject)
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "extension %q is built in and cannot be dropped", name[0])
}

// renameSchema binds ALTER SCHEMA … RENAME TO.
func (b *binder) renameSchema(s *parse.RenameStmt) (*Plan, error) {
	sc, err := b.namedSchemaToChange(s.Name[0])
	if err != nil {
		return nil, err
	}
	if b.cat.Snapshot().Schema(s.To) != nil {
		return nil, sqlstate.New(sqlstate.DuplicateSchema, "schema %q already exists", s.To)
	}
	if err := freeSchemaName(s.To); err != nil {
		return nil, err
	}
	fresh := *sc
	fresh.Name = s.To
	return &Plan{Root: &ChangeSchema{Old: sc, New: &fresh}, Tag: "ALTER SCHEMA", Writes: true, DDL: true}, nil
}

// namedSchemaToChange refuses the built-in ones.
func (b *binder) namedSchemaToChange(name string) (*catalog.Schema, error) {
	sc := b.cat.Snapshot().Schema(name)
	switch {
	case sc == nil:
		return nil, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", name)
	case sc.OID == catalog.PublicOID || systemSchema(sc):
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "schema %q is built in and cannot be renamed", name)
	case !b.cat.Snapshot().Owns(b.me(), catalog.ClassSchema, sc.OID):
		return nil, sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of schema %s", name)
	}
	return sc, nil
}
