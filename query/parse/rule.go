package parse

import (
	"reflect"
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

// RenameRelations writes a statement with other names for the relations in it: what name gives for each, nil to leave it as
// it is. Names of WITH queries are left alone.
func RenameRelations(text string, name func(Name) Name) (string, error) {
	tree, err := pg.Parse(text)
	if err != nil {
		return "", err
	}
	queries := map[string]bool{}
	eachNode(reflect.ValueOf(tree), func(n any) {
		if q, ok := n.(*pg.CommonTableExpr); ok {
			queries[q.Ctename] = true
		}
	})
	eachNode(reflect.ValueOf(tree), func(n any) {
		r, ok := n.(*pg.RangeVar)
		if !ok || r.Schemaname == "" && queries[r.Relname] {
			return
		}
		given := Name{r.Relname}
		if r.Schemaname != "" {
			given = Name{r.Schemaname, r.Relname}
		}
		if is := name(given); is != nil {
			if r.Alias == nil {
				r.Alias = &pg.Alias{Aliasname: r.Relname} // which columns may be qualified by
			}
			if r.Alias.Aliasname == is[len(is)-1] && len(r.Alias.Colnames) == 0 {
				r.Alias = nil
			}
			r.Catalogname, r.Schemaname, r.Relname = "", "", is[len(is)-1]
			if len(is) > 1 {
				r.Schemaname = is[0]
			}
		}
	})
	return pg.Deparse(tree)
}

// eachNode visits every message of a tree of the grammar's.
func eachNode(v reflect.Value, visit func(any)) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			eachNode(v.Elem(), visit)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		visit(v.Interface())
		eachNode(v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				eachNode(v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachNode(v.Index(i), visit)
		}
	}
}

// FirstWord is a statement's first word, in lower case.
func FirstWord(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return strings.ToLower(word)
}
