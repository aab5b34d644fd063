package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/seguedb/segue/query/sqlstate"
)

// Parse reads sql, which may hold any number of statements separated by semicolons; empty ones are
// left out, so that empty or comment-only text gives an empty slice. Every error is a
// *sqlstate.Error, whose Pos counts characters of sql from one. Safe for concurrent use; the trees
// share memory with sql.
func Parse(sql string) ([]Statement, error) {
	if err := checkText(sql); err != nil {
		return nil, err
	}
	if err := checkDepth(sql); err != nil {
		return nil, err
	}
	tree, err := grammar(sql)
	if err != nil {
		return nil, err
	}
	out := make([]Statement, 0, len(tree.Stmts))
	for _, raw := range tree.Stmts {
		s, err := convertStatement(sql, raw)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// convertStatement cuts one statement's text out of sql and converts its tree.
func convertStatement(sql string, raw *pg.RawStmt) (Statement, error) {
	start, end := int(raw.StmtLocation), len(sql)
	if raw.StmtLen > 0 {
		end = start + int(raw.StmtLen)
	}
	start += leadingSpace(sql[start:end])
	text := strings.TrimRight(sql[start:end], " \t\r\n\f\v")
	c := &converter{base: int32(start), text: sql}
	node := c.stmt(raw.Stmt)
	if c.err != nil {
		sqlstate.Locate(c.err, sql[:start], sql[start:])
		return Statement{}, c.err
	}
	if c.refused != nil {
		node = c.refused
	}
	return Statement{Text: text, Offset: start, Node: node}, nil
}

// leadingSpace returns how many bytes of white space and comments s starts with.
func leadingSpace(s string) int {
	i := 0
	for i < len(s) {
		switch {
		case isSpace(s[i]):
			i++
		case strings.HasPrefix(s[i:], "--"):
			i = skipLineComment(s, i)
		case strings.HasPrefix(s[i:], "/*"):
			i = skipBlockComment(s, i)
		default:
			return i
		}
	}
	return i
}

// converter turns one statement of the grammar's tree into ours. It never stops half way: the first
// clause without a node in our tree is noted in refused and takes the statement's place at the end,
// the first error that Postgres raises before execution in err.
type converter struct {
	base    int32 // where the statement starts in text
	text    string
	refused *UnsupportedStmt
	err     *sqlstate.Error
	// multiSource is the converted source of the current SET (a, b) = source; the grammar hands
	// out a copy for every column.
	multiSource Expr
}

// at turns the grammar's location into a position in the statement.
func (c *converter) at(location int32) At {
	if location < 0 {
		return -1
	}
	return At(location - c.base)
}

// refuse notes a construct that the tree has no place for; the first one wins.
func (c *converter) refuse(at At, what string) {
	if c.refused == nil {
		c.refused = &UnsupportedStmt{At: at, What: what}
	}
}

// refuseIf is refuse under a condition.
func (c *converter) refuseIf(cond bool, at At, what string) {
	if cond {
		c.refuse(at, what)
	}
}

// fail notes an error; the first one wins.
func (c *converter) fail(at At, err *sqlstate.Error) {
	if c.err == nil {
		c.err = err.At(int(at))
	}
}

// posOf is the position of e, -1 for none.
func posOf(e Expr) At {
	if e == nil {
		return -1
	}
	return At(e.Pos())
}

// str is the text of a String node, "" for anything else.
func str(n *pg.Node) string {
	return n.GetString_().GetSval()
}

// strs maps str over a list; nil stays nil.
func strs(list []*pg.Node) []string {
	if len(list) == 0 {
		return nil
	}
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = str(n)
	}
	return out
}

// name is strs as a Name.
func name(list []*pg.Node) Name { return Name(strs(list)) }
