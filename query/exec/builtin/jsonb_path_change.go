package builtin

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// pathOp is what to do at the end of a path: the JB_PATH_ flags of PostgreSQL.
type pathOp byte

const (
	pathReplace      pathOp = iota // jsonb_set without create: only what is there
	pathCreate                     // jsonb_set
	pathInsertBefore               // jsonb_insert
	pathInsertAfter                // jsonb_insert with insert_after
	pathDelete                     // #-
)

// creates says whether the path may end at what is not there yet.
func (op pathOp) creates() bool { return op == pathCreate || op.inserts() }

func (op pathOp) inserts() bool { return op == pathInsertBefore || op == pathInsertAfter }

// jsonPathChange changes a jsonb value at the end of a path.
type jsonPathChange struct {
	op    pathOp
	value datum.JSONNode
	path  []datum.Datum
	// assign is a subscripted assignment, which makes what the path lacks and refuses to go through scalars.
	assign bool
}

// apply follows path in target; scalar is the complaint about a target that has no inside.
func (p *jsonPathChange) apply(target, path datum.Datum, scalar string) (datum.Datum, error) {
	a := path.Array()
	if len(a.Dims) > 1 {
		return datum.Null, sqlstate.New(sqlstate.ArraySubscriptError, "wrong number of array subscripts")
	}
	n, err := datum.ParseJSONTree(target.Str())
	if err != nil {
		return datum.Null, err
	}
	if isScalar(&n) {
		return datum.Null, invalidParameter("%s", scalar)
	}
	if p.path = a.Elems; len(p.path) == 0 || len(n.Items) == 0 && !p.op.creates() {
		return target, nil
	}
	if n, err = p.change(n, 0); err != nil {
		return datum.Null, err
	}
	return nodeResult(&n)
}

func (p *jsonPathChange) change(n datum.JSONNode, level int) (datum.JSONNode, error) {
	if p.path[level].IsNull() {
		return n, sqlstate.New(sqlstate.NullValueNotAllowed, "path element at position %d is null", level+1)
	}
	switch {
	case n.Kind == datum.JSONObjectNode:
		return p.changeObject(n, level)
	case n.Kind == datum.JSONArrayNode:
		return p.changeArray(n, level)
	case p.assign:
		return n, sqlstate.New(sqlstate.InvalidParameterValue, "cannot replace existing key").
			WithDetail("The path assumes key is a composite object, but it is a scalar value.")
	}
	return n, nil
}

func (p *jsonPathChange) last(level int) bool { return level == len(p.path)-1 }

func (p *jsonPathChange) changeObject(n datum.JSONNode, level int) (datum.JSONNode, error) {
	key := p.path[level].Str()
	i := slices.Index(n.Keys, key)
	switch {
	case i < 0 && (p.assign || p.last(level) && p.op.creates()):
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, p.made(level))
		n.Normalize()
		return n, nil
	case i < 0:
		return n, nil
	case !p.last(level):
		var err error
		n.Items[i], err = p.change(n.Items[i], level+1)
		return n, err
	case p.op.inserts():
		return n, sqlstate.New(sqlstate.InvalidParameterValue, "cannot replace existing key").
			WithHint("Try using the function jsonb_set to replace key value.")
	case p.op == pathDelete:
		n.Keys, n.Items = slices.Delete(n.Keys, i, i+1), slices.Delete(n.Items, i, i+1)
		return n, nil
	}
	n.Items[i] = p.value
	return n, nil
}

func (p *jsonPathChange) changeArray(n datum.JSONNode, level int) (datum.JSONNode, error) {
	i, err := p.index(len(n.Items), level)
	if err != nil {
		return n, err
	}
	count := len(n.Items)
	switch {
	case i >= 0 && i < count && !p.last(level):
		n.Items[i], err = p.change(n.Items[i], level+1)
		return n, err
	case i >= 0 && i < count:
		n.Items = p.replaceItem(n.Items, i)
		return n, nil
	case p.assign:
		return p.extend(n, i, level), nil
	case !p.last(level) || !p.op.creates():
		return n, nil
	case i < 0:
		n.Items = slices.Insert(n.Items, 0, p.value)
		return n, nil
	}
	n.Items = append(n.Items, p.value)
	return n, nil
}

func (p *jsonPathChange) replaceItem(items []datum.JSONNode, i int) []datum.JSONNode {
	switch p.op {
	case pathInsertBefore:
		return slices.Insert(items, i, p.value)
	case pathInsertAfter:
		return slices.Insert(items, i+1, p.value)
	case pathDelete:
		return slices.Delete(items, i, i+1)
	}
	items[i] = p.value
	return items
}

// index is where the step leads: -1 before the first element, n or beyond after the last.
func (p *jsonPathChange) index(n, level int) (int, error) {
	step := p.path[level].Str()
	i, ok := subscriptOf(step)
	if !ok {
		return 0, sqlstate.New(sqlstate.InvalidTextRepresentation,
			"path element at position %d is not an integer: %q", level+1, step)
	}
	if i >= 0 {
		return int(i), nil
	}
	if i += int64(n); i < 0 {
		if p.assign {
			return 0, invalidParameter("path element at position %d is out of range: %d", level+1, i-int64(n))
		}
		return -1, nil
	}
	return int(i), nil
}

// extend puts a value at i beyond the end of an array, with nulls before it.
func (p *jsonPathChange) extend(n datum.JSONNode, i, level int) datum.JSONNode {
	for len(n.Items) < i {
		n.Items = append(n.Items, datum.JSONNode{Kind: datum.JSONNullNode})
	}
	n.Items = append(n.Items, p.made(level))
	return n
}

// made is what comes to stand at the step: the value, in whatever containers the steps after it ask for, arrays
// for numbers and objects for names.
func (p *jsonPathChange) made(level int) datum.JSONNode {
	if p.last(level) {
		return p.value
	}
	step := p.path[level+1].Str()
	if i, ok := subscriptOf(step); ok && i >= 0 {
		return p.extend(datum.JSONNode{Kind: datum.JSONArrayNode}, int(i), level+1)
	}
	return datum.JSONNode{Kind: datum.JSONObjectNode, Keys: []string{step}, Items: []datum.JSONNode{p.made(level + 1)}}
}

// AssignJSON is jsonb's subscripted assignment (jsonb_subscript_assign): the value with what the path leads to replaced. A
// NULL is an empty array where the first step is a number, else an empty object; a NULL value is JSON's null.
func AssignJSON(target datum.Datum, path []datum.Datum, value datum.Datum, numbered bool) (datum.Datum, error) {
	for _, step := range path {
		if step.IsNull() {
			return datum.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "jsonb subscript in assignment must not be null")
		}
	}
	p := jsonPathChange{op: pathCreate, path: path, assign: true, value: datum.JSONNode{Kind: datum.JSONNullNode}}
	n := datum.JSONNode{Kind: datum.JSONObjectNode}
	var err error
	if numbered {
		n.Kind = datum.JSONArrayNode
	}
	if !value.IsNull() {
		if p.value, err = datum.ParseJSONTree(value.Str()); err != nil {
			return datum.Null, err
		}
	}
	if !target.IsNull() {
		if n, err = datum.ParseJSONTree(target.Str()); err != nil {
			return datum.Null, err
		}
	}
	if n, err = p.change(n, 0); err != nil {
		return datum.Null, err
	}
	return nodeResult(&n)
}
