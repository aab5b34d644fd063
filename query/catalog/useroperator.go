package catalog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// OperatorDef is an operator that a user made: a row of pg_operator. One without a function is a shell, which the
// definition of another named as its commutator or negator.
type OperatorDef struct {
	OID     OID    `json:"oid"`
	Schema  OID    `json:"schema"`
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`
	// Left is 0 for a prefix operator.
	Left       OID  `json:"left,omitempty"`
	Right      OID  `json:"right"`
	Result     OID  `json:"result,omitempty"`
	Proc       OID  `json:"proc,omitempty"`
	Commutator OID  `json:"commutator,omitempty"`
	Negator    OID  `json:"negator,omitempty"`
	Restrict   OID  `json:"restrict,omitempty"`
	Join       OID  `json:"join,omitempty"`
	Merges     bool `json:"merges,omitempty"`
	Hashes     bool `json:"hashes,omitempty"`
}

// Shell says whether there is only the name as yet.
func (o *OperatorDef) Shell() bool { return o.Proc == 0 }

// EncodeOperator gives the bytes an operator is stored as.
func EncodeOperator(o *OperatorDef) ([]byte, error) { return json.Marshal(o) }

// DecodeOperator reads what EncodeOperator wrote.
func DecodeOperator(b []byte) (*OperatorDef, error) {
	o := new(OperatorDef)
	if err := decodeStrict(b, o); err != nil {
		return nil, fmt.Errorf("decode operator: %w", err)
	}
	if o.OID == 0 || o.Schema == 0 || o.Name == "" || o.Right == 0 || (o.Proc == 0) != (o.Result == 0) {
		return nil, fmt.Errorf("decode operator %q: %w", o.Name, ErrCorrupt)
	}
	return o, nil
}

// PutOperator adds an operator, or replaces the one with its OID.
func (s *Snapshot) PutOperator(o *OperatorDef) { s.operators[o.OID] = o }

// RemoveOperator removes an operator; those that it was the commutator or negator of have none then, and are returned.
func (s *Snapshot) RemoveOperator(oid OID) (changed []*OperatorDef) {
	delete(s.operators, oid)
	for _, o := range s.UserOperators() {
		if o.Commutator != oid && o.Negator != oid {
			continue
		}
		fresh := *o
		if fresh.Commutator == oid {
			fresh.Commutator = 0
		}
		if fresh.Negator == oid {
			fresh.Negator = 0
		}
		s.operators[o.OID] = &fresh
		changed = append(changed, &fresh)
	}
	return changed
}

// UserOperators lists the operators that users made, by OID.
func (s *Snapshot) UserOperators() []*OperatorDef {
	return slices.SortedFunc(maps.Values(s.operators), func(a, b *OperatorDef) int { return cmp.Compare(a.OID, b.OID) })
}

// OperatorByOID finds any operator, built in or not; nil for none.
func (s *Snapshot) OperatorByOID(oid OID) *Operator {
	if o := Builtin().OperatorByOID(oid); o != nil {
		return o
	}
	if o := s.operators[oid]; o != nil {
		return s.operatorOf(o)
	}
	return nil
}

// OperatorsNamed lists the operators of a symbol, shells too: the built-in ones, then users' by OID.
func (s *Snapshot) OperatorsNamed(name string) []*Operator {
	out := slices.Clip(Builtin().OperatorsNamed(name))
	if len(s.operators) == 0 {
		return out
	}
	for _, o := range s.UserOperators() {
		if o.Name == name {
			out = append(out, s.operatorOf(o))
		}
	}
	return out
}

// UserOperator finds a user's operator by its operands' types, nil for none; left is nil for a prefix operator.
func (s *Snapshot) UserOperator(schema OID, name string, left, right *datum.Type) *OperatorDef {
	for _, o := range s.operators {
		if o.Schema == schema && o.Name == name && o.Left == typeOID(left) && o.Right == right.OID {
			return o
		}
	}
	return nil
}

func typeOID(t *datum.Type) OID {
	if t == nil {
		return 0
	}
	return t.OID
}

// operatorOf is an operator as expressions see it.
func (s *Snapshot) operatorOf(o *OperatorDef) *Operator {
	out := &Operator{OID: o.OID, Name: o.Name, Schema: o.Schema, Right: s.typeOr(o.Right), Commutator: o.Commutator,
		Negator: o.Negator, User: o}
	if o.Left != 0 {
		out.Left = s.typeOr(o.Left)
	}
	if !o.Shell() {
		out.Result, out.Proc = s.typeOr(o.Result), s.ProcByOID(o.Proc)
	}
	return out
}

// OperatorsOf lists users' operators that a function computes.
func (s *Snapshot) OperatorsOf(function OID) []*OperatorDef {
	return slices.DeleteFunc(s.UserOperators(), func(o *OperatorDef) bool {
		return o.Proc != function && o.Restrict != function && o.Join != function
	})
}

// OperatorsOfType lists users' operators that take or give values of a type.
func (s *Snapshot) OperatorsOfType(types ...OID) []*OperatorDef {
	return slices.DeleteFunc(s.UserOperators(), func(o *OperatorDef) bool {
		return !slices.Contains(types, o.Left) && !slices.Contains(types, o.Right) && !slices.Contains(types, o.Result)
	})
}

// operatorDependencies lists what users' operators depend on.
func (s *Snapshot) operatorDependencies() []dependency {
	var out []dependency
	for _, o := range s.UserOperators() {
		from := object{operatorClassOID, o.OID, 0}
		out = append(out, dependency{from, object{namespaceClassOID, o.Schema, 0}, 'n'})
		types := []OID{o.Left, o.Right, o.Result}
		slices.Sort(types)
		for _, t := range slices.Compact(types) {
			if t >= firstExtensionOID {
				out = append(out, dependency{from, object{typeClassOID, t, 0}, 'n'})
			}
		}
		for _, f := range []OID{o.Proc, o.Restrict, o.Join} {
			if f >= firstExtensionOID {
				out = append(out, dependency{from, object{procClassOID, f, 0}, 'n'})
			}
		}
	}
	return out
}

// userOperatorRows are pg_operator's rows of the operators that users made.
func userOperatorRows(env *VirtualEnv, w *rowWriter) {
	for _, o := range env.Snapshot.UserOperators() {
		kind := byte('b')
		if o.Left == 0 {
			kind = 'l'
		}
		w.oid("oid", o.OID).str("oprname", o.Name).oid("oprnamespace", o.Schema).char("oprkind", kind).
			oid("oprowner", env.Snapshot.Owner(ClassOperator, o.OID)).bool("oprcanmerge", o.Merges).bool("oprcanhash", o.Hashes).
			oid("oprleft", o.Left).oid("oprright", o.Right).oid("oprresult", o.Result).oid("oprcom", o.Commutator).
			oid("oprnegate", o.Negator).oid("oprcode", o.Proc).oid("oprrest", o.Restrict).oid("oprjoin", o.Join).end()
	}
}
