package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Access is what a plan needs of one object. The binder notes it, CheckAccess decides: as in Postgres a statement is
// bound whoever asks, and refused when it is run.
type Access struct {
	Kind   catalog.ObjectKind
	Object catalog.OID
	// Need is to be held on the object, or (INSERT, SELECT, UPDATE) on all of the columns named.
	Need                   catalog.Privileges
	Select, Insert, Update []int16
	// Own asks for the owner's rights, and OwnSchema is content with those of its schema's owner.
	Own, OwnSchema bool
	// Member asks for a role's privileges, of which the object is none.
	Member catalog.OID
	// As is whose privileges count: 0 is the current role, else the owner of the view around.
	As catalog.OID
}

// needs notes that the statement uses an object.
func (b *binder) needs(kind catalog.ObjectKind, oid catalog.OID, p catalog.Privileges) *Access {
	a := &Access{Kind: kind, Object: oid, Need: p, As: b.as}
	b.access = append(b.access, a)
	return a
}

func (b *binder) needsTable(t *catalog.Table, p catalog.Privileges) *Access {
	return b.needs(catalog.ObjectTable, t.OID, p)
}

// asOwner binds with another role's privileges: a view's body with its owner's.
func (b *binder) asOwner(owner catalog.OID, bind func() error) error {
	outer := b.as
	b.as = owner
	defer func() { b.as = outer }()
	return bind()
}

// reads lets the scope's columns note that they are read.
func (s *scope) reads(a *Access) {
	for i := range s.cols {
		if s.cols[i].table == a.Object {
			s.cols[i].access = a
		}
	}
}

// read notes that the column is read.
func (c *scopeCol) read() {
	if c.access == nil {
		return
	}
	c.access.Need |= catalog.PrivSelect
	if !slices.Contains(c.access.Select, c.attNum) {
		c.access.Select = append(c.access.Select, c.attNum)
	}
}

// attNums are the attribute numbers of columns given by ordinal.
func attNums(t *catalog.Table, ordinals []int) []int16 {
	out := make([]int16, len(ordinals))
	for i, o := range ordinals {
		out[i] = t.Columns[o].AttNum
	}
	return out
}

// CheckAccess refuses (42501) what a role may not do. It costs nothing for a superuser.
func CheckAccess(snap *catalog.Snapshot, role catalog.OID, list []*Access) error {
	for _, a := range list {
		as := role
		if a.As != 0 {
			as = a.As
		}
		if snap.Superuser(as) {
			continue
		}
		if err := a.check(snap, as); err != nil {
			return err
		}
	}
	return nil
}

func (a *Access) check(snap *catalog.Snapshot, role catalog.OID) error {
	switch {
	case a.Member != 0:
		if snap.HasRole(role, a.Member) {
			return nil
		}
		return denied("permission denied to read files of the server").
			WithDetail("Only roles with privileges of the %q role may read below the audio root.", snap.RoleName(a.Member))
	case a.Own:
		schema := snap.SchemaOf(a.Kind, a.Object)
		if a.OwnSchema && schema != nil && snap.Owns(role, catalog.ClassSchema, schema.OID) {
			return nil
		}
		return mustOwn(snap, role, a.Kind, a.Object)
	}
	missing := a.Need &^ snap.Held(role, a.Kind, a.Object, a.Need)
	if missing == 0 {
		return nil
	}
	t := snap.TableByOID(a.Object)
	if missing&^(catalog.PrivSelect|catalog.PrivInsert|catalog.PrivUpdate) == 0 && t != nil &&
		a.columnsHeld(snap, t, role, catalog.PrivSelect&missing, a.Select) &&
		a.columnsHeld(snap, t, role, catalog.PrivInsert&missing, a.Insert) &&
		a.columnsHeld(snap, t, role, catalog.PrivUpdate&missing, a.Update) {
		return nil
	}
	return deniedOn(snap, a.Kind, a.Object, snap.ObjectName(a.Kind, a.Object))
}

// columnsHeld says whether a privilege is held on each of the columns; where none is named, as in count(*), on any.
func (a *Access) columnsHeld(snap *catalog.Snapshot, t *catalog.Table, role catalog.OID, p catalog.Privileges, columns []int16) bool {
	if p == 0 {
		return true
	}
	held := func(att int16) bool { return snap.HeldOnColumn(role, t.OID, att, p) == p }
	if len(columns) == 0 {
		return slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return held(c.AttNum) })
	}
	return !slices.ContainsFunc(columns, func(att int16) bool { return !held(att) })
}

// lookupSchema finds a schema that a name is qualified with, which takes USAGE; nil where there is none.
func (b *binder) lookupSchema(name string, pos int) (*catalog.Schema, error) {
	sc := b.anySchema(name)
	if sc == nil || b.uses(sc) {
		return sc, nil
	}
	return nil, deniedOn(b.cat.Snapshot(), catalog.ObjectSchema, sc.OID, sc.Name).At(pos)
}

func (b *binder) schemaNamed(name string, pos int) (*catalog.Schema, error) {
	sc, err := b.lookupSchema(name, pos)
	if err == nil && sc == nil {
		err = fail(pos, sqlstate.InvalidSchemaName, "schema %q does not exist", name)
	}
	return sc, err
}

// uses says whether the current role may look into a schema.
func (b *binder) uses(sc *catalog.Schema) bool {
	if sc.Name == b.cat.Info().TempSchema {
		return true
	}
	role := b.me()
	if b.as != 0 {
		role = b.as
	}
	return b.cat.Snapshot().Held(role, catalog.ObjectSchema, sc.OID, catalog.PrivUsage) != 0
}

// mayCreateIn refuses a new object where the role may not create.
func (b *binder) mayCreateIn(sc *catalog.Schema, pos int) error {
	if b.cat.Snapshot().Held(b.me(), catalog.ObjectSchema, sc.OID, catalog.PrivCreate) != 0 {
		return nil
	}
	return deniedOn(b.cat.Snapshot(), catalog.ObjectSchema, sc.OID, sc.Name).At(pos)
}

// callAccess notes what calling a function takes: EXECUTE where that is not everybody's, and the right to read the
// server's files for those that do.
func (b *binder) callAccess(p *catalog.Proc) {
	if b.procs != nil {
		b.procs[p.OID] = true
	}
	if p.User != nil {
		b.userCalls++
	}
	if b.cat.Snapshot().ACL(catalog.ObjectFunction, p.OID) != nil {
		b.needs(catalog.ObjectFunction, p.OID, catalog.PrivExecute).As = 0 // also in a view
	}
	if p.ReadsFiles() {
		a := b.needs(catalog.ObjectFunction, p.OID, 0)
		a.Member = catalog.ReadServerFilesOID
	}
}

// definitionAccess notes what a definition needs of the objects that it changes.
func (b *binder) definitionAccess(n Node) {
	switch x := n.(type) {
	case *CreateIndex:
		b.own(catalog.ObjectTable, x.Table.OID, false)
	case *CreateView:
		if x.Old != nil {
			b.own(catalog.ObjectTable, x.Old.OID, false)
		}
	case *Refresh:
		b.own(catalog.ObjectTable, x.Table.OID, false)
	case *ChangeSequence:
		if x.Old != nil {
			b.own(catalog.ObjectSequence, x.Old.OID, false)
		}
	case *ChangeType:
		if x.Old != nil {
			b.own(catalog.ObjectType, x.Old.OID, false)
		}
	case *ChangeFunction:
		if x.Old != nil {
			b.own(catalog.ObjectFunction, x.Old.OID, false)
		}
	case *AlterTable:
		if x.Table != nil {
			b.own(catalog.ObjectTable, x.Table.OID, false)
		}
	case *Comment:
		b.commentAccess(x)
	case *Truncate:
		for _, t := range x.Tables {
			b.needsTable(t, catalog.PrivTruncate)
		}
	case *CreateSchema:
		if x.Exists {
			return
		}
		b.needs(catalog.ObjectDatabase, catalog.DatabaseOID, catalog.PrivCreate)
	case *Explain:
		b.definitionAccess(x.Input)
	}
}

func (b *binder) commentAccess(x *Comment) {
	switch {
	case x.Table != nil && x.Table.Composite:
		b.own(catalog.ObjectType, x.Table.RowTypeOID(), false)
	case x.Type != nil:
		b.own(catalog.ObjectType, x.Type.OID, false)
	case x.Table != nil:
		b.own(catalog.ObjectTable, x.Table.OID, false)
	case x.Sequence != nil:
		b.own(catalog.ObjectSequence, x.Sequence.OID, false)
	case x.Schema != nil:
		b.own(catalog.ObjectSchema, x.Schema.OID, false)
	case x.Function != nil:
		b.own(catalog.ObjectFunction, x.Function.OID, false)
	}
}

func (b *binder) own(kind catalog.ObjectKind, oid catalog.OID, orSchema bool) {
	a := b.needs(kind, oid, 0)
	a.Own, a.OwnSchema = true, orSchema
}

// dropAccess notes what dropping one object takes. What depends on it goes with it, whoever owns that.
func (b *binder) dropAccess(kind string, oid catalog.OID) {
	switch kind {
	case "schema":
		b.own(catalog.ObjectSchema, oid, false)
	case "type":
		b.own(catalog.ObjectType, oid, true)
	case "extension":
		b.own(catalog.ObjectExtension, oid, false)
	case "function", "procedure", "routine", "aggregate":
		b.own(catalog.ObjectFunction, oid, true)
	case "table", "view", "materialized view", "foreign table", "sequence", "index":
		b.own(b.cat.Snapshot().KindOf(catalog.ClassRelation, oid), oid, true)
	}
}

// accessStatement binds the statements about roles and privileges; nil for others.
func (b *binder) accessStatement(stmt parse.Stmt) (*Plan, error) {
	switch s := stmt.(type) {
	case *parse.CreateRoleStmt:
		return b.createRole(s)
	case *parse.AlterRoleStmt:
		return b.alterRole(s)
	case *parse.AlterRoleSetStmt:
		return b.alterRoleSet(s)
	case *parse.DropRoleStmt:
		return b.dropRole(s)
	case *parse.GrantRoleStmt:
		return b.grantRole(s)
	case *parse.GrantStmt:
		return b.grant(s)
	case *parse.AlterDefaultPrivilegesStmt:
		return b.alterDefaultPrivileges(s)
	case *parse.ReassignOwnedStmt:
		return b.reassignOwned(s)
	case *parse.DropOwnedStmt:
		return b.dropOwned(s)
	case *parse.AlterOwnerStmt:
		return b.alterOwner(s)
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "this statement cannot be planned")
}
