package plan

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// What a definition's relations are called where it is written back: a name that one of a query around has, or that stands
// before it in FROM, gets a number (set_rtable_names of ruleutils.c). The names are given when a query begins to be bound, so
// that whatever refers to one finds it in its scope.

// shownLevel are the names of a query's relations, and of those around it.
type shownLevel struct {
	taken  map[string]bool
	parent *shownLevel
}

func (l *shownLevel) has(name string) bool {
	for ; l != nil; l = l.parent {
		if l.taken[name] {
			return true
		}
	}
	return false
}

// enterNames begins a query, whose relations are named once. A nil recorder names nothing.
func (b *binder) enterNames(s any, items []parse.FromItem) (leave func()) {
	r := b.rec
	if r == nil {
		return func() {}
	}
	outer := r.level
	level := r.levels[s]
	if level == nil {
		level = &shownLevel{taken: map[string]bool{}, parent: outer}
		if outer == nil { // as in every stored query of PostgreSQL 15
			level.taken["old"], level.taken["new"] = true, true
		}
		r.levels[s] = level
		b.nameItems(level, items)
	}
	r.level = level
	return func() { r.level = outer }
}

func (b *binder) nameItems(level *shownLevel, items []parse.FromItem) {
	for _, f := range items {
		switch x := f.(type) {
		case *parse.JoinExpr:
			b.nameItems(level, []parse.FromItem{x.Left, x.Right})
		case *parse.RangeSample:
			b.nameItem(level, x.Table, b.givenName(x.Table))
		case *parse.RangeTable:
			b.nameItem(level, x, b.givenName(x))
		case *parse.RangeSubselect:
			b.nameItem(level, x, aliasName(x.Alias, "unnamed_subquery"))
		case *parse.RangeFunction:
			b.nameItem(level, x, aliasName(x.Alias, figureName(x.Funcs[0])))
		}
	}
}

// nameItem gives a relation its name, which is noted where it is another one.
func (b *binder) nameItem(level *shownLevel, f parse.FromItem, name string) {
	given := name
	for n := 1; level.has(name); n++ {
		name = given + "_" + strconv.Itoa(n)
	}
	if level.taken[name] = true; name != given {
		b.rec.shown[f] = name
	}
}

// givenName is a relation's alias, or what it is called today.
func (b *binder) givenName(x *parse.RangeTable) string {
	if b.path == nil || len(x.Name) != 2 || x.Name[0] != frozenSchema {
		return aliasName(x.Alias, x.Name[len(x.Name)-1])
	}
	if t, _, err := b.thaw(x.Name); err == nil && !strings.HasSuffix(x.Name[1], ":alias") {
		return t.Name
	}
	return aliasName(x.Alias, "")
}

// showAs has a relation's columns shown by the name that it was given here.
func (r *recorder) showAs(f parse.FromItem, sc *scope) {
	name := r.shown[f]
	if name == "" {
		return
	}
	for i := range sc.cols {
		sc.cols[i].shownRel = name
	}
	for i := range sc.rels {
		sc.rels[i].shown = name
	}
}
