package plan

import (
	"slices"
	"strconv"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// Refrozen are the objects of a catalog whose stored definitions name functions, operators or types of users, as builds
// wrote them before these stood by OID, with the OIDs in their place. A view and a body say along which search path
// their names were looked up. Expressions did not: schema public comes first for them, then the others. What cannot be
// bound stays as it is, as broken as it was.
func Refrozen(snap *catalog.Snapshot) (tables []*catalog.Table, types []*catalog.Type, functions []*catalog.Function) {
	info := catalog.SessionInfo{User: catalog.BootstrapRole, Role: catalog.OwnerOID, SearchPath: []string{"public"}}
	for _, sc := range snap.Schemas() {
		if !systemSchema(sc) && sc.Name != "public" {
			info.SearchPath = append(info.SearchPath, sc.Name)
		}
	}
	r := &refreezer{views: Views{Snapshot: snap, Info: info}}
	for _, t := range snap.Tables() {
		if r.changed = false; t.Virtual != nil {
			continue
		}
		if fresh := r.table(t); r.changed {
			tables = append(tables, fresh)
		}
	}
	for _, t := range snap.Types() {
		if r.changed = false; t.Domain == nil {
			continue
		}
		if fresh := r.domain(t); r.changed {
			types = append(types, fresh)
		}
	}
	for _, p := range snap.Functions() {
		r.changed = false
		if fresh := r.function(p); r.changed {
			functions = append(functions, fresh)
		}
	}
	return tables, types, functions
}

// refreezer rewrites one object after the other.
type refreezer struct {
	views   Views
	changed bool
}

func (r *refreezer) binder() *binder {
	return &binder{cat: viewCatalog{r.views}, ids: identities{}}
}

func (r *refreezer) table(old *catalog.Table) *catalog.Table {
	t := *old
	if t.View != nil {
		t.View = r.view(t.View)
	}
	t.Columns, t.Checks = slices.Clone(t.Columns), slices.Clone(t.Checks)
	t.Indexes, t.Triggers = slices.Clone(t.Indexes), slices.Clone(t.Triggers)
	for i := range t.Columns {
		c := &t.Columns[i]
		r.expr(nil, &c.Default, inDefault)
		r.expr(old, &c.Generated, inGenerated)
	}
	for i := range t.Checks {
		r.expr(old, &t.Checks[i].Expr, inCheck)
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		ix.Keys = slices.Clone(ix.Keys)
		r.expr(old, &ix.Where, inPredicate)
		for k := range ix.Keys {
			r.key(old, &ix.Keys[k])
		}
	}
	for i := range t.Triggers {
		r.when(old, &t.Triggers[i].When)
	}
	t.Rules = slices.Clone(t.Rules)
	for i := range t.Rules {
		r.rule(old, &t.Rules[i])
	}
	return &t
}

// rule freezes a rule. Relations stood in its actions by OID, in its condition by name.
func (r *refreezer) rule(t *catalog.Table, was *catalog.Rule) {
	if was.Frozen {
		return
	}
	fresh := *was
	fresh.Actions, fresh.Where = nil, ""
	d := &ruleDefinition{rule: &fresh, text: textOf(r.binder(), t, was.Event, nil)}
	if was.Where != "" {
		tree, err := storedTrees.parse(was.Where)
		if err != nil || d.where(tree) != nil {
			return
		}
	}
	for _, a := range was.Actions {
		stmts, err := storedTrees.parseBody(a)
		if err != nil || d.action(r.named(stmts[0].Node), "") != nil {
			return
		}
	}
	d.finish()
	*was, r.changed = fresh, true
}

// named gives the relations of an action their names of today. Each had an alias, its own name where it was given none.
func (r *refreezer) named(s parse.Stmt) parse.Stmt {
	snap := r.views.Snapshot
	return parse.Rewrite(s, func(node any) any {
		x, ok := node.(*parse.RangeTable)
		if !ok || len(x.Name) != 2 || x.Name[0] != frozenSchema {
			return nil
		}
		oid, err := strconv.ParseUint(x.Name[1], 10, 32)
		t := snap.TableByOID(catalog.OID(oid))
		if err != nil || t == nil {
			return nil
		}
		c := *x
		if sc := snap.SchemaByOID(t.Schema); sc != nil {
			c.Name = parse.Name{sc.Name, t.Name}
		}
		if c.Alias != nil && c.Alias.Name == t.Name && len(c.Alias.Cols) == 0 {
			c.Alias = nil
		}
		return &c
	})
}

func (r *refreezer) key(t *catalog.Table, k *catalog.KeyPart) {
	if tree, err := storedTrees.parse(k.Expr); k.Expr != "" && k.Name == "" && err == nil {
		k.Name = indexColumnName(tree)
	}
	r.expr(t, &k.Expr, inIndex)
}

func (r *refreezer) domain(old *catalog.Type) *catalog.Type {
	t := old.EditDomain()
	r.expr(nil, &t.Domain.Default, inDefault)
	for i := range t.Domain.Checks {
		r.expr(valueOf(old), &t.Domain.Checks[i].Expr, inCheck)
	}
	return t
}

// expr rewrites an expression that reads a table's row, or none.
func (r *refreezer) expr(t *catalog.Table, text *string, clause string) {
	r.rewrite(text, func(b *binder, tree parse.Expr) error {
		_, err := b.tableExpr(t, tree, clause)
		return err
	})
}

func (r *refreezer) when(t *catalog.Table, text *string) {
	r.rewrite(text, func(b *binder, tree parse.Expr) error {
		_, err := b.bindWhen(t, tree)
		return err
	})
}

func (r *refreezer) rewrite(text *string, bind func(*binder, parse.Expr) error) {
	if *text == "" {
		return
	}
	b := r.binder()
	tree, err := storedTrees.parse(*text)
	if err != nil || bind(b, tree) != nil {
		return
	}
	if fresh := parse.Deparse(b.ids.freeze(tree)); fresh != *text {
		*text, r.changed = fresh, true
	}
}

func (r *refreezer) view(v *catalog.View) *catalog.View {
	out := *v
	if fresh, ok := r.query(v.Query, v.Path, nil); ok {
		out.Query, out.Path, r.changed = fresh, nil, true
	}
	return &out
}

// query rewrites a frozen query. The relations in it stand by their OIDs already.
func (r *refreezer) query(text string, path []string, fn *functionFrame) (string, bool) {
	tree, err := storedTrees.parseQuery(text)
	if err != nil {
		return "", false
	}
	b := r.binder()
	b.rec, b.path, b.fn = newRecorder(), append([]string{}, path...), fn
	if _, err := b.queryIn(tree, queryEnv{}); err != nil {
		return "", false
	}
	fresh := freeze(tree, &recorder{functions: b.rec.functions}, b.ids)
	return fresh, fresh != text || len(path) > 0
}

func (r *refreezer) function(p *catalog.Proc) *catalog.Function {
	f := *p.User
	f.Params = slices.Clone(f.Params)
	for i := range f.Params {
		r.expr(nil, &f.Params[i].Default, inDefault)
	}
	if f.Body == nil {
		return &f
	}
	body := *f.Body
	body.Statements = slices.Clone(body.Statements)
	for i := range body.Statements {
		fresh, ok := r.query(body.Statements[i], body.Path, paramFrame(p, p.Args))
		if !ok {
			return &f
		}
		body.Statements[i] = fresh
	}
	body.Path, f.Body, r.changed = nil, &body, true
	return &f
}
