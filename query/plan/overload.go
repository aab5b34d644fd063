package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Overload resolution as the PostgreSQL manual gives it ("Function" and "Operator Type Resolution"):
// an exact match wins; otherwise candidates reachable by implicit conversion are narrowed by exact
// matches, then by preferred types, then by what category the unknown arguments lean to.

// signature is one candidate: its parameter types spread over the actual arguments (a VARIADIC
// parameter repeated), and its place in the caller's list.
type signature struct {
	params []*datum.Type
	index  int
}

// pickOverload returns the chosen candidate's index: -1 when none fits, -2 when several do.
func pickOverload(snap *catalog.Snapshot, cands []signature, args []*datum.Type) int {
	if i := exactMatch(cands, args); i >= 0 {
		return i
	}
	cands = reachable(snap, cands, args)
	asKnown := func(c []signature, args []*datum.Type) []signature { return unknownAsKnown(snap, c, args) }
	for _, narrow := range []func([]signature, []*datum.Type) []signature{mostExact, mostPreferred,
		unknownCategory, asKnown} {
		if len(cands) <= 1 {
			break
		}
		cands = narrow(cands, args)
	}
	switch len(cands) {
	case 0:
		return -1
	case 1:
		return cands[0].index
	}
	return -2
}

// exactMatch finds a candidate whose types are the arguments' own. For operators an unknown takes the
// other side's type; for functions that is left to the later rules, which agree.
func exactMatch(cands []signature, args []*datum.Type) int {
	for _, c := range cands {
		ok := true
		for i := range args {
			if want := exactType(args, i); c.params[i] != want && c.params[i] != args[i].Root() || want == datum.Unknown {
				ok = false
				break
			}
		}
		if ok {
			return c.index
		}
	}
	return -1
}

// exactType is what argument i must find to match exactly.
func exactType(args []*datum.Type, i int) *datum.Type {
	want := args[i]
	if want == datum.Unknown && len(args) == 2 {
		want = args[1-i]
	}
	return baseRecord(want)
}

func reachable(snap *catalog.Snapshot, cands []signature, args []*datum.Type) []signature {
	var out []signature
	for _, c := range cands {
		ok := true
		for i, a := range args {
			if !castPath(snap, a, c.params[i], implicit) {
				ok = false
				break
			}
		}
		if ok && polymorphicFits(c.params, args) {
			out = append(out, c)
		}
	}
	return out
}

func mostExact(cands []signature, args []*datum.Type) []signature {
	return best(cands, func(c signature) int {
		n := 0
		for i, a := range args {
			if a != datum.Unknown && (baseType(a) == c.params[i] || a.Root() == c.params[i]) {
				n++
			}
		}
		return n
	})
}

// baseRecord is record for a row type.
func baseRecord(t *datum.Type) *datum.Type {
	if t = t.Root(); t.IsRecord() {
		return datum.Record
	}
	return t
}

// baseType treats varchar as text where functions are concerned: the two are binary coercible and
// text is what the string functions are declared on.
func baseType(t *datum.Type) *datum.Type {
	switch t = t.Root(); {
	case t == datum.Varchar:
		return datum.Text
	case t.IsRecord():
		return datum.Record
	}
	return t
}

func mostPreferred(cands []signature, args []*datum.Type) []signature {
	return best(cands, func(c signature) int {
		n := 0
		for i, a := range args {
			if a == datum.Unknown {
				continue
			}
			if baseType(a) == c.params[i] || a.Root() == c.params[i] || c.params[i].Preferred && c.params[i].Category == a.Category {
				n++
			}
		}
		return n
	})
}

// unknownCategory: string wins when any candidate takes one at an unknown place, else a category all
// agree on; then preferred types of that category.
func unknownCategory(cands []signature, args []*datum.Type) []signature {
	cats := make([]byte, len(args)) // 0 where the argument is known
	preferred := make([]bool, len(args))
	for i, a := range args {
		if a != datum.Unknown {
			continue
		}
		if cats[i] = categoryAt(cands, i); cats[i] == 0 {
			return cands
		}
		preferred[i] = len(keep(cands, func(c signature) bool {
			return c.params[i].Category == cats[i] && c.params[i].Preferred
		})) > 0
	}
	return orAll(cands, keep(cands, func(c signature) bool {
		for i, cat := range cats {
			if cat != 0 && (c.params[i].Category != cat || preferred[i] && !c.params[i].Preferred) {
				return false
			}
		}
		return true
	}))
}

// orAll is the candidates that a step leaves, or all where it would leave none.
func orAll(all, left []signature) []signature {
	if len(left) == 0 {
		return all
	}
	return left
}

func categoryAt(cands []signature, i int) byte {
	cat := cands[0].params[i].Category
	for _, c := range cands {
		if c.params[i].Category == 'S' {
			return 'S'
		}
		if c.params[i].Category != cat {
			cat = 0
		}
	}
	return cat
}

// unknownAsKnown: if all known arguments have one type, suppose the unknown ones have it too.
func unknownAsKnown(snap *catalog.Snapshot, cands []signature, args []*datum.Type) []signature {
	var known *datum.Type
	for _, a := range args {
		if a == datum.Unknown {
			continue
		}
		if known != nil && known != a {
			return cands
		}
		known = a
	}
	if known == nil {
		return cands
	}
	same := slices.Repeat([]*datum.Type{known}, len(args))
	out := keep(cands, func(c signature) bool {
		if !polymorphicFits(c.params, same) {
			return false
		}
		for _, p := range c.params {
			if !castPath(snap, known, p, implicit) {
				return false
			}
		}
		return true
	})
	if len(out) == 1 {
		return out
	}
	return cands
}

func best(cands []signature, score func(signature) int) []signature {
	top := -1
	for _, c := range cands {
		top = max(top, score(c))
	}
	return keep(cands, func(c signature) bool { return score(c) == top })
}

func keep(cands []signature, ok func(signature) bool) []signature {
	var out []signature
	for _, c := range cands {
		if ok(c) {
			out = append(out, c)
		}
	}
	return out
}
