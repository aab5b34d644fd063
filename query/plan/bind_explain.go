package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (b *binder) explain(s *parse.ExplainStmt) (*Plan, error) {
	node := &Explain{Costs: true, Format: "text"}
	if err := explainOptions(node, s.Options); err != nil {
		return nil, err
	}
	switch s.Query.(type) {
	case *parse.RefreshStmt:
		return explainedBy(node), nil
	case *parse.SelectStmt, *parse.InsertStmt, *parse.UpdateStmt, *parse.DeleteStmt, *parse.MergeStmt, *parse.CreateTableAsStmt,
		*parse.UnsupportedStmt:
	default:
		return nil, unsupported(s.Pos(), "EXPLAIN of this statement")
	}
	inner, err := b.statement(s.Query)
	if err != nil {
		return nil, err
	}
	if _, ruled := inner.Root.(*RuleSteps); ruled {
		return nil, unsupported(s.Pos(), "EXPLAIN of a statement on a relation with rules")
	}
	node.Input, node.Schemas = inner.Root, map[catalog.OID]string{}
	node.Snapshot, node.Path = b.cat.Snapshot(), b.cat.Info().Path()
	for _, schema := range b.cat.Snapshot().Schemas() {
		node.Schemas[schema.OID] = schema.Name
	}
	p := explainedBy(node)
	p.Writes, p.DDL = node.Analyze && inner.Writes, node.Analyze && inner.DDL
	return p, nil
}

func explainedBy(node *Explain) *Plan {
	t := datum.Text
	if node.Format == "json" {
		t = datum.JSON
	}
	node.Cols = []Column{{Name: "QUERY PLAN", Type: t, Typmod: -1}}
	return &Plan{Root: node, Columns: node.Cols, Tag: "EXPLAIN"}
}

// explainOptions reads the options; TIMING and SUMMARY follow ANALYZE unless given.
func explainOptions(node *Explain, opts []parse.DefElem) error {
	given := map[string]bool{}
	for _, o := range opts {
		given[o.Name] = true
		if err := explainOption(node, o); err != nil {
			return err
		}
	}
	if node.WAL && !node.Analyze {
		return sqlstate.New(sqlstate.InvalidParameterValue, "EXPLAIN option WAL requires ANALYZE")
	}
	if !given["timing"] {
		node.Timing = node.Analyze
	} else if node.Timing && !node.Analyze {
		return sqlstate.New(sqlstate.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
	}
	if !given["summary"] {
		node.Summary = node.Analyze
	}
	return nil
}

func explainOption(node *Explain, o parse.DefElem) error {
	if o.Name == "format" {
		return explainFormat(node, o)
	}
	flag := map[string]*bool{"analyze": &node.Analyze, "verbose": &node.Verbose, "costs": &node.Costs, "wal": &node.WAL,
		"timing": &node.Timing, "buffers": &node.Buffers, "summary": &node.Summary, "settings": &node.Settings}[o.Name]
	if flag == nil {
		return fail(o.Pos(), sqlstate.SyntaxError, "unrecognized EXPLAIN option %q", o.Name)
	}
	var err error
	*flag, err = optionBool(o)
	return err
}

// explainFormat takes the words as they are written.
func explainFormat(node *Explain, o parse.DefElem) error {
	word, ok := optionText(o)
	if !ok {
		return sqlstate.New(sqlstate.SyntaxError, "format requires a parameter")
	}
	switch word {
	case "text", "json", "xml", "yaml":
		node.Format = word
		return nil
	}
	return fail(o.Pos(), sqlstate.InvalidParameterValue, "unrecognized value for EXPLAIN option %q: %q", o.Name, word)
}
