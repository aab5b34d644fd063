package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/password"
	"github.com/seguedb/segue/query/sqlstate"
)

// CREATE, ALTER, RENAME and DROP of roles, as user.c has them.

func denied(format string, args ...any) *sqlstate.Error {
	return sqlstate.New(sqlstate.InsufficientPrivilege, format, args...)
}

// me is the current role.
func (b *binder) me() catalog.OID { return b.cat.Info().Role }

func (b *binder) superuser() bool { return b.cat.Snapshot().Superuser(b.me()) }

// mayCreateRoles is have_createrole_privilege.
func (b *binder) mayCreateRoles() bool {
	r := b.cat.Snapshot().RoleByOID(b.me())
	return r != nil && (r.Super || r.CreateRole)
}

// namedRole finds the role that a RoleSpec means, which PUBLIC is not.
func (b *binder) namedRole(spec parse.RoleSpec) (*catalog.Role, error) {
	snap, info := b.cat.Snapshot(), b.cat.Info()
	var r *catalog.Role
	name := spec.Name
	switch spec.Kind {
	case "current_user", "current_role":
		r = snap.RoleByOID(info.Role)
	case "session_user":
		r = snap.RoleByOID(info.SessionRole)
	case "public":
		name = "public"
	default:
		r = snap.Role(spec.Name)
	}
	if r == nil {
		return nil, catalog.NoRole(name)
	}
	return r, nil
}

// changeableRole is namedRole that refuses the predefined roles (check_rolespec_name).
func (b *binder) changeableRole(spec parse.RoleSpec) (*catalog.Role, error) {
	if spec.Kind == "" {
		if err := reservedPrefix(spec.Name); err != nil {
			return nil, err
		}
	}
	return b.namedRole(spec)
}

// reservedPrefix refuses the names that are the system's.
func reservedPrefix(name string) error {
	if strings.HasPrefix(name, "pg_") {
		return sqlstate.New(sqlstate.ReservedName, "role name %q is reserved", name).
			WithDetail("Role names starting with \"pg_\" are reserved.")
	}
	return nil
}

func (b *binder) freeRoleName(name string) error {
	if err := reservedPrefix(name); err != nil {
		return err
	}
	if b.cat.Snapshot().Role(name) != nil {
		return sqlstate.New(sqlstate.DuplicateObject, "role %q already exists", name)
	}
	return nil
}

// roleOptions is CREATE and ALTER ROLE's list, each option at most once.
type roleOptions map[string]*parse.RoleOption

func readRoleOptions(list []parse.RoleOption) (roleOptions, error) {
	out := roleOptions{}
	for i := range list {
		o := &list[i]
		if out[o.Name] != nil {
			return nil, fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		out[o.Name] = o
	}
	if o := out["connectionlimit"]; o != nil && o.Number < -1 {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid connection limit: %d", o.Number)
	}
	return out, nil
}

func (o roleOptions) on(name string) bool { return o[name] != nil && o[name].Flag }

func (b *binder) createRole(s *parse.CreateRoleStmt) (*Plan, error) {
	c := b.changeAccess()
	o, err := readRoleOptions(s.Options)
	if err != nil {
		return nil, err
	}
	if o["sysid"] != nil {
		c.notice(sqlstate.New("00000", "SYSID can no longer be specified"))
	}
	if err := b.mayCreate(o); err != nil {
		return nil, err
	}
	if err := b.freeRoleName(s.Name); err != nil {
		return nil, err
	}
	r := &catalog.Role{Name: s.Name, Inherit: true, Login: s.Kind == "user", ConnLimit: -1}
	c.Roles = append(c.Roles, r)
	if err := b.setAttributes(c, r, o); err != nil {
		return nil, err
	}
	if err := b.joinNewRole(c, r, o); err != nil {
		return nil, err
	}
	return c.plan("CREATE ROLE"), nil
}

// mayCreate checks CREATE ROLE's privileges.
func (b *binder) mayCreate(o roleOptions) error {
	if b.superuser() {
		return nil
	}
	for _, special := range []struct{ option, what string }{
		{"superuser", "superusers"}, {"isreplication", "replication users"}, {"bypassrls", "bypassrls users"},
	} {
		if o.on(special.option) {
			return denied("must be superuser to create %s", special.what)
		}
	}
	if !b.mayCreateRoles() {
		return denied("permission denied to create role")
	}
	return nil
}

// joinNewRole carries out IN ROLE, ROLE and ADMIN.
func (b *binder) joinNewRole(c *ChangeAccess, r *catalog.Role, o roleOptions) error {
	if in := o["addroleto"]; in != nil {
		for _, spec := range in.Roles {
			group, err := b.namedRole(spec)
			if err != nil {
				return err
			}
			if err := b.mayGrantRole(group); err != nil {
				return err
			}
			r.MemberOf = append(r.MemberOf, catalog.Membership{Role: group.OID, Grantor: b.me()})
		}
	}
	for _, list := range []struct {
		option string
		admin  bool
	}{{"adminmembers", true}, {"rolemembers", false}} {
		if o[list.option] == nil {
			continue
		}
		for _, spec := range o[list.option].Roles {
			member, err := b.namedRole(spec)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(r.MemberOf, func(m catalog.Membership) bool { return b.cat.Snapshot().Member(m.Role, member.OID) }) {
				return memberLoop(r.Name, member.Name)
			}
			addMembership(c.role(member.OID), catalog.Membership{Grantor: b.me(), Admin: list.admin})
		}
	}
	return nil
}

// setAttributes changes what the options say of a role.
func (b *binder) setAttributes(c *ChangeAccess, r *catalog.Role, o roleOptions) error {
	for name, field := range map[string]*bool{"superuser": &r.Super, "inherit": &r.Inherit, "createrole": &r.CreateRole,
		"createdb": &r.CreateDB, "canlogin": &r.Login, "isreplication": &r.Replication, "bypassrls": &r.BypassRLS} {
		if o[name] != nil {
			*field = o[name].Flag
		}
	}
	if o["connectionlimit"] != nil {
		r.ConnLimit = o["connectionlimit"].Number
	}
	if until := o["validUntil"]; until != nil {
		d, err := datum.ParseText(datum.Timestamptz, -1, until.Text, b.cat.DatumEnv())
		if err != nil {
			return err
		}
		at := d.Int()
		r.ValidUntil = &at
	}
	return setPassword(c, r, o["password"])
}

// setPassword keeps a password's verifier: one that the client made, or one made here at once. The password itself
// is kept nowhere.
func setPassword(c *ChangeAccess, r *catalog.Role, o *parse.RoleOption) error {
	switch {
	case o == nil:
		return nil
	case o.Null:
		r.Verifier = ""
	case password.Is(o.Text):
		r.Verifier = o.Text
	case password.IsMD5(o.Text):
		return unsupported(-1, "a password encrypted with MD5")
	default:
		v := password.Hash(o.Text)
		if o.Text == "" {
			c.notice(sqlstate.New("00000", "empty string is not a valid password, clearing password"))
			v = ""
		}
		r.Verifier = v
	}
	return nil
}

func (b *binder) alterRole(s *parse.AlterRoleStmt) (*Plan, error) {
	c := b.changeAccess()
	o, err := readRoleOptions(s.Options)
	if err != nil {
		return nil, err
	}
	role, err := b.changeableRole(s.Role)
	if err != nil {
		return nil, err
	}
	if err := b.mayAlter(role, o); err != nil {
		return nil, err
	}
	r := c.role(role.OID)
	if err := b.setAttributes(c, r, o); err != nil {
		return nil, err
	}
	if r.OID == catalog.OwnerOID && !r.Super {
		return nil, denied("permission denied to alter role").WithDetail("The bootstrap user must be superuser.")
	}
	if members := o["rolemembers"]; members != nil {
		for _, spec := range members.Roles {
			if err := b.changeMember(c, role, spec, memberChange{grant: !s.Drop, grantor: b.me()}); err != nil {
				return nil, err
			}
		}
	}
	return c.plan("ALTER ROLE"), nil
}

// mayAlter checks ALTER ROLE's privileges: everybody may change their own password.
func (b *binder) mayAlter(role *catalog.Role, o roleOptions) error {
	if b.superuser() {
		return nil
	}
	switch {
	case role.Super || o["superuser"] != nil:
		return denied("must be superuser to alter superuser roles or change superuser attribute")
	case role.Replication || o["isreplication"] != nil:
		return denied("must be superuser to alter replication roles or change replication attribute")
	case o["bypassrls"] != nil:
		return denied("must be superuser to change bypassrls attribute")
	case b.mayCreateRoles():
		return nil
	case len(o) == 1 && o["password"] != nil && role.OID == b.me():
		return nil
	}
	return denied("permission denied")
}

func (b *binder) renameRole(s *parse.RenameStmt) (*Plan, error) {
	c := b.changeAccess()
	role, err := b.namedRole(parse.RoleSpec{Name: s.Name[0]})
	if err != nil {
		return nil, err
	}
	info := b.cat.Info()
	switch {
	case role.OID == info.SessionRole:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "session user cannot be renamed")
	case role.OID == info.Role:
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "current user cannot be renamed")
	}
	if err := reservedPrefix(s.Name[0]); err != nil {
		return nil, err
	}
	if err := b.freeRoleName(s.To); err != nil {
		return nil, err
	}
	if role.Super && !b.superuser() {
		return nil, denied("must be superuser to rename superusers")
	}
	if !b.mayCreateRoles() {
		return nil, denied("permission denied to rename role")
	}
	c.role(role.OID).Name = s.To
	return c.plan("ALTER ROLE"), nil
}

func (b *binder) dropRole(s *parse.DropRoleStmt) (*Plan, error) {
	c := b.changeAccess()
	if !b.mayCreateRoles() {
		return nil, denied("permission denied to drop role")
	}
	for _, spec := range s.Roles {
		if spec.Kind != "" {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot use special role specifier in DROP ROLE")
		}
		role := c.Base.Role(spec.Name)
		switch {
		case role == nil && s.IfExists:
			c.notice(sqlstate.New("00000", "role %q does not exist, skipping", spec.Name))
			continue
		case role == nil:
			return nil, catalog.NoRole(spec.Name)
		}
		if err := b.mayDrop(role); err != nil {
			return nil, err
		}
		c.DropRoles = append(c.DropRoles, role.OID)
	}
	for _, oid := range c.DropRoles {
		if err := b.nothingDepends(c.Base, oid); err != nil {
			return nil, err
		}
		c.forget(oid)
	}
	return c.plan("DROP ROLE"), nil
}

func (b *binder) mayDrop(role *catalog.Role) error {
	info := b.cat.Info()
	switch {
	case role.OID == info.Role:
		return sqlstate.New(sqlstate.ObjectInUse, "current user cannot be dropped")
	case role.OID == info.SessionRole:
		return sqlstate.New(sqlstate.ObjectInUse, "session user cannot be dropped")
	case role.Super && !b.superuser():
		return denied("must be superuser to drop superusers")
	case role.OID < catalog.FirstUserOID:
		return sqlstate.New(sqlstate.DependentObjectsStillExist,
			"cannot drop role %s because it is required by the database system", role.Name)
	}
	return nil
}

// nothingDepends refuses to drop a role that owns something or that something was granted to.
func (b *binder) nothingDepends(snap *catalog.Snapshot, oid catalog.OID) error {
	lines := snap.RoleDependents(oid)
	if len(lines) == 0 {
		return nil
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist,
		"role %q cannot be dropped because some objects depend on it", snap.RoleName(oid)).WithDetail("%s", strings.Join(lines, "\n"))
}

// forget takes a role that goes out of the others' memberships, and its settings with it.
func (c *ChangeAccess) forget(oid catalog.OID) {
	about := func(m catalog.Membership) bool { return m.Role == oid }
	for _, r := range c.Base.Roles() {
		if r.OID != oid && slices.ContainsFunc(r.MemberOf, about) && !slices.Contains(c.DropRoles, r.OID) {
			changed := c.role(r.OID)
			changed.MemberOf = slices.DeleteFunc(changed.MemberOf, about)
		}
	}
	for _, x := range c.Base.RoleSettings() {
		if x.Role == oid {
			c.RoleSettings = append(c.RoleSettings, &catalog.RoleSetting{OID: x.OID})
		}
	}
}
