package catalog

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// NameEnv reads and writes reg* values: it is datum.Names over one snapshot.
type NameEnv struct {
	Snapshot   *Snapshot
	SearchPath []string
	// User is the current role's name.
	User string
	// QuoteAll is quote_all_identifiers.
	QuoteAll bool
}

var _ datum.Names = NameEnv{}

func (n NameEnv) path() []string { return replaceUser(n.SearchPath, n.User) }

// NameOf returns how the object is written; ok is false when there is none.
func (n NameEnv) NameOf(t *datum.Type, oid OID) (string, bool) {
	name, ok := n.nameOf(t, oid)
	if ok && n.QuoteAll {
		name = parse.QuoteAll(name)
	}
	return name, ok
}

func (n NameEnv) nameOf(t *datum.Type, oid OID) (string, bool) {
	switch t {
	case datum.Regclass:
		return RelationName(n.Snapshot, n.path(), oid)
	case datum.Regtype:
		return regtypeName(n.Snapshot, n.path(), oid)
	case datum.Regproc:
		return ProcName(n.Snapshot, n.path(), oid)
	case datum.Regprocedure:
		return ProcedureName(n.Snapshot, n.path(), oid)
	case datum.Regoper:
		return OperatorName(n.Snapshot, n.path(), oid)
	case datum.Regoperator:
		return OperatorSignature(n.Snapshot, n.path(), oid)
	case datum.Regnamespace:
		if sc := n.Snapshot.SchemaByOID(oid); sc != nil {
			return parse.QuoteIdent(sc.Name), true
		}
	case datum.Regconfig, datum.Regdictionary:
		return textSearchName(n.Snapshot, n.path(), t, oid)
	case datum.Regcollation:
		return collationName(oid)
	case datum.Regrole:
		if r := n.Snapshot.RoleByOID(oid); r != nil {
			return parse.QuoteIdent(r.Name), true
		}
	}
	return "", false
}

// OIDOf finds the object by the name, as the reg* types' input functions do.
func (n NameEnv) OIDOf(t *datum.Type, name string) (OID, error) {
	switch t {
	case datum.Regclass:
		return ResolveRelation(n.Snapshot, n.path(), name)
	case datum.Regtype:
		found, err := ResolveType(n.Snapshot, n.path(), name)
		if err != nil {
			return 0, err
		}
		return found.OID, nil
	case datum.Regproc:
		return procOID(ResolveProc(n.Snapshot, n.path(), name))
	case datum.Regprocedure:
		return procOID(ResolveProcedure(n.Snapshot, n.path(), name))
	case datum.Regoper:
		return operatorOID(ResolveOperator(n.Snapshot, n.path(), name))
	case datum.Regoperator:
		return operatorOID(ResolveOperatorSignature(n.Snapshot, n.path(), name))
	case datum.Regnamespace:
		return n.schemaOID(name)
	case datum.Regconfig, datum.Regdictionary:
		return n.textSearchOID(t, name)
	case datum.Regcollation:
		return collationOID(name)
	case datum.Regrole:
		return n.roleOID(name)
	}
	return 0, sqlstate.New(sqlstate.UndefinedObject, "%s %q does not exist", t, name)
}

func procOID(p *Proc, err error) (OID, error) {
	if err != nil {
		return 0, err
	}
	return p.OID, nil
}

func operatorOID(o *Operator, err error) (OID, error) {
	if err != nil {
		return 0, err
	}
	return o.OID, nil
}

func (n NameEnv) schemaOID(name string) (OID, error) {
	part, err := soleName(name)
	if err != nil {
		return 0, err
	}
	if sc := n.Snapshot.Schema(part); sc != nil {
		return sc.OID, nil
	}
	return 0, sqlstate.New(sqlstate.InvalidSchemaName, "schema %q does not exist", part)
}

func (n NameEnv) roleOID(name string) (OID, error) {
	part, err := soleName(name)
	if err != nil {
		return 0, err
	}
	if r := n.Snapshot.Role(part); r != nil {
		return r.OID, nil
	}
	return 0, NoRole(part)
}

// soleName reads a name that must not be qualified.
func soleName(s string) (string, error) {
	parts, err := SplitName(s)
	if err != nil {
		return "", err
	}
	if len(parts) != 1 {
		return "", sqlstate.New(sqlstate.InvalidName, "invalid name syntax")
	}
	return parts[0], nil
}
