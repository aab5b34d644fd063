package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Statements about roles and privileges.
type (
	// RoleSpec names a role, or is one of the words that stand for one.
	RoleSpec struct {
		At
		// Kind is "" for a name, else current_user, current_role, session_user or public.
		Kind string
		Name string
	}
	// RoleOption is an attribute of CREATE and ALTER ROLE, under the grammar's name for it: superuser, inherit,
	// createrole, createdb, canlogin, isreplication, bypassrls (Flag), connectionlimit (Number), password (Text, Null),
	// validUntil (Text), and addroleto, rolemembers, adminmembers (Roles), sysid.
	RoleOption struct {
		At
		Name   string
		Flag   bool
		Number int
		Text   string
		Null   bool
		Roles  []RoleSpec
	}
	// CreateRoleStmt is CREATE ROLE, USER or GROUP (Kind, in lower case).
	CreateRoleStmt struct {
		At
		Kind    string
		Name    string
		Options []RoleOption
	}
	// AlterRoleStmt is ALTER ROLE with attributes, and ALTER GROUP … ADD or DROP USER.
	AlterRoleStmt struct {
		At
		Role    RoleSpec
		Drop    bool // DROP USER
		Options []RoleOption
	}
	// AlterRoleSetStmt is ALTER ROLE … SET and ALTER DATABASE … SET, and RESET.
	AlterRoleSetStmt struct {
		At
		Role     RoleSpec // of all roles when its Kind is "all"
		Database string
		Set      *SetStmt
	}
	// DropRoleStmt is DROP ROLE.
	DropRoleStmt struct {
		At
		Roles    []RoleSpec
		IfExists bool
	}
	// GrantRoleStmt is GRANT role TO role, and REVOKE.
	GrantRoleStmt struct {
		At
		Grant   bool
		Roles   []string
		Members []RoleSpec
		// Admin is WITH ADMIN OPTION, or ADMIN OPTION FOR. Option names another option of later versions.
		Admin   bool
		Option  string
		Grantor *RoleSpec
		Cascade bool
	}
	// AccessPriv is one privilege of GRANT, lower case, with its columns.
	AccessPriv struct {
		Name string
		Cols []string
	}
	// GrantObject is an object that GRANT names: a name, and for functions the argument types.
	GrantObject struct {
		At
		Name    Name
		Args    []TypeName
		HasArgs bool // told apart by their arguments
	}
	// GrantStmt is GRANT and REVOKE of privileges. Kind is the kind of the objects in lower case; Target is "object",
	// "schema" (ALL … IN SCHEMA, of which Objects are the names) or "defaults".
	GrantStmt struct {
		At
		Grant       bool
		Target      string
		Kind        string
		Objects     []GrantObject
		Privileges  []AccessPriv // empty for ALL
		Grantees    []RoleSpec
		GrantOption bool
		Grantor     *RoleSpec
		Cascade     bool
	}
	// AlterDefaultPrivilegesStmt is ALTER DEFAULT PRIVILEGES.
	AlterDefaultPrivilegesStmt struct {
		At
		Roles   []RoleSpec
		Schemas []string
		Action  *GrantStmt
	}
	// ReassignOwnedStmt is REASSIGN OWNED.
	ReassignOwnedStmt struct {
		At
		Roles []RoleSpec
		To    RoleSpec
	}
	// DropOwnedStmt is DROP OWNED.
	DropOwnedStmt struct {
		At
		Roles   []RoleSpec
		Cascade bool
	}
	// AlterOwnerStmt is ALTER kind … OWNER TO, of other objects than relations.
	AlterOwnerStmt struct {
		At
		Kind   string
		Object GrantObject
		Owner  RoleSpec
	}
)

func (*CreateRoleStmt) stmt()             {}
func (*AlterRoleStmt) stmt()              {}
func (*AlterRoleSetStmt) stmt()           {}
func (*DropRoleStmt) stmt()               {}
func (*GrantRoleStmt) stmt()              {}
func (*GrantStmt) stmt()                  {}
func (*AlterDefaultPrivilegesStmt) stmt() {}
func (*ReassignOwnedStmt) stmt()          {}
func (*DropOwnedStmt) stmt()              {}
func (*AlterOwnerStmt) stmt()             {}

// access converts the statements of this file; nil for others.
func (c *converter) access(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_CreateRoleStmt:
		s := n.CreateRoleStmt
		kind := strings.ToLower(strings.TrimPrefix(s.StmtType.String(), "ROLESTMT_"))
		return &CreateRoleStmt{At: -1, Kind: kind, Name: s.Role, Options: c.roleOptions(s.Options)}
	case *pg.Node_AlterRoleStmt:
		s := n.AlterRoleStmt
		return &AlterRoleStmt{At: -1, Role: c.roleSpec(s.Role), Drop: s.Action < 0, Options: c.roleOptions(s.Options)}
	case *pg.Node_AlterRoleSetStmt:
		return c.alterRoleSet(n.AlterRoleSetStmt)
	case *pg.Node_AlterDatabaseSetStmt:
		s := n.AlterDatabaseSetStmt
		return &AlterRoleSetStmt{At: -1, Role: RoleSpec{At: -1, Kind: "all"}, Database: s.Dbname, Set: c.setOf(s.Setstmt)}
	case *pg.Node_DropRoleStmt:
		return &DropRoleStmt{At: -1, Roles: c.roleSpecs(n.DropRoleStmt.Roles), IfExists: n.DropRoleStmt.MissingOk}
	case *pg.Node_GrantRoleStmt:
		return c.grantRole(n.GrantRoleStmt)
	case *pg.Node_GrantStmt:
		return c.grant(n.GrantStmt)
	case *pg.Node_AlterDefaultPrivilegesStmt:
		return c.alterDefaultPrivileges(n.AlterDefaultPrivilegesStmt)
	case *pg.Node_ReassignOwnedStmt:
		return &ReassignOwnedStmt{At: -1, Roles: c.roleSpecs(n.ReassignOwnedStmt.Roles), To: c.roleSpec(n.ReassignOwnedStmt.Newrole)}
	case *pg.Node_DropOwnedStmt:
		s := n.DropOwnedStmt
		return &DropOwnedStmt{At: -1, Roles: c.roleSpecs(s.Roles), Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	case *pg.Node_AlterOwnerStmt:
		s := n.AlterOwnerStmt
		return &AlterOwnerStmt{At: -1, Kind: objectTitle(s.ObjectType), Object: c.grantObject(s.Object), Owner: c.roleSpec(s.Newowner)}
	}
	return nil
}

// roleKinds are the words that stand for a role.
var roleKinds = map[pg.RoleSpecType]string{
	pg.RoleSpecType_ROLESPEC_CURRENT_ROLE: "current_role",
	pg.RoleSpecType_ROLESPEC_CURRENT_USER: "current_user",
	pg.RoleSpecType_ROLESPEC_SESSION_USER: "session_user",
	pg.RoleSpecType_ROLESPEC_PUBLIC:       "public",
}

func (c *converter) roleSpec(r *pg.RoleSpec) RoleSpec {
	return RoleSpec{At: c.at(r.GetLocation()), Kind: roleKinds[r.GetRoletype()], Name: r.GetRolename()}
}

func (c *converter) roleSpecs(list []*pg.Node) []RoleSpec {
	var out []RoleSpec
	for _, n := range list {
		out = append(out, c.roleSpec(n.GetRoleSpec()))
	}
	return out
}

func (c *converter) optionalRole(r *pg.RoleSpec) *RoleSpec {
	if r == nil {
		return nil
	}
	out := c.roleSpec(r)
	return &out
}

func (c *converter) roleOptions(list []*pg.Node) []RoleOption {
	var out []RoleOption
	for _, n := range list {
		d := n.GetDefElem()
		o := RoleOption{At: c.at(d.Location), Name: d.Defname}
		switch v := d.Arg.GetNode().(type) {
		case nil:
			o.Null = true
		case *pg.Node_Boolean:
			o.Flag = v.Boolean.Boolval
		case *pg.Node_Integer:
			o.Number = int(v.Integer.Ival)
		case *pg.Node_String_:
			o.Text = v.String_.Sval
		case *pg.Node_List:
			o.Roles = c.roleSpecs(v.List.Items)
		}
		out = append(out, o)
	}
	return out
}

func (c *converter) alterRoleSet(s *pg.AlterRoleSetStmt) Stmt {
	out := &AlterRoleSetStmt{At: -1, Role: RoleSpec{At: -1, Kind: "all"}, Database: s.Database, Set: c.setOf(s.Setstmt)}
	if s.Role != nil {
		out.Role = c.roleSpec(s.Role)
	}
	return out
}

// setOf is the SET or RESET inside another statement.
func (c *converter) setOf(s *pg.VariableSetStmt) *SetStmt {
	set, ok := c.set(s).(*SetStmt)
	if !ok || set.Special != "" {
		c.refuse(-1, "SET "+s.Name+" in this statement")
		return &SetStmt{At: -1}
	}
	return set
}

func (c *converter) grantRole(s *pg.GrantRoleStmt) Stmt {
	out := &GrantRoleStmt{At: -1, Grant: s.IsGrant, Members: c.roleSpecs(s.GranteeRoles), Grantor: c.optionalRole(s.Grantor),
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	for _, n := range s.GrantedRoles {
		p := n.GetAccessPriv()
		c.refuseIf(len(p.Cols) > 0, -1, "a column list in GRANT of a role")
		out.Roles = append(out.Roles, p.PrivName)
	}
	for _, n := range s.Opt {
		d := n.GetDefElem()
		if d.Defname != "admin" {
			out.Option = d.Defname
			continue
		}
		// ADMIN OPTION FOR arrives as admin false, and means that option.
		out.Admin = !s.IsGrant || d.Arg.GetBoolean().GetBoolval()
	}
	return out
}

func (c *converter) grant(s *pg.GrantStmt) *GrantStmt {
	out := &GrantStmt{At: -1, Grant: s.IsGrant, Kind: objectTitle(s.Objtype), Grantees: c.roleSpecs(s.Grantees),
		GrantOption: s.GrantOption, Grantor: c.optionalRole(s.Grantor), Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	switch s.Targtype {
	case pg.GrantTargetType_ACL_TARGET_ALL_IN_SCHEMA:
		out.Target = "schema"
	case pg.GrantTargetType_ACL_TARGET_DEFAULTS:
		out.Target = "defaults"
	default:
		out.Target = "object"
	}
	for _, n := range s.Objects {
		out.Objects = append(out.Objects, c.grantObject(n))
	}
	for _, n := range s.Privileges {
		p := n.GetAccessPriv()
		out.Privileges = append(out.Privileges, AccessPriv{Name: strings.ToLower(p.PrivName), Cols: strs(p.Cols)})
	}
	return out
}

// grantObject converts an object as GRANT and ALTER … OWNER name it.
func (c *converter) grantObject(n *pg.Node) GrantObject {
	switch v := n.GetNode().(type) {
	case *pg.Node_RangeVar:
		return GrantObject{At: c.at(v.RangeVar.Location), Name: c.relName(v.RangeVar)}
	case *pg.Node_ObjectWithArgs:
		return c.withArgs(v.ObjectWithArgs)
	}
	object, ok := objectName(n)
	c.refuseIf(!ok, -1, "this way of naming an object")
	return GrantObject{At: -1, Name: object}
}

func (c *converter) alterDefaultPrivileges(s *pg.AlterDefaultPrivilegesStmt) Stmt {
	out := &AlterDefaultPrivilegesStmt{At: -1, Action: c.grant(s.Action)}
	for _, n := range s.Options {
		d := n.GetDefElem()
		items := d.Arg.GetList().GetItems()
		if d.Defname == "roles" {
			out.Roles = c.roleSpecs(items)
		} else {
			out.Schemas = strs(items)
		}
	}
	return out
}
