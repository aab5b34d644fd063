package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// A BRIN index says of ranges of pages which values lie in them, which finds little where rows are not in the order of their
// values. There are no pages here: it is kept as the entries of a btree are, which takes more room and answers better. It
// has no order that the planner may use, as PostgreSQL's has none.

// brinKeys resolves the keys of an index USING brin.
func (b *binder) brinKeys(node *CreateIndex, s *parse.CreateIndexStmt) error {
	if err := unorderedIndex(s, "brin"); err != nil {
		return err
	}
	for _, e := range s.Elems {
		part, err := b.equalKey(node.Table, e, "brin")
		if err != nil {
			return err
		}
		node.Index.Keys = append(node.Index.Keys, part)
	}
	return brinOptions(node.Index, s.Options)
}

// brinOptions keeps the options for pages and their ranges, which there are none of.
func brinOptions(ix *catalog.Index, opts []parse.DefElem) error {
	for _, o := range opts {
		switch o.Name {
		case "pages_per_range":
			if err := indexOption(ix, o, 1, 131072); err != nil {
				return err
			}
		case "autosummarize":
			text, _ := optionText(o)
			if _, err := optionBool(o); err != nil {
				return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for boolean option \"%s\": %s", o.Name, text)
			}
			ix.Options = append(ix.Options, o.Name+"="+text)
		default:
			return unknownParameter(o)
		}
	}
	return nil
}
