package plan

import (
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
	case *parse.SelectStmt, *parse.InsertStmt, *parse.UpdateStmt, *parse.DeleteStmt, *parse.MergeStmt, *parse.CreateTableAsStmt,
		*parse.UnsupportedStmt:
	default:
		return nil, unsupported(s.Pos(), "EXPLAIN of this statement")
	}
	inner, err := b.statement(s.Query)
	if err != nil {
		return nil, err
	}
	node.Input = inner.Root
	t := datum.Text
	if node.Format == "json" {
		t = datum.JSON
	}
	node.Cols = []Column{{Name: "QUERY PLAN", Type: t, Typmod: -1}}
	return &Plan{Root: node, Columns: node.Cols, Tag: "EXPLAIN", Writes: node.Analyze && inner.Writes,
		DDL: node.Analyze && inner.DDL}, nil
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
	flags := map[string]*bool{"analyze": &node.Analyze, "verbose": &node.Verbose, "costs": &node.Costs,
		"timing":  &node.Timing,
		"buffers": &node.Buffers, "summary": &node.Summary}
	var err error
	switch o.Name {
	case "format":
		return explainFormat(node, o)
	case "settings", "wal", "memory", "generic_plan":
		var on bool
		if on, err = optionBool(o); err == nil && on {
			err = unsupported(o.Pos(), "EXPLAIN option "+o.Name)
		}
		return err
	case "serialize":
		if word := optionWord(o); word != "none" && word != "off" {
			return unsupported(o.Pos(), "EXPLAIN option serialize")
		}
		return nil
	}
	flag := flags[o.Name]
	if flag == nil {
		return fail(o.Pos(), sqlstate.SyntaxError, "unrecognized EXPLAIN option %q", o.Name)
	}
	*flag, err = optionBool(o)
	return err
}

func explainFormat(node *Explain, o parse.DefElem) error {
	switch word := optionWord(o); word {
	case "text", "json":
		node.Format = word
		return nil
	case "xml", "yaml":
		return unsupported(o.Pos(), "EXPLAIN format "+word)
	default:
		return fail(o.Pos(), sqlstate.InvalidParameterValue, "unrecognized value for EXPLAIN option %q: %q",
			o.Name, word)
	}
}
