package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
	"github.com/seguedb/segue/query/sqlstate"
)

// keyValueBase sets the documents apart in the ids that .keyvalue() gives.
const keyValueBase = 10_000_000_000

// keyValue makes an object of key, value and id of each member. The id is PostgreSQL's: the offset of the object
// in the binary form of its document, which we have to work out.
func (r *pathRun) keyValue(i *jsonpath.Item, v pathValue, found *[]pathValue) (pathStatus, error) {
	if !v.is(datum.JSONObjectNode) {
		return r.fail(sqlstate.New(sqlstate.JSONObjectNotFound,
			"jsonpath item method .keyvalue() can only be applied to an object"))
	}
	if len(v.node.Items) == 0 {
		return pathNotFound, nil
	}
	if i.Next == nil && found == nil {
		return pathFound, nil
	}
	id := int64(r.base.id)*keyValueBase + offsetIn(r.base.node, v.node)
	st := pathNotFound
	for n, key := range v.node.Keys {
		pair := &datum.JSONNode{Kind: datum.JSONObjectNode, Keys: []string{"id", "key", "value"}, Items: []datum.JSONNode{
			*intNode(id), {Kind: datum.JSONStringNode, Text: key}, v.node.Items[n]}}
		saved := r.base
		r.lastBase++
		r.base = pathBase{r.lastBase + 1, pair}
		var err error
		st, err = r.next(i, pathValue{node: pair}, found)
		r.base = saved
		if err != nil || st == pathFailed || st == pathFound && found == nil {
			return st, err
		}
	}
	return st, nil
}

// offsetIn is where target begins within root's binary form, 0 where it is not inside.
func offsetIn(root, target *datum.JSONNode) int64 {
	at, ok := jsonbLayout(root, target, 0)
	if !ok {
		return 0
	}
	return at
}

// jsonbLayout walks the binary form of a container that begins at offset at: a header of 4 bytes, an entry of 4
// bytes for each key and value, then the keys, then the values, numbers and containers at multiples of 4. It
// returns where target begins, or else where the container ends.
func jsonbLayout(n, target *datum.JSONNode, at int64) (offset int64, found bool) {
	if n == target {
		return at, true
	}
	entries := len(n.Items) + len(n.Keys)
	at += 4 + 4*int64(entries)
	for _, k := range n.Keys {
		at += int64(len(k))
	}
	for i := range n.Items {
		item := &n.Items[i]
		switch item.Kind {
		case datum.JSONStringNode:
			at += int64(len(item.Text))
		case datum.JSONNumberNode:
			at = (at+3)/4*4 + numericBytes(item)
		case datum.JSONArrayNode, datum.JSONObjectNode:
			if at, found = jsonbLayout(item, target, (at+3)/4*4); found {
				return at, true
			}
		}
	}
	return at, false
}

// numericBytes is the size of a numeric on disk: two headers, and two bytes for each four digits.
func numericBytes(n *datum.JSONNode) int64 {
	scale := int(-n.Number.Exponent)
	digits := n.Number.Coeff.String() + strings.Repeat("0", (4-scale%4)%4)
	fraction := (scale + 3) / 4 * 4
	for len(digits)%4 != 0 || len(digits) < fraction {
		digits = "0" + digits
	}
	weight := (len(digits)-fraction)/4 - 1
	for strings.HasPrefix(digits, "0000") {
		digits = digits[4:]
		weight--
	}
	for strings.HasSuffix(digits, "0000") {
		digits = digits[:len(digits)-4]
	}
	header := int64(2)
	if digits != "" && (scale > 63 || weight > 63 || weight < -64) {
		header = 4
	}
	return 4 + header + int64(len(digits))/2
}
