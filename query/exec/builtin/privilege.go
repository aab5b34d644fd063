package builtin

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The privilege functions answer for any role, for the current one where none is given.

// privileged is a kind of object: its privileges, and how a name or an OID is found, 0 for an OID that is nobody's, for
// which the answer is NULL.
type privileged struct {
	name       string
	privileges []string
	kind       catalog.ObjectKind
	find       func(env *Env, object datum.Datum) (catalog.OID, error)
}

// grantOption may follow the name of a privilege.
const grantOption = " WITH GRANT OPTION"

func columnPrivileges() []string { return []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"} }

func privilegedKinds() []privileged {
	columns := columnPrivileges()
	return []privileged{
		{"table", append([]string{"DELETE", "TRUNCATE", "TRIGGER"}, columns...), catalog.ObjectTable, findRelation},
		{"any_column", columns, catalog.ObjectColumn, findRelation},
		{"sequence", []string{"USAGE", "SELECT", "UPDATE"}, catalog.ObjectSequence, findSequence},
		{"schema", []string{"CREATE", "USAGE"}, catalog.ObjectSchema, findSchema},
		{"database", []string{"CREATE", "CONNECT", "TEMPORARY", "TEMP"}, catalog.ObjectDatabase, findDatabase},
		{"function", []string{"EXECUTE"}, catalog.ObjectFunction, findFunction},
		{"language", []string{"USAGE"}, catalog.ObjectLanguage, findLanguage},
		{"tablespace", []string{"CREATE"}, catalog.ObjectTablespace, findTablespace},
		{"type", []string{"USAGE"}, catalog.ObjectType, findType},
	}
}

func privileges(r *registry) {
	users := [][]*datum.Type{nil, {datum.Name}, {datum.Oid}}
	for _, user := range users {
		for _, object := range []*datum.Type{datum.Text, datum.Oid} {
			for _, kind := range privilegedKinds() {
				r.fn(kind.check(len(user)), key("has_"+kind.name+"_privilege", append(user, object, datum.Text)...))
			}
			for _, column := range []*datum.Type{datum.Text, datum.Int2} {
				r.fn(columnPrivilege(len(user)), key("has_column_privilege", append(user, object, column, datum.Text)...))
			}
		}
		for _, role := range []*datum.Type{datum.Name, datum.Oid} {
			r.fn(hasRole, key("pg_has_role", append(user, role, datum.Text)...))
		}
	}
}

// wanted is one item of a list of privileges.
type wanted struct {
	privilege catalog.Privileges
	option    bool
}

// holds says whether a role has a privilege on an object, or may grant it.
func (k privileged) holds(s *catalog.Snapshot, role, oid catalog.OID, w wanted) bool {
	kind := k.kind
	switch {
	case kind == catalog.ObjectColumn:
		kind = catalog.ObjectTable
	case kind == catalog.ObjectTable && s.SequenceByOID(oid) != nil:
		kind = catalog.ObjectSequence
	}
	if heldOn(s, role, kind, oid, w) {
		return true
	}
	t := s.TableByOID(oid)
	return k.kind == catalog.ObjectColumn && t != nil && slices.ContainsFunc(t.Columns, func(c catalog.Column) bool {
		return columnHeld(s, role, oid, c.AttNum, w)
	})
}

func heldOn(s *catalog.Snapshot, role catalog.OID, kind catalog.ObjectKind, oid catalog.OID, w wanted) bool {
	if w.option && !s.Superuser(role) {
		return s.Grantable(role, s.Owner(kind.Class(), oid), s.EffectiveACL(kind, oid), w.privilege) != 0
	}
	return s.Held(role, kind, oid, w.privilege) != 0
}

func columnHeld(s *catalog.Snapshot, role, table catalog.OID, attNum int16, w wanted) bool {
	if w.option && !s.Superuser(role) {
		return s.Grantable(role, s.Owner(catalog.ClassRelation, table), s.ColumnACL(table, attNum), w.privilege) != 0
	}
	return s.HeldOnColumn(role, table, attNum, w.privilege) != 0
}

func (k privileged) check(users int) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		role, err := askedRole(env, a[:users])
		if err != nil {
			return datum.Null, err
		}
		oid, err := k.find(env, a[users])
		if err != nil {
			return datum.Null, err
		}
		list, err := readPrivileges(a[users+1].Str(), k.privileges, grantOption)
		if err != nil || oid == 0 {
			return datum.Null, err
		}
		return datum.NewBool(slices.ContainsFunc(list, func(w wanted) bool { return k.holds(env.snapshot(), role, oid, w) })), nil
	}
}

func columnPrivilege(users int) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		role, err := askedRole(env, a[:users])
		if err != nil {
			return datum.Null, err
		}
		table, column := a[users], a[users+1]
		list, err := readPrivileges(a[users+2].Str(), columnPrivileges(), grantOption)
		if err != nil {
			return datum.Null, err
		}
		t, err := tableOf(env, table)
		if err != nil || t == nil {
			return datum.Null, err
		}
		var i int
		if column.Kind() == datum.KindString {
			if i = t.ColumnIndex(column.Str()); i < 0 {
				return datum.Null, noColumn(column.Str(), t.Name)
			}
		} else if i = t.Ordinal(int16(column.Int())); i < 0 {
			return datum.Null, nil
		}
		s := env.snapshot()
		return datum.NewBool(slices.ContainsFunc(list, func(w wanted) bool {
			return heldOn(s, role, catalog.ObjectTable, t.OID, w) || columnHeld(s, role, t.OID, t.Columns[i].AttNum, w)
		})), nil
	}
}

func noColumn(column, table string) error {
	return sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column, table)
}

func hasRole(env *Env, a []datum.Datum) (datum.Datum, error) {
	last := len(a) - 1
	member, err := askedRole(env, a[:last-1])
	if err != nil {
		return datum.Null, err
	}
	role, err := askedRole(env, a[last-1:last])
	if err != nil {
		return datum.Null, err
	}
	s := env.snapshot()
	for _, item := range strings.Split(a[last].Str(), ",") {
		name := strings.ToUpper(strings.TrimSpace(item))
		bare := strings.TrimSuffix(strings.TrimSuffix(name, grantOption), " WITH ADMIN OPTION")
		var has bool
		switch {
		case bare != "MEMBER" && bare != "USAGE":
			return datum.Null, invalidParameter("unrecognized privilege type: \"%s\"", strings.TrimSpace(item))
		case bare != name:
			has = s.RoleAdmin(member, role)
		case bare == "MEMBER":
			has = s.MemberOf(member, role)
		default:
			has = s.HasRole(member, role)
		}
		if has {
			return datum.NewBool(true), nil
		}
	}
	return datum.NewBool(false), nil
}

// askedRole is the role that a function is asked about: by name (public is everybody), by OID, or the current one.
func askedRole(env *Env, roles []datum.Datum) (catalog.OID, error) {
	switch {
	case len(roles) == 0:
		return env.info().Role, nil
	case roles[0].Kind() != datum.KindString:
		return catalog.OID(roles[0].Int()), nil
	case roles[0].Str() == "public":
		return 0, nil
	}
	if r := env.snapshot().Role(roles[0].Str()); r != nil {
		return r.OID, nil
	}
	return 0, catalog.NoRole(roles[0].Str())
}

// readPrivileges reads a list of privileges, each with one of the suffixes or none.
func readPrivileges(list string, known []string, suffix string) ([]wanted, error) {
	var out []wanted
	for _, item := range strings.Split(list, ",") {
		name := strings.ToUpper(strings.TrimSpace(item))
		bare := strings.TrimSuffix(name, suffix)
		if !slices.Contains(known, bare) {
			return nil, invalidParameter("unrecognized privilege type: \"%s\"", strings.TrimSpace(item))
		}
		out = append(out, wanted{catalog.PrivilegeNamed(bare), bare != name})
	}
	return out, nil
}

// relationOID finds a relation by name, or takes an OID that is one's; 0 when it is nobody's.
func relationOID(env *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() == datum.KindString {
		return catalog.ResolveRelation(env.snapshot(), env.path(), d.Str())
	}
	oid := catalog.OID(d.Int())
	if _, ok := catalog.RelationName(env.snapshot(), env.path(), oid); !ok {
		return 0, nil
	}
	return oid, nil
}

func findRelation(env *Env, d datum.Datum) (catalog.OID, error) { return relationOID(env, d) }

func tableOf(env *Env, d datum.Datum) (*catalog.Table, error) {
	oid, err := relationOID(env, d)
	if err != nil {
		return nil, err
	}
	return env.snapshot().TableByOID(oid), nil
}

func findSequence(env *Env, d datum.Datum) (catalog.OID, error) {
	oid, err := relationOID(env, d)
	if err != nil || oid == 0 {
		return 0, err
	}
	if env.snapshot().SequenceByOID(oid) == nil {
		name, _ := catalog.RelationName(env.snapshot(), env.path(), oid)
		return 0, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a sequence", name)
	}
	return oid, nil
}

// ifThere is an OID, or 0 where it is nobody's.
func ifThere(d datum.Datum, there bool) catalog.OID {
	if !there {
		return 0
	}
	return catalog.OID(d.Int())
}

func findSchema(env *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return ifThere(d, env.snapshot().SchemaByOID(catalog.OID(d.Int())) != nil), nil
	}
	sc := env.snapshot().Schema(d.Str())
	if sc == nil {
		return 0, sqlstate.New(sqlstate.InvalidSchemaName, "schema \"%s\" does not exist", d.Str())
	}
	return sc.OID, nil
}

func findDatabase(env *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return ifThere(d, catalog.OID(d.Int()) == catalog.DatabaseOID), nil
	}
	if d.Str() != env.info().Database {
		return 0, sqlstate.New(sqlstate.InvalidCatalogName, "database \"%s\" does not exist", d.Str())
	}
	return catalog.DatabaseOID, nil
}

func findFunction(env *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return ifThere(d, catalog.Builtin().ProcByOID(catalog.OID(d.Int())) != nil), nil
	}
	p, err := catalog.ResolveProcedure(env.snapshot(), env.path(), d.Str())
	if err != nil {
		return 0, err
	}
	return p.OID, nil
}

func findType(env *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return ifThere(d, env.snapshot().TypeByOID(catalog.OID(d.Int())) != nil), nil
	}
	t, err := catalog.ResolveType(env.snapshot(), env.path(), d.Str())
	if err != nil {
		return 0, err
	}
	return t.OID, nil
}

func findLanguage(_ *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return catalog.OID(d.Int()), nil
	}
	if oid := catalog.LanguageOID(d.Str()); oid != 0 {
		return oid, nil
	}
	return 0, sqlstate.New(sqlstate.UndefinedObject, "language \"%s\" does not exist", d.Str())
}

func findTablespace(_ *Env, d datum.Datum) (catalog.OID, error) {
	if d.Kind() != datum.KindString {
		return catalog.OID(d.Int()), nil
	}
	if oid := catalog.TablespaceOID(d.Str()); oid != 0 {
		return oid, nil
	}
	return 0, sqlstate.New(sqlstate.UndefinedObject, "tablespace \"%s\" does not exist", d.Str())
}
