package plan

import (
	"sync"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// maxStoredTrees bounds the cache: a database of a hundred tables has a few hundred stored expressions.
const maxStoredTrees = 4096

// storedTrees keeps the syntax trees of stored expressions by their text: every INSERT needs all of its
// table's, and a parse costs some 20 µs in a grammar that takes one caller at a time.
var storedTrees treeCache

// treeCache is safe for concurrent use; its trees are shared and never changed.
type treeCache struct {
	mu    sync.RWMutex
	trees map[string]parse.Expr
	query map[string]*parse.SelectStmt
	body  map[string][]parse.Statement
}

// parseBody reads a function's body.
func (c *treeCache) parseBody(text string) ([]parse.Statement, error) {
	c.mu.RLock()
	stmts, ok := c.body[text]
	c.mu.RUnlock()
	if ok {
		return stmts, nil
	}
	stmts, err := parse.Parse(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.body == nil || len(c.body) >= maxStoredTrees {
		c.body = map[string][]parse.Statement{}
	}
	c.body[text] = stmts
	return stmts, nil
}

func (c *treeCache) parse(text string) (parse.Expr, error) {
	c.mu.RLock()
	tree, ok := c.trees[text]
	c.mu.RUnlock()
	if ok {
		return tree, nil
	}
	tree, err := parse.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trees == nil || len(c.trees) >= maxStoredTrees {
		c.trees = map[string]parse.Expr{}
	}
	c.trees[text] = tree
	return tree, nil
}

// parseQuery reads a view's query. Positions in it would point into the statement that names the view, so none are kept.
func (c *treeCache) parseQuery(text string) (*parse.SelectStmt, error) {
	c.mu.RLock()
	tree, ok := c.query[text]
	c.mu.RUnlock()
	if ok {
		return tree, nil
	}
	stmts, err := parse.Parse(text)
	if err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "stored query %q cannot be read", text)
	}
	tree, ok = stmts[0].Node.(*parse.SelectStmt)
	if !ok {
		return nil, sqlstate.New(sqlstate.InternalError, "stored query %q is none", text)
	}
	tree = parse.Rewrite(tree, func(any) any { return nil })
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.query == nil || len(c.query) >= maxStoredTrees {
		c.query = map[string]*parse.SelectStmt{}
	}
	c.query[text] = tree
	return tree, nil
}
