package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// alterDefaultPrivileges is ALTER DEFAULT PRIVILEGES: what objects begin with that a role will create.
func (b *binder) alterDefaultPrivileges(s *parse.AlterDefaultPrivilegesStmt) (*Plan, error) {
	g, err := b.newGranter(s.Action)
	if err != nil {
		return nil, err
	}
	if bad := g.named &^ g.kind.kind.All(); bad != 0 {
		return nil, invalidPrivilege(bad, g.kind.word)
	}
	roles := s.Roles
	if roles == nil {
		roles = []parse.RoleSpec{{Kind: "current_user"}}
	}
	for _, spec := range roles {
		role, err := b.namedRole(spec)
		if err != nil {
			return nil, err
		}
		if !b.cat.Snapshot().MemberOf(b.me(), role.OID) {
			return nil, denied("permission denied to change default privileges")
		}
		if err := g.defaultsOf(role.OID, s.Schemas); err != nil {
			return nil, err
		}
	}
	return g.c.plan("ALTER DEFAULT PRIVILEGES"), nil
}

func (g *granter) defaultsOf(role catalog.OID, schemas []string) error {
	if len(schemas) == 0 {
		return g.defaults(role, 0)
	}
	if g.kind.kind == catalog.ObjectSchema {
		return sqlstate.New(sqlstate.InvalidGrantOperation, "cannot use IN SCHEMA clause when using GRANT/REVOKE ON SCHEMAS")
	}
	for _, name := range schemas {
		sc := g.c.Base.Schema(name)
		if sc == nil {
			return sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", name)
		}
		if err := g.defaults(role, sc.OID); err != nil {
			return err
		}
	}
	return nil
}

// defaults changes one row of pg_default_acl. A schema's adds to what holds everywhere, and so begins empty.
func (g *granter) defaults(role, schema catalog.OID) error {
	base := catalog.ACL{}
	if schema == 0 {
		base = catalog.DefaultACL(g.kind.kind, role)
	}
	next := catalog.DefaultRights{Role: role, Schema: schema, Kind: g.kind.kind, ACL: base}
	if old := g.c.Base.DefaultRights(role, schema, g.kind.kind); old != nil {
		next.OID, next.ACL = old.OID, slices.Clone(old.ACL)
	}
	var err error
	if next.ACL, err = g.apply(next.ACL, role, role, g.named); err != nil {
		return err
	}
	switch {
	case !next.ACL.Equal(base):
		g.c.Defaults = append(g.c.Defaults, &next)
	case next.OID != 0:
		g.c.DropDefaults = append(g.c.DropDefaults, next.OID)
	}
	return nil
}
