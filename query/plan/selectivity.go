package plan

import (
	"math"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/trigram"
)

// columnFacts is what is known of a column that an expression reads; nil is nothing.
type columnFacts struct {
	rows   float64 // of its table
	unique bool
	stats  *catalog.ColumnStatistics // nil when it was not analyzed
}

// factsOf finds them by the column's place in the row that a condition is over. It may be nil.
type factsOf func(col int) *columnFacts

// scanFacts are those of a scan's output columns.
func scanFacts(x *Scan) factsOf {
	return func(col int) *columnFacts {
		if col >= len(x.Ordinals) {
			return nil
		}
		return tableFacts(x, x.Ordinals[col])
	}
}

func tableFacts(x *Scan, ord int) *columnFacts {
	c := &x.Table.Columns[ord]
	f := &columnFacts{rows: math.Max(x.TableRows, 1), unique: isUniqueColumn(x.Table, c.AttNum)}
	if x.Stats != nil {
		if s := x.Stats.Columns[c.AttNum]; s != nil && s.Type == c.Type {
			f.stats = s
		}
	}
	return f
}

// nodeFacts follow a node's output columns down to the scans they come from.
func nodeFacts(n Node) factsOf {
	return func(col int) *columnFacts {
		scan, ord := columnSource(n, col)
		if scan == nil {
			return nil
		}
		return tableFacts(scan, ord)
	}
}

func (f factsOf) of(e Expr) *columnFacts {
	c, ok := stripCast(e).(*Col)
	if !ok || f == nil {
		return nil
	}
	return f(c.Index)
}

// distinct is the number of values that are not NULL, 0 for unknown.
func (c *columnFacts) distinct() float64 {
	switch {
	case c == nil:
		return 0
	case c.unique:
		return c.rows
	case c.stats != nil:
		return c.stats.DistinctOf(c.rows)
	}
	return 0
}

func (c *columnFacts) nullFrac() float64 {
	if c == nil || c.stats == nil {
		return 0
	}
	return c.stats.NullFrac
}

// selectivity guesses the share of rows that pass a condition.
func selectivity(cond Expr, facts factsOf) float64 {
	sel := 1.0
	ranges := map[int]*band{} // range conditions a column
	for _, c := range conjuncts(cond) {
		col, op, value, ok := rangeOn(c)
		if _, _, known := boolConst(c); !known && oneTime(c) { // all rows, or none at all
			continue
		}
		if !ok {
			sel *= one(c, facts)
			continue
		}
		b := ranges[col]
		if b == nil {
			b = &band{lo: -1, hi: -1}
			ranges[col] = b
		}
		b.restrict(op, facts.rangeShare(col, op, value))
	}
	for col, b := range ranges {
		var nulls float64
		if facts != nil {
			nulls = facts(col).nullFrac()
		}
		sel *= b.share(nulls)
	}
	return math.Min(math.Max(sel, 0), 1)
}

// band is the conditions on one column that bound it: the shares that pass each, -1 for none.
type band struct {
	lo, hi  float64
	guessed bool
}

func (b *band) restrict(op string, share float64) {
	if share < 0 {
		share, b.guessed = rangeSelectivity, true
	}
	at := &b.hi
	if op[0] == '>' {
		at = &b.lo
	}
	if *at < 0 || share < *at {
		*at = share
	}
}

// share of rows within both bounds (clauselist_selectivity).
func (b *band) share(nulls float64) float64 {
	switch {
	case b.lo < 0:
		return b.hi
	case b.hi < 0:
		return b.lo
	case b.guessed:
		return bandSelectivity
	}
	if s := b.lo + b.hi - 1 + nulls; s > 0 {
		return s
	}
	return 1e-4 // bounds that the histogram cannot tell apart
}

// rangeOn recognises column < value and its kin, turned so that the column is on the left.
func rangeOn(c Expr) (col int, op string, value Expr, ok bool) {
	call, isCall := c.(*Call)
	if !isCall || len(call.Args) != 2 {
		return 0, "", nil, false
	}
	op = call.Op
	if flipped(op) == op {
		return 0, "", nil, false
	}
	if x, isCol := stripCast(call.Args[0]).(*Col); isCol {
		return x.Index, op, call.Args[1], true
	}
	if x, isCol := stripCast(call.Args[1]).(*Col); isCol {
		return x.Index, flipped(op), call.Args[0], true
	}
	return 0, "", nil, false
}

// constOf is an expression's constant value as a value of a type; ok is false when it is not known now.
func constOf(e Expr, t *datum.Type) (datum.Datum, bool) {
	c, ok := e.(*Const)
	if !ok || c.Value.IsNull() {
		return datum.Null, false
	}
	from := c.T
	if from == t || from.Kind == t.Kind && (t.Kind == datum.KindInt && integerType(from) && integerType(t) ||
		t.Kind == datum.KindFloat || stringType(from) && stringType(t)) {
		return c.Value, true
	}
	return datum.Null, false
}

// rangeShare is scalarineqsel: the common values that pass, and the histogram's share; -1 for unknown.
func (f factsOf) rangeShare(col int, op string, value Expr) float64 {
	if f == nil {
		return -1
	}
	facts := f(col)
	if facts == nil || facts.stats == nil {
		return -1
	}
	s := facts.stats
	v, ok := constOf(value, s.Type)
	if !ok || len(s.Histogram) == 0 && len(s.Common) == 0 {
		return -1
	}
	passes := func(x datum.Datum) bool {
		o := datum.Compare(s.Type, x, v)
		return o < 0 && op[0] == '<' || o > 0 && op[0] == '>' || o == 0 && len(op) == 2
	}
	var share, common float64
	for i, x := range s.Common {
		common += s.Frequencies[i]
		if passes(x) {
			share += s.Frequencies[i]
		}
	}
	if len(s.Histogram) > 1 {
		below := histogramShare(s, v)
		if op[0] == '>' {
			below = 1 - below
		}
		share += below * math.Max(0, 1-s.NullFrac-common)
	}
	return math.Min(math.Max(share, 0), 1)
}

// histogramShare is the share of the histogram below a value, interpolated within its part where values are numbers.
func histogramShare(s *catalog.ColumnStatistics, v datum.Datum) float64 {
	h := s.Histogram
	at := 0
	for at < len(h) && datum.Compare(s.Type, h[at], v) < 0 {
		at++
	}
	switch at {
	case 0:
		return 0
	case len(h):
		return 1
	}
	within := 0.5
	lo, hi := numberOf(s.Type, h[at-1]), numberOf(s.Type, h[at])
	if x := numberOf(s.Type, v); hi > lo {
		within = (x - lo) / (hi - lo)
	}
	return (float64(at-1) + within) / float64(len(h)-1)
}

// numberOf places a value on a line, 0 for all where the type has none.
func numberOf(t *datum.Type, d datum.Datum) float64 {
	switch t.Kind {
	case datum.KindInt:
		return float64(d.Int())
	case datum.KindFloat:
		return d.Float()
	}
	return 0
}

func one(c Expr, facts factsOf) float64 {
	switch x := c.(type) {
	case *Const:
		if v, _, known := boolConst(x); known && !v {
			return 0
		}
		return 1
	case *Col:
		return facts.equalTo(x, constBool(true), anySelectivity)
	case *Call:
		return callSelectivity(x, facts)
	case *NullTest:
		return nullTestSelectivity(x, facts)
	case *InList:
		s := 0.0
		for _, v := range x.List {
			s += facts.equalTo(x.Left, v, eqSelectivity)
		}
		if s = math.Min(1, s); x.Not {
			s = 1 - s
		}
		return s
	case *AnyAll:
		return anySelectivityOf(x, facts)
	case *Logic:
		return logicSelectivity(x, facts)
	}
	return anySelectivity
}

func nullTestSelectivity(x *NullTest, facts factsOf) float64 {
	null := nullSelectivity
	if f := facts.of(x.Arg); f != nil && f.stats != nil {
		null = f.stats.NullFrac
	}
	if x.Not {
		return 1 - null
	}
	return null
}

// anySelectivityOf: of an array that is not known yet Postgres supposes ten elements.
func anySelectivityOf(x *AnyAll, facts factsOf) float64 {
	if x.All || x.Op != "=" {
		return anySelectivity
	}
	if a, ok := x.Right.(*Array); ok {
		s := 0.0
		for _, v := range a.Elems {
			s += facts.equalTo(x.Left, v, eqSelectivity)
		}
		return math.Min(1, s)
	}
	if c, ok := x.Right.(*Const); ok && !c.Value.IsNull() && c.T.Elem != nil {
		s := 0.0
		for _, v := range c.Value.Array().Elems {
			s += facts.equalTo(x.Left, &Const{Typed: Typed{c.T.Elem, -1}, Value: v}, eqSelectivity)
		}
		return math.Min(1, s)
	}
	return math.Min(1, 10*facts.equalTo(x.Left, nil, eqSelectivity))
}

func logicSelectivity(x *Logic, facts factsOf) float64 {
	switch x.Op {
	case Not:
		return 1 - selectivity(x.Args[0], facts)
	case Or:
		s := 0.0
		for _, a := range x.Args {
			p := selectivity(a, facts)
			s += p - s*p
		}
		return s
	}
	return selectivity(x, facts)
}

func callSelectivity(x *Call, facts factsOf) float64 {
	if len(x.Args) != 2 {
		return rangeSelectivity
	}
	switch op := x.Op; {
	case x.T == datum.Bool && (ofTrigramLibrary(x) || ofLibrary(x, hstoreLibrary) && op == ""):
		return 2 * matchSelectivity // matchingsel
	case op == "=":
		return facts.equality(x)
	case op == "<>":
		return math.Max(0, 1-facts.equality(x)-math.Max(facts.of(x.Args[0]).nullFrac(), facts.of(x.Args[1]).nullFrac()))
	case op == "<" || op == "<=" || op == ">" || op == ">=" || op == "":
		return rangeSelectivity
	case op == "~~":
		return facts.like(x, func(s string) string { return s })
	case op == "~~*":
		return facts.like(x, strings.ToLower)
	case op == "~" || op == "~*":
		return regexpGuess(x.Args[1])
	case op == "@@" || op == "@@@" || op == "@>" || op == "<@" || op == "&&" || op == "?" || op == "?|" || op == "?&" || op == "@?":
		return matchSelectivity
	case op == "!~~":
		return 1 - facts.like(x, func(s string) string { return s })
	case strings.HasPrefix(op, "!~"):
		return 1 - matchSelectivity
	case strings.HasPrefix(op, "~"):
		return matchSelectivity
	}
	return anySelectivity
}

// equality is the selectivity of a = b, one of which may be a column.
func (f factsOf) equality(x *Call) float64 {
	a, b := x.Args[0], x.Args[1]
	if _, isCol := stripCast(a).(*Col); !isCol {
		a, b = b, a
	}
	if _, both := stripCast(b).(*Col); both {
		return math.Min(f.equalTo(a, nil, eqSelectivity), f.equalTo(b, nil, eqSelectivity))
	}
	return f.equalTo(a, b, eqSelectivity)
}

// equalTo is var_eq_const: the frequency of a common value, or an equal share of what the common ones leave. value is
// nil when it is not known.
func (f factsOf) equalTo(e, value Expr, unknown float64) float64 {
	facts := f.of(e)
	switch {
	case facts == nil:
		return unknown
	case facts.unique:
		return 1 / facts.rows
	case facts.stats == nil:
		return unknown
	}
	s := facts.stats
	distinct := math.Max(s.DistinctOf(facts.rows), 1)
	if value == nil {
		return (1 - s.NullFrac) / distinct
	}
	v, ok := constOf(value, s.Type)
	if !ok {
		return math.Min(1, (1-s.NullFrac)/distinct)
	}
	rest := 1 - s.NullFrac
	for i, c := range s.Common {
		if datum.Compare(s.Type, c, v) == 0 {
			return s.Frequencies[i]
		}
		rest -= s.Frequencies[i]
	}
	share := math.Max(rest, 0) / math.Max(distinct-float64(len(s.Common)), 1)
	if n := len(s.Common); n > 0 {
		share = math.Min(share, s.Frequencies[n-1])
	}
	return math.Max(share, 0)
}

// like is patternsel: the share of the sampled values that match, or a guess by the pattern's characters. fold
// makes the pattern and the values what is compared.
func (f factsOf) like(x *Call, fold func(string) string) float64 {
	c, ok := x.Args[1].(*Const)
	if !ok || c.Value.IsNull() || c.T.Kind != datum.KindString {
		return matchSelectivity
	}
	pattern := fold(c.Value.Str())
	facts := f.of(x.Args[0])
	guess := patternGuess(pattern)
	if facts == nil || facts.stats == nil || facts.stats.Type.Kind != datum.KindString {
		return math.Min(guess, matchSelectivity*10)
	}
	s := facts.stats
	common, share := 0.0, 0.0
	for i, v := range s.Common {
		common += s.Frequencies[i]
		if likeMatches(pattern, fold(v.Str())) {
			share += s.Frequencies[i]
		}
	}
	if n := len(s.Histogram); n >= 10 {
		matching := 0
		for _, v := range s.Histogram {
			if likeMatches(pattern, fold(v.Str())) {
				matching++
			}
		}
		guess = math.Max(float64(matching)/float64(n), 1e-4)
	}
	return math.Min(1, share+guess*math.Max(0, 1-s.NullFrac-common))
}

// patternGuess is like_selectivity with its constants (like_support.c).
func patternGuess(pattern string) float64 {
	sel := 1.0
	for _, r := range pattern {
		switch r {
		case '%':
			sel *= 5
		case '_':
			sel *= 0.9
		default:
			sel *= 0.2
		}
	}
	return math.Min(math.Max(sel, 1e-6), 1)
}

// regexpGuess is the share of texts that have at least the trigrams that a regular expression does, by how many those are:
// with like_selectivity's share for a character each, and 5 for the text around them.
func regexpGuess(pattern Expr) float64 {
	c, ok := pattern.(*Const)
	if !ok || c.Value.IsNull() || c.T.Kind != datum.KindString {
		return matchSelectivity
	}
	q, err := trigram.OfRegexp(c.Value.Str())
	if err != nil || q == nil {
		return matchSelectivity
	}
	return math.Min(matchSelectivity, math.Max(25*math.Pow(0.2, float64(q.Wants()+2)), 1e-4))
}

// likeMatches is LIKE for estimates: a byte at a time.
func likeMatches(pattern, s string) bool {
	for len(pattern) > 0 {
		switch pattern[0] {
		case '%':
			for i := 0; i <= len(s); i++ {
				if likeMatches(pattern[1:], s[i:]) {
					return true
				}
			}
			return false
		case '_':
		case '\\':
			if len(pattern) > 1 {
				pattern = pattern[1:]
			}
			fallthrough
		default:
			if len(s) == 0 || s[0] != pattern[0] {
				return false
			}
		}
		if len(s) == 0 {
			return false
		}
		pattern, s = pattern[1:], s[1:]
	}
	return len(s) == 0
}
