package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// chooseIndexes lets scans read a btree index where their filter bounds its leading keys, and a
// Sort over one give way to the order that it has. It wants predicates pushed into scans.
func (o *optimizer) chooseIndexes(n Node) Node {
	if l, ok := n.(*Limit); ok {
		o.orderedLimit(l)
	}
	if s, ok := n.(*Sort); ok {
		if in := o.orderedSort(s); in != nil {
			return in
		}
	}
	if scan, ok := n.(*Scan); ok && scan.Index == nil {
		o.useIndex(scan)
		return scan
	}
	if v, ok := n.(*VectorSearch); ok {
		o.planFilter(v)
	}
	mapInputs(n, o.chooseIndexes)
	return n
}

// useIndex gives a scan its best index where that costs less than reading the whole table.
func (o *optimizer) useIndex(scan *Scan) {
	r, used := o.bestIndex(scan)
	if r == nil {
		return
	}
	whole, byIndex := *scan, *scan
	byIndex.Index, byIndex.Filter = r, allOf(without(conjuncts(scan.Filter), used))
	byIndex.IndexOnly = o.readsKeys(scan, r)
	var plain, indexed Estimate
	estimateScan(&whole, &plain)
	estimateScan(&byIndex, &indexed)
	guessed := scan.Stats == nil && (len(r.Eq) > len(r.Nulls) || r.Search != nil) // an equality most likely finds few rows
	if plain.Total < indexed.Total && !guessed && o.allows("seqscan") {
		return
	}
	*scan = byIndex
}

// staysInFilter stands for a condition whose bounds let more rows in than meet it.
const staysInFilter = -1

func without(conds []Expr, used []int) []Expr {
	var out []Expr
	for i, c := range conds {
		taken := false
		for _, u := range used {
			taken = taken || u == i
		}
		if !taken {
			out = append(out, c)
		}
	}
	return out
}

// bestIndex picks the index whose bounds leave the fewest rows by the estimates; nil when none has a
// bound. used are the conjuncts that the bounds stand for.
func (o *optimizer) bestIndex(scan *Scan) (best *IndexRange, used []int) {
	bestRows, bestOnly := 0.0, false
	rows := max(scan.TableRows, 1)
	for i := range scan.Table.Indexes {
		ix := &scan.Table.Indexes[i]
		r, taken := o.boundsOf(scan, ix)
		if r == nil || len(taken) == 0 && r.Any == nil && r.Search == nil {
			continue
		}
		found, only := rows*indexSelectivity(scan, r), o.readsKeys(scan, r)
		if best == nil || found < bestRows || found == bestRows && (only && !bestOnly || best.Search != nil && r.Search == nil) {
			best, used, bestRows, bestOnly = r, taken, found, only
		}
	}
	return best, used
}

// boundsOf says how an index can serve the scan's filter; nil for not.
func (o *optimizer) boundsOf(scan *Scan, ix *catalog.Index) (*IndexRange, []int) {
	switch {
	case scan.Table.Virtual != nil:
	case ix.Method == "btree" && o.allows("indexscan"):
		return o.bounds(scan, ix)
	case ix.Method == "brin" && o.allows("bitmapscan"):
		return o.bounds(scan, ix)
	case ix.Method == "hash" && o.allows("indexscan"):
		return o.hashBounds(scan, ix)
	case ix.Inverted() && o.allows("bitmapscan"):
		return o.searchOf(scan, ix), nil
	}
	return nil, nil
}

// bounds matches the scan's filter to an index's keys: equalities on the leading ones, then a range.
func (o *optimizer) bounds(scan *Scan, ix *catalog.Index) (*IndexRange, []int) {
	r := &IndexRange{Index: ix}
	var used []int
	conds := conjuncts(scan.Filter)
	if !o.covers(scan, ix, conds) {
		return nil, nil
	}
	for _, part := range ix.Keys {
		key := o.keyOver(scan, part)
		if key == nil {
			return r, used
		}
		if i, v := findBound(conds, key, "="); i >= 0 {
			r.Eq, used = append(r.Eq, v), append(used, i)
			continue
		}
		if i := findNullTest(conds, key, false); i >= 0 {
			r.Nulls = append(r.Nulls, len(r.Eq))
			r.Eq, used = append(r.Eq, &Const{Typed: Typed{key.Type(), -1}, Value: datum.Null}), append(used, i)
			continue
		}
		if i, v := findAny(conds, key); i >= 0 && part.Expr == "" {
			if r.Any = v; scan.Mark == 0 { // a row that is looked at again is held against the filter only
				used = append(used, i)
			}
			return r, used
		}
		used = append(used, r.rangeOn(conds, key)...)
		used = append(used, o.rowRange(scan, r, conds)...)
		if i := findNullTest(conds, key, true); i >= 0 {
			r.NotNull, used = true, append(used, i)
		}
		if r.Lo == nil && r.Hi == nil {
			r.prefixOn(conds, key)
			if r.Lo != nil {
				used = append(used, staysInFilter) // the range is only around it
			}
		}
		return r, used
	}
	return r, used
}

// findAny finds the first condition column = ANY (array), column IN (list) or column = a OR column = b …, as an array of the
// column's type.
func findAny(conds []Expr, key Expr) (int, Expr) {
	t := key.Type().Root()
	if t.Array == nil {
		return -1, nil
	}
	for i, c := range conds {
		switch x := c.(type) {
		case *InList:
			if v, ok := listAsKeys(x.List, t); ok && !x.Not && isKey(x.Left, key) {
				return i, v
			}
		case *Logic:
			if list := alternatives(x, key); list != nil {
				if v, ok := listAsKeys(list, t); ok {
					return i, v
				}
			}
		case *AnyAll:
			if x.All || x.Op != "=" || !x.Proc.OfOrder() || !isKey(x.Left, key) || volatile(x.Right) ||
				!freeOfColumns(x.Right) {
				continue
			}
			if x.Right.Type() == t.Array {
				return i, x.Right
			}
		}
	}
	return -1, nil
}

// alternatives are the values of key = a OR key = b …; nil where something else is among the parts.
func alternatives(or *Logic, key Expr) []Expr {
	if or.Op != Or {
		return nil
	}
	var list []Expr
	for _, arg := range or.Args {
		if nested, ok := arg.(*Logic); ok {
			values := alternatives(nested, key)
			if values == nil {
				return nil
			}
			list = append(list, values...)
			continue
		}
		i, v := findBound([]Expr{arg}, key, "=")
		if i < 0 {
			return nil
		}
		list = append(list, v)
	}
	return list
}

// listAsKeys makes an array of a list's members, a constant one where they are constants.
func listAsKeys(list []Expr, t *datum.Type) (Expr, bool) {
	keys, values := make([]Expr, len(list)), make([]datum.Datum, len(list))
	constant := true
	for i, e := range list {
		k, ok := asKey(e, t)
		if !ok || !freeOfColumns(e) || volatile(e) {
			return nil, false
		}
		keys[i] = k
		if c, ok := k.(*Const); ok {
			values[i] = c.Value
		} else {
			constant = false
		}
	}
	if constant {
		return &Const{Typed: Typed{t.Array, -1}, Value: datum.ArrayFrom(t, values)}, true
	}
	return &Array{Typed: Typed{t.Array, -1}, Elems: keys}, true
}

func (r *IndexRange) rangeOn(conds []Expr, key Expr) (used []int) {
	for _, side := range []struct {
		strict, loose string
		at            *Expr
		inc           *bool
	}{{">", ">=", &r.Lo, &r.LoInc}, {"<", "<=", &r.Hi, &r.HiInc}} {
		if i, v := findBound(conds, key, side.strict); i >= 0 {
			*side.at, used = v, append(used, i)
		} else if i, v := findBound(conds, key, side.loose); i >= 0 {
			*side.at, *side.inc, used = v, true, append(used, i)
		}
	}
	return used
}

func outputOf(scan *Scan, ord int) int {
	for i, o := range scan.Ordinals {
		if o == ord {
			return i
		}
	}
	return -1
}

// findBound finds the first condition column op value, the value of the column's type and the same
// throughout the scan.
func findBound(conds []Expr, key Expr, op string) (int, Expr) {
	for i, c := range conds {
		call, ok := c.(*Call)
		if !ok || len(call.Args) != 2 || !call.Proc.OfOrder() || call.T != datum.Bool {
			continue
		}
		left, right, name := call.Args[0], call.Args[1], call.Op
		if !isKey(left, key) {
			left, right = right, left
			name = flipped(name)
		}
		if name != op || !isKey(left, key) || !freeOfColumns(right) || volatile(right) {
			continue
		}
		if v, ok := asKey(right, key.Type()); ok {
			return i, v
		}
	}
	return -1, nil
}

// flipped is the operator that says the same of operands the other way round.
func flipped(op string) string {
	switch op {
	case "<":
		return ">"
	case "<=":
		return ">="
	case ">":
		return "<"
	case ">=":
		return "<="
	}
	return op
}

// findNullTest finds the condition key IS NULL, or IS NOT NULL; of a composite value that asks about its fields.
func findNullTest(conds []Expr, key Expr, not bool) int {
	if key.Type().Root().IsRecord() {
		return -1
	}
	return slices.IndexFunc(conds, func(c Expr) bool {
		t, ok := c.(*NullTest)
		return ok && t.Not == not && isKey(t.Arg, key)
	})
}

// isKey looks through conversions between string types, and from a domain to what it is over, which keep value and order.
func isKey(e, key Expr) bool {
	if equalExpr(e, key) {
		return true
	}
	if c, ok := e.(*Cast); ok && c.Mod < 0 && (stringType(c.T) && stringType(c.Arg.Type().Root()) || overDomain(c)) {
		return isKey(c.Arg, key)
	}
	return false
}

// overDomain says whether a conversion takes a domain's value for what it is.
func overDomain(c *Cast) bool { return c.Arg.Type().IsDomain() && c.T == c.Arg.Type().Root() }

func stringType(t *datum.Type) bool { return t == datum.Text || t == datum.Varchar }

// asKey gives a bound the key's type, where no value could be lost: a constant that fits, or a type
// that widens.
func asKey(v Expr, t *datum.Type) (Expr, bool) {
	from := v.Type()
	if t = t.Root(); from == t {
		return v, true
	}
	if c, ok := v.(*Const); ok && integerType(from) && integerType(t) && !c.Value.IsNull() {
		lo, hi := integerRange(t)
		if n := c.Value.Int(); n < lo || n > hi {
			return nil, false
		}
		return &Const{Typed: Typed{t, -1}, Value: c.Value}, true
	}
	if stringType(from) && stringType(t) || widens(from, t) {
		return &Cast{Typed: Typed{t, -1}, Arg: v, Pos: -1}, true
	}
	return nil, false
}

func integerType(t *datum.Type) bool { return t == datum.Int2 || t == datum.Int4 || t == datum.Int8 }

func widens(from, to *datum.Type) bool {
	return integerType(from) && integerType(to) && from.Len < to.Len || from == datum.Float4 && to == datum.Float8 ||
		from == datum.Date && to == datum.Timestamp
}

// orderedLimit drops the Sort of a Limit where an index gives its order.
func (o *optimizer) orderedLimit(l *Limit) {
	c, ok := limitChain(l)
	if !ok || !o.allows("indexscan") || l.Count == nil || len(l.WithTies) > 0 || c.scan.Table.Virtual != nil {
		return
	}
	var only *catalog.Index
	if best, _ := o.bestIndex(c.scan); best != nil {
		only = best.Index // its bounds leave the fewest rows to sort
	}
	if r, used := o.orderedRange(c, only); r != nil {
		c.scan.Index, c.scan.Filter = r, allOf(without(conjuncts(c.scan.Filter), used))
		*c.above = c.sort.Input
		return
	}
	o.presortedLimit(c, only)
}

// orderedSort reads a Sort's rows by an index that has their order, where that costs less than sorting what is read as it
// lies or by another index; nil where it does not. It is then a scan of every row by its identity, which only pays for few
// rows or where the session has turned off the alternatives.
func (o *optimizer) orderedSort(s *Sort) Node {
	c := chain{sort: s}
	if c.scan = c.under(s.Input); c.scan == nil || c.scan.Index != nil || c.scan.Table.Virtual != nil {
		return nil
	}
	r, used := o.orderedRange(c, nil)
	if r == nil {
		return nil
	}
	before := *c.scan
	o.useIndex(c.scan)
	sorted := o.estimate(s).Total
	after := *c.scan
	*c.scan = before
	c.scan.Index, c.scan.Filter = r, allOf(without(conjuncts(before.Filter), used))
	if o.estimate(s.Input).Total < sorted {
		return s.Input
	}
	*c.scan = after
	return nil
}

// orderedRange is a range of an index that has the order of a chain's sort, nil for none; used are the conditions that it
// stands for. only is the one index that will do, nil for any.
func (o *optimizer) orderedRange(c chain, only *catalog.Index) (r *IndexRange, used []int) {
	keys := slices.Clone(c.sort.Keys)
	for i := range keys {
		keys[i].Expr = c.overScan(keys[i].Expr)
	}
	for i := range c.scan.Table.Indexes {
		ix := &c.scan.Table.Indexes[i]
		if ix.Method != "btree" || only != nil && only != ix {
			continue
		}
		if r, used = o.bounds(c.scan, ix); r == nil {
			continue
		}
		if desc, ok := o.givesOrder(c.scan, r, keys); ok && r.Any == nil {
			r.Desc, r.Ordered = desc, true
			return r, used
		}
	}
	return nil, nil
}

// givesOrder says whether an index range, forwards or backwards, comes in the order of the keys.
func (o *optimizer) givesOrder(scan *Scan, r *IndexRange, keys []SortKey) (desc, ok bool) {
	parts := r.Index.Keys[len(r.Eq):]
	for i, k := range keys {
		if i >= len(parts) {
			// All keys of a unique index are compared: rows are told apart, further keys decide nothing.
			return desc, i > 0 && r.Index.Unique && !r.Index.Deferrable && noNulls(scan, r.Index)
		}
		key := o.keyOver(scan, parts[i])
		if key == nil || !equalExpr(k.Expr, key) {
			return false, false
		}
		backwards := k.Desc != parts[i].Desc
		nullsFirst := parts[i].NullsFirst != backwards
		if i > 0 && backwards != desc || k.NullsFirst != nullsFirst && !notNullKey(scan, parts[i]) {
			return false, false
		}
		desc = backwards
	}
	return desc, len(keys) > 0
}

func noNulls(scan *Scan, ix *catalog.Index) bool {
	for _, k := range ix.Keys {
		if !notNullKey(scan, k) {
			return false
		}
	}
	return true
}
