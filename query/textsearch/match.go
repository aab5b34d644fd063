package textsearch

import (
	"math"
	"slices"
)

// verdict is what is known of a part of a query: yes, no, or, where a phrase needs positions that are not there, maybe.
type verdict byte

const (
	no verdict = iota
	yes
	maybe
)

// places are where a part of a phrase query matches: positions of its end, rising. With negate it is everywhere else.
type places struct {
	at     []Position
	width  int // of the phrase, which began that much earlier
	negate bool
}

// document is what a query is held against. With a non-nil out the places of an operand are wanted as well.
type document interface {
	operand(n *Node, out *places) verdict
}

// Match says whether a document meets a query; the empty query no document does.
func (n *Node) Match(v Vector) bool { return n != nil && execute(n, vectorDocument(v)) }

// execute is for a query that is not empty. What needs positions that are not there is not met.
func execute(n *Node, d document) bool { return decide(n, d) != no }

func decide(n *Node, d document) verdict {
	switch n.Op {
	case OpNot:
		switch decide(n.Right, d) {
		case no:
			return yes
		case yes:
			return no
		}
		return maybe
	case OpAnd:
		left := decide(n.Left, d)
		if left == no {
			return no
		}
		right := decide(n.Right, d)
		if right == yes {
			return left
		}
		return right
	case OpOr:
		left := decide(n.Left, d)
		if left == yes {
			return yes
		}
		right := decide(n.Right, d)
		if right == no {
			return left
		}
		return right
	case OpPhrase:
		if decidePhrase(n, d, nil) == yes {
			return yes
		}
		return no
	}
	return d.operand(n, nil)
}

// decidePhrase decides a part of a phrase, and says where it matches. out is nil where that is not wanted.
func decidePhrase(n *Node, d document, out *places) verdict {
	switch n.Op {
	case opNone:
		return d.operand(n, out)
	case OpNot:
		return notPhrase(n, d, out)
	}
	var left, right places
	l := decidePhrase(n.Left, d, &left)
	if l == no && n.Op != OpOr {
		return no
	}
	r := decidePhrase(n.Right, d, &right)
	switch {
	case r == no && (n.Op != OpOr || l == no):
		return no
	case l == maybe || r == maybe:
		return maybe
	}
	if n.Op == OpPhrase {
		if out != nil {
			out.width = n.Distance + left.width + right.width
		}
		return bothPlaces(out, &left, &right, n.Distance+right.width, 0)
	}
	if l == no {
		left.width = 0
	}
	if r == no {
		right.width = 0
	}
	width := max(left.width, right.width)
	if out != nil {
		out.width = width
	}
	if n.Op == OpAnd {
		return bothPlaces(out, &left, &right, width-left.width, width-right.width)
	}
	return eitherPlaces(out, &left, &right, width-left.width, width-right.width)
}

func notPhrase(n *Node, d document, out *places) verdict {
	var own places
	if out == nil {
		out = &own
	}
	switch decidePhrase(n.Right, d, out) {
	case no: // nowhere becomes everywhere
		out.negate = true
		return yes
	case yes:
		if len(out.at) > 0 {
			out.negate = !out.negate
			return yes
		}
		if out.negate { // everywhere becomes nowhere
			out.negate = false
			return no
		}
	}
	return maybe
}

// which places of two sides are to be put out.
type emit struct{ left, both, right bool }

func bothPlaces(out *places, l, r *places, loff, roff int) verdict {
	switch {
	case l.negate && r.negate: // neither is not either
		merge(out, l, r, loff, roff, emit{true, true, true})
		if out != nil {
			out.negate = true
		}
		return yes
	case l.negate:
		return merge(out, l, r, loff, roff, emit{right: true})
	case r.negate:
		return merge(out, l, r, loff, roff, emit{left: true})
	}
	return merge(out, l, r, loff, roff, emit{both: true})
}

func eitherPlaces(out *places, l, r *places, loff, roff int) verdict {
	e := emit{true, true, true}
	switch {
	case l.negate && r.negate:
		e = emit{both: true}
	case l.negate:
		e = emit{left: true}
	case r.negate:
		e = emit{right: true}
	default:
		return merge(out, l, r, loff, roff, e)
	}
	merge(out, l, r, loff, roff, e)
	if out != nil {
		out.negate = true
	}
	return yes
}

// merge walks the places of two sides together, each moved by its offset.
func merge(out *places, l, r *places, loff, roff int, e emit) verdict {
	found := false
	i, j := 0, 0
	for i < len(l.at) || j < len(r.at) {
		lp, rp := math.MaxInt, math.MaxInt
		if i < len(l.at) {
			lp = l.at[i].At() + loff
		} else if !e.right {
			break
		}
		if j < len(r.at) {
			rp = r.at[j].At() + roff
		} else if !e.left {
			break
		}
		at, put := min(lp, rp), e.both
		switch {
		case lp < rp:
			put = e.left
			i++
		case rp < lp:
			put = e.right
			j++
		default:
			i++
			j++
		}
		if !put || at <= 0 {
			continue
		}
		found = true
		if out == nil {
			return yes
		}
		out.at = append(out.at, Position(at))
	}
	if found {
		return yes
	}
	return no
}

// vectorDocument is a vector as what a query is held against.
type vectorDocument Vector

func (v vectorDocument) operand(n *Node, out *places) verdict {
	result := no
	var all []Position
	for _, l := range Vector(v).find(n.Word, n.Prefix) {
		at, is := positionsOf(&l, n.Weights, out != nil)
		switch {
		case is == no:
		case out == nil:
			if is == yes {
				return yes
			}
			result = is
		case is == maybe:
			return maybe
		default:
			all = append(all, at...)
			result = yes
		}
	}
	if out != nil && result == yes {
		if n.Prefix {
			all = uniquePlaces(all)
		}
		out.at = all
	}
	return result
}

func uniquePlaces(p []Position) []Position {
	slices.SortStableFunc(p, func(a, b Position) int { return a.At() - b.At() })
	return slices.CompactFunc(p, func(a, b Position) bool { return a.At() == b.At() })
}

// positionsOf are a lexeme's positions of some weights, all of them for none.
func positionsOf(l *Lexeme, weights byte, wanted bool) ([]Position, verdict) {
	if len(l.Positions) == 0 {
		if wanted {
			return nil, maybe
		}
		return nil, yes
	}
	if weights == 0 {
		return l.Positions, yes
	}
	var out []Position
	for _, p := range l.Positions {
		if weights&(1<<p.Weight()) != 0 {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		return nil, no
	}
	return out, yes
}
