package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
)

// Who calls a function is not kept: it is found by binding again what mentions its name, which a DROP can afford and
// no ALTER can make wrong.

// calls says whether what bind binds calls a function. texts are where its name would stand.
func (b *binder) calls(p *catalog.Proc, bind func(*binder) error, texts ...string) bool {
	mention := func(s string) bool {
		return strings.Contains(s, p.Name) || strings.Contains(s, strconv.FormatUint(uint64(p.OID), 10))
	}
	if !slices.ContainsFunc(texts, mention) {
		return false
	}
	views := Views{Snapshot: b.cat.Snapshot(), Info: b.cat.Info()}
	probe := &binder{cat: viewCatalog{views}, rec: newRecorder(), procs: map[catalog.OID]bool{}}
	err := bind(probe)
	return err == nil && probe.procs[p.OID]
}

// functionDependents are the views, defaults, columns, constraints, indexes, rules and functions that call a function.
func (b *binder) functionDependents(p *catalog.Proc) []dropDependent {
	var out []dropDependent
	add := func(o dropObject) { out = append(out, dropDependent{dropObject: o}) }
	b.callers(p, add)
	for _, t := range b.cat.Snapshot().Tables() {
		if t.Virtual == nil && t.View == nil {
			b.triggerCalls(p, t, add)
		}
	}
	for _, f := range b.cat.Snapshot().AggregatesOf(p.OID) {
		add(b.functionObject(f))
	}
	for _, t := range b.cat.Snapshot().EventTriggersBy(p.OID) {
		add(eventTriggerObject(t))
	}
	for _, c := range b.cat.Snapshot().CastsBy(p.OID) {
		add(b.castObject(c))
	}
	for _, o := range b.cat.Snapshot().OperatorsOf(p.OID) {
		add(b.operatorObject(o))
	}
	return out
}

// callers adds the dependents that are stored definitions.
func (b *binder) callers(p *catalog.Proc, add func(dropObject)) {
	for _, t := range b.cat.Snapshot().Tables() {
		switch {
		case t.Virtual != nil:
		case t.View != nil:
			if b.viewCalls(p, t) {
				add(b.tableObject(t))
			}
		default:
			b.tableCalls(p, t, add)
			b.whenCalls(p, t, add)
		}
	}
	b.ruleCalls(p, add)
	for _, t := range b.cat.Snapshot().Types() {
		if t.Domain != nil {
			b.domainCalls(p, t, add)
		}
	}
	for _, f := range b.cat.Snapshot().Functions() {
		if f.OID != p.OID && (f.User.Body != nil && b.bodyCalls(p, f) || b.parameterCalls(p, f)) {
			add(b.functionObject(f))
		}
	}
}

// storedCalls says whether a stored expression calls a function.
func (b *binder) storedCalls(p *catalog.Proc, of *catalog.Table, text, clause string) bool {
	return text != "" && b.calls(p, func(probe *binder) error {
		_, err := probe.stored(of, text, clause)
		return err
	}, text)
}

func (b *binder) parameterCalls(p, f *catalog.Proc) bool {
	return slices.ContainsFunc(f.User.Params, func(param catalog.Parameter) bool {
		return b.storedCalls(p, nil, param.Default, inDefault)
	})
}

// domainCalls adds the conditions of a domain that call a function, and the domain itself where its default does.
func (b *binder) domainCalls(p *catalog.Proc, t *catalog.Type, add func(dropObject)) {
	if b.storedCalls(p, nil, t.Domain.Default, inDefault) {
		add(b.typeObject(t))
	}
	for _, k := range t.Domain.Checks {
		if b.storedCalls(p, valueOf(t), k.Expr, inCheck) {
			add(dropObject{oid: k.OID, name: "constraint " + parse.QuoteIdent(k.Name), apply: func(d *Drop) {
				fresh := d.changeDomain(t).Domain
				fresh.Checks = slices.DeleteFunc(fresh.Checks, func(x catalog.Check) bool { return x.OID == k.OID })
			}})
		}
	}
}

func (b *binder) viewCalls(p *catalog.Proc, t *catalog.Table) bool {
	return b.calls(p, func(probe *binder) error {
		tree, err := storedTrees.parseQuery(t.View.Query)
		if err != nil {
			return err
		}
		probe.path = append([]string{}, t.View.Path...)
		_, err = probe.queryIn(tree, queryEnv{})
		return err
	}, t.View.Query)
}

func (b *binder) bodyCalls(p, f *catalog.Proc) bool {
	return b.calls(p, func(probe *binder) error {
		d := &functionBinder{cat: probe.cat, proc: f, args: f.Args, ret: f.Ret, fields: resultFields(f), rec: probe.rec,
			procs: probe.procs}
		stmts, err := d.statements()
		for i, s := range stmts {
			if err == nil {
				_, err = d.statement(s, i == len(stmts)-1)
			}
		}
		return err
	}, f.User.Body.Statements...)
}

// tableCalls adds what of a table calls a function.
func (b *binder) tableCalls(p *catalog.Proc, t *catalog.Table, add func(dropObject)) {
	stored := func(of *catalog.Table, text, clause string) bool { return b.storedCalls(p, of, text, clause) }
	for i := range t.Columns {
		c := &t.Columns[i]
		switch {
		case c.Generated != "":
			if stored(t, c.Generated, inGenerated) {
				add(b.columnObject(t, c.AttNum))
			}
		case stored(nil, c.Default, inDefault):
			add(b.defaultObject(t, c))
		}
	}
	for i := range t.Checks {
		if stored(t, t.Checks[i].Expr, inCheck) {
			add(b.checkObject(t, t.Checks[i]))
		}
	}
	for i := range t.Indexes {
		ix := &t.Indexes[i]
		texts := []string{ix.Where}
		for _, k := range ix.Keys {
			texts = append(texts, k.Expr)
		}
		if slices.ContainsFunc(texts, func(s string) bool { return stored(t, s, inCheck) }) {
			add(dropObject{oid: ix.OID, name: "index " + b.shownName(ix.OID),
				apply: func(d *Drop) { d.Indexes = append(d.Indexes, DroppedIndex{Table: t, Index: ix}) }})
		}
	}
}

// checkObject is a CHECK constraint, which is removed by changing its table.
func (b *binder) checkObject(t *catalog.Table, k catalog.Check) dropObject {
	return dropObject{oid: k.OID, name: "constraint " + parse.QuoteIdent(k.Name) + " on table " + b.shownName(t.OID),
		apply: func(d *Drop) {
			fresh := d.change(t)
			fresh.Checks = slices.DeleteFunc(slices.Clone(fresh.Checks), func(x catalog.Check) bool { return x.OID == k.OID })
		}}
}
