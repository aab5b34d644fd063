package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Role is who may connect, own and be granted: a user or a group. It is a row of pg_authid with its
// memberships and its settings.
type Role struct {
	OID         OID    `json:"oid"`
	Name        string `json:"name"`
	Super       bool   `json:"super,omitempty"`
	Inherit     bool   `json:"inherit,omitempty"`
	CreateRole  bool   `json:"create_role,omitempty"`
	CreateDB    bool   `json:"create_db,omitempty"`
	Login       bool   `json:"login,omitempty"`
	Replication bool   `json:"replication,omitempty"`
	BypassRLS   bool   `json:"bypass_rls,omitempty"`
	// ConnLimit bounds its sessions; -1 does not.
	ConnLimit int `json:"conn_limit"`
	// Verifier is what proves a password (package password), never the password; "" for none.
	Verifier string `json:"verifier,omitempty"`
	// ValidUntil is microseconds since 2000-01-01 UTC, as a timestamptz is held; nil is for ever.
	ValidUntil *int64 `json:"valid_until,omitempty"`
	Comment    string `json:"comment,omitempty"`
	// MemberOf are the roles it belongs to.
	MemberOf []Membership `json:"member_of,omitempty"`

	stored bool // read from disk
}

// Membership makes a role a member of another.
type Membership struct {
	Role    OID  `json:"role"`
	Grantor OID  `json:"grantor"`
	Admin   bool `json:"admin,omitempty"`
}

// RoleSetting is a parameter's value for a role, a database or both, applied at login: a part of a row of
// pg_db_role_setting. Role 0 is every role, Database 0 every database.
type RoleSetting struct {
	OID      OID      `json:"oid"`
	Database OID      `json:"database,omitempty"`
	Role     OID      `json:"role,omitempty"`
	Values   []string `json:"values"` // name=value, in the order they were set
}

// BootstrapRole is the name of the superuser that every database begins with.
const BootstrapRole = "segue"

// PostgreSQL's predefined roles that something here asks about by number.
const (
	ReadAllDataOID     OID = 6181
	WriteAllDataOID    OID = 6182
	DatabaseOwnerOID   OID = 6171
	ReadServerFilesOID OID = 4569
	SignalBackendOID   OID = 4200
	ReadAllStatsOID    OID = 3375
)

// builtinRoles are the bootstrap superuser and PostgreSQL 15's predefined roles.
func builtinRoles() []*Role {
	out := []*Role{{OID: OwnerOID, Name: BootstrapRole, Super: true, Inherit: true, CreateRole: true, CreateDB: true,
		Login: true, Replication: true, BypassRLS: true, ConnLimit: -1}}
	monitor := []Membership{{Role: 3374, Grantor: OwnerOID}, {Role: ReadAllStatsOID, Grantor: OwnerOID}, {Role: 3377, Grantor: OwnerOID}}
	for _, r := range []Role{
		{OID: 3373, Name: "pg_monitor", MemberOf: monitor}, {OID: 3374, Name: "pg_read_all_settings"},
		{OID: ReadAllStatsOID, Name: "pg_read_all_stats"}, {OID: 3377, Name: "pg_stat_scan_tables"},
		{OID: SignalBackendOID, Name: "pg_signal_backend"}, {OID: 4544, Name: "pg_checkpoint"},
		{OID: ReadServerFilesOID, Name: "pg_read_server_files"}, {OID: 4570, Name: "pg_write_server_files"},
		{OID: 4571, Name: "pg_execute_server_program"}, {OID: DatabaseOwnerOID, Name: "pg_database_owner"},
		{OID: ReadAllDataOID, Name: "pg_read_all_data"}, {OID: WriteAllDataOID, Name: "pg_write_all_data"},
	} {
		r.Inherit, r.ConnLimit = true, -1
		out = append(out, &r)
	}
	return out
}

// Predefined says whether a role is one of the system's, which cannot be dropped or changed.
func (r *Role) Predefined() bool { return r.OID < FirstUserOID && r.OID != OwnerOID }

// Expired says whether its password is no longer to be taken.
func (r *Role) Expired(now time.Time) bool {
	return r.ValidUntil != nil && now.UnixMicro()-postgresEpochMicros > *r.ValidUntil
}

// postgresEpochMicros is 2000-01-01 UTC in Unix time.
const postgresEpochMicros = 946_684_800_000_000

// NameBootstrap names the bootstrap superuser of a database in which nothing has been stored about it yet; nil where its
// name stays.
func (s *Snapshot) NameBootstrap(name string) (*Role, error) {
	r := s.roles[OwnerOID]
	if name == "" || r.Name == name || r.stored {
		return nil, nil
	}
	if s.Role(name) != nil {
		return nil, fmt.Errorf("the superuser cannot be called %q: that is another role", name)
	}
	named := *r
	named.Name = name
	s.PutRole(&named)
	return &named, nil
}

// PutRole adds a role or replaces the one with its OID.
func (s *Snapshot) PutRole(r *Role) { s.roles[r.OID] = r }

// RemoveRole removes a role, and its membership in others with it. That others are its members is the caller's to undo.
func (s *Snapshot) RemoveRole(oid OID) { delete(s.roles, oid) }

// Role returns the named role, or nil.
func (s *Snapshot) Role(name string) *Role {
	for _, r := range s.roles {
		if r.Name == name {
			return r
		}
	}
	return nil
}

// RoleByOID returns a role, or nil.
func (s *Snapshot) RoleByOID(oid OID) *Role { return s.roles[oid] }

// Roles lists roles by OID.
func (s *Snapshot) Roles() []*Role {
	return slices.SortedFunc(maps.Values(s.roles), func(a, b *Role) int { return cmp.Compare(a.OID, b.OID) })
}

// RoleName is a role's name; "" for PUBLIC, and the number where the role is gone, as in an aclitem.
func (s *Snapshot) RoleName(oid OID) string {
	switch r := s.roles[oid]; {
	case oid == 0:
		return ""
	case r == nil:
		return strconv.FormatUint(uint64(oid), 10)
	default:
		return r.Name
	}
}

// Superuser says whether the role is exempt from every check.
func (s *Snapshot) Superuser(role OID) bool {
	r := s.roles[role]
	return r != nil && r.Super
}

// HasRole says whether a role has another's privileges: it is that role, a superuser, or a member through roles
// that inherit (has_privs_of_role).
func (s *Snapshot) HasRole(member, role OID) bool {
	return member == role || s.Superuser(member) || s.reaches(member, role, true)
}

// MemberOf says whether a role may become another with SET ROLE (is_member_of_role).
func (s *Snapshot) MemberOf(member, role OID) bool {
	return member == role || s.Superuser(member) || s.reaches(member, role, false)
}

// Member is MemberOf that takes a superuser for no more than it was made a member of (is_member_of_role_nosuper).
func (s *Snapshot) Member(member, role OID) bool {
	return member == role || s.reaches(member, role, false)
}

// RoleAdmin says whether a role may grant another's membership (is_admin_of_role).
func (s *Snapshot) RoleAdmin(member, role OID) bool {
	if s.Superuser(member) {
		return true
	}
	for _, through := range s.rolesOf(member, false) {
		for _, m := range s.memberships(through) {
			if m.Role == role && m.Admin {
				return true
			}
		}
	}
	return false
}

func (s *Snapshot) reaches(member, role OID, inheriting bool) bool {
	return slices.Contains(s.rolesOf(member, inheriting), role)
}

// rolesOf lists a role and those that it is a member of, nearest first; inheriting leaves out what lies behind a
// role that does not inherit.
func (s *Snapshot) rolesOf(member OID, inheriting bool) []OID {
	out := []OID{member}
	for i := 0; i < len(out); i++ {
		if r := s.roles[out[i]]; r == nil || inheriting && !r.Inherit {
			continue
		}
		for _, m := range s.memberships(out[i]) {
			if !slices.Contains(out, m.Role) {
				out = append(out, m.Role)
			}
		}
	}
	return out
}

// RolesOf lists what a role is a member of, itself first.
func (s *Snapshot) RolesOf(member OID) []OID { return s.rolesOf(member, false) }

// memberships are a role's own, and the database owner's in pg_database_owner, which nobody writes down.
func (s *Snapshot) memberships(member OID) []Membership {
	r := s.roles[member]
	if r == nil {
		return nil
	}
	if member != s.Owner(ClassDatabase, DatabaseOID) {
		return r.MemberOf
	}
	return append(slices.Clip(r.MemberOf), Membership{Role: DatabaseOwnerOID, Grantor: OwnerOID})
}

// Guarded says whether there is more than the one superuser without a password: somebody has set up users, so that
// a name is no longer anybody's.
func (s *Snapshot) Guarded() bool {
	for _, r := range s.roles {
		if r.OID >= FirstUserOID || r.Verifier != "" {
			return true
		}
	}
	return false
}

// HasPassword says whether any role that can log in has a password.
func (s *Snapshot) HasPassword() bool {
	for _, r := range s.roles {
		if r.Login && r.Verifier != "" {
			return true
		}
	}
	return false
}

// PutRoleSetting adds or replaces what is set for a role and a database; without values it goes.
func (s *Snapshot) PutRoleSetting(x *RoleSetting) {
	if len(x.Values) == 0 {
		delete(s.roleSettings, x.OID)
		return
	}
	s.roleSettings[x.OID] = x
}

// RoleSetting returns what is set for a role in a database, or nil.
func (s *Snapshot) RoleSetting(database, role OID) *RoleSetting {
	for _, x := range s.roleSettings {
		if x.Database == database && x.Role == role {
			return x
		}
	}
	return nil
}

// RoleSettings lists all of them by OID.
func (s *Snapshot) RoleSettings() []*RoleSetting {
	return slices.SortedFunc(maps.Values(s.roleSettings), func(a, b *RoleSetting) int { return cmp.Compare(a.OID, b.OID) })
}

// EncodeRole gives the bytes a role is stored as.
func EncodeRole(r *Role) ([]byte, error) { return json.Marshal(r) }

// DecodeRole reads what EncodeRole wrote.
func DecodeRole(b []byte) (*Role, error) {
	r := new(Role)
	if err := decodeStrict(b, r); err != nil {
		return nil, fmt.Errorf("decode role: %w", err)
	}
	if r.OID == 0 || r.Name == "" {
		return nil, fmt.Errorf("decode role %q: %w: no name or OID", r.Name, ErrCorrupt)
	}
	r.stored = true
	return r, nil
}

// EncodeRoleSetting gives the bytes that a role's settings are stored as.
func EncodeRoleSetting(x *RoleSetting) ([]byte, error) { return json.Marshal(x) }

// DecodeRoleSetting reads what EncodeRoleSetting wrote.
func DecodeRoleSetting(b []byte) (*RoleSetting, error) {
	x := new(RoleSetting)
	if err := decodeStrict(b, x); err != nil {
		return nil, fmt.Errorf("decode role setting: %w", err)
	}
	if x.OID == 0 {
		return nil, fmt.Errorf("decode role setting: %w: no OID", ErrCorrupt)
	}
	return x, nil
}

// maxRoleOID is the largest OID of roles and rights, or top.
func (s *Snapshot) maxRoleOID(top OID) OID {
	for oid := range s.roles {
		top = max(top, oid)
	}
	for oid := range s.roleSettings {
		top = max(top, oid)
	}
	for oid := range s.defaults {
		top = max(top, oid)
	}
	for _, r := range s.rights {
		top = max(top, r.OID)
	}
	return top
}
