package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// CreateRuleStmt is CREATE [OR REPLACE] RULE. Event is pg_rewrite.ev_type: '1' SELECT, '2' UPDATE, '3' INSERT, '4' DELETE.
// Actions are the statements in text; there are none for NOTHING.
type CreateRuleStmt struct {
	At
	Name    string
	Table   *RangeTable
	Event   byte
	Where   Expr // nil for none
	Instead bool
	Replace bool
	Actions []string
}

func (*CreateRuleStmt) stmt() {}

func (c *converter) createRule(s *pg.RuleStmt) Stmt {
	out := &CreateRuleStmt{At: -1, Name: s.Rulename, Table: c.rangeTable(s.Relation), Instead: s.Instead, Replace: s.Replace}
	switch s.Event {
	case pg.CmdType_CMD_SELECT:
		out.Event = '1'
	case pg.CmdType_CMD_UPDATE:
		out.Event = '2'
	case pg.CmdType_CMD_INSERT:
		out.Event = '3'
	default:
		out.Event = '4'
	}
	if s.WhereClause != nil {
		out.Where = c.expr(s.WhereClause)
	}
	for _, n := range s.Actions {
		if list := n.GetList(); list != nil && len(list.Items) == 0 || n.Node == nil {
			continue
		}
		text, err := deparseNode(n)
		if err != nil {
			return &UnsupportedStmt{At: -1, What: "this action of CREATE RULE"}
		}
		out.Actions = append(out.Actions, text)
	}
	return out
}

// deparseNode writes a statement with the grammar's own library, which knows all of them.
func deparseNode(n *pg.Node) (string, error) {
	tree, err := pg.Parse("SELECT") // whose version is the library's
	if err != nil {
		return "", err
	}
	tree.Stmts[0].Stmt = n
	return pg.Deparse(tree)
}

// FirstWord is a statement's first word, in lower case.
func FirstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return strings.ToLower(word)
}
