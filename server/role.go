package server

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Who a session is. Three roles count: the one that logged in, the session's (SET SESSION AUTHORIZATION), and the
// current one (SET ROLE), whose privileges are checked. The latter two are settings, so that a rollback takes them back.

// loginRole finds the role of a user name. While there is only the one superuser, without a password, every name is
// its: a database that nobody has set up users for is anybody's who reaches it.
func loginRole(snap *catalog.Snapshot, name string) *catalog.Role {
	if r := snap.Role(name); r != nil {
		return r
	}
	if !snap.Guarded() {
		return snap.RoleByOID(catalog.OwnerOID)
	}
	return nil
}

// become gives the session the roles that its settings name.
func (s *Session) become() {
	snap := s.Snapshot()
	auth, role := s.settings.get("session_authorization"), s.settings.get("role")
	if auth == s.becameAuth && role == s.becameRole && s.info.Role != 0 {
		return
	}
	s.becameAuth, s.becameRole = auth, role
	if r := snap.Role(auth); r != nil {
		s.info.SessionRole, s.info.SessionUser = r.OID, r.Name
	}
	s.info.Role, s.info.User = s.info.SessionRole, s.info.SessionUser
	if role != "none" {
		if r := snap.Role(role); r != nil {
			s.info.Role, s.info.User = r.OID, r.Name
		}
	}
	s.env = nil
}

// setRole checks SET ROLE and SET SESSION AUTHORIZATION.
func (s *Session) setRole(key, name string) error {
	snap := s.Snapshot()
	if key == "role" && name == "none" {
		return nil
	}
	r := snap.Role(name)
	switch {
	case r == nil:
		return sqlstate.New(sqlstate.InvalidParameterValue, "role %q does not exist", name)
	case key == "role" && !snap.MemberOf(s.info.SessionRole, r.OID):
		return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied to set role %q", name)
	case key != "role" && r.OID != s.login && !snap.Superuser(s.login):
		return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied to set session authorization")
	}
	return nil
}

// afterRole lets SET SESSION AUTHORIZATION end SET ROLE.
func (s *Session) afterRole(key string, local bool) {
	if key == "session_authorization" {
		s.settings.put("role", "none", local)
	}
}

// authorise refuses a statement that the current role may not run. The answer holds for as long as the catalog and the
// role are the same, so a prepared statement pays two comparisons.
func (s *Session) authorise(st *Statement, snap *catalog.Snapshot) error {
	if st.allowed == snap && st.allowedTo == s.info.Role {
		return nil
	}
	if err := plan.CheckAccess(snap, s.info.Role, st.plan.Access); err != nil {
		return err
	}
	st.allowed, st.allowedTo = snap, s.info.Role
	return nil
}

// applyRoleSettings makes what ALTER ROLE … SET says the session's presets: what is said of the role in this database
// before what is said of the role, of the database, of everyone. A value that is no longer one is skipped with a
// warning, as it must keep nobody out.
func (s *Session) applyRoleSettings() {
	snap := s.Snapshot()
	for _, of := range []struct{ database, role catalog.OID }{
		{0, 0}, {catalog.DatabaseOID, 0}, {0, s.login}, {catalog.DatabaseOID, s.login},
	} {
		x := snap.RoleSetting(of.database, of.role)
		if x == nil {
			continue
		}
		for _, v := range x.Values {
			name, value, _ := strings.Cut(v, "=")
			key := strings.ToLower(name)
			value, err := checkSetting(key, value, s.settings.presetOf(key))
			if err == nil && key == "role" {
				err = s.setRole(key, value)
			}
			if err != nil {
				s.Notice("WARNING", err)
				continue
			}
			s.settings.atStart[key] = value
		}
	}
	s.restoreSettings(s.settings.values)
}

// CheckSetting implements plan.SettingChecker.
func (s *Session) CheckSetting(n *parse.SetStmt) (name, value string, err error) {
	key := strings.ToLower(n.Name)
	if n.Default {
		if d := settingsByName[key]; d == nil && !strings.Contains(key, ".") {
			return "", "", unrecognised(n.Name)
		}
		return key, "", nil
	}
	if value, err = setValue(n); err != nil {
		return "", "", err
	}
	if key == "session_authorization" {
		return "", "", sqlstate.New(sqlstate.CantChangeRuntimeParam, "parameter %q cannot be set by ALTER ROLE", key)
	}
	if _, err = checkSetting(key, value, s.settings.presetOf(key)); err != nil {
		return "", "", err // what is kept is as it was written: a later version may understand more by it
	}
	if d := settingsByName[key]; d != nil {
		return d.name, value, nil
	}
	return key, value, nil
}

// maySignal refuses to cancel or end the session of a role that is neither one's own nor below pg_signal_backend.
func (s *Session) maySignal(pid int32, terminate bool) error {
	doing := "canceled"
	if terminate {
		doing = "terminated"
	}
	snap := s.Snapshot()
	target, ok := s.engine.activity.roleOf(pid)
	switch {
	case !ok || snap.HasRole(s.info.Role, target) || !snap.Superuser(target) && snap.HasRole(s.info.Role, catalog.SignalBackendOID):
		return nil
	case snap.Superuser(target) && terminate:
		return sqlstate.New(sqlstate.InsufficientPrivilege, "must be a superuser to terminate superuser process")
	case snap.Superuser(target):
		return sqlstate.New(sqlstate.InsufficientPrivilege, "must be a superuser to cancel superuser query")
	}
	what := map[bool]string{true: "process", false: "query"}[terminate]
	return sqlstate.New(sqlstate.InsufficientPrivilege,
		"must be a member of the role whose %s is being %s or member of pg_signal_backend", what, doing)
}
