package eval

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
)

// fieldAssign is a row of a composite type with one field replaced, as SET c.f = … makes it. NULL is a row of NULLs here.
type fieldAssign struct {
	typ        *datum.Type
	arg, value node
	index      int
}

func (x *fieldAssign) eval(b *datum.Batch) (*datum.Vec, error) {
	both, err := evalAll([]node{x.arg, x.value}, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		fields := make([]datum.Datum, len(x.typ.Fields))
		if old := both[0].Get(i); !old.IsNull() {
			fields = slices.Clone(old.Record())
		}
		fields[x.index] = both[1].Get(i)
		out.Append(x.typ.NewComposite(fields))
	}
	return out, nil
}

// jsonAssign is a jsonb value with a part replaced, as SET j['a'][0] = … makes it. The operands are the old value, the
// part's new one and the path.
type jsonAssign struct {
	typ      *datum.Type
	operands []node
	numbered bool
}

func (x *jsonAssign) eval(b *datum.Batch) (*datum.Vec, error) {
	vecs, err := evalAll(x.operands, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		path := make([]datum.Datum, 0, len(vecs)-2)
		for _, step := range vecs[2:] {
			path = append(path, step.Get(i))
		}
		d, err := builtin.AssignJSON(vecs[0].Get(i), path, vecs[1].Get(i), x.numbered)
		if err != nil {
			return nil, rowFailed(i, err)
		}
		out.Append(d)
	}
	return out, nil
}
