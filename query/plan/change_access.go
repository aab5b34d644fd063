package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
)

// ChangeAccess changes roles, rights and what goes with them. Bind has worked out the whole result from one catalog
// snapshot, Base: carrying it out is putting and removing, and only right while Base is the latest.
type ChangeAccess struct {
	Out
	Base *catalog.Snapshot
	// Roles are put; one with OID 0 is new, and memberships of role 0 are of it.
	Roles        []*catalog.Role
	DropRoles    []catalog.OID
	RoleSettings []*catalog.RoleSetting
	Rights       []*catalog.Rights
	Defaults     []*catalog.DefaultRights
	DropDefaults []catalog.OID
	Drop         *Drop // what DROP OWNED drops beside
	Notices      []Notice
}

// Children returns nil.
func (*ChangeAccess) Children() []Node { return leaf() }

func (c *ChangeAccess) notice(e *sqlstate.Error) {
	c.Notices = append(c.Notices, Notice{Severity: "NOTICE", Code: e.Code, Text: e.Message})
}

func (c *ChangeAccess) warn(e *sqlstate.Error) {
	c.Notices = append(c.Notices, Notice{Severity: "WARNING", Code: e.Code, Text: e.Message})
}

// role gives a copy of a role to change: the statement's own, where it changes it already.
func (c *ChangeAccess) role(oid catalog.OID) *catalog.Role {
	for _, r := range c.Roles {
		if r.OID == oid {
			return r
		}
	}
	r := *c.Base.RoleByOID(oid)
	r.MemberOf = append([]catalog.Membership(nil), r.MemberOf...)
	c.Roles = append(c.Roles, &r)
	return &r
}

// rights gives a copy of an object's rights to change, as role does.
func (c *ChangeAccess) rights(class, oid catalog.OID) *catalog.Rights {
	for _, r := range c.Rights {
		if r.Class == class && r.Object == oid {
			return r
		}
	}
	r := c.Base.EditRights(class, oid)
	c.Rights = append(c.Rights, r)
	return r
}

func (b *binder) changeAccess() *ChangeAccess { return &ChangeAccess{Base: b.cat.Snapshot()} }

// plan is the whole statement's.
func (c *ChangeAccess) plan(tag string) *Plan {
	return &Plan{Root: c, Tag: tag, Writes: true, DDL: true}
}
