package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// grantRole is GRANT role TO role, and REVOKE.
func (b *binder) grantRole(s *parse.GrantRoleStmt) (*Plan, error) {
	if s.Option != "" {
		return nil, unsupported(-1, "the "+s.Option+" option of GRANT")
	}
	c := b.changeAccess()
	change := memberChange{grant: s.Grant, admin: s.Admin, grantor: b.me()}
	if s.Grantor != nil {
		grantor, err := b.namedRole(*s.Grantor)
		if err != nil {
			return nil, err
		}
		if change.grantor = grantor.OID; change.grantor != b.me() && !b.superuser() {
			return nil, denied("must be superuser to set grantor")
		}
	}
	for _, name := range s.Roles {
		role, err := b.namedRole(parse.RoleSpec{Name: name})
		if err != nil {
			return nil, err
		}
		for _, member := range s.Members {
			if err := b.changeMember(c, role, member, change); err != nil {
				return nil, err
			}
		}
	}
	if s.Grant {
		return c.plan("GRANT ROLE"), nil
	}
	return c.plan("REVOKE ROLE"), nil
}

// memberChange is what is to happen to a membership: granted or revoked, with the option to grant it (for REVOKE: the
// option alone).
type memberChange struct {
	grant, admin bool
	grantor      catalog.OID
}

// mayGrantRole is the check that AddRoleMems and DelRoleMems begin with.
func (b *binder) mayGrantRole(role *catalog.Role) error {
	if role.OID == catalog.DatabaseOwnerOID {
		return sqlstate.New(sqlstate.InvalidGrantOperation, "role %q cannot have explicit members", role.Name)
	}
	if role.Super {
		if !b.superuser() {
			return denied("must be superuser to alter superusers")
		}
		return nil
	}
	if !b.mayCreateRoles() && !b.cat.Snapshot().RoleAdmin(b.me(), role.OID) {
		return denied("must have admin option on role %q", role.Name)
	}
	return nil
}

func (b *binder) changeMember(c *ChangeAccess, role *catalog.Role, spec parse.RoleSpec, change memberChange) error {
	member, err := b.namedRole(spec)
	if err != nil {
		return err
	}
	if err := b.mayGrantRole(role); err != nil {
		return err
	}
	if !change.grant {
		c.removeMember(role, member, change.admin)
		return nil
	}
	switch {
	case member.OID == catalog.DatabaseOwnerOID:
		return sqlstate.New(sqlstate.InvalidGrantOperation, "role %q cannot be a member of any role", member.Name)
	case c.member(role.OID, member.OID):
		return memberLoop(role.Name, member.Name)
	}
	i := slices.IndexFunc(c.currentRole(member.OID).MemberOf, func(m catalog.Membership) bool { return m.Role == role.OID })
	if i >= 0 && (!change.admin || c.currentRole(member.OID).MemberOf[i].Admin) {
		c.notice(sqlstate.New("00000", "role %q is already a member of role %q", member.Name, role.Name))
		return nil
	}
	addMembership(c.role(member.OID), catalog.Membership{Role: role.OID, Grantor: change.grantor, Admin: change.admin})
	return nil
}

func memberLoop(role, member string) error {
	return sqlstate.New(sqlstate.InvalidGrantOperation, "role %q is a member of role %q", role, member)
}

// currentRole is a role as the statement has left it so far.
func (c *ChangeAccess) currentRole(oid catalog.OID) *catalog.Role {
	for _, r := range c.Roles {
		if r.OID == oid {
			return r
		}
	}
	return c.Base.RoleByOID(oid)
}

// member says whether one role is another, or a member of it, by what the statement has changed so far.
func (c *ChangeAccess) member(role, of catalog.OID) bool {
	seen := []catalog.OID{role}
	for i := 0; i < len(seen); i++ {
		if seen[i] == of {
			return true
		}
		r := c.currentRole(seen[i])
		if r == nil {
			continue
		}
		for _, m := range r.MemberOf {
			if !slices.Contains(seen, m.Role) {
				seen = append(seen, m.Role)
			}
		}
	}
	return false
}

// addMembership adds a membership to a role, or the admin option to the one it has.
func addMembership(r *catalog.Role, m catalog.Membership) {
	i := slices.IndexFunc(r.MemberOf, func(old catalog.Membership) bool { return old.Role == m.Role })
	if i < 0 {
		r.MemberOf = append(r.MemberOf, m)
		return
	}
	if m.Admin {
		r.MemberOf[i] = m
	}
}

func (c *ChangeAccess) removeMember(role, member *catalog.Role, adminOnly bool) {
	held := func(m catalog.Membership) bool { return m.Role == role.OID }
	if !slices.ContainsFunc(c.currentRole(member.OID).MemberOf, held) {
		c.warn(sqlstate.New(sqlstate.Warning, "role %q is not a member of role %q", member.Name, role.Name))
		return
	}
	changed := c.role(member.OID)
	if !adminOnly {
		changed.MemberOf = slices.DeleteFunc(changed.MemberOf, held)
		return
	}
	changed.MemberOf[slices.IndexFunc(changed.MemberOf, held)].Admin = false
}

// SettingChecker is a Catalog that knows the run-time parameters: it checks what ALTER ROLE … SET says.
type SettingChecker interface {
	// CheckSetting gives a parameter's name, and for SET a value that it takes.
	CheckSetting(set *parse.SetStmt) (name, value string, err error)
}

// alterRoleSet is ALTER ROLE … SET and RESET, and ALTER DATABASE … SET.
func (b *binder) alterRoleSet(s *parse.AlterRoleSetStmt) (*Plan, error) {
	c := b.changeAccess()
	x, tag, err := b.settingTarget(s)
	if err != nil {
		return nil, err
	}
	next := catalog.RoleSetting{Database: x.Database, Role: x.Role}
	if old := c.Base.RoleSetting(x.Database, x.Role); old != nil {
		next.OID, next.Values = old.OID, slices.Clone(old.Values)
	}
	if next.Values, err = b.changeSettings(next.Values, s.Set); err != nil {
		return nil, err
	}
	if next.OID != 0 || len(next.Values) > 0 {
		c.RoleSettings = append(c.RoleSettings, &next)
	}
	return c.plan(tag), nil
}

// changeSettings sets or resets one of the values, or drops them all.
func (b *binder) changeSettings(values []string, set *parse.SetStmt) ([]string, error) {
	if set.All {
		return nil, nil
	}
	checker, ok := b.cat.(SettingChecker)
	if !ok {
		return nil, unsupported(-1, "ALTER ROLE … SET without a server")
	}
	name, value, err := checker.CheckSetting(set)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(name, v[:strings.IndexByte(v, '=')]) })
	switch {
	case set.Default && i >= 0:
		return slices.Delete(values, i, i+1), nil
	case set.Default:
	case i >= 0:
		values[i] = name + "=" + value
	default:
		values = append(values, name+"="+value)
	}
	return values, nil
}

// settingTarget finds whose settings are meant, and checks that they may be changed.
func (b *binder) settingTarget(s *parse.AlterRoleSetStmt) (x catalog.RoleSetting, tag string, err error) {
	snap := b.cat.Snapshot()
	tag = "ALTER ROLE"
	if s.Role.Kind != "all" {
		role, err := b.changeableRole(s.Role)
		if err != nil {
			return x, "", err
		}
		switch {
		case role.Super && !b.superuser():
			return x, "", denied("must be superuser to alter superusers")
		case !role.Super && !b.mayCreateRoles() && role.OID != b.me():
			return x, "", denied("permission denied")
		}
		x.Role = role.OID
	}
	if s.Database != "" {
		if s.Database != b.cat.Info().Database {
			return x, "", sqlstate.New(sqlstate.InvalidCatalogName, "database %q does not exist", s.Database)
		}
		x.Database = catalog.DatabaseOID
	}
	if s.Role.Kind != "all" {
		return x, tag, nil
	}
	switch {
	case s.Database == "" && !b.superuser():
		return x, "", denied("must be superuser to alter settings globally")
	case s.Database != "" && !snap.Owns(b.me(), catalog.ClassDatabase, catalog.DatabaseOID):
		return x, "", denied("must be owner of database %s", s.Database)
	case s.Database != "":
		tag = "ALTER DATABASE"
	}
	return x, tag, nil
}
