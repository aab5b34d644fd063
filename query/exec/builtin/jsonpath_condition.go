package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
)

// pathBool is SQL/JSON's three-valued logic.
type pathBool byte

const (
	pathFalse pathBool = iota
	pathTrue
	pathUnknown
)

// json is a condition's value where a path asks for it; unknown is null.
func (b pathBool) json() pathValue {
	if b == pathUnknown {
		return pathValue{node: &datum.JSONNode{Kind: datum.JSONNullNode}}
	}
	return pathValue{node: &datum.JSONNode{Kind: datum.JSONBoolNode, Bool: b == pathTrue}}
}

func pathBoolOf(b bool) pathBool {
	if b {
		return pathTrue
	}
	return pathFalse
}

// condition is executeBoolItem. Errors in its operands make it unknown.
func (r *pathRun) condition(i *jsonpath.Item, v pathValue) (pathBool, error) {
	switch i.Kind {
	case jsonpath.And, jsonpath.Or:
		return r.logic(i, v)
	case jsonpath.Not:
		st, err := r.condition(i.Left, v)
		switch st {
		case pathTrue:
			return pathFalse, err
		case pathFalse:
			return pathTrue, err
		}
		return pathUnknown, err
	case jsonpath.Unknown:
		st, err := r.condition(i.Left, v)
		return pathBoolOf(st == pathUnknown), err
	case jsonpath.Exists:
		return r.existsIn(i.Left, v)
	case jsonpath.Like:
		return r.predicate(i, v, r.like)
	case jsonpath.Starts:
		return r.predicate(i, v, startsWith)
	}
	return r.predicate(i, v, r.compare)
}

func (r *pathRun) logic(i *jsonpath.Item, v pathValue) (pathBool, error) {
	decisive := pathBoolOf(i.Kind == jsonpath.Or)
	left, err := r.condition(i.Left, v)
	if err != nil || left == decisive {
		return left, err
	}
	right, err := r.condition(i.Right, v)
	if right == pathBoolOf(i.Kind == jsonpath.And) {
		return left, err
	}
	return right, err
}

func (r *pathRun) existsIn(i *jsonpath.Item, v pathValue) (pathBool, error) {
	if r.lax {
		st, err := r.operand(i, v, false, nil)
		if st == pathFailed {
			return pathUnknown, err
		}
		return pathBoolOf(st == pathFound), err
	}
	var found []pathValue
	st, err := r.operand(i, v, false, &found)
	if st == pathFailed {
		return pathUnknown, err
	}
	return pathBoolOf(len(found) > 0), err
}

// operand evaluates without being heard when it fails. Only what no silence covers is an error.
func (r *pathRun) operand(i *jsonpath.Item, v pathValue, unwrap bool, found *[]pathValue) (pathStatus, error) {
	saved := r.silent
	defer func() { r.silent = saved }()
	r.silent = true
	return r.opened(i, v, unwrap, found)
}

// opened evaluates, and in lax mode takes the arrays among the results apart: executeItemOptUnwrapResult.
func (r *pathRun) opened(i *jsonpath.Item, v pathValue, unwrap bool, found *[]pathValue) (pathStatus, error) {
	if !unwrap || !r.lax {
		return r.item(i, v, found)
	}
	var whole []pathValue
	if st, err := r.item(i, v, &whole); err != nil || st == pathFailed {
		return st, err
	}
	for _, w := range whole {
		if !w.is(datum.JSONArrayNode) {
			*found = append(*found, w)
			continue
		}
		for n := range w.node.Items {
			*found = append(*found, pathValue{node: &w.node.Items[n]})
		}
	}
	return pathFound, nil
}

// predicate tries every pair of the operands' items: executePredicate.
func (r *pathRun) predicate(
	i *jsonpath.Item, v pathValue, test func(i *jsonpath.Item, a, b pathValue) (pathBool, error),
) (pathBool, error) {
	var left []pathValue
	if st, err := r.operand(i.Left, v, true, &left); err != nil || st == pathFailed {
		return pathUnknown, err
	}
	right := []pathValue{{}}
	if i.Right != nil {
		right = nil
		if st, err := r.operand(i.Right, v, i.Kind == jsonpath.Compare, &right); err != nil || st == pathFailed {
			return pathUnknown, err
		}
	}
	unknown, found := false, false
	for _, a := range left {
		for _, b := range right {
			st, err := test(i, a, b)
			if err != nil {
				return pathUnknown, err
			}
			switch {
			case st == pathUnknown && !r.lax, st == pathTrue && r.lax:
				return st, nil
			case st == pathUnknown:
				unknown = true
			case st == pathTrue:
				found = true
			}
		}
	}
	switch {
	case found:
		return pathTrue, nil
	case unknown:
		return pathUnknown, nil
	}
	return pathFalse, nil
}

func startsWith(_ *jsonpath.Item, a, b pathValue) (pathBool, error) {
	if !a.is(datum.JSONStringNode) || !b.is(datum.JSONStringNode) {
		return pathUnknown, nil
	}
	return pathBoolOf(strings.HasPrefix(a.node.Text, b.node.Text)), nil
}

func (r *pathRun) like(i *jsonpath.Item, a, _ pathValue) (pathBool, error) {
	if !a.is(datum.JSONStringNode) {
		return pathUnknown, nil
	}
	// XQuery's dot stops at a line's end unless flag s; its anchors match at lines' ends with flag m.
	options := ""
	for _, pair := range [][2]string{{"i", "i"}, {"q", "q"}} {
		if strings.Contains(i.Flags, pair[0]) {
			options += pair[1]
		}
	}
	switch dotall, lines := strings.Contains(i.Flags, "s"), strings.Contains(i.Flags, "m"); {
	case strings.Contains(i.Flags, "q"):
	case !dotall && lines:
		options += "n"
	case !dotall:
		options += "p"
	case lines:
		options += "w"
	}
	re, err := compileRegexp(i.Text, options)
	if err != nil {
		return pathUnknown, err
	}
	return pathBoolOf(re.MatchString(a.node.Text)), nil
}

func (r *pathRun) compare(i *jsonpath.Item, a, b pathValue) (pathBool, error) {
	if a.node == nil || b.node == nil {
		return r.compareTimes(i.Text, a, b)
	}
	if a.node.Kind != b.node.Kind {
		if a.is(datum.JSONNullNode) || b.is(datum.JSONNullNode) {
			return pathBoolOf(i.Text == "!="), nil
		}
		return pathUnknown, nil
	}
	switch a.node.Kind {
	case datum.JSONNullNode:
		return ordered(i.Text, 0), nil
	case datum.JSONBoolNode:
		return ordered(i.Text, boolOrder(a.node.Bool)-boolOrder(b.node.Bool)), nil
	case datum.JSONNumberNode:
		return ordered(i.Text, a.node.Number.Cmp(b.node.Number)), nil
	case datum.JSONStringNode:
		return ordered(i.Text, strings.Compare(a.node.Text, b.node.Text)), nil
	}
	return pathUnknown, nil
}

func boolOrder(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ordered turns an order into the answer to a comparison.
func ordered(op string, order int) pathBool {
	switch op {
	case "==":
		return pathBoolOf(order == 0)
	case "!=":
		return pathBoolOf(order != 0)
	case "<":
		return pathBoolOf(order < 0)
	case "<=":
		return pathBoolOf(order <= 0)
	case ">":
		return pathBoolOf(order > 0)
	}
	return pathBoolOf(order >= 0)
}
