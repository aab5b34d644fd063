package plan

import (
	"github.com/seguedb/segue/query/datum"
)

// joinKeys takes equalities between the two sides out of join conditions and makes such joins hash
// joins until rule_joinmethod.go decides; all others are nested loops.
func (o *optimizer) joinKeys(n Node) Node {
	mapInputs(n, o.joinKeys)
	j, ok := n.(*Join)
	if !ok {
		return n
	}
	if j.Lateral && !planReadsSlots(j.Right, j.Slots) {
		j.Lateral, j.Slots, j.Args = false, nil, nil
	}
	if !j.Lateral {
		o.joinKeysOf(j)
	}
	return n
}

func (o *optimizer) joinKeysOf(j *Join) {
	width := len(j.Left.Columns())
	j.whole = j.Cond
	var rest []Expr
	for _, c := range conjuncts(j.Cond) {
		l, r, ok := keyPair(c, width)
		if !ok {
			rest = append(rest, c)
			continue
		}
		j.LeftKeys, j.RightKeys = append(j.LeftKeys, l), append(j.RightKeys, shift(r, -width))
	}
	if len(j.LeftKeys) > 0 {
		j.Algo, j.Cond = Hash, allOf(rest)
	}
}

// keyPair splits left = right into two keys of one type.
func keyPair(c Expr, width int) (left, right Expr, ok bool) {
	call, isCall := c.(*Call)
	if !isCall || !isEquality(call) || volatile(c) {
		return nil, nil, false
	}
	a, b := call.Args[0], call.Args[1]
	if freeOfColumns(a) || freeOfColumns(b) {
		return nil, nil, false
	}
	if within(b, 0, width) {
		a, b = b, a
	}
	if !within(a, 0, width) || within(b, 0, width) || !onlyRight(b, width) {
		return nil, nil, false
	}
	t, ok := keyType(a.Type(), b.Type())
	if !ok {
		return nil, nil, false
	}
	return widen(a, t), widen(b, t), true
}

func onlyRight(e Expr, width int) bool {
	return Walk(e, func(x Expr) bool {
		c, ok := x.(*Col)
		return !ok || c.Index >= width
	})
}

// keyType is a type that both sides convert to without loss, so that hashing finds what = finds.
func keyType(a, b *datum.Type) (*datum.Type, bool) {
	integer := func(t *datum.Type) bool { return t == datum.Int2 || t == datum.Int4 || t == datum.Int8 }
	float := func(t *datum.Type) bool { return t == datum.Float4 || t == datum.Float8 }
	text := func(t *datum.Type) bool { return t == datum.Text || t == datum.Varchar || t == datum.Name }
	switch {
	case a == b:
		return a, datum.Comparable(a)
	case integer(a) && integer(b):
		return datum.Int8, true
	case float(a) && float(b):
		return datum.Float8, true
	case text(a) && text(b):
		return datum.Text, true
	}
	return nil, false
}

func widen(e Expr, t *datum.Type) Expr {
	if e.Type() == t {
		return e
	}
	return &Cast{Typed: Typed{t, -1}, Arg: e, Pos: -1}
}
