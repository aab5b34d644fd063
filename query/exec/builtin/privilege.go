package builtin

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// There is one role, and it may do everything; what is left of the privilege functions is to check that
// the role, the object and the privilege exist.

// privileged is a kind of object: its privileges, and how a name or an OID is found. present is false for
// an OID that is nobody's, for which the answer is NULL.
type privileged struct {
	name       string
	privileges []string
	find       func(env *Env, object datum.Datum) (present bool, err error)
}

// grantOption may follow the name of a privilege.
const grantOption = " WITH GRANT OPTION"

func columnPrivileges() []string { return []string{"SELECT", "INSERT", "UPDATE", "REFERENCES"} }

func privilegedKinds() []privileged {
	columns := columnPrivileges()
	return []privileged{
		{"table", append([]string{"DELETE", "TRUNCATE", "TRIGGER"}, columns...), findRelation},
		{"any_column", columns, findRelation},
		{"sequence", []string{"USAGE", "SELECT", "UPDATE"}, findSequence},
		{"schema", []string{"CREATE", "USAGE"}, findSchema},
		{"database", []string{"CREATE", "CONNECT", "TEMPORARY", "TEMP"}, findDatabase},
		{"function", []string{"EXECUTE"}, findFunction},
		{"type", []string{"USAGE"}, findType},
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

func (k privileged) check(users int) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if err := checkRoles(env, a[:users]); err != nil {
			return datum.Null, err
		}
		if err := checkPrivileges(a[users+1].Str(), k.privileges, grantOption); err != nil {
			return datum.Null, err
		}
		present, err := k.find(env, a[users])
		if err != nil || !present {
			return datum.Null, err
		}
		return datum.NewBool(true), nil
	}
}

func columnPrivilege(users int) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		if err := checkRoles(env, a[:users]); err != nil {
			return datum.Null, err
		}
		table, column := a[users], a[users+1]
		if err := checkPrivileges(a[users+2].Str(), columnPrivileges(), grantOption); err != nil {
			return datum.Null, err
		}
		t, err := tableOf(env, table)
		if err != nil || t == nil {
			return datum.Null, err
		}
		if column.Kind() == datum.KindString {
			if t.ColumnIndex(column.Str()) < 0 {
				return datum.Null, noColumn(column.Str(), t.Name)
			}
		} else if t.Ordinal(int16(column.Int())) < 0 {
			return datum.Null, nil
		}
		return datum.NewBool(true), nil
	}
}

func noColumn(column, table string) error {
	return sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", column, table)
}

func hasRole(env *Env, a []datum.Datum) (datum.Datum, error) {
	last := len(a) - 1
	if err := checkRoles(env, a[:last]); err != nil {
		return datum.Null, err
	}
	memberships := []string{"MEMBER", "USAGE"}
	if err := checkPrivileges(a[last].Str(), memberships, grantOption, " WITH ADMIN OPTION"); err != nil {
		return datum.Null, err
	}
	return datum.NewBool(true), nil
}

// checkRoles refuses the name of a role other than the session's own; an OID is taken as it is.
func checkRoles(env *Env, roles []datum.Datum) error {
	for _, role := range roles {
		if role.Kind() == datum.KindString && role.Str() != env.info().User && role.Str() != "public" {
			return sqlstate.New(sqlstate.UndefinedObject, "role \"%s\" does not exist", role.Str())
		}
	}
	return nil
}

// checkPrivileges reads a list of privileges, each with one of the suffixes or none.
func checkPrivileges(list string, known []string, suffixes ...string) error {
	for _, item := range strings.Split(list, ",") {
		name := strings.ToUpper(strings.TrimSpace(item))
		for _, suffix := range suffixes {
			name = strings.TrimSuffix(name, suffix)
		}
		if !slices.Contains(known, name) {
			return invalidParameter("unrecognized privilege type: \"%s\"", strings.TrimSpace(item))
		}
	}
	return nil
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

func findRelation(env *Env, d datum.Datum) (bool, error) {
	oid, err := relationOID(env, d)
	return oid != 0, err
}

func tableOf(env *Env, d datum.Datum) (*catalog.Table, error) {
	oid, err := relationOID(env, d)
	if err != nil {
		return nil, err
	}
	return env.snapshot().TableByOID(oid), nil
}

func findSequence(env *Env, d datum.Datum) (bool, error) {
	oid, err := relationOID(env, d)
	if err != nil || oid == 0 {
		return false, err
	}
	if env.snapshot().SequenceByOID(oid) == nil {
		name, _ := catalog.RelationName(env.snapshot(), env.path(), oid)
		return false, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a sequence", name)
	}
	return true, nil
}

func findSchema(env *Env, d datum.Datum) (bool, error) {
	if d.Kind() != datum.KindString {
		return env.snapshot().SchemaByOID(catalog.OID(d.Int())) != nil, nil
	}
	if env.snapshot().Schema(d.Str()) == nil {
		return false, sqlstate.New(sqlstate.InvalidSchemaName, "schema \"%s\" does not exist", d.Str())
	}
	return true, nil
}

func findDatabase(env *Env, d datum.Datum) (bool, error) {
	if d.Kind() != datum.KindString {
		return catalog.OID(d.Int()) == catalog.DatabaseOID, nil
	}
	if d.Str() != env.info().Database {
		return false, sqlstate.New(sqlstate.InvalidCatalogName, "database \"%s\" does not exist", d.Str())
	}
	return true, nil
}

func findFunction(env *Env, d datum.Datum) (bool, error) {
	if d.Kind() != datum.KindString {
		return catalog.Builtin().ProcByOID(catalog.OID(d.Int())) != nil, nil
	}
	_, err := catalog.ResolveProcedure(env.snapshot(), env.path(), d.Str())
	return err == nil, err
}

func findType(env *Env, d datum.Datum) (bool, error) {
	if d.Kind() != datum.KindString {
		return datum.TypeByOID(catalog.OID(d.Int())) != nil, nil
	}
	_, err := catalog.ResolveType(env.snapshot(), env.path(), d.Str())
	return err == nil, err
}
