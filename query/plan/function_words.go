package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// ownWords checks a body in SQL's own words, RETURN or BEGIN ATOMIC, and keeps it as what its names mean now.
func (d *functionDefinition) ownWords() error {
	if d.language != "" && d.language != "sql" {
		return badFunction("inline SQL function body only valid for language SQL")
	}
	if d.polymorphic() {
		return badFunction("SQL function with unquoted function body cannot have polymorphic arguments")
	}
	body := &catalog.FunctionBody{}
	stmts := d.s.Body.Stmts
	if e := d.s.Body.Return; e != nil {
		body.Return = true
		stmts = []parse.Stmt{&parse.SelectStmt{At: -1, Targets: []parse.ResTarget{{At: -1, Val: e}}}}
	}
	rec := newRecorder()
	fb := d.binderOf(rec)
	fb.ids = identities{}
	if len(stmts) == 0 && fb.ret != datum.Void {
		return fb.noResult()
	}
	for i, s := range stmts {
		q, ok := s.(*parse.SelectStmt)
		if !ok {
			return inWords(s)
		}
		if _, err := fb.statement(parse.Statement{Node: s}, i == len(stmts)-1); err != nil {
			return err
		}
		if err := notOfItself(fb.proc, fb.ids); err != nil {
			return err
		}
		body.Statements = append(body.Statements, freeze(q, rec, fb.ids))
	}
	body.Uses = rec.viewUses()
	d.f.Body = body
	return nil
}

// notOfItself refuses a body that calls its function before there is one, as PostgreSQL does not find it then.
func notOfItself(p *catalog.Proc, ids identities) error {
	for node, oid := range ids {
		if x, ok := node.(*parse.FuncCall); ok && oid == unborn {
			return sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", callWords(x.Name, p.Args)).
				WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").At(x.Pos())
		}
	}
	return nil
}

// inWords refuses what a body in SQL's own words cannot keep.
func inWords(s parse.Stmt) error {
	what := "this statement"
	switch x := s.(type) {
	case *parse.InsertStmt:
		what = "INSERT"
	case *parse.UpdateStmt:
		what = "UPDATE"
	case *parse.DeleteStmt:
		what = "DELETE"
	case *parse.UnsupportedStmt:
		what = x.What
	}
	return unsupported(-1, what+" in an unquoted function body")
}

// ParameterDefault implements catalog.ViewReader.
func (v Views) ParameterDefault(param *catalog.Parameter) string {
	t := v.Snapshot.TypeByOID(param.Type)
	if t == nil {
		return param.Default
	}
	return v.stored(nil, param.Default, inDefault, t, false)
}

// FunctionBody implements catalog.ViewReader.
func (v Views) FunctionBody(p *catalog.Proc) string {
	body := p.User.Body
	out, err := v.bodyLines(p)
	if err != nil {
		return strings.Join(body.Statements, ";\n")
	}
	if body.Return {
		return "RETURN " + out[0]
	}
	return "BEGIN ATOMIC\n " + strings.Join(out, ";\n ") + ";\nEND"
}

// bodyLines writes each statement as it was understood.
func (v Views) bodyLines(p *catalog.Proc) ([]string, error) {
	var out []string
	for _, text := range p.User.Body.Statements {
		tree, err := storedTrees.parseQuery(text)
		if err != nil {
			return nil, err
		}
		b := &binder{cat: viewCatalog{v}, rec: newRecorder(), path: append([]string{}, p.User.Body.Path...)}
		b.fn = paramFrame(p, p.Args)
		if _, err := b.selectPlan(tree); err != nil {
			return nil, err
		}
		w := &ruler{views: v, rec: b.rec, function: p}
		if p.User.Body.Return {
			bound := b.rec.selects[tree]
			if bound == nil || len(bound.outs) != 1 {
				return nil, sqlstate.New(sqlstate.InternalError, "body of %s is no expression", p.Name)
			}
			w.level = bound
			w.expr(bound.outs[0])
		} else {
			w.query(tree, nil, false, 1)
		}
		out = append(out, strings.TrimLeft(w.String(), " "))
	}
	return out, nil
}
