package textsearch

import (
	"slices"
)

// FromWords makes a vector of words without positions; each is there once.
func FromWords(words []string) Vector {
	words = slices.Clone(words)
	slices.Sort(words)
	v := Vector{}
	for _, w := range slices.Compact(words) {
		v = append(v, Lexeme{Word: w})
	}
	return v
}

// Concat is ||: the second document behind the first. Errors are 54000.
func Concat(a, b Vector) (Vector, error) {
	behind := 0
	for _, l := range a {
		for _, p := range l.Positions {
			behind = max(behind, p.At())
		}
	}
	var out Vector
	size := 0
	for len(a) > 0 || len(b) > 0 {
		var l Lexeme
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Word < b[0].Word:
			l, a = a[0], a[1:]
		case len(a) == 0 || b[0].Word < a[0].Word:
			l = Lexeme{b[0].Word, moved(nil, b[0].Positions, behind)}
			b = b[1:]
		default:
			l = Lexeme{a[0].Word, moved(a[0].Positions, b[0].Positions, behind)}
			a, b = a[1:], b[1:]
		}
		size += len(l.Word) + 2*len(l.Positions)
		out = append(out, l)
	}
	if size > maxVectorBytes {
		return nil, tooLong(size)
	}
	return out, nil
}

func moved(own, more []Position, by int) []Position {
	out := slices.Clone(own)
	for i, p := range more {
		if len(out) >= maxPositions || i > 0 && out[len(out)-1].At() == maxPosition {
			break
		}
		out = append(out, newPosition(p.At()+by, p.Weight()))
	}
	return out
}

// Weigh is setweight: of the named words only, when words is not nil.
func (v Vector) Weigh(weight byte, words []string) Vector {
	out := slices.Clone(v)
	for i, l := range out {
		if words != nil && !slices.Contains(words, l.Word) {
			continue
		}
		out[i].Positions = slices.Clone(l.Positions)
		for j, p := range l.Positions {
			out[i].Positions[j] = newPosition(p.At(), weight)
		}
	}
	return out
}

// Strip takes positions and weights off.
func (v Vector) Strip() Vector {
	out := slices.Clone(v)
	for i := range out {
		out[i].Positions = nil
	}
	return out
}

// Without is ts_delete.
func (v Vector) Without(words []string) Vector {
	return slices.DeleteFunc(slices.Clone(v), func(l Lexeme) bool { return slices.Contains(words, l.Word) })
}

// Only is ts_filter: the positions of some weights (bit 0 is D), and the lexemes that have such.
func (v Vector) Only(weights byte) Vector {
	out := Vector{}
	for _, l := range v {
		if len(l.Positions) == 0 {
			continue
		}
		if at, is := positionsOf(&l, weights, true); is == yes && weights != 0 {
			out = append(out, Lexeme{l.Word, at})
		}
	}
	return out
}

// Rewrite is ts_rewrite: where target stands in the query, with its operands in whatever order, substitute is put.
func Rewrite(query, target, substitute *Node) *Node {
	if query == nil || target == nil {
		return query
	}
	return query.flat().replace(target.flat(), substitute).binary()
}

// many is a query whose chains of & and of | are one operator each, with the parts in order: ts_rewrite looks at queries
// so.
type many struct {
	node  *Node // the operand or the operator
	parts []*many
	fresh bool // put in by the rewriting
}

func (n *Node) flat() *many {
	m := &many{node: n}
	for _, side := range []*Node{n.Right, n.Left} {
		if side == nil {
			continue
		}
		part := side.flat()
		if (n.Op == OpAnd || n.Op == OpOr) && part.node.Op == n.Op {
			m.parts = append(m.parts, part.parts...)
		} else {
			m.parts = append(m.parts, part)
		}
	}
	if n.Op == OpAnd || n.Op == OpOr {
		slices.SortStableFunc(m.parts, compareMany)
	}
	return m
}

func compareMany(a, b *many) int {
	switch {
	case a.node.Op == opNone || b.node.Op == opNone || a.node.Op != b.node.Op:
		return compareNodes(leaf(a.node), leaf(b.node))
	case len(a.parts) != len(b.parts):
		return len(b.parts) - len(a.parts)
	}
	for i := range a.parts {
		if c := compareMany(a.parts[i], b.parts[i]); c != 0 {
			return c
		}
	}
	return b.node.Distance - a.node.Distance
}

// leaf is a node without its parts.
func leaf(n *Node) *Node {
	c := *n
	c.Left, c.Right = nil, nil
	return &c
}

// replace puts substitute for target; nil is what is left of nothing.
func (m *many) replace(target *many, substitute *Node) *many {
	if m == nil || m.fresh {
		return m
	}
	if m.same(target) {
		return freshPart(substitute)
	}
	commutes := m.node.Op == OpAnd || m.node.Op == OpOr
	if commutes && target.node.Op == m.node.Op && len(target.parts) < len(m.parts) {
		if rest, ok := m.without(target); ok {
			m = rest
			if part := freshPart(substitute); part != nil {
				m.parts = append(m.parts, part)
			}
			slices.SortStableFunc(m.parts, compareMany)
		}
	}
	parts := m.parts[:0:0]
	for _, p := range m.parts {
		if p = p.replace(target, substitute); p != nil {
			parts = append(parts, p)
		}
	}
	if len(m.parts) > 0 && len(parts) == 0 || len(parts) < len(m.parts) && m.node.Op == OpNot {
		return nil
	}
	if len(parts) == 1 && m.node.Op != OpNot && m.node.Op != opNone {
		return parts[0]
	}
	return &many{node: m.node, parts: parts}
}

func freshPart(n *Node) *many {
	if n == nil {
		return nil
	}
	m := n.flat()
	m.fresh = true
	return m
}

func (m *many) same(o *many) bool {
	if m.node.Op == opNone && o.node.Op == opNone {
		return m.node.Word == o.node.Word && m.node.Weights == o.node.Weights
	}
	return compareMany(m, o) == 0
}

// without takes the parts of target out of m's; ok is false when one is missing.
func (m *many) without(target *many) (*many, bool) {
	rest := slices.Clone(m.parts)
	for _, want := range target.parts {
		i := slices.IndexFunc(rest, func(p *many) bool { return !p.fresh && p.same(want) })
		if i < 0 {
			return nil, false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return &many{node: m.node, parts: rest}, true
}

// binary makes a query of two-sided operators again.
func (m *many) binary() *Node {
	if m == nil {
		return nil
	}
	n := leaf(m.node)
	switch {
	case n.Op == opNone:
		return n
	case n.Op == OpNot:
		n.Right = m.parts[0].binary()
		return n
	}
	out := m.parts[0].binary()
	for _, p := range m.parts[1:] {
		c := leaf(m.node)
		c.Right, c.Left = out, p.binary()
		out = c
	}
	return out
}
