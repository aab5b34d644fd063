package catalog

import (
	"fmt"

	"github.com/seguedb/segue/query/datum"
)

// Roles and what is kept of them, as PostgreSQL's tables and views show it.

// hiddenPassword is what the views show for every password.
const hiddenPassword = "********"

func authidRows(env *VirtualEnv, w *rowWriter) {
	for _, r := range env.Snapshot.Roles() {
		w.optional("rolpassword", r.Verifier)
		w.role(r)
	}
}

// role writes the columns that pg_authid and pg_roles share.
func (w *rowWriter) role(r *Role) {
	w.oid("oid", r.OID).str("rolname", r.Name).bool("rolsuper", r.Super).bool("rolinherit", r.Inherit).
		bool("rolcreaterole", r.CreateRole).bool("rolcreatedb", r.CreateDB).bool("rolcanlogin", r.Login).
		bool("rolreplication", r.Replication).bool("rolbypassrls", r.BypassRLS).int("rolconnlimit", int64(r.ConnLimit)).
		set("rolvaliduntil", r.validUntil()).end()
}

func (r *Role) validUntil() datum.Datum {
	if r.ValidUntil == nil {
		return datum.Null
	}
	return datum.NewInt(*r.ValidUntil)
}

func rolesRows(env *VirtualEnv, w *rowWriter) {
	for _, r := range env.Snapshot.Roles() {
		w.str("rolpassword", hiddenPassword).set("rolconfig", env.roleConfig(r.OID))
		w.role(r)
	}
}

// roleConfig is what is set for a role in every database, NULL for nothing.
func (env *VirtualEnv) roleConfig(role OID) datum.Datum {
	x := env.Snapshot.RoleSetting(0, role)
	if x == nil {
		return datum.Null
	}
	return datum.ArrayFrom(datum.Text, textDatums(x.Values))
}

func userRows(env *VirtualEnv, w *rowWriter) {
	userViewRows(env, w, func(*Role) string { return hiddenPassword })
}

func shadowRows(env *VirtualEnv, w *rowWriter) {
	userViewRows(env, w, func(r *Role) string { return r.Verifier })
}

func userViewRows(env *VirtualEnv, w *rowWriter, password func(*Role) string) {
	for _, r := range env.Snapshot.Roles() {
		if !r.Login {
			continue
		}
		w.str("usename", r.Name).oid("usesysid", r.OID).bool("usecreatedb", r.CreateDB).bool("usesuper", r.Super).
			bool("userepl", r.Replication).bool("usebypassrls", r.BypassRLS).optional("passwd", password(r)).
			set("valuntil", r.validUntil()).set("useconfig", env.roleConfig(r.OID)).end()
	}
}

func groupRows(env *VirtualEnv, w *rowWriter) {
	for _, g := range env.Snapshot.Roles() {
		if g.Login {
			continue
		}
		var members []OID
		for _, r := range env.Snapshot.Roles() {
			for _, m := range r.MemberOf {
				if m.Role == g.OID {
					members = append(members, r.OID)
				}
			}
		}
		w.str("groname", g.Name).oid("grosysid", g.OID).set("grolist", datum.ArrayFrom(datum.Oid, oidDatums(members))).end()
	}
}

func authMembersRows(env *VirtualEnv, w *rowWriter) {
	for _, r := range env.Snapshot.Roles() {
		for _, m := range r.MemberOf {
			w.oid("roleid", m.Role).oid("member", r.OID).oid("grantor", m.Grantor).bool("admin_option", m.Admin).end()
		}
	}
}

func roleSettingRows(env *VirtualEnv, w *rowWriter) {
	for _, x := range env.Snapshot.RoleSettings() {
		w.oid("setdatabase", x.Database).oid("setrole", x.Role).
			set("setconfig", datum.ArrayFrom(datum.Text, textDatums(x.Values))).end()
	}
}

func defaultACLRows(env *VirtualEnv, w *rowWriter) {
	for _, d := range env.Snapshot.AllDefaultRights() {
		kind := byte(d.Kind)
		if d.Kind == ObjectSequence {
			kind = 'S' // DEFACLOBJ_SEQUENCE, which is not acldefault's letter
		}
		w.oid("oid", d.OID).oid("defaclrole", d.Role).oid("defaclnamespace", d.Schema).char("defaclobjtype", kind).
			set("defaclacl", aclDatum(env.Snapshot, d.ACL)).end()
	}
}

// shdependRows lists what depends on roles: their objects, and what names them in access lists.
func shdependRows(env *VirtualEnv, w *rowWriter) {
	w.oid("dbid", DatabaseOID).int("objsubid", 0).oid("refclassid", ClassRole).keep()
	for _, r := range env.Snapshot.AllRights() {
		w.dependsOn(r.Class, r.Object, r.Owner, r.ACL)
		for _, acl := range r.Columns {
			w.dependsOn(r.Class, r.Object, r.Owner, acl)
		}
	}
	for _, d := range env.Snapshot.AllDefaultRights() {
		w.dependsOn(classDefaultACL, d.OID, d.Role, d.ACL)
	}
}

func (w *rowWriter) dependsOn(class, object, owner OID, acl ACL) {
	if owner >= FirstUserOID {
		w.oid("classid", class).oid("objid", object).oid("refobjid", owner).char("deptype", 'o').end()
	}
	told := map[OID]bool{owner: true}
	for _, it := range acl {
		for _, role := range []OID{it.Grantee, it.Grantor} {
			if role >= FirstUserOID && !told[role] {
				told[role] = true
				w.oid("classid", class).oid("objid", object).oid("refobjid", role).char("deptype", 'a').end()
			}
		}
	}
}

// initPrivsRows lists what the system's own objects began with.
func initPrivsRows(env *VirtualEnv, w *rowWriter) {
	s := env.Snapshot
	w.int("objsubid", 0).char("privtype", 'i').keep()
	for _, t := range s.Tables() {
		if acl := s.initialACL(ObjectTable, t.OID); acl != nil {
			w.oid("objoid", t.OID).oid("classoid", ClassRelation).set("initprivs", aclDatum(s, acl)).end()
		}
	}
	for _, f := range privateFunctions {
		w.oid("objoid", f).oid("classoid", ClassFunction).set("initprivs", aclDatum(s, s.initialACL(ObjectFunction, f))).end()
	}
	for _, sc := range s.Schemas() {
		if acl := s.initialACL(ObjectSchema, sc.OID); acl != nil {
			w.oid("objoid", sc.OID).oid("classoid", ClassSchema).set("initprivs", aclDatum(s, acl)).end()
		}
	}
}

func sharedDescriptionRows(env *VirtualEnv, w *rowWriter) {
	if text := databaseComment(env.Snapshot); text != "" {
		w.oid("objoid", DatabaseOID).oid("classoid", ClassDatabase).str("description", text).end()
	}
	for _, r := range env.Snapshot.Roles() {
		if r.Comment != "" {
			w.oid("objoid", r.OID).oid("classoid", ClassRole).str("description", r.Comment).end()
		}
	}
}

// acl sets a column to an object's access list, NULL for the default.
func (w *rowWriter) acl(env *VirtualEnv, column string, kind ObjectKind, oid OID) *rowWriter {
	acl := env.Snapshot.ACL(kind, oid)
	if acl == nil {
		return w.set(column, datum.Null)
	}
	return w.set(column, aclDatum(env.Snapshot, acl))
}

func aclDatum(s *Snapshot, acl ACL) datum.Datum {
	return datum.ArrayFrom(datum.ACLItem, textDatums(acl.Texts(s)))
}

// UnknownRole is how pg_get_userbyid names a role that is gone.
func UnknownRole(oid OID) string { return fmt.Sprintf("unknown (OID=%d)", oid) }
