package builtin

import (
	"errors"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
	"github.com/seguedb/segue/query/sqlstate"
)

func intNode(n int64) *datum.JSONNode { return numberNode(apd.New(n, 0)) }

func numberNode(d *apd.Decimal) *datum.JSONNode {
	return &datum.JSONNode{Kind: datum.JSONNumberNode, Number: d, Text: datum.Format(datum.Numeric, datum.NewNumeric(d), nil)}
}

// numericResultOf runs a function over one numeric.
func numericResultOf(f func(d, x *apd.Decimal) error, x *apd.Decimal) (*apd.Decimal, error) {
	d := new(apd.Decimal)
	if err := f(d, x); err != nil {
		return nil, err
	}
	return d, datum.FitNumeric(d)
}

var pathOperators = map[string]func(d, x, y *apd.Decimal) error{
	"+": addNumeric, "-": subNumeric, "*": mulNumeric, "/": divNumeric, "%": modNumeric,
}

func (r *pathRun) binary(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	var left, right []pathValue
	if st, err := r.opened(i.Left, v, true, &left); err != nil || st == pathFailed {
		return st, err
	}
	if st, err := r.opened(i.Right, v, true, &right); err != nil || st == pathFailed {
		return st, err
	}
	for _, side := range []struct {
		name  string
		items []pathValue
	}{{"left", left}, {"right", right}} {
		if len(side.items) != 1 || !side.items[0].is(datum.JSONNumberNode) {
			return r.fail(sqlstate.New(sqlstate.SingletonJSONItemRequired,
				"%s operand of jsonpath operator %s is not a single numeric value", side.name, i.Text))
		}
	}
	d := new(apd.Decimal)
	err := pathOperators[i.Text](d, left[0].node.Number, right[0].node.Number)
	if err == nil {
		err = datum.FitNumeric(d)
	}
	if err != nil {
		return r.failWith(err)
	}
	return r.next(i, pathValue{node: numberNode(d)}, found)
}

func (r *pathRun) failWith(err error) (pathStatus, error) {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		return r.fail(e)
	}
	return pathFailed, err
}

func (r *pathRun) unary(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	var items []pathValue
	if st, err := r.opened(i.Left, v, true, &items); err != nil || st == pathFailed {
		return st, err
	}
	out := pathNotFound
	for _, item := range items {
		if !item.is(datum.JSONNumberNode) {
			if found == nil && i.Next == nil {
				continue
			}
			return r.fail(sqlstate.New(sqlstate.JSONNumberNotFound,
				"operand of unary jsonpath operator %s is not a numeric value", i.Text))
		}
		if i.Text == "-" {
			d, err := numericResultOf(negNumeric, item.node.Number)
			if err != nil {
				return r.failWith(err)
			}
			item = pathValue{node: numberNode(d)}
		}
		st, err := r.next(i, item, found)
		if err != nil || st == pathFailed || st == pathFound && found == nil {
			return st, err
		}
		if st == pathFound {
			out = st
		}
	}
	return out, nil
}

// method is .size(), .double() and kin.
func (r *pathRun) method(i *jsonpath.Item, v pathValue, found *[]pathValue, unwrap bool) (pathStatus, error) {
	switch i.Text {
	case "type":
		name := v.typeName()
		return r.next(i, pathValue{node: &datum.JSONNode{Kind: datum.JSONStringNode, Text: name}}, found)
	case "size":
		return r.sizeOf(i, v, found)
	}
	if unwrap && v.is(datum.JSONArrayNode) {
		return r.unwrapped(i, v, found, false)
	}
	switch i.Text {
	case "double":
		return r.double(i, v, found)
	case "keyvalue":
		return r.keyValue(i, v, found)
	case "datetime":
		return r.datetime(i, v, found)
	}
	if !v.is(datum.JSONNumberNode) {
		return r.fail(sqlstate.New(sqlstate.NonNumericJSONItem,
			"jsonpath item method .%s() can only be applied to a numeric value", i.Text))
	}
	f := map[string]func(d, x *apd.Decimal) error{"abs": absNumeric, "floor": floorNumeric, "ceiling": ceilNumeric}[i.Text]
	d, err := numericResultOf(f, v.node.Number)
	if err != nil {
		return r.failWith(err)
	}
	return r.next(i, pathValue{node: numberNode(d)}, found)
}

func (v pathValue) typeName() string {
	if v.node == nil {
		return v.typ.SQL
	}
	return [...]string{"null", "string", "number", "boolean", "array", "object"}[v.node.Kind]
}

func (r *pathRun) sizeOf(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	size := 1
	switch {
	case v.is(datum.JSONArrayNode):
		size = len(v.node.Items)
	case !r.lax:
		return r.structure(sqlstate.JSONArrayNotFound, "jsonpath item method .size() can only be applied to an array")
	}
	return r.next(i, pathValue{node: intNode(int64(size))}, found)
}

func (r *pathRun) double(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	switch {
	case v.is(datum.JSONNumberNode):
		if _, err := datum.NumericToFloat(v.node.Number); err != nil {
			return r.fail(sqlstate.New(sqlstate.NonNumericJSONItem,
				"numeric argument of jsonpath item method .double() is out of range for type double precision"))
		}
		return r.next(i, v, found)
	case v.is(datum.JSONStringNode):
		d, err := datum.ParseText(datum.Float8, -1, v.node.Text, nil)
		if err != nil {
			return r.fail(sqlstate.New(sqlstate.NonNumericJSONItem,
				"string argument of jsonpath item method .double() is not a valid representation of a double precision number"))
		}
		if !finite(d) {
			return r.fail(sqlstate.New(sqlstate.NonNumericJSONItem,
				"NaN or Infinity is not allowed for jsonpath item method .double()"))
		}
		n, err := datum.NumericFromFloat(d.Float(), 64)
		if err != nil {
			return r.failWith(err)
		}
		return r.next(i, pathValue{node: numberNode(n)}, found)
	}
	return r.fail(sqlstate.New(sqlstate.NonNumericJSONItem,
		"jsonpath item method .double() can only be applied to a string or numeric value"))
}
