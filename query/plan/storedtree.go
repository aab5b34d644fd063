package plan

import (
	"sync"

	"github.com/seguedb/segue/query/parse"
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
