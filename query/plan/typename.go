package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// typeName looks a type up: built-in names, their SQL spellings having been normalised by the
// grammar (integer is pg_catalog.int4).
func (b *binder) typeName(n *parse.TypeName) (*datum.Type, int32, error) {
	if n.SetOf {
		return nil, 0, unsupported(n.Pos(), "SETOF")
	}
	if n.PctType {
		return nil, 0, unsupported(n.Pos(), "%TYPE")
	}
	t, err := b.findType(n.Name)
	if err != nil {
		return nil, 0, at(err, n.Pos())
	}
	if t == nil {
		return nil, 0, absentType(n.Name, strconv.Quote(strings.Join(n.Name, "."))).At(n.Pos())
	}
	if ofUser(t) {
		b.notes(n, t.OID)
		if b.procs != nil {
			b.procs[t.OID] = true
		}
	}
	mod, err := typmod(t, n)
	if err != nil {
		return nil, 0, err
	}
	if n.ArrayDims > 0 && t.IsDomain() && t.Root().IsArray() {
		return nil, 0, unsupported(n.Pos(), "an array of a domain over an array")
	}
	if n.ArrayDims > 0 && !t.IsArray() {
		if t.Array == nil {
			return nil, 0, fail(n.Pos(), sqlstate.UndefinedObject, "could not find array type for data type %s", t)
		}
		t = t.Array
	}
	return t, mod, nil
}

func typmod(t *datum.Type, n *parse.TypeName) (int32, error) {
	if len(n.Mods) == 0 {
		if t == datum.Bpchar && len(n.Name) > 1 {
			return datum.ParseTypmod(t, []int64{1}) // character without a length is character(1)
		}
		return -1, nil
	}
	mods := make([]int64, len(n.Mods))
	for i, m := range n.Mods {
		k, ok := m.(*parse.Const)
		if !ok || k.Kind != parse.ConstInt {
			return 0, fail(n.Pos(), sqlstate.InvalidParameterValue,
				"type modifiers must be simple constants or identifiers")
		}
		mods[i], _ = strconv.ParseInt(k.Val, 10, 64)
	}
	mod, err := datum.ParseTypmod(t, mods)
	return mod, at(err, n.Pos())
}

// TypeOf looks up a type's name and modifier where there is no statement to bind: PREPARE's parameters.
func TypeOf(cat Catalog, n *parse.TypeName) (*datum.Type, int32, error) {
	return (&binder{cat: cat}).typeName(n)
}
