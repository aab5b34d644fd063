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
	o := snap.OperatorByOID(oid)
	if o == nil {
		return "", false
	}
	if found := snap.operatorsIn(searchPath, "", o.Name); len(found) == 1 && found[0].OID == oid {
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
	o, prefix := snap.OperatorByOID(oid), ""
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
	return slices.DeleteFunc(slices.Clone(s.OperatorsNamed(name)), func(o *Operator) bool {
		return !slices.Contains(schemas, o.Schema)
	})
}

// ResolveOperator finds the operator that a regoper input names: the only one of that symbol.
func ResolveOperator(snap *Snapshot, searchPath []string, name string) (*Operator, error) {
	found, err := snap.operatorsCalled(searchPath, name)
	if err != nil {
		return nil, err
	}
	switch len(found) {
	case 0:
		return nil, noOperator(name)
	case 1:
		return found[0], nil
	default:
		return nil, sqlstate.New(sqlstate.AmbiguousFunction, "more than one operator named %s", name)
	}
}

// ResolveOperatorSignature finds the operator that a regoperator input names: +(integer,integer), with NONE for the
// operand that a prefix operator lacks.
func ResolveOperatorSignature(snap *Snapshot, searchPath []string, signature string) (*Operator, error) {
	name, args, err := splitSignature(signature)
	if err != nil {
		return nil, err
	}
	switch {
	case len(args) == 1:
		return nil, sqlstate.New(sqlstate.UndefinedParameter, "missing argument").
			WithHint("Use NONE to denote the missing argument of a unary operator.")
	case len(args) != 2:
		return nil, sqlstate.New(sqlstate.TooManyArguments, "too many arguments").
			WithHint("Provide two argument types for operator.")
	}
	var operands [2]*datum.Type
	for i, a := range args {
		if strings.EqualFold(a, "none") {
			continue
		}
		if operands[i], err = ResolveType(snap, searchPath, a); err != nil {
			return nil, err
		}
	}
	found, err := snap.operatorsCalled(searchPath, name)
	if err != nil {
		return nil, err
	}
	for _, o := range found {
		if o.Left == operands[0] && o.Right == operands[1] {
			return o, nil
		}
	}
	return nil, noOperator(signature)
}

// operatorsCalled lists the operators of a symbol that may be qualified.
func (s *Snapshot) operatorsCalled(searchPath []string, name string) ([]*Operator, error) {
	schema, symbol := "", strings.TrimSpace(name)
	if i := strings.IndexByte(symbol, '.'); i >= 0 {
		parts, err := SplitName(symbol[:i])
		if err != nil {
			return nil, err
		}
		schema, symbol = parts[0], symbol[i+1:]
	}
	return s.operatorsIn(searchPath, schema, symbol), nil
}

func noOperator(name string) error {
	return sqlstate.New(sqlstate.UndefinedFunction, "operator does not exist: %s", name)
}
