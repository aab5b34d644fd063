package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// alterOwner is ALTER kind … OWNER TO, for what is no relation.
func (b *binder) alterOwner(s *parse.AlterOwnerStmt) (*Plan, error) {
	if s.Kind == "event trigger" {
		return b.eventTriggerOwner(s.Object.Name[0], s.Owner)
	}
	tag := "ALTER " + strings.ToUpper(s.Kind)
	kind, err := grantKindOf(s.Kind)
	if s.Kind == "operator" {
		kind, err = grantKind{kind: catalog.ObjectOperator, word: s.Kind}, nil
	}
	if err != nil {
		return nil, unsupported(-1, tag+" OWNER TO")
	}
	o, err := b.grantTarget(kind.kind, s.Object)
	if err != nil {
		return nil, err
	}
	if s.Kind == "domain" && !b.cat.Snapshot().TypeByOID(o.oid).IsDomain() {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%s is not a domain", strings.Join(s.Object.Name, "."))
	}
	if s.Kind == "aggregate" {
		if _, err := b.routine(s.Kind, s.Object); err != nil {
			return nil, err
		}
	}
	c := b.changeAccess()
	if err := b.changeOwner(c, kind.kind, o.oid, s.Owner); err != nil {
		return nil, err
	}
	return c.plan(tag), nil
}

// changeOwner gives an object to another role: what ALTER TABLE … OWNER TO and its kin do, wherever they are bound.
func (b *binder) changeOwner(c *ChangeAccess, kind catalog.ObjectKind, oid catalog.OID, to parse.RoleSpec) error {
	role, err := b.namedRole(to)
	if err != nil {
		return err
	}
	snap := b.cat.Snapshot()
	if snap.Owner(kind.Class(), oid) == role.OID {
		return nil
	}
	if err := mustOwn(snap, b.me(), kind, oid); err != nil {
		return err
	}
	if !snap.MemberOf(b.me(), role.OID) {
		return denied("must be member of role %q", role.Name)
	}
	if err := b.mayReceive(kind, oid, role.OID); err != nil {
		return err
	}
	if t := snap.TableOfType(oid); t != nil && kind == catalog.ObjectType {
		if !t.Composite {
			return sqlstate.New(sqlstate.WrongObjectType, "%s is a table's row type", t.Name).WithHint("Use ALTER TABLE instead.")
		}
		kind, oid = catalog.ObjectTable, t.OID // whose type follows it
	}
	c.setOwner(kind, oid, role.OID)
	return nil
}

// changeSequenceOwner is changeOwner of a sequence, whose owner is its column's table's where it has one.
func (b *binder) changeSequenceOwner(c *ChangeAccess, q *catalog.Sequence, to parse.RoleSpec) error {
	if t := b.cat.Snapshot().TableByOID(q.OwnerTable); t != nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot change owner of sequence").
			WithDetail("Sequence %q is linked to table %q.", q.Name, t.Name)
	}
	return b.changeOwner(c, catalog.ObjectSequence, q.OID, to)
}

// mayReceive checks that the new owner could have created the object where it is.
func (b *binder) mayReceive(kind catalog.ObjectKind, oid, role catalog.OID) error {
	snap := b.cat.Snapshot()
	if b.superuser() {
		return nil
	}
	if kind == catalog.ObjectSchema {
		if snap.Held(role, catalog.ObjectDatabase, catalog.DatabaseOID, catalog.PrivCreate) == 0 {
			return deniedOn(snap, catalog.ObjectDatabase, catalog.DatabaseOID, b.cat.Info().Database)
		}
		return nil
	}
	schema := snap.SchemaOf(kind, oid)
	if schema != nil && snap.Held(role, catalog.ObjectSchema, schema.OID, catalog.PrivCreate) == 0 {
		return deniedOn(snap, catalog.ObjectSchema, schema.OID, schema.Name)
	}
	return nil
}

// setOwner gives an object, and the sequences of a table's columns with it, to a role.
func (c *ChangeAccess) setOwner(kind catalog.ObjectKind, oid, role catalog.OID) {
	r := c.rights(kind.Class(), oid)
	from := c.Base.Owner(kind.Class(), oid)
	if acl := c.Base.ACL(kind, oid); acl != nil {
		r.Set, r.ACL = true, acl.WithOwner(from, role)
	}
	for att, acl := range r.Columns {
		r.Columns[att] = acl.WithOwner(from, role)
	}
	r.Owner = role
	if kind != catalog.ObjectTable {
		return
	}
	for _, q := range c.Base.Sequences() {
		if q.OwnerTable == oid {
			c.setOwner(catalog.ObjectSequence, q.OID, role)
		}
	}
}

// mustOwn refuses who does not own the object.
func mustOwn(snap *catalog.Snapshot, role catalog.OID, kind catalog.ObjectKind, oid catalog.OID) error {
	if snap.Owns(role, kind.Class(), oid) {
		return nil
	}
	return denied("must be owner of %s %s", objectWord(snap, kind, oid), snap.ObjectName(kind, oid))
}

// ownedRoles finds the roles of REASSIGN and DROP OWNED, whose privileges the current role must have.
func (b *binder) ownedRoles(specs []parse.RoleSpec, refusal string) ([]catalog.OID, error) {
	var out []catalog.OID
	for _, spec := range specs {
		role, err := b.namedRole(spec)
		if err != nil {
			return nil, err
		}
		if !b.cat.Snapshot().HasRole(b.me(), role.OID) {
			return nil, denied("%s", refusal)
		}
		if role.OID < catalog.FirstUserOID {
			verb := "drop objects owned by"
			if strings.Contains(refusal, "reassign") {
				verb = "reassign ownership of objects owned by"
			}
			return nil, sqlstate.New(sqlstate.DependentObjectsStillExist,
				"cannot %s role %s because they are required by the database system", verb, role.Name)
		}
		out = append(out, role.OID)
	}
	return out, nil
}

// reassignOwned is REASSIGN OWNED.
func (b *binder) reassignOwned(s *parse.ReassignOwnedStmt) (*Plan, error) {
	roles, err := b.ownedRoles(s.Roles, "permission denied to reassign objects")
	if err != nil {
		return nil, err
	}
	to, err := b.namedRole(s.To)
	if err != nil {
		return nil, err
	}
	if !b.cat.Snapshot().HasRole(b.me(), to.OID) {
		return nil, denied("permission denied to reassign objects")
	}
	c := b.changeAccess()
	for _, r := range c.Base.AllRights() {
		if slices.Contains(roles, r.Owner) {
			c.setOwner(c.Base.KindOf(r.Class, r.Object), r.Object, to.OID)
		}
	}
	return c.plan("REASSIGN OWNED"), nil
}

// dropOwned is DROP OWNED: what the roles own goes, and what they were granted is revoked.
func (b *binder) dropOwned(s *parse.DropOwnedStmt) (*Plan, error) {
	roles, err := b.ownedRoles(s.Roles, "permission denied to drop objects")
	if err != nil {
		return nil, err
	}
	c := b.changeAccess()
	var owned []dropObject
	for _, r := range c.Base.AllRights() {
		if !slices.Contains(roles, r.Owner) {
			b.revokeAll(c, r, roles)
			continue
		}
		o, err := b.ownedObject(r)
		if err != nil {
			return nil, err
		}
		if o != nil {
			owned = append(owned, *o)
		}
	}
	for _, d := range c.Base.AllDefaultRights() {
		if slices.Contains(roles, d.Role) {
			c.DropDefaults = append(c.DropDefaults, d.OID)
		}
	}
	if len(owned) > 0 {
		c.Drop = &Drop{Kind: "table"}
		if err := b.dropObjects(c.Drop, owned, s.Cascade); err != nil {
			return nil, err
		}
	}
	return c.plan("DROP OWNED"), nil
}

func (b *binder) revokeAll(c *ChangeAccess, r *catalog.Rights, roles []catalog.OID) {
	for _, role := range roles {
		if !r.ACL.Names(role) && !r.ColumnsName(role) {
			continue
		}
		changed := c.rights(r.Class, r.Object)
		changed.ACL = changed.ACL.Without(role)
		for att, acl := range changed.Columns {
			changed.Columns[att] = acl.Without(role)
		}
		dropEmptyColumns(changed)
	}
}

// ownedObject is an object that a role owns, to be dropped; nil for what goes with another.
func (b *binder) ownedObject(r *catalog.Rights) (*dropObject, error) {
	snap := b.cat.Snapshot()
	switch {
	case r.Class == catalog.ClassSchema:
		sc := snap.SchemaByOID(r.Object)
		return b.dropSchema(&Drop{}, &parse.DropStmt{At: -1, Kind: "schema"}, parse.Name{sc.Name})
	case r.Class != catalog.ClassRelation:
		return nil, nil
	}
	if t := snap.TableByOID(r.Object); t != nil {
		o := b.tableObject(t)
		return &o, nil
	}
	if q := snap.SequenceByOID(r.Object); q != nil && q.OwnerTable == 0 {
		o := b.sequenceObject(q)
		return &o, nil
	}
	return nil, nil
}
