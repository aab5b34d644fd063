package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// A statement whose target has rules for it becomes several (RewriteQuery of rewriteHandler.c). What the rules' actions call
// old and new are subqueries over what the statement reads: an UPDATE's rows with their columns before and after, an INSERT's
// rows with defaults filled in. Each action reads them for itself, so that a volatile expression is computed again, as in
// PostgreSQL. The rewriting is one of syntax trees; what comes of it is bound as if it had been written, an action with the
// privileges of the relation's owner.

// ruling is a statement under rules.
type ruling struct {
	b     *binder
	t     *catalog.Table
	alias string
	event byte
	with  *parse.With
	// from and where are the statement's, sets those of an UPDATE.
	table     *parse.RangeTable
	from      []parse.FromItem
	where     parse.Expr
	sets      []parse.ResTarget
	insert    *parse.InsertStmt
	returning []parse.ResTarget
}

// ruleKey is what rules are followed for; meeting one within itself has no end.
type ruleKey struct {
	relation catalog.OID
	event    byte
}

// ruled rewrites a statement by the rules of its target; nil where there are none.
func (b *binder) ruled(s parse.Stmt) (*Plan, error) {
	r := &ruling{b: b}
	switch x := s.(type) {
	case *parse.InsertStmt:
		r.event, r.table, r.insert, r.with, r.returning = '3', x.Table, x, x.With, x.Returning
	case *parse.UpdateStmt:
		r.event, r.table, r.from, r.where, r.sets, r.with, r.returning = '2', x.Table, x.From, x.Where, x.Set, x.With, x.Returning
	case *parse.DeleteStmt:
		r.event, r.table, r.from, r.where, r.with, r.returning = '4', x.Table, x.Using, x.Where, x.With, x.Returning
	}
	rules := b.rulesOf(r.table, r.event)
	if len(rules) == 0 {
		return nil, nil
	}
	r.t, _ = b.table(r.table.Name, r.table.Pos())
	r.alias = aliasName(r.table.Alias, r.t.Name)
	if err := r.refuse(s); err != nil {
		return nil, err
	}
	return r.plan(s, rules)
}

// rulesOf lists the rules for writing to a relation. There are none for one that is not found: others say so.
func (b *binder) rulesOf(table *parse.RangeTable, event byte) []*catalog.Rule {
	if b.ruleless || b.transition(table.Name) != nil {
		return nil
	}
	t, err := b.table(table.Name, table.Pos())
	if err != nil || len(t.Rules) == 0 || slices.Contains(b.original, ruleKey{t.OID, event}) {
		return nil
	}
	role, _ := b.cat.Setting("session_replication_role")
	return t.RulesFor(event, role == "replica")
}

// ruledWith refuses to write to a relation with rules in WITH.
func (b *binder) ruledWith(it *withItem, table *parse.RangeTable, event byte) error {
	if len(b.rulesOf(table, event)) == 0 {
		return nil
	}
	return fail(it.Pos(), sqlstate.FeatureNotSupported, "rules are not supported for data-modifying statements in WITH")
}

// refuse names what cannot be rewritten.
func (r *ruling) refuse(s parse.Stmt) error {
	key := ruleKey{r.t.OID, r.event}
	if slices.Contains(r.b.unruled, key) {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "infinite recursion detected in rules for relation \"%s\"", r.t.Name)
	}
	if _, ok := r.where.(*parse.CurrentOf); ok {
		return unsupported(-1, "WHERE CURRENT OF on a relation with rules")
	}
	if r.insert != nil && r.insert.OnConflict != nil {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"INSERT with ON CONFLICT clause cannot be used with table that has INSERT or UPDATE rules")
	}
	for _, set := range r.sets {
		if _, many := set.Val.(*parse.MultiAssign); many || len(set.Path) > 0 {
			return unsupported(-1, "SET of several columns at once, or of a part of one, on a relation with rules")
		}
	}
	if r.with != nil {
		for _, c := range r.with.CTEs {
			if _, reads := c.Query.(*parse.SelectStmt); !reads {
				return unsupported(-1, "a data-modifying statement in WITH on a relation with rules")
			}
		}
	}
	return nil
}

// plan is the statement's own part and its rules' actions, in their order: an INSERT comes before what its rules add.
func (r *ruling) plan(s parse.Stmt, rules []*catalog.Rule) (*Plan, error) {
	r.b.needsTable(r.t, map[byte]catalog.Privileges{'2': catalog.PrivUpdate, '3': catalog.PrivInsert, '4': catalog.PrivDelete}[r.event])
	steps := &RuleSteps{}
	out := &Plan{Root: steps, Tag: map[byte]string{'2': "UPDATE", '3': "INSERT", '4': "DELETE"}[r.event], Writes: true}
	instead := slices.ContainsFunc(rules, func(x *catalog.Rule) bool { return x.Instead && x.Where == "" })
	if instead {
		if err := r.probe(s); err != nil {
			return nil, err
		}
	} else if r.event == '3' {
		if err := r.own(steps, out, s, rules); err != nil {
			return nil, err
		}
	}
	for _, rule := range rules {
		for _, text := range rule.Actions {
			if err := r.action(steps, out, rule, text); err != nil {
				return nil, err
			}
		}
	}
	if !instead && r.event != '3' {
		if err := r.own(steps, out, s, rules); err != nil {
			return nil, err
		}
	}
	conditional := slices.ContainsFunc(rules, func(x *catalog.Rule) bool { return x.Instead && x.Where != "" })
	if len(r.returning) > 0 && (instead && out.Columns == nil || !instead && conditional) {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "cannot perform %s RETURNING on relation \"%s\"", out.Tag, r.t.Name).
			WithHint("You need an unconditional ON %s DO INSTEAD rule with a RETURNING clause.", out.Tag)
	}
	steps.Cols = out.Columns
	return out, nil
}

// probe binds a statement that is not run, for what is wrong with it and what it takes: who may not write to the relation, or
// not read what the statement names, may not do so by a rule. Of a view there are only the rows.
func (r *ruling) probe(s parse.Stmt) error {
	if r.t.View != nil {
		from, err := r.rows()
		if err != nil {
			return err
		}
		s = &parse.SelectStmt{At: -1, From: from}
	}
	_, err := r.b.step(s, append(slices.Clone(r.b.original), ruleKey{r.t.OID, r.event}), r.b.unruled, r.b.as)
	return err
}

// own adds the statement itself, without the rows that conditional INSTEAD rules take.
func (r *ruling) own(steps *RuleSteps, out *Plan, s parse.Stmt, rules []*catalog.Rule) error {
	for _, rule := range rules {
		if !rule.Instead || rule.Where == "" {
			continue
		}
		cond, err := r.b.conditionTree(rule)
		if err != nil {
			return err
		}
		if s, err = r.without(s, cond); err != nil {
			return err
		}
	}
	original := append(slices.Clone(r.b.original), ruleKey{r.t.OID, r.event})
	p, err := r.b.step(s, original, r.b.unruled, r.b.as)
	if err != nil {
		return err
	}
	steps.Steps = append(steps.Steps, RuleStep{Plan: p, Counts: true, Returns: p.Columns != nil})
	out.Columns = p.Columns
	return nil
}

// without is the statement for the rows that do not meet a condition.
func (r *ruling) without(s parse.Stmt, cond parse.Expr) (parse.Stmt, error) {
	switch x := s.(type) {
	case *parse.InsertStmt:
		from, err := r.rows()
		if err != nil {
			return nil, err
		}
		c := *x
		c.With = nil
		names, err := r.columns()
		if err != nil {
			return nil, err
		}
		fails := &parse.BoolTest{At: -1, Arg: stored(cond), Not: true, Value: 't'}
		c.Cols, c.Query = nil, &parse.SelectStmt{At: -1, From: from, Where: fails}
		for _, name := range names {
			c.Cols = append(c.Cols, parse.ResTarget{At: -1, Name: name})
			c.Query.Targets = append(c.Query.Targets, parse.ResTarget{At: -1, Val: column("new", name)})
		}
		return &c, nil
	case *parse.UpdateStmt:
		c := *x
		c.Where = both(x.Where, r.fails(cond))
		return &c, nil
	case *parse.DeleteStmt:
		c := *x
		c.Where = both(x.Where, r.fails(cond))
		return &c, nil
	}
	return s, nil
}

// fails says of the row at hand that it does not meet a condition over old and new.
func (r *ruling) fails(cond parse.Expr) parse.Expr {
	q := &parse.SelectStmt{At: -1, Targets: []parse.ResTarget{{At: -1, Val: &parse.Const{At: -1, Kind: parse.ConstInt, Val: "1"}}},
		From: []parse.FromItem{r.subselect("old", r.old())}, Where: stored(cond)}
	if r.event == '2' {
		q.From = append(q.From, r.subselect("new", r.new()))
	}
	return &parse.BoolExpr{At: -1, Op: parse.Not, Args: []parse.Expr{&parse.SubLink{At: -1, Kind: parse.SubExists, Query: q}}}
}

// stored marks an expression of a stored definition, in what has names of another search path.
func stored(e parse.Expr) parse.Expr { return &parse.StoredExpr{At: -1, Arg: e} }

// step binds one statement of several, which share the parameters.
func (b *binder) step(s parse.Stmt, original, unruled []ruleKey, as catalog.OID) (*Plan, error) {
	sub := &binder{cat: b.cat, params: b.params, ruleless: b.ruleless, path: b.path, fn: b.fn, as: as, procs: b.procs, original: original,
		unruled: unruled}
	if b.fn != nil && b.fn.vars != nil { // which give variables parameters
		b.fn.vars.b = sub
		defer func() { b.fn.vars.b = b }()
	}
	p, err := sub.statement(s)
	if err != nil {
		return nil, err
	}
	b.params, b.access, b.userCalls = sub.params, append(b.access, sub.access...), b.userCalls+sub.userCalls
	p.Slots, p.CTEs, p.Referencing, p.CatalogVersion = sub.slots, sub.ctes, sub.referencing, b.cat.Snapshot().Version
	return p, nil
}
