package plan

import (
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/trigram"
)

// Extension pg_trgm's operator classes: an index USING gin or gist has a text's trigrams, and is asked which texts have those
// that a condition wants. The condition stays with the scan.

// trigramClass checks a key of an operator class of pg_trgm. Of gist there are no others.
func (b *binder) trigramClass(part *catalog.KeyPart, t *datum.Type, method, class string, e parse.IndexElem) error {
	_, known := b.cat.Snapshot().FindOpClass(method, class, t.Root())
	switch {
	case method == "gist" && class != catalog.GistTrigrams && (class == "" || class != catalog.GinTrigrams):
		return unsupported(e.Pos(), "index access method gist of another operator class than "+catalog.GistTrigrams)
	case !known:
		return noOpClass(class, method)
	case t.Root() == datum.Citext:
		return unsupported(e.Pos(), "operator class "+class+" for citext")
	case t.Root() != datum.Text && t.Root() != datum.Varchar:
		return b.wrongClass(class, method, t)
	case method == "gin" && len(e.ClassOptions) > 0:
		return noClassOptions(class)
	}
	part.OpClass = class
	return signatureLength(part, e.ClassOptions)
}

func noClassOptions(class string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "operator class %s has no options", class)
}

// refuseClassOptions refuses parameters of operator classes, of which gin and gist see to their own.
func refuseClassOptions(method string, elems []parse.IndexElem) error {
	for _, e := range elems {
		switch {
		case len(e.ClassOptions) == 0 || method == "gin" || method == "gist":
		case method == "brin":
			return unsupported(e.Pos(), "operator class parameters of brin")
		default:
			return noClassOptions(e.OpClass[len(e.OpClass)-1])
		}
	}
	return nil
}

// signatureLength takes siglen, the bytes of a signature in PostgreSQL's tree, of which there is none here.
func signatureLength(part *catalog.KeyPart, opts []parse.DefElem) error {
	for _, o := range opts {
		if o.Name != "siglen" {
			return unknownParameter(o)
		}
		var ix catalog.Index
		if err := indexOption(&ix, o, 1, 2024); err != nil {
			return err
		}
		part.ClassOptions = append(part.ClassOptions, ix.Options...)
	}
	return nil
}

// gistOptions takes what tunes PostgreSQL's tree.
func gistOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		switch text, _ := optionText(o); o.Name {
		case "fillfactor":
			if err := indexOption(ix, o, 10, 100); err != nil {
				return err
			}
		case "buffering":
			if text != "on" && text != "off" && text != "auto" {
				return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for enum option %q: %s", o.Name, text).
					WithDetail("Valid values are \"on\", \"off\", and \"auto\".")
			}
			ix.Options = append(ix.Options, fmt.Sprintf("%s=%s", o.Name, text))
		default:
			return unknownParameter(o)
		}
	}
	return nil
}

// trigramOperators are the class's operators that are pg_trgm's own, by what their functions are called in its library: as
// they read with the key on the left, and whether they are written with it on the right.
var trigramOperators = map[string]struct {
	op       string
	swapped  bool
	eitherOK bool
}{
	"similarity_op":                        {op: trigram.Similar, eitherOK: true},
	"word_similarity_commutator_op":        {op: trigram.WordSimilar},
	"word_similarity_op":                   {op: trigram.WordSimilar, swapped: true},
	"strict_word_similarity_commutator_op": {op: trigram.StrictWord},
	"strict_word_similarity_op":            {op: trigram.StrictWord, swapped: true},
}

// ofTrigramLibrary says whether a call is of an operator of extension pg_trgm.
func ofTrigramLibrary(x *Call) bool { return ofLibrary(x, "pg_trgm") }

// ofLibrary says whether a call is of an operator of an extension's.
func ofLibrary(x *Call, library string) bool {
	return x.Operator != nil && x.Proc.User != nil && x.Proc.User.Library == library
}

// trigramAsked takes a condition apart that an index of trigrams can be asked with: the operator with the key on its left, and
// the text; nil for another. swapped says that it is written the other way round.
func trigramAsked(c, key Expr) (op string, value Expr, swapped bool) {
	call, ok := c.(*Call)
	if !ok || len(call.Args) != 2 {
		return "", nil, false
	}
	swapped = !isKey(call.Args[0], key)
	text, side := call.Args[1], call.Args[0]
	if swapped {
		text, side = side, text
	}
	if !isKey(side, key) || text.Type() != datum.Text || !freeOfColumns(text) || volatile(text) {
		return "", nil, false
	}
	switch {
	case ofTrigramLibrary(call):
		o, known := trigramOperators[call.Proc.User.Source]
		if known && (o.eitherOK || o.swapped == swapped) {
			return o.op, text, swapped
		}
	case call.Proc.Schema != catalog.PgCatalogOID || side.Type() != datum.Text && side.Type() != datum.Varchar:
	case call.Op == trigram.Equal:
		return call.Op, text, swapped
	case swapped:
	case call.Op == trigram.Like || call.Op == trigram.ILike || call.Op == trigram.Match || call.Op == trigram.IMatch:
		return call.Op, text, false
	}
	return "", nil, false
}

// trigramCondition finds the first condition that narrows a search of trigrams down.
func trigramCondition(conds []Expr, key Expr) (op string, value Expr) {
	for _, c := range conds {
		op, value, _ := trigramAsked(c, key)
		if value == nil {
			continue
		}
		if text, ok := value.(*Const); ok && !text.Value.IsNull() && !trigram.Narrows(op, text.Value.Str()) {
			continue
		}
		return op, value
	}
	return "", nil
}

// trigramSearched is searchCondition of an index of trigrams.
func trigramSearched(conds []Expr, r *IndexRange) (cond Expr, rest []Expr) {
	for _, c := range conds {
		if call, ok := c.(*Call); ok && cond == nil && len(call.Args) == 2 {
			key := call.Args[0]
			if equalExpr(key, r.Search) {
				key = call.Args[1]
			}
			if op, value, _ := trigramAsked(c, key); value != nil && op == r.SearchOp && equalExpr(value, r.Search) {
				cond = c
				continue
			}
		}
		rest = append(rest, c)
	}
	return cond, rest
}

// keyFirst is a condition as an inverted index is asked with it: the key on the left. same says that PostgreSQL knows the two for
// the same, and so need not look at the condition for itself (predicate_implied_by).
func keyFirst(cond Expr, r *IndexRange) (asked Expr, same bool) {
	call, ok := cond.(*Call)
	if !ok || !equalExpr(call.Args[0], r.Search) {
		return cond, true
	}
	turned := *call
	turned.Args, turned.Op = []Expr{call.Args[1], call.Args[0]}, r.SearchOp
	if call.Operator != nil {
		operator := *call.Operator
		operator.Name, turned.Operator = r.SearchOp, &operator
	}
	return &turned, !mutable(cond)
}
