package builtin

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Functions over aclitem, whose values are held as their text.

func aclFunctions(r *registry) {
	r.fn(defaultACL, "acldefault(char,oid)")
	r.fn(makeACLItem, "makeaclitem(oid,oid,text,bool)")
	r.fn(aclContains, "aclcontains(_aclitem,aclitem)")
	r.sets["aclexplode(_aclitem)"] = aclExplode
}

// defaultACL is acldefault: its letters for kinds of objects that we have none of are known, too.
func defaultACL(env *Env, a []datum.Datum) (datum.Datum, error) {
	letter, owner := a[0].Str(), catalog.OID(a[1].Int())
	kind := catalog.ObjectKind(0)
	if letter != "" {
		kind = catalog.ObjectKind(letter[0])
	}
	acl := catalog.DefaultACL(kind, owner)
	switch letter {
	case "L": // large object
		acl = catalog.ACL{{Grantee: owner, Grantor: owner, Privileges: catalog.PrivSelect | catalog.PrivUpdate}}
	case "F", "S": // foreign data wrapper, foreign server
		acl = catalog.ACL{{Grantee: owner, Grantor: owner, Privileges: catalog.PrivUsage}}
	case "p": // parameter
		acl = catalog.ACL{{Grantee: owner, Grantor: owner, Privileges: catalog.PrivSet | catalog.PrivAlterSystem}}
	case "c", "r", "s", "d", "f", "l", "n", "t", "T":
	default:
		return datum.Null, sqlstate.New(sqlstate.InternalError, "unrecognized objtype abbreviation: %s", letter)
	}
	return aclArray(env, acl), nil
}

func aclArray(env *Env, acl catalog.ACL) datum.Datum {
	out := make([]datum.Datum, len(acl))
	for i, it := range acl {
		out[i] = datum.NewString(it.Text(env.snapshot()))
	}
	return datum.ArrayFrom(datum.ACLItem, out)
}

func makeACLItem(env *Env, a []datum.Datum) (datum.Datum, error) {
	all := []string{"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE",
		"TEMP", "TEMPORARY", "CONNECT", "SET", "ALTER SYSTEM", "RULE"}
	name := strings.ToUpper(strings.TrimSpace(a[2].Str()))
	if !slices.Contains(all, name) {
		return datum.Null, invalidParameter("unrecognized privilege type: \"%s\"", a[2].Str())
	}
	it := catalog.ACLItem{Grantee: catalog.OID(a[0].Int()), Grantor: catalog.OID(a[1].Int())}
	it.Privileges = catalog.PrivilegeNamed(name)
	if a[3].Bool() {
		it.Options = it.Privileges
	}
	return datum.NewString(it.Text(env.snapshot())), nil
}

// aclContains says whether a list has an item that grants as much (aclcontains).
func aclContains(env *Env, a []datum.Datum) (datum.Datum, error) {
	want, err := catalog.ParseACLItem(env.snapshot(), a[1].Str())
	if err != nil {
		return datum.Null, err
	}
	for _, d := range a[0].Array().Elems {
		it, err := catalog.ParseACLItem(env.snapshot(), d.Str())
		if err != nil {
			return datum.Null, err
		}
		if it.Grantee == want.Grantee && it.Grantor == want.Grantor && want.Privileges&^it.Privileges == 0 &&
			want.Options&^it.Options == 0 {
			return datum.NewBool(true), nil
		}
	}
	return datum.NewBool(false), nil
}

// aclExplode gives a row a privilege: grantor, grantee, its name, and whether it may be granted on.
func aclExplode(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	for _, d := range a[0].Array().Elems {
		it, err := catalog.ParseACLItem(env.snapshot(), d.Str())
		if err != nil {
			return err
		}
		it.Privileges.Each(func(p catalog.Privileges, name string) {
			if err == nil {
				err = emit([]datum.Datum{datum.NewInt(int64(it.Grantor)), datum.NewInt(int64(it.Grantee)), datum.NewString(name),
					datum.NewBool(it.Options&p != 0)})
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
