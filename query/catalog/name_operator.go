package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// OperatorName is how regoper writes an operator: its symbol, qualified when it is ambiguous or the
// bare symbol does not find it.
func OperatorName(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	o := Builtin().OperatorByOID(oid)
	if o == nil {
		return "", false
	}
	if found := snap.operatorsIn(searchPath, "", o.Name); len(found) == 1 && found[0] == o {
		return o.Name, true
	}
	return parse.QuoteIdent(snap.schemaName(o.Schema)) + "." + o.Name, true
}

// OperatorSignature is how regoperator writes an operator: with its operand types.
func OperatorSignature(snap *Snapshot, searchPath []string, oid OID) (string, bool) {
	visible, ok := OperatorVisible(snap, searchPath, oid)
	if !ok {
		return "", false
	}
	o, prefix := Builtin().OperatorByOID(oid), ""
	if !visible {
		prefix = parse.QuoteIdent(snap.schemaName(o.Schema)) + "."
	}
	return prefix + o.Name + "(" + operandName(o.Left) + "," + operandName(o.Right) + ")", true
}

func operandName(t *datum.Type) string {
	if t == nil {
		return "NONE"
	}
	return t.SQL
}

func (s *Snapshot) operatorsIn(searchPath []string, schema, name string) []*Operator {
	schemas := s.searchIn(searchPath, schema)
	return slices.DeleteFunc(slices.Clone(Builtin().OperatorsNamed(name)), func(o *Operator) bool {
		return !slices.Contains(schemas, o.Schema)
	})
}

// ResolveOperator finds the operator that a regoper input names: the only one of that symbol.
func ResolveOperator(snap *Snapshot, searchPath []string, name string) (*Operator, error) {
	name = strings.TrimSpace(name)
	schema, symbol := "", name
	if i := strings.IndexByte(name, '.'); i >= 0 {
		parts, err := SplitName(name[:i])
		if err != nil {
			return nil, err
		}
		schema, symbol = parts[0], name[i+1:]
	}
	switch found := snap.operatorsIn(searchPath, schema, symbol); len(found) {
	case 0:
		return nil, sqlstate.New(sqlstate.UndefinedFunction, "operator does not exist: %s", name)
	case 1:
		return found[0], nil
	default:
		return nil, sqlstate.New(sqlstate.AmbiguousFunction, "more than one operator named %s", name)
	}
}
