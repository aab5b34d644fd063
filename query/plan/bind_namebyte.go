package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// nameByte is name[i], the i-th character of a name counted from zero, which pg_dump tells array types by. It becomes
// an element of the name's characters as an array, so that no operator need know of it.
func (c *exprContext) nameByte(arg Expr, sub *Subscript, pos int) (Expr, error) {
	if sub.Slice || len(sub.Index) != 1 {
		return nil, unsupported(pos, "a slice of a name")
	}
	text, err := c.b.coerce(arg, datum.Text, -1, explicit, pos)
	if err != nil {
		return nil, err
	}
	null := &Const{Typed: Typed{datum.Text, -1}, Value: datum.Null}
	one := &Const{Typed: Typed{datum.Int4, -1}, Value: datum.NewInt(1)}
	letter := &Subscript{
		Typed: Typed{datum.Text, -1},
		Arg:   procCall("string_to_array", text, null),
		Index: []Expr{procCall("int4pl", sub.Index[0], one)},
		Upper: []Expr{nil},
	}
	return c.b.coerce(letter, datum.Char, -1, explicit, pos)
}

// procCall calls the function of pg_catalog that has this name and this many arguments.
func procCall(name string, args ...Expr) Expr {
	for _, p := range catalog.Builtin().ProcsNamed(name) {
		if len(p.Args) == len(args) {
			return &Call{Typed: Typed{p.Ret, -1}, Proc: p, Args: args, Pos: -1}
		}
	}
	return nil
}
