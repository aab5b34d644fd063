package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
)

// Rows as bounds of an index: (a, b) > ($1, $2), which pages are asked for by, and the same written out,
// a > $1 OR a = $1 AND b > $2, which is what the binder makes of the first.

// rowBound is one such condition, as far as the keys of an index have its columns.
type rowBound struct {
	op     string // < or >, of the first key; it holds for all
	inc    bool
	values []Expr
	whole  bool // the values bound all of its columns
}

// rowRange bounds the next keys of an index by the first comparison of rows among the conditions, on the sides that no
// single value bounds. used are the conditions that need not be checked again.
func (o *optimizer) rowRange(scan *Scan, r *IndexRange, conds []Expr) (used []int) {
	keys := o.rowKeys(scan, r)
	for i, c := range conds {
		b := rowCondition(c, keys)
		if b == nil || b.op == ">" && r.Lo != nil || b.op == "<" && r.Hi != nil {
			continue
		}
		if b.op == ">" {
			r.Lo, r.LoRow, r.LoInc = b.values[0], b.values[1:], b.inc
		} else {
			r.Hi, r.HiRow, r.HiInc = b.values[0], b.values[1:], b.inc
		}
		if b.whole && scan.Mark == 0 && notNullKeys(scan, r.Index.Keys[len(r.Eq)+1:][:len(b.values)-1]) {
			used = append(used, i)
		} else {
			used = append(used, staysInFilter)
		}
	}
	return used
}

// rowKeys are the keys after those that are held equal, as far as they run in one direction.
func (o *optimizer) rowKeys(scan *Scan, r *IndexRange) (keys []Expr) {
	parts := r.Index.Keys[len(r.Eq):]
	for _, part := range parts {
		key := o.keyOver(scan, part)
		if key == nil || part.Desc != parts[0].Desc {
			break
		}
		keys = append(keys, key)
	}
	return keys
}

func notNullKeys(scan *Scan, keys []catalog.KeyPart) bool {
	return !slices.ContainsFunc(keys, func(k catalog.KeyPart) bool { return !notNullKey(scan, k) })
}

// rowCondition reads key > v OR key = v AND rest, whose rest is of the next key, or another such. Where the keys end before it
// does, what is left of it is a range that takes its end in.
func rowCondition(c Expr, keys []Expr) *rowBound {
	or, ok := c.(*Logic)
	if !ok || or.Op != Or || len(or.Args) != 2 || len(keys) == 0 {
		return nil
	}
	and, ok := or.Args[1].(*Logic)
	if !ok || and.Op != And || len(and.Args) != 2 {
		return nil
	}
	for _, op := range []string{"<", ">"} {
		i, v := findBound(or.Args[:1], keys[0], op)
		if i < 0 {
			continue
		}
		if same, w := findBound(and.Args[:1], keys[0], "="); same < 0 || !equalExpr(v, w) {
			return nil
		}
		out := &rowBound{op: op, inc: true, values: []Expr{v}}
		out.rest(and.Args[1], keys[1:])
		return out
	}
	return nil
}

// rest adds the bounds of the keys that follow.
func (b *rowBound) rest(c Expr, keys []Expr) {
	if len(keys) == 0 {
		return
	}
	if next := rowCondition(c, keys); next != nil {
		if next.op == b.op {
			b.values, b.inc, b.whole = append(b.values, next.values...), next.inc, next.whole
		}
		return
	}
	for _, op := range []string{b.op, b.op + "="} {
		if i, v := findBound([]Expr{c}, keys[0], op); i >= 0 {
			b.values, b.inc, b.whole = append(b.values, v), op != b.op, true
			return
		}
	}
}
