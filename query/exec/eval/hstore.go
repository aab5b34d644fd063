package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
)

// hstoreFetch is h['key'], NULL where there is none. The operands are the value and the key.
type hstoreFetch struct{ operands []node }

func (x *hstoreFetch) eval(b *datum.Batch) (*datum.Vec, error) {
	vecs, err := evalAll(x.operands, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(datum.Text, b.Rows)
	for i := range b.Rows {
		out.Append(builtin.FetchHstore(vecs[0].Get(i), vecs[1].Get(i)))
	}
	return out, nil
}

// hstoreAssign is an hstore with a key's value replaced, as SET h['key'] = … makes it. The operands are the old value, the
// key and what it is to stand for.
type hstoreAssign struct {
	typ      *datum.Type
	operands []node
}

func (x *hstoreAssign) eval(b *datum.Batch) (*datum.Vec, error) {
	vecs, err := evalAll(x.operands, b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.typ, b.Rows)
	for i := range b.Rows {
		d, err := builtin.AssignHstore(vecs[0].Get(i), vecs[1].Get(i), vecs[2].Get(i))
		if err != nil {
			return nil, rowFailed(i, err)
		}
		out.Append(d)
	}
	return out, nil
}

func (k *compiler) hstoreSubscript(x *plan.Subscript) (compiled, error) {
	return k.strict(func(a []node) node { return &hstoreFetch{a} }, x.Arg, x.Index[0])
}

func (k *compiler) hstoreAssign(x *plan.ArrayAssign) (compiled, error) {
	return k.strict(func(a []node) node { return &hstoreAssign{x.T, a} }, x.Arg, x.Index[0], x.Value)
}
