package relation

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/datum/jsonpath"
)

// jsonPathQuery is what an inverted index is asked for by @? or @@ with a path: the keys that it names, and the values that it
// compares with, as far as every document has them of which it holds (extract_jsp_query). nil is nothing.
func jsonPathQuery(op, text string) *partQuery {
	path, err := jsonpath.Parse(text)
	switch {
	case err != nil: // a scan of the table reports it
		return nil
	case !path.Root.IsPredicate():
		return pathQuery(path.Root)
	case op == "@?": // a condition is true, false or unknown, which is something in any case
		return nil
	}
	return pathCondition(path.Root)
}

// pathQuery is what a document has in which a path finds something.
func pathQuery(i *jsonpath.Item) *partQuery {
	if i.Kind != jsonpath.Root && i.Kind != jsonpath.Current {
		return nil
	}
	var out *partQuery
	for i = i.Next; i != nil; i = i.Next {
		switch i.Kind {
		case jsonpath.Key:
			out = bothParts(out, &partQuery{part: jsonWord(i.Text)})
		case jsonpath.Filter:
			out = bothParts(out, pathCondition(i.Left))
		}
	}
	return out
}

// pathCondition is what a document has in which a condition holds for something: all but NOT and IS UNKNOWN want their operands
// to find something.
func pathCondition(i *jsonpath.Item) *partQuery {
	switch i.Kind {
	case jsonpath.And:
		return bothParts(pathCondition(i.Left), pathCondition(i.Right))
	case jsonpath.Or:
		left, right := pathCondition(i.Left), pathCondition(i.Right)
		if left == nil || right == nil {
			return nil
		}
		return &partQuery{kids: []*partQuery{left, right}}
	case jsonpath.Exists, jsonpath.Starts, jsonpath.Like:
		return pathQuery(i.Left)
	case jsonpath.Compare:
		out := bothParts(pathQuery(i.Left), pathQuery(i.Right))
		if i.Text != "==" {
			return out
		}
		return bothParts(out, bothParts(pathValue(i.Left, i.Right), pathValue(i.Right, i.Left)))
	}
	return nil
}

// pathValue is that of a constant which equals something in the document itself.
func pathValue(constant, path *jsonpath.Item) *partQuery {
	if constant.Next != nil || path.Kind != jsonpath.Root && path.Kind != jsonpath.Current {
		return nil
	}
	for i := path.Next; i != nil; i = i.Next {
		switch i.Kind {
		case jsonpath.Key, jsonpath.AnyKey, jsonpath.AnyArray, jsonpath.Index, jsonpath.Any, jsonpath.Filter:
		default:
			return nil
		}
	}
	node := datum.JSONNode{}
	switch constant.Kind {
	case jsonpath.String:
		return &partQuery{part: jsonWord(constant.Text)}
	case jsonpath.Number:
		node.Kind, node.Text = datum.JSONNumberNode, constant.Number.Text('f')
	case jsonpath.Bool:
		node.Kind, node.Bool = datum.JSONBoolNode, constant.Flag
	case jsonpath.Null:
		node.Kind = datum.JSONNullNode
	default:
		return nil
	}
	return &partQuery{part: jsonScalar(&node)}
}

// bothParts is what two queries find, of which either may be nil, which says nothing.
func bothParts(a, b *partQuery) *partQuery {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.all:
		return &partQuery{all: true, kids: append(a.kids[:len(a.kids):len(a.kids)], b)}
	}
	return &partQuery{all: true, kids: []*partQuery{a, b}}
}
