package catalog

// Roles and grants as the information schema shows them: to each role what concerns it, what it granted or was granted.

func infoEnabledRolesRows(env *VirtualEnv, w *rowWriter) {
	for _, r := range env.Snapshot.Roles() {
		if env.enabled(r.OID) {
			w.str("role_name", r.Name).end()
		}
	}
}

// enabled says whether the current role has a role's privileges, as pg_has_role with USAGE does.
func (env *VirtualEnv) enabled(role OID) bool { return env.Snapshot.HasRole(env.Session.Role, role) }

func infoApplicableRolesRows(env *VirtualEnv, w *rowWriter) { memberRows(env, w, false) }

func infoAdministrableRolesRows(env *VirtualEnv, w *rowWriter) { memberRows(env, w, true) }

func memberRows(env *VirtualEnv, w *rowWriter, adminOnly bool) {
	for _, r := range env.Snapshot.Roles() {
		for _, m := range env.Snapshot.memberships(r.OID) {
			if adminOnly && !m.Admin || !env.enabled(r.OID) {
				continue
			}
			w.str("grantee", r.Name).str("role_name", env.Snapshot.RoleName(m.Role)).yesNo("is_grantable", m.Admin).end()
		}
	}
}

// grantsOnly makes a role_…_grants view of a privileges view: what PUBLIC was granted by others is not in it.
func grantsOnly(rows rowsFunc) rowsFunc {
	return func(env *VirtualEnv, w *rowWriter) {
		roles := *env
		roles.rolesOnly = true
		rows(&roles, w)
	}
}

// granted calls emit for each privilege of a list that concerns the current role, with grantor and grantee set.
func (w *rowWriter) granted(env *VirtualEnv, kind ObjectKind, owner OID, acl ACL, emit func(p Privileges, name string)) {
	for _, it := range acl {
		if !env.enabled(it.Grantor) && !env.enabled(it.Grantee) && (it.Grantee != 0 || env.rolesOnly) {
			continue
		}
		grantee := "PUBLIC"
		if it.Grantee != 0 {
			grantee = env.Snapshot.RoleName(it.Grantee)
		}
		(it.Privileges & kind.All()).Each(func(p Privileges, name string) {
			w.str("grantor", env.Snapshot.RoleName(it.Grantor)).str("grantee", grantee).str("privilege_type", name).
				yesNo("is_grantable", it.Options&p != 0 || it.Grantee != 0 && env.Snapshot.HasRole(it.Grantee, owner))
			emit(p, name)
		})
	}
}

func infoTablePrivilegesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		owner := env.Snapshot.Owner(ClassRelation, t.OID)
		w.granted(env, ObjectTable, owner, env.Snapshot.EffectiveACL(ObjectTable, t.OID), func(p Privileges, _ string) {
			w.tableName(env, t).yesNo("with_hierarchy", p == PrivSelect).end()
		})
	}
}

func infoColumnPrivilegesRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		owner := env.Snapshot.Owner(ClassRelation, t.OID)
		onTable := env.Snapshot.EffectiveACL(ObjectTable, t.OID)
		for i := range t.Columns {
			acl := onTable
			for _, it := range env.Snapshot.ColumnACL(t.OID, t.Columns[i].AttNum) {
				acl = acl.Grant(it.Grantor, it.Grantee, it.Privileges, false).Grant(it.Grantor, it.Grantee, it.Options, true)
			}
			w.granted(env, ObjectColumn, owner, acl, func(Privileges, string) {
				w.tableName(env, t).str("column_name", t.Columns[i].Name).end()
			})
		}
	}
}

func infoRoutinePrivilegesRows(env *VirtualEnv, w *rowWriter) {
	for _, p := range env.Snapshot.allProcs() {
		if p.Kind == 'a' {
			continue
		}
		owner := env.Snapshot.Owner(ClassFunction, p.OID)
		w.granted(env, ObjectFunction, owner, env.Snapshot.EffectiveACL(ObjectFunction, p.OID), func(Privileges, string) {
			w.routineName(env, p).end()
		})
	}
}

// infoUsagePrivilegesRows lists sequences; collations, which have no privileges, are everybody's.
func infoUsagePrivilegesRows(env *VirtualEnv, w *rowWriter) {
	w.str("object_catalog", env.Session.Database).keep()
	if !env.rolesOnly {
		for _, c := range collations {
			w.str("grantor", env.Snapshot.RoleName(OwnerOID)).str("grantee", "PUBLIC").str("object_schema", "pg_catalog").
				str("object_name", c.name).str("object_type", "COLLATION").str("privilege_type", "USAGE").
				yesNo("is_grantable", false).end()
		}
	}
	for _, q := range env.Snapshot.Sequences() {
		owner := env.Snapshot.Owner(ClassRelation, q.OID)
		w.granted(env, ObjectSequence, owner, env.Snapshot.EffectiveACL(ObjectSequence, q.OID), func(p Privileges, _ string) {
			if p == PrivUsage {
				w.str("object_schema", env.Snapshot.schemaName(q.Schema)).str("object_name", q.Name).str("object_type", "SEQUENCE").end()
			}
		})
	}
}

// infoTypePrivilegesRows lists composite types, of which there are none but the tables' own.
func infoTypePrivilegesRows(*VirtualEnv, *rowWriter) {}
