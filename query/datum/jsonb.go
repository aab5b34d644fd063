package datum

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/datum/jsonpath"
)

// JSONKind is what a JSON value is.
type JSONKind uint8

// The kinds of JSON values.
const (
	JSONNullNode JSONKind = iota
	JSONStringNode
	JSONNumberNode
	JSONBoolNode
	JSONArrayNode
	JSONObjectNode
)

// JSONNode is a jsonb value as a tree. An object's Keys and Items run in parallel, in jsonb's order:
// shorter keys first, then by bytes, without duplicates.
type JSONNode struct {
	Kind   JSONKind
	Bool   bool
	Text   string       // a string's characters; a number's digits
	Number *apd.Decimal // read only
	Keys   []string
	Items  []JSONNode
}

// ParseJSONTree reads JSON as jsonb does: of duplicate keys the last one counts.
func ParseJSONTree(s string) (JSONNode, error) {
	p := jsonParser{s: s, keep: true}
	node, err := p.document()
	if err != nil {
		return node, err
	}
	node.Normalize()
	return node, nil
}

// Normalize brings the keys of every object below into jsonb's order.
func (n *JSONNode) Normalize() {
	for i := range n.Items {
		n.Items[i].Normalize()
	}
	if n.Kind == JSONObjectNode && len(n.Keys) > 1 {
		n.sortKeys()
	}
}

func (n *JSONNode) sortKeys() {
	order := make([]int, len(n.Keys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return compareJSONKeys(n.Keys[a], n.Keys[b]) })
	keys, items := make([]string, 0, len(order)), make([]JSONNode, 0, len(order))
	for _, i := range order {
		if last := len(keys) - 1; last >= 0 && keys[last] == n.Keys[i] {
			items[last] = n.Items[i]
			continue
		}
		keys, items = append(keys, n.Keys[i]), append(items, n.Items[i])
	}
	n.Keys, n.Items = keys, items
}

func compareJSONKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// Field finds a key in a normalised object.
func (n *JSONNode) Field(key string) (*JSONNode, bool) {
	if n.Kind != JSONObjectNode {
		return nil, false
	}
	i, ok := slices.BinarySearchFunc(n.Keys, key, compareJSONKeys)
	if !ok {
		return nil, false
	}
	return &n.Items[i], true
}

// Append writes the tree as jsonb's text: a blank after each comma and colon.
func (n *JSONNode) Append(dst []byte) []byte {
	switch n.Kind {
	case JSONNullNode:
		return append(dst, "null"...)
	case JSONStringNode:
		return AppendJSONString(dst, n.Text)
	case JSONNumberNode:
		return append(dst, n.Text...)
	case JSONBoolNode:
		if n.Bool {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	}
	brackets := "[]"
	if n.Kind == JSONObjectNode {
		brackets = "{}"
	}
	dst = append(dst, brackets[0])
	for i := range n.Items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if n.Kind == JSONObjectNode {
			dst = append(AppendJSONString(dst, n.Keys[i]), ": "...)
		}
		dst = n.Items[i].Append(dst)
	}
	return append(dst, brackets[1])
}

func parseJSONB(s string) (Datum, error) {
	node, err := ParseJSONTree(s)
	if err != nil {
		return Null, err
	}
	return NewString(string(node.Append(nil))), nil
}

// parseJSONPath checks a path and writes it as Postgres shows it.
func parseJSONPath(s string) (Datum, error) {
	path, err := jsonpath.Parse(s)
	if err != nil {
		return Null, err
	}
	return NewString(string(path.Append(nil, AppendJSONString))), nil
}

// compareJSONB orders by the keys: equal text is the common case and needs none.
func compareJSONB(a, b string) int {
	if a == b {
		return 0
	}
	return bytes.Compare(appendJSONBKey(nil, a), appendJSONBKey(nil, b))
}

// The classes of jsonb values in btree order; an empty array at the top sorts before everything, an
// oddity of Postgres's that its manual owns up to.
const (
	jsonKeyEmptyArray byte = 0x01
	jsonKeyNull       byte = 0x10
	jsonKeyString     byte = 0x20
	jsonKeyNumber     byte = 0x30
	jsonKeyBool       byte = 0x40
	jsonKeyArray      byte = 0x50
	jsonKeyObject     byte = 0x60
)

// appendJSONBKey writes a class byte, then the scalar's key; arrays and objects write how many items
// they have, which counts before what the items are. Text that is not JSON, which only damage makes,
// is keyed as a string.
func appendJSONBKey(dst []byte, s string) []byte {
	if s == "[]" {
		return append(dst, jsonKeyEmptyArray)
	}
	p := jsonParser{s: s, keep: true}
	node, err := p.document()
	if err != nil {
		return appendEscaped(append(dst, jsonKeyString), s)
	}
	return node.appendKey(dst)
}

func (n *JSONNode) appendKey(dst []byte) []byte {
	switch n.Kind {
	case JSONNullNode:
		return append(dst, jsonKeyNull)
	case JSONStringNode:
		return appendEscaped(append(dst, jsonKeyString), n.Text)
	case JSONNumberNode:
		return appendNumericKey(append(dst, jsonKeyNumber), n.Number)
	case JSONBoolNode:
		return append(dst, jsonKeyBool, byte(boolInt(n.Bool)))
	}
	class := jsonKeyArray
	if n.Kind == JSONObjectNode {
		class = jsonKeyObject
	}
	dst = binary.BigEndian.AppendUint32(append(dst, class), uint32(len(n.Items)))
	for i := range n.Items {
		if n.Kind == JSONObjectNode {
			dst = appendEscaped(dst, n.Keys[i])
		}
		dst = n.Items[i].appendKey(dst)
	}
	return dst
}

func (r *keyReader) jsonb() Datum {
	node := r.jsonNode()
	if r.failed {
		return Null
	}
	return NewString(string(node.Append(nil)))
}

func (r *keyReader) jsonNode() JSONNode {
	switch class := r.byte(); class {
	case jsonKeyEmptyArray:
		return JSONNode{Kind: JSONArrayNode}
	case jsonKeyNull:
		return JSONNode{Kind: JSONNullNode}
	case jsonKeyString:
		return JSONNode{Kind: JSONStringNode, Text: r.escaped()}
	case jsonKeyNumber:
		d := r.numeric()
		if r.failed || d.Numeric().Form != apd.Finite {
			r.fail()
			return JSONNode{}
		}
		return JSONNode{Kind: JSONNumberNode, Number: d.Numeric(), Text: string(appendNumeric(nil, d.Numeric()))}
	case jsonKeyBool:
		return JSONNode{Kind: JSONBoolNode, Bool: r.byte() != 0}
	case jsonKeyArray, jsonKeyObject:
		return r.jsonContainer(class)
	default:
		r.fail()
		return JSONNode{}
	}
}

func (r *keyReader) jsonContainer(class byte) JSONNode {
	node := JSONNode{Kind: JSONArrayNode}
	if class == jsonKeyObject {
		node.Kind = JSONObjectNode
	}
	if r.depth++; r.depth > maxJSONDepth {
		r.fail()
		return node
	}
	for n := r.uint(4); n > 0 && !r.failed; n-- {
		if node.Kind == JSONObjectNode {
			node.Keys = append(node.Keys, r.escaped())
		}
		node.Items = append(node.Items, r.jsonNode())
	}
	r.depth--
	return node
}
