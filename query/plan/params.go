package plan

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Parameters: a $n without a declared type takes the type its first use wants, as Postgres's
// variable parameter hook does.

func (b *binder) declareParams(types []*datum.Type) {
	for i, t := range types {
		if t == nil {
			t = datum.Unknown
		}
		b.params = append(b.params, &Param{Typed: Typed{t, -1}, Index: i})
	}
}

func (b *binder) param(number, pos int) (Expr, error) {
	if number < 1 || number > 65535 || b.rec != nil {
		return nil, fail(pos, sqlstate.UndefinedParameter, "there is no parameter $%d", number)
	}
	for len(b.params) < number {
		b.params = append(b.params, &Param{Typed: Typed{datum.Unknown, -1}, Index: len(b.params)})
	}
	return b.params[number-1], nil
}

// settle gives an undetermined parameter its type.
func (p *Param) settle(t *datum.Type, pos int) error {
	if p.T != datum.Unknown && p.T != t {
		return sqlstate.New(sqlstate.AmbiguousParameter, "inconsistent types deduced for parameter $%d", p.Index+1).
			WithDetail("%s versus %s", p.T, t).At(pos)
	}
	p.T = t
	return nil
}

func (b *binder) finishParams() ([]*datum.Type, error) {
	var out []*datum.Type
	for _, p := range b.params {
		if p.T == datum.Unknown {
			return nil, sqlstate.New(sqlstate.IndeterminateDatatype,
				"could not determine data type of parameter $%d", p.Index+1)
		}
		out = append(out, p.T)
	}
	return out, nil
}
