package catalog

import (
	"slices"
	"strings"
)

// Privileges is a set of privileges (AclMode).
type Privileges uint16

// The privileges, in the order and at the bits that PostgreSQL has them.
const (
	PrivInsert Privileges = 1 << iota
	PrivSelect
	PrivUpdate
	PrivDelete
	PrivTruncate
	PrivReferences
	PrivTrigger
	PrivExecute
	PrivUsage
	PrivCreate
	PrivTemp
	PrivConnect
	PrivSet
	PrivAlterSystem
)

// privilegeLetters are the privileges' letters in an aclitem, by bit.
const privilegeLetters = "arwdDxtXUCTcsA"

// privilegeNames are their names in GRANT and in the information schema, by bit.
var privilegeNames = []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE",
	"CREATE", "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM"}

// PrivilegeNamed finds a privilege by its name in upper case; 0 for none. TEMP is TEMPORARY.
func PrivilegeNamed(name string) Privileges {
	if name == "TEMP" {
		name = "TEMPORARY"
	}
	if i := slices.Index(privilegeNames, name); i >= 0 {
		return 1 << i
	}
	return 0
}

// Each calls f for each privilege in the set, in order.
func (p Privileges) Each(f func(one Privileges, name string)) {
	for i, name := range privilegeNames {
		if one := Privileges(1) << i; p&one != 0 {
			f(one, name)
		}
	}
}

// ObjectKind is a kind of object that has privileges, by acldefault's letter.
type ObjectKind byte

// Kinds of objects with privileges.
const (
	ObjectTable      ObjectKind = 'r' // views and materialized views too
	ObjectSequence   ObjectKind = 's'
	ObjectColumn     ObjectKind = 'c'
	ObjectDatabase   ObjectKind = 'd'
	ObjectFunction   ObjectKind = 'f'
	ObjectLanguage   ObjectKind = 'l'
	ObjectSchema     ObjectKind = 'n'
	ObjectTablespace ObjectKind = 't'
	ObjectType       ObjectKind = 'T'
	ObjectOperator   ObjectKind = 'o' // which has an owner only
	ObjectExtension  ObjectKind = 'x' // likewise
)

// All is every privilege that a kind of object has.
func (k ObjectKind) All() Privileges {
	switch k {
	case ObjectTable:
		return PrivInsert | PrivSelect | PrivUpdate | PrivDelete | PrivTruncate | PrivReferences | PrivTrigger
	case ObjectSequence:
		return PrivUsage | PrivSelect | PrivUpdate
	case ObjectColumn:
		return PrivInsert | PrivSelect | PrivUpdate | PrivReferences
	case ObjectDatabase:
		return PrivCreate | PrivTemp | PrivConnect
	case ObjectFunction:
		return PrivExecute
	case ObjectLanguage, ObjectType:
		return PrivUsage
	case ObjectSchema:
		return PrivUsage | PrivCreate
	case ObjectTablespace:
		return PrivCreate
	}
	return 0
}

// public is what everybody may do with an object that nobody has said otherwise of.
func (k ObjectKind) public() Privileges {
	switch k {
	case ObjectDatabase:
		return PrivTemp | PrivConnect
	case ObjectFunction:
		return PrivExecute
	case ObjectLanguage, ObjectType:
		return PrivUsage
	}
	return 0
}

// ACLItem is what one role granted to another. Grantee 0 is PUBLIC.
type ACLItem struct {
	Grantee    OID        `json:"grantee,omitempty"`
	Grantor    OID        `json:"grantor"`
	Privileges Privileges `json:"privileges"`
	// Options are those that the grantee may grant in turn.
	Options Privileges `json:"options,omitempty"`
}

// ACL is an object's access control list. A nil one means the default; an empty one that nobody has anything.
type ACL []ACLItem

// DefaultACL is what an object of a kind begins with (acldefault).
func DefaultACL(k ObjectKind, owner OID) ACL {
	out := ACL{}
	if p := k.public(); p != 0 {
		out = append(out, ACLItem{Grantor: owner, Privileges: p})
	}
	if k != ObjectColumn {
		out = append(out, ACLItem{Grantee: owner, Grantor: owner, Privileges: k.All()})
	}
	return out
}

// Grant adds privileges (and with options the right to grant them) to what grantor gave grantee.
func (a ACL) Grant(grantor, grantee OID, p Privileges, options bool) ACL {
	out := slices.Clone(a)
	i := slices.IndexFunc(out, func(it ACLItem) bool { return it.Grantee == grantee && it.Grantor == grantor })
	if i < 0 {
		i = len(out)
		out = append(out, ACLItem{Grantee: grantee, Grantor: grantor})
	}
	out[i].Privileges |= p
	if options {
		out[i].Options |= p
	}
	return out
}

// Revoke takes privileges back that grantor gave grantee, or with onlyOptions just the right to grant them. What the
// grantee granted on the strength of them would be left without ground: it is revoked too with cascade, and ok is
// false without.
func (a ACL) Revoke(owner, grantor, grantee OID, p Privileges, onlyOptions, cascade bool) (out ACL, ok bool) {
	i := slices.IndexFunc(a, func(it ACLItem) bool { return it.Grantee == grantee && it.Grantor == grantor })
	if i < 0 {
		return a, true
	}
	out = slices.Clone(a)
	lost := out[i].Options & p
	out[i].Options &^= p
	if !onlyOptions {
		out[i].Privileges &^= p
	}
	if out[i].Privileges == 0 {
		out = slices.Delete(out, i, i+1)
	}
	if lost == 0 || grantee == owner {
		return out, true
	}
	return out.revokeDependent(owner, grantee, lost, cascade)
}

// revokeDependent revokes what role granted without the option to any longer (recursive_revoke).
func (a ACL) revokeDependent(owner, role OID, lost Privileges, cascade bool) (ACL, bool) {
	lost &^= a.options(role, owner)
	for again := lost != 0; again; {
		again = false
		for _, it := range a {
			if it.Grantor != role || it.Privileges&lost == 0 {
				continue
			}
			if !cascade {
				return a, false
			}
			a, _ = a.Revoke(owner, role, it.Grantee, lost, false, true)
			again = true
			break
		}
	}
	return a, true
}

// options are the privileges that exactly this role may grant.
func (a ACL) options(role, owner OID) Privileges {
	if role == owner {
		return ^Privileges(0)
	}
	var out Privileges
	for _, it := range a {
		if it.Grantee == role {
			out |= it.Options
		}
	}
	return out
}

// WithOwner hands what the old owner granted and was granted to the new one (aclnewowner).
func (a ACL) WithOwner(from, to OID) ACL {
	if a == nil {
		return nil
	}
	out := ACL{}
	for _, it := range a {
		if it.Grantee == from {
			it.Grantee = to
		}
		if it.Grantor == from {
			it.Grantor = to
		}
		i := slices.IndexFunc(out, func(o ACLItem) bool { return o.Grantee == it.Grantee && o.Grantor == it.Grantor })
		if i < 0 {
			out = append(out, it)
			continue
		}
		out[i].Privileges |= it.Privileges
		out[i].Options |= it.Options
	}
	return out
}

// Without leaves out what was granted to or by a role.
func (a ACL) Without(role OID) ACL {
	return slices.DeleteFunc(slices.Clone(a), func(it ACLItem) bool { return it.Grantee == role || it.Grantor == role })
}

// Names says whether an item is granted to or by a role.
func (a ACL) Names(role OID) bool {
	return slices.ContainsFunc(a, func(it ACLItem) bool { return it.Grantee == role || it.Grantor == role })
}

// Equal says whether two lists grant the same, whatever their order.
func (a ACL) Equal(b ACL) bool {
	if len(a) != len(b) {
		return false
	}
	for _, it := range a {
		if !slices.Contains(b, it) {
			return false
		}
	}
	return true
}

// Text is an item as aclitemout writes it: grantee=letters/grantor, a star after what may be granted on.
func (it ACLItem) Text(s *Snapshot) string {
	var b strings.Builder
	b.WriteString(aclName(s.RoleName(it.Grantee)))
	b.WriteByte('=')
	for i, letter := range privilegeLetters {
		if bit := Privileges(1) << i; it.Privileges&bit != 0 {
			b.WriteRune(letter)
			if it.Options&bit != 0 {
				b.WriteByte('*')
			}
		}
	}
	b.WriteByte('/')
	b.WriteString(aclName(s.RoleName(it.Grantor)))
	return b.String()
}

// aclName quotes a role's name when it has other characters than letters, digits and underscores (putid).
func aclName(name string) string {
	for _, c := range []byte(name) {
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 0x80 {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return name
}

// ParseACLItem reads what Text writes; names are looked up, and a missing grantor is the bootstrap superuser.
func ParseACLItem(s *Snapshot, text string) (ACLItem, error) {
	it := ACLItem{Grantor: OwnerOID}
	grantee, rest, err := aclNameAt(strings.TrimSpace(text))
	if err != nil {
		return it, err
	}
	if grantee == "group" || grantee == "user" {
		if grantee, rest, err = aclNameAt(strings.TrimSpace(rest)); err != nil {
			return it, err
		}
		if grantee == "" {
			return it, invalidACL("missing name").WithHint("A name must follow the \"group\" or \"user\" key word.")
		}
	}
	rest, found := strings.CutPrefix(strings.TrimSpace(rest), "=")
	if !found {
		return it, invalidACL("missing \"=\" sign")
	}
	if rest, err = it.readLetters(rest); err != nil {
		return it, err
	}
	if grantee != "" {
		if it.Grantee, err = s.aclRole(grantee); err != nil {
			return it, err
		}
	}
	if rest, found = strings.CutPrefix(rest, "/"); found {
		var grantor string
		if grantor, rest, err = aclNameAt(rest); err != nil {
			return it, err
		}
		if grantor == "" {
			return it, invalidACL("a name must follow the \"/\" sign")
		}
		if it.Grantor, err = s.aclRole(grantor); err != nil {
			return it, err
		}
	}
	if strings.TrimSpace(rest) != "" {
		return it, invalidACL("extra garbage at the end of the ACL specification")
	}
	return it, nil
}

func (it *ACLItem) readLetters(s string) (rest string, err error) {
	var last Privileges
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch at := strings.IndexByte(privilegeLetters, c); {
		case c == '*':
			it.Options |= last
		case at >= 0:
			last = 1 << at
			it.Privileges |= last
		case c == '/' || c == ' ' || c == '\t' || c == '\n':
			return s[i:], nil
		default:
			return "", invalidACL("invalid mode character: must be one of \"" + privilegeLetters + "\"")
		}
	}
	return "", nil
}

// aclNameAt reads the name that an aclitem begins with, in quotes or not.
func aclNameAt(s string) (name, rest string, err error) {
	var b strings.Builder
	quoted := false
	i := 0
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			quoted = !quoted
		case quoted, c == '_', c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= 0x80:
			b.WriteByte(c)
		default:
			return b.String(), s[i:], nil
		}
	}
	return b.String(), "", nil
}

func (s *Snapshot) aclRole(name string) (OID, error) {
	if r := s.Role(name); r != nil {
		return r.OID, nil
	}
	return 0, NoRole(name)
}

// Texts writes a list's items.
func (a ACL) Texts(s *Snapshot) []string {
	out := make([]string, len(a))
	for i, it := range a {
		out[i] = it.Text(s)
	}
	return out
}
