package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// Rights is who owns an object and what was granted on it, where that is not what the object began with. It is
// kept apart from descriptors: built-in functions, types and relations, which have no stored descriptor, have rights
// too, and a new kind of object has them without a field of its own.
type Rights struct {
	OID     OID           `json:"oid"`   // its own, for the key
	Class   OID           `json:"class"` // the system catalog that the object is a row of
	Object  OID           `json:"object"`
	Owner   OID           `json:"owner,omitempty"` // 0: as it began
	Set     bool          `json:"set,omitempty"`   // ACL holds, empty too
	ACL     ACL           `json:"acl,omitempty"`
	Columns map[int16]ACL `json:"columns,omitempty"`
	Comment string        `json:"comment,omitempty"` // of the database, which has no descriptor to keep it in
}

// DefaultRights is a row of pg_default_acl: what objects begin with that a role creates. Schema 0 is everywhere.
type DefaultRights struct {
	OID    OID        `json:"oid"`
	Role   OID        `json:"role"`
	Schema OID        `json:"schema,omitempty"`
	Kind   ObjectKind `json:"kind"`
	ACL    ACL        `json:"acl"`
}

// The system catalogs whose objects have owners and privileges.
const (
	ClassRelation   OID = 1259
	ClassSchema     OID = 2615
	ClassDatabase   OID = 1262
	ClassFunction   OID = 1255
	ClassType       OID = 1247
	ClassLanguage   OID = 2612
	ClassTablespace OID = 1213
	ClassRole       OID = 1260
	ClassOperator   OID = 2617
	ClassExtension  OID = 3079
	classDefaultACL OID = 826
)

// Class is the system catalog that lists objects of the kind.
func (k ObjectKind) Class() OID {
	switch k {
	case ObjectDatabase:
		return ClassDatabase
	case ObjectFunction:
		return ClassFunction
	case ObjectLanguage:
		return ClassLanguage
	case ObjectSchema:
		return ClassSchema
	case ObjectTablespace:
		return ClassTablespace
	case ObjectType:
		return ClassType
	case ObjectOperator:
		return ClassOperator
	case ObjectExtension:
		return ClassExtension
	}
	return ClassRelation
}

type objectID struct{ class, oid OID }

// NoRole is the error for a name that is no role's.
func NoRole(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.UndefinedObject, "role %q does not exist", name)
}

func invalidACL(text string) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidTextRepresentation, "%s", text)
}

// PutRights adds or replaces an object's rights; rights that say nothing go.
func (s *Snapshot) PutRights(r *Rights) {
	id := objectID{r.Class, r.Object}
	if r.Empty() {
		delete(s.rights, id)
		return
	}
	s.rights[id] = r
}

// Empty says that the object has its first owner and privileges.
func (r *Rights) Empty() bool {
	return r.Owner == 0 && !r.Set && len(r.Columns) == 0 && r.Comment == ""
}

// Rights returns what is stored of an object's rights, or nil.
func (s *Snapshot) Rights(class, oid OID) *Rights { return s.rights[objectID{class, oid}] }

// EditRights gives a copy of an object's rights to change and put, new ones where there are none.
func (s *Snapshot) EditRights(class, oid OID) *Rights {
	if r := s.Rights(class, oid); r != nil {
		out := *r
		out.Columns = maps.Clone(r.Columns)
		return &out
	}
	return &Rights{Class: class, Object: oid}
}

// AllRights lists what is stored, by OID.
func (s *Snapshot) AllRights() []*Rights {
	return slices.SortedFunc(maps.Values(s.rights), func(a, b *Rights) int { return cmp.Compare(a.OID, b.OID) })
}

// PutDefaultRights adds or replaces a role's default privileges.
func (s *Snapshot) PutDefaultRights(d *DefaultRights) { s.defaults[d.OID] = d }

// RemoveDefaultRights removes them.
func (s *Snapshot) RemoveDefaultRights(oid OID) { delete(s.defaults, oid) }

// DefaultRights returns a role's default privileges for a kind of object in a schema, or nil.
func (s *Snapshot) DefaultRights(role, schema OID, kind ObjectKind) *DefaultRights {
	for _, d := range s.defaults {
		if d.Role == role && d.Schema == schema && d.Kind == kind {
			return d
		}
	}
	return nil
}

// AllDefaultRights lists them by OID.
func (s *Snapshot) AllDefaultRights() []*DefaultRights {
	return slices.SortedFunc(maps.Values(s.defaults), func(a, b *DefaultRights) int { return cmp.Compare(a.OID, b.OID) })
}

// Owner is who owns an object. An index and the sequence of a column follow their table.
func (s *Snapshot) Owner(class, oid OID) OID {
	if class == ClassRelation {
		if t := s.indexOf[oid]; t != 0 {
			oid = t
		}
	}
	if t := s.TableOfType(oid); class == ClassType && t != nil {
		class, oid = ClassRelation, t.OID // a type of rows follows its table
	}
	if class == ClassType || class == ClassFunction {
		oid = s.rangeOf(oid) // what was made with a range type follows it
	}
	if r := s.Rights(class, oid); r != nil && r.Owner != 0 {
		return r.Owner
	}
	if class == ClassSchema && oid == PublicOID {
		return DatabaseOwnerOID
	}
	return OwnerOID
}

// Owns says whether a role has the rights of an object's owner.
func (s *Snapshot) Owns(role, class, oid OID) bool { return s.HasRole(role, s.Owner(class, oid)) }

// ACL is an object's access control list as its catalog shows it: nil for the default.
func (s *Snapshot) ACL(kind ObjectKind, oid OID) ACL {
	if r := s.Rights(kind.Class(), oid); r != nil && r.Set {
		if r.ACL == nil {
			return ACL{}
		}
		return r.ACL
	}
	return s.initialACL(kind, oid)
}

// EffectiveACL is ACL with the default written out.
func (s *Snapshot) EffectiveACL(kind ObjectKind, oid OID) ACL {
	if a := s.ACL(kind, oid); a != nil {
		return a
	}
	return DefaultACL(kind, s.Owner(kind.Class(), oid))
}

// ColumnACL is a column's list: nil for none.
func (s *Snapshot) ColumnACL(table OID, attNum int16) ACL {
	if r := s.Rights(ClassRelation, table); r != nil {
		return r.Columns[attNum]
	}
	return nil
}

// privateRelations are the system's relations that only a superuser reads, PostgreSQL 15's.
var privateRelations = strings.Fields(`pg_statistic pg_authid pg_shadow pg_statistic_ext_data pg_file_settings pg_hba_file_rules
	pg_ident_file_mappings pg_config pg_shmem_allocations pg_backend_memory_contexts pg_user_mapping
	pg_replication_origin_status pg_subscription pg_largeobject`)

// privateFunctions are the system's functions that only a superuser calls: pg_stat_reset and
// pg_stat_reset_single_table_counters.
var privateFunctions = []OID{2274, 3776}

// initialACL is what initdb grants; nil where that is the kind's default.
func (s *Snapshot) initialACL(kind ObjectKind, oid OID) ACL {
	switch kind {
	case ObjectTable:
		if t := s.tables[oid]; t != nil && t.Virtual != nil {
			own := ACLItem{Grantee: OwnerOID, Grantor: OwnerOID, Privileges: ObjectTable.All()}
			if slices.Contains(privateRelations, t.Name) {
				return ACL{own}
			}
			return ACL{own, {Grantor: OwnerOID, Privileges: PrivSelect}}
		}
	case ObjectFunction:
		if slices.Contains(privateFunctions, oid) {
			return ACL{{Grantee: OwnerOID, Grantor: OwnerOID, Privileges: PrivExecute}}
		}
	case ObjectSchema:
		switch oid {
		case PgCatalogOID, InfoSchemaOID:
			return ACL{{Grantee: OwnerOID, Grantor: OwnerOID, Privileges: ObjectSchema.All()}, {Grantor: OwnerOID, Privileges: PrivUsage}}
		case PublicOID:
			return ACL{{Grantee: DatabaseOwnerOID, Grantor: DatabaseOwnerOID, Privileges: ObjectSchema.All()},
				{Grantor: DatabaseOwnerOID, Privileges: PrivUsage}}
		}
	}
	return nil
}

// InitialACL is what a new object of a role's gets by ALTER DEFAULT PRIVILEGES; nil for the default
// (get_user_default_acl).
func (s *Snapshot) InitialACL(kind ObjectKind, owner, schema OID) ACL {
	global := s.DefaultRights(owner, 0, kind)
	var local *DefaultRights
	if schema != 0 {
		local = s.DefaultRights(owner, schema, kind)
	}
	if global == nil && local == nil {
		return nil
	}
	standard := DefaultACL(kind, owner)
	acl := standard
	if global != nil {
		acl = global.ACL
	}
	if local != nil {
		for _, it := range local.ACL {
			acl = acl.Grant(it.Grantor, it.Grantee, it.Privileges, false).Grant(it.Grantor, it.Grantee, it.Options, true)
		}
	}
	if acl.Equal(standard) {
		return nil
	}
	acl = slices.Clone(acl)
	slices.SortFunc(acl, func(a, b ACLItem) int {
		return cmp.Or(cmp.Compare(a.Grantee, b.Grantee), cmp.Compare(a.Grantor, b.Grantor))
	})
	return acl
}

// Held are those of the wanted privileges on an object that a role has, its memberships and PUBLIC included.
func (s *Snapshot) Held(role OID, kind ObjectKind, oid OID, wanted Privileges) Privileges {
	if s.Superuser(role) {
		return wanted
	}
	owner := s.Owner(kind.Class(), oid)
	held := s.held(role, owner, s.EffectiveACL(kind, oid), wanted, false)
	return held | s.predefined(role, kind, oid, wanted&^held)
}

// predefined is what pg_read_all_data and pg_write_all_data give.
func (s *Snapshot) predefined(role OID, kind ObjectKind, oid OID, wanted Privileges) Privileges {
	var read, write Privileges
	switch kind {
	case ObjectTable, ObjectSequence:
		read, write = PrivSelect, PrivInsert|PrivUpdate|PrivDelete
		if t := s.tables[oid]; t != nil && t.Virtual != nil {
			write = 0
		}
	case ObjectSchema:
		read, write = PrivUsage, PrivUsage
	}
	var out Privileges
	if wanted&read != 0 && s.HasRole(role, ReadAllDataOID) {
		out |= wanted & read
	}
	if wanted&write != 0 && s.HasRole(role, WriteAllDataOID) {
		out |= wanted & write
	}
	return out
}

// HeldOnColumn are those of the wanted privileges that a role has on a column by grants on the column itself.
func (s *Snapshot) HeldOnColumn(role OID, table OID, attNum int16, wanted Privileges) Privileges {
	if s.Superuser(role) {
		return wanted
	}
	return s.held(role, s.Owner(ClassRelation, table), s.ColumnACL(table, attNum), wanted, false)
}

// Grantable are those of the wanted privileges that a role may grant, given an object's owner and list.
func (s *Snapshot) Grantable(role, owner OID, acl ACL, wanted Privileges) Privileges {
	return s.held(role, owner, acl, wanted, true)
}

// held is aclmask: what a role has of the wanted privileges by a list, or what it may grant. The owner may always
// grant, also what the owner was deprived of.
func (s *Snapshot) held(role, owner OID, acl ACL, wanted Privileges, options bool) Privileges {
	if options && s.HasRole(role, owner) {
		return wanted
	}
	var out Privileges
	for _, it := range acl {
		p := it.Privileges
		if options {
			p = it.Options
		}
		if p &= wanted &^ out; p != 0 && (it.Grantee == 0 || s.HasRole(role, it.Grantee)) {
			out |= p
		}
	}
	return out
}

// Grantor finds as whom a role grants: as the owner where it has the owner's rights, or as the role among its own that
// has the most of the wanted options (select_best_grantor).
func (s *Snapshot) Grantor(role, owner OID, acl ACL, wanted Privileges) (grantor OID, options Privileges) {
	if s.HasRole(role, owner) {
		return owner, wanted
	}
	best, most := role, -1
	for _, r := range s.rolesOf(role, true) {
		has := acl.options(r, owner) & wanted
		if has == wanted {
			return r, has
		}
		if n := has.count(); n > most {
			best, most, options = r, n, has
		}
	}
	return best, options
}

func (p Privileges) count() int {
	n := 0
	p.Each(func(Privileges, string) { n++ })
	return n
}

// SweepRights lists the rights of objects that are gone.
func (s *Snapshot) SweepRights() []*Rights {
	var out []*Rights
	for _, r := range s.rights {
		if !s.exists(r.Class, r.Object) {
			out = append(out, r)
		}
	}
	return out
}

// SweepDefaultRights lists the default privileges of schemas that are gone.
func (s *Snapshot) SweepDefaultRights() []*DefaultRights {
	var out []*DefaultRights
	for _, d := range s.defaults {
		if d.Schema != 0 && s.schemas[d.Schema] == nil {
			out = append(out, d)
		}
	}
	return out
}

// exists says whether an object is there; objects of classes that nobody drops always are.
func (s *Snapshot) exists(class, oid OID) bool {
	switch class {
	case ClassRelation:
		_, ok := s.relationByOID(oid)
		return ok
	case ClassSchema:
		return s.schemas[oid] != nil
	case ClassType:
		return s.TypeByOID(oid) != nil
	case ClassFunction:
		return s.ProcByOID(oid) != nil
	case ClassOperator:
		return s.OperatorByOID(oid) != nil
	case ClassExtension:
		return s.extensions[oid] != nil
	}
	return true
}

// EncodeRights gives the bytes that an object's rights are stored as.
func EncodeRights(r *Rights) ([]byte, error) { return json.Marshal(r) }

// DecodeRights reads what EncodeRights wrote.
func DecodeRights(b []byte) (*Rights, error) {
	r := new(Rights)
	if err := decodeStrict(b, r); err != nil {
		return nil, fmt.Errorf("decode rights: %w", err)
	}
	if r.OID == 0 || r.Class == 0 || r.Object == 0 {
		return nil, fmt.Errorf("decode rights: %w: no OID, class or object", ErrCorrupt)
	}
	return r, nil
}

// EncodeDefaultRights gives the bytes that default privileges are stored as.
func EncodeDefaultRights(d *DefaultRights) ([]byte, error) { return json.Marshal(d) }

// DecodeDefaultRights reads what EncodeDefaultRights wrote.
func DecodeDefaultRights(b []byte) (*DefaultRights, error) {
	d := new(DefaultRights)
	if err := decodeStrict(b, d); err != nil {
		return nil, fmt.Errorf("decode default rights: %w", err)
	}
	if d.OID == 0 || d.Role == 0 || d.Kind == 0 {
		return nil, fmt.Errorf("decode default rights: %w: no OID, role or kind", ErrCorrupt)
	}
	return d, nil
}
