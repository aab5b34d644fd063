package eval

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
)

// cast converts row by row with datum.Cast.
type cast struct {
	ctx      *Context
	arg      node
	from, to *datum.Type
	typmod   int32
	explicit bool
}

// relabel changes only the type on the column: its values are held alike.
type relabel struct {
	arg node
	to  *datum.Type
}

// intToFloat converts integers to float8.
type intToFloat struct{ arg node }

func (k *compiler) cast(x *plan.Cast) (compiled, error) {
	from := x.Arg.Type()
	if !x.T.IsDomain() {
		from = from.Root()
	}
	return k.strict(func(a []node) node {
		switch {
		case x.Method != 0:
			return &methodCast{ctx: k.ctx, arg: a[0], cast: x, from: from}
		case x.Mod < 0 && sameValues(from, x.T):
			return &relabel{a[0], x.T}
		case x.Mod < 0 && x.T == datum.Float8 && isInt(from):
			return &intToFloat{a[0]}
		default:
			return &cast{ctx: k.ctx, arg: a[0], from: from, to: x.T, typmod: x.Mod, explicit: x.Explicit}
		}
	}, x.Arg)
}

func isInt(t *datum.Type) bool { return t == datum.Int2 || t == datum.Int4 || t == datum.Int8 }

// sameValues says whether every value of from is the same value of to.
func sameValues(from, to *datum.Type) bool {
	switch {
	case from == to:
		return true
	case to == datum.Int8:
		return from == datum.Int2 || from == datum.Int4
	case to == datum.Int4:
		return from == datum.Int2
	case to == datum.Text:
		return from == datum.Varchar || from == datum.Name
	case to == datum.Varchar:
		return from == datum.Text
	case to == datum.Float8:
		return from == datum.Float4
	}
	return false
}

func (x *relabel) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	return labelled(v, x.to), nil
}

func (x *intToFloat) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := &datum.Vec{Type: datum.Float8, Nulls: v.Nulls, F: make([]float64, len(v.I))}
	for i, n := range v.I {
		out.F[i] = float64(n)
	}
	return out, nil
}

func (x *cast) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.to, b.Rows)
	for i := range b.Rows {
		d := v.Get(i)
		if !d.IsNull() || x.to.IsDomain() {
			if d, err = datum.Cast(d, x.from, x.to, x.typmod, x.explicit, x.ctx.Fn.Datum); err != nil {
				return nil, rowFailed(i, err)
			}
		}
		out.Append(d)
	}
	return out, nil
}

// evalRows keeps the errors of a cast's argument and of the cast itself apart from the good rows:
// a generated column's embed(path) stands under a cast to the column's type.
func (x *cast) evalRows(b *datum.Batch) (*datum.Vec, []error, error) {
	arg, ok := x.arg.(rowwise)
	if !ok {
		return eachRow(x, x.to, b)
	}
	v, errs, err := arg.evalRows(b)
	if err != nil {
		return nil, nil, err
	}
	out := datum.NewVec(x.to, b.Rows)
	for i := range b.Rows {
		d := v.Get(i)
		if !d.IsNull() || x.to.IsDomain() {
			if d, err = datum.Cast(d, x.from, x.to, x.typmod, x.explicit, x.ctx.Fn.Datum); err != nil {
				if errs == nil {
					errs = make([]error, b.Rows)
				}
				errs[i], d = err, datum.Null
			}
		}
		out.Append(d)
	}
	return out, errs, nil
}

// methodCast is a cast that a user made without a function.
type methodCast struct {
	ctx  *Context
	arg  node
	cast *plan.Cast
	from *datum.Type
}

func (x *methodCast) eval(b *datum.Batch) (*datum.Vec, error) {
	v, err := x.arg.eval(b)
	if err != nil {
		return nil, err
	}
	out := datum.NewVec(x.cast.T, b.Rows)
	for i := range b.Rows {
		d := v.Get(i)
		if !d.IsNull() {
			if d, err = convertBy(x.cast, d, x.from, x.ctx.Fn.Datum); err != nil {
				return nil, rowFailed(i, err)
			}
		}
		out.Append(d)
	}
	return out, nil
}

// convertBy converts a value that is not NULL as a user's cast without a function does: 'i' through its text, 'b' as it is.
func convertBy(x *plan.Cast, d datum.Datum, from *datum.Type, env *datum.Env) (datum.Datum, error) {
	if x.Method == 'i' {
		return datum.ParseText(x.T, x.Mod, datum.Format(from, d, env), env)
	}
	return datum.ApplyTypmod(x.T, x.Mod, d, x.Explicit)
}
