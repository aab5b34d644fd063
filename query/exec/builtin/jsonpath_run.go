package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
	"github.com/seguedb/segue/query/sqlstate"
)

// pathStatus is what a step came to. pathFailed is an error that nobody wants to hear of: in a predicate, or
// of a silent call.
type pathStatus byte

const (
	pathNotFound pathStatus = iota
	pathFound
	pathFailed
)

// pathValue is an item of a sequence: JSON, or a date or time that .datetime() made.
type pathValue struct {
	node *datum.JSONNode
	typ  *datum.Type
	when datum.Datum
	text string // of a date or time, as JSON shows it
}

// json is the item as jsonb; dates are strings there.
func (v pathValue) json() datum.JSONNode {
	if v.node != nil {
		return *v.node
	}
	return datum.JSONNode{Kind: datum.JSONStringNode, Text: v.text}
}

func (v pathValue) is(kind datum.JSONKind) bool { return v.node != nil && v.node.Kind == kind }

func (v pathValue) container() bool { return v.node != nil && !isScalar(v.node) }

// pathBase is the document that .keyvalue() numbers objects in.
type pathBase struct {
	id   int
	node *datum.JSONNode
}

// pathRun is one evaluation of a path: JsonPathExecContext. A nil result list means that only whether there is
// a result matters, which ends the work at the first one.
type pathRun struct {
	env             *Env
	path            *jsonpath.Path
	vars            *datum.JSONNode // nil: every variable is null (getJsonPathVariable)
	root, current   pathValue
	base            pathBase
	lastBase        int
	size            int // of the innermost array, for last
	lax             bool
	ignoreStructure bool
	silent, zoned   bool
}

// fail is the end of a step in an error, heard of or not.
func (r *pathRun) fail(err *sqlstate.Error) (pathStatus, error) {
	if r.silent {
		return pathFailed, nil
	}
	return pathFailed, err
}

// structure fails for data of another shape than the path expects, which lax mode lets pass.
func (r *pathRun) structure(code sqlstate.Code, format string, args ...any) (pathStatus, error) {
	if r.ignoreStructure {
		return pathNotFound, nil
	}
	return r.fail(sqlstate.New(code, format, args...))
}

// exists says whether the path finds anything; in strict mode only after having looked for errors everywhere.
func (r *pathRun) exists() (pathStatus, error) {
	if r.lax {
		return r.item(r.path.Root, r.root, nil)
	}
	var found []pathValue
	st, err := r.item(r.path.Root, r.root, &found)
	if err != nil || st == pathFailed {
		return st, err
	}
	if len(found) == 0 {
		return pathNotFound, nil
	}
	return pathFound, nil
}

// item applies a step and those after it to v; in lax mode arrays come apart where a step wants their items.
func (r *pathRun) item(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	return r.step(i, v, found, r.lax)
}

// next goes on with what a step gave.
func (r *pathRun) next(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	if i != nil && i.Next != nil {
		return r.item(i.Next, v, found)
	}
	if found != nil {
		*found = append(*found, v)
	}
	return pathFound, nil
}

// step is executeItemOptUnwrapTarget.
func (r *pathRun) step(i *jsonpath.Item, v pathValue, found *[]pathValue, unwrap bool) (pathStatus, error) {
	if r.env != nil && r.env.Ctx != nil && r.env.Ctx.Err() != nil {
		return pathFailed, sqlstate.New(sqlstate.QueryCanceled, "canceling statement due to user request")
	}
	switch i.Kind {
	case jsonpath.Root:
		saved := r.base
		defer func() { r.base = saved }()
		r.base = pathBase{0, r.root.node}
		return r.next(i, r.root, found)
	case jsonpath.Current:
		return r.next(i, r.current, found)
	case jsonpath.Key:
		return r.key(i, v, found, unwrap)
	case jsonpath.AnyKey:
		return r.anyKey(i, v, found, unwrap)
	case jsonpath.AnyArray:
		return r.anyArray(i, v, found)
	case jsonpath.Index:
		return r.index(i, v, found)
	case jsonpath.Any:
		return r.anyLevel(i, v, found)
	case jsonpath.Filter:
		return r.filter(i, v, found, unwrap)
	case jsonpath.Method:
		return r.method(i, v, found, unwrap)
	case jsonpath.Binary:
		return r.binary(i, v, found)
	case jsonpath.Unary:
		return r.unary(i, v, found)
	case jsonpath.Last, jsonpath.Null, jsonpath.Bool, jsonpath.String, jsonpath.Number, jsonpath.Variable:
		return r.literal(i, found)
	}
	st, err := r.condition(i, v)
	if err != nil {
		return pathFailed, err
	}
	return r.next(i, st.json(), found)
}

func (r *pathRun) key(i *jsonpath.Item, v pathValue, found *[]pathValue, unwrap bool) (pathStatus, error) {
	switch {
	case v.is(datum.JSONObjectNode):
		if item, ok := v.node.Field(i.Text); ok {
			return r.next(i, pathValue{node: item}, found)
		}
		return r.structure(sqlstate.JSONMemberNotFound, "JSON object does not contain key \"%s\"", i.Text)
	case unwrap && v.is(datum.JSONArrayNode):
		return r.unwrapped(i, v, found, false)
	}
	return r.structure(sqlstate.JSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
}

// unwrapped applies a step to an array's elements.
func (r *pathRun) unwrapped(i *jsonpath.Item, v pathValue, found *[]pathValue, again bool) (pathStatus, error) {
	return r.descend(i, v, found, descent{1, 1, 1, false, again})
}

// descent is how executeAnyItem goes into containers.
type descent struct {
	level, first, last uint32
	ignoreStructure    bool
	unwrap             bool
}

// descend applies step i (nil: none) to everything from d.first to d.last levels below v.
func (r *pathRun) descend(i *jsonpath.Item, v pathValue, found *[]pathValue, d descent) (pathStatus, error) {
	st := pathNotFound
	if d.level > d.last || !v.container() {
		return st, nil
	}
	leaves := d.first == jsonpath.LastLevel && d.last == jsonpath.LastLevel
	for n := range v.node.Items {
		item := pathValue{node: &v.node.Items[n]}
		if d.level >= d.first || leaves && !item.container() {
			var err error
			if st, err = r.below(i, item, found, d); err != nil || st == pathFailed || st == pathFound && found == nil {
				return st, err
			}
		}
		if d.level < d.last && item.container() {
			deeper := d
			deeper.level++
			var err error
			if st, err = r.descend(i, item, found, deeper); err != nil || st == pathFailed || st == pathFound && found == nil {
				return st, err
			}
		}
	}
	return st, nil
}

func (r *pathRun) below(i *jsonpath.Item, item pathValue, found *[]pathValue, d descent) (pathStatus, error) {
	switch {
	case i != nil:
		saved := r.ignoreStructure
		defer func() { r.ignoreStructure = saved }()
		r.ignoreStructure = saved || d.ignoreStructure
		return r.step(i, item, found, d.unwrap)
	case found != nil:
		*found = append(*found, item)
	}
	return pathFound, nil
}

func (r *pathRun) anyKey(i *jsonpath.Item, v pathValue, found *[]pathValue, unwrap bool) (pathStatus, error) {
	switch {
	case v.is(datum.JSONObjectNode):
		return r.descend(i.Next, v, found, descent{1, 1, 1, false, r.lax})
	case unwrap && v.is(datum.JSONArrayNode):
		return r.unwrapped(i, v, found, false)
	}
	return r.structure(sqlstate.JSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
}

func (r *pathRun) anyArray(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	switch {
	case v.is(datum.JSONArrayNode):
		return r.descend(i.Next, v, found, descent{1, 1, 1, false, r.lax})
	case r.lax:
		return r.next(i, v, found)
	}
	return r.structure(sqlstate.JSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
}

func (r *pathRun) anyLevel(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	st := pathNotFound
	if i.First == 0 {
		saved := r.ignoreStructure
		r.ignoreStructure = true
		var err error
		st, err = r.next(i, v, found)
		r.ignoreStructure = saved
		if err != nil || st == pathFound && found == nil {
			return st, err
		}
	}
	if !v.container() {
		return st, nil
	}
	return r.descend(i.Next, v, found, descent{1, i.First, i.Last, true, r.lax})
}

func (r *pathRun) filter(i *jsonpath.Item, v pathValue, found *[]pathValue, unwrap bool) (pathStatus, error) {
	if unwrap && v.is(datum.JSONArrayNode) {
		return r.unwrapped(i, v, found, false)
	}
	saved := r.current
	r.current = v
	st, err := r.condition(i.Left, v)
	r.current = saved
	if err != nil {
		return pathFailed, err
	}
	if st != pathTrue {
		return pathNotFound, nil
	}
	return r.next(i, v, found)
}

// index is [0], [1 to last] and lists of them. In lax mode a value that is no array is an array of one.
func (r *pathRun) index(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	isArray := v.is(datum.JSONArrayNode)
	if !isArray && !r.lax {
		return r.structure(sqlstate.JSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	items := []pathValue{v}
	if isArray {
		items = make([]pathValue, len(v.node.Items))
		for n := range items {
			items[n] = pathValue{node: &v.node.Items[n]}
		}
	}
	saved := r.size
	defer func() { r.size = saved }()
	r.size = len(items)
	st := pathNotFound
	for _, s := range i.Subscripts {
		from, to, fst, err := r.bounds(s, v)
		if err != nil || fst == pathFailed {
			return fst, err
		}
		if !r.ignoreStructure && (from < 0 || from > to || to >= int64(len(items))) {
			return r.fail(sqlstate.New(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is out of bounds"))
		}
		st = pathNotFound
		for n := max(from, 0); n <= min(to, int64(len(items))-1); n++ {
			if st, err = r.next(i, items[n], found); err != nil || st == pathFailed || st == pathFound && found == nil {
				return st, err
			}
		}
	}
	return st, nil
}

func (r *pathRun) bounds(s jsonpath.Subscript, v pathValue) (from, to int64, st pathStatus, err error) {
	if from, st, err = r.subscript(s.From, v); err != nil || st == pathFailed || s.To == nil {
		return from, from, st, err
	}
	to, st, err = r.subscript(s.To, v)
	return from, to, st, err
}

func (r *pathRun) subscript(i *jsonpath.Item, v pathValue) (int64, pathStatus, error) {
	var found []pathValue
	if st, err := r.item(i, v, &found); err != nil || st == pathFailed {
		return 0, st, err
	}
	if len(found) != 1 || !found[0].is(datum.JSONNumberNode) {
		st, err := r.fail(sqlstate.New(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is not a single numeric value"))
		return 0, st, err
	}
	whole := found[0].node.Number
	if d, err := numericResultOf(truncatedNumeric, whole); err == nil {
		whole = d
	}
	n, err := datum.NumericToInt(whole, datum.Int4)
	if err != nil || n != int64(int32(n)) {
		st, err := r.fail(sqlstate.New(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is out of integer range"))
		return 0, st, err
	}
	return n, pathFound, nil
}

func (r *pathRun) literal(i *jsonpath.Item, found *[]pathValue) (pathStatus, error) {
	if i.Next == nil && found == nil {
		return pathFound, nil
	}
	n := &datum.JSONNode{Kind: datum.JSONNullNode}
	switch i.Kind {
	case jsonpath.Last:
		n = intNode(int64(r.size) - 1)
	case jsonpath.Bool:
		n.Kind, n.Bool = datum.JSONBoolNode, i.Flag
	case jsonpath.String:
		n.Kind, n.Text = datum.JSONStringNode, i.Text
	case jsonpath.Number:
		n = numberNode(i.Number)
	case jsonpath.Variable:
		if r.vars == nil {
			break
		}
		var ok bool
		if n, ok = r.vars.Field(i.Text); !ok {
			return pathFailed, sqlstate.New(sqlstate.UndefinedObject, "could not find jsonpath variable \"%s\"", i.Text)
		}
		saved := r.base
		defer func() { r.base = saved }()
		r.base = pathBase{1, r.vars}
	}
	return r.next(i, pathValue{node: n}, found)
}
