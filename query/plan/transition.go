package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// TransitionCatalog is a Catalog that knows the transition tables of the trigger whose function is running. In it they go
// before tables of their names.
type TransitionCatalog interface {
	// Transition finds one by its name, nil for none.
	Transition(name string) *Transition
}

// Transition is a transition table: rows of Table.
type Transition struct {
	Name  string
	Table *catalog.Table
	Rows  int
}

// transition finds a transition table; nil is none. Views know none.
func (b *binder) transition(name parse.Name) *Transition {
	c, ok := b.cat.(TransitionCatalog)
	if !ok || len(name) != 1 || b.path != nil {
		return nil
	}
	return c.Transition(name[0])
}

func (b *binder) transitionScan(t *Transition, x *parse.RangeTable, env queryEnv) (Node, *scope, error) {
	node := &TransitionScan{Name: t.Name, Alias: aliasName(x.Alias, t.Name), Rows: t.Rows}
	node.Cols = tableColumns(t.Table)
	return b.aliased(node, x.Alias, t.Name, env, x.Pos())
}

// refuseTransition refuses to write to a transition table.
func (b *binder) refuseTransition(name parse.Name) error {
	if t := b.transition(name); t != nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "relation %q cannot be the target of a modifying statement", t.Name)
	}
	return nil
}
