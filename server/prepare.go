package server

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// prepareStatement is PREPARE name (types) AS statement.
func (s *Session) prepareStatement(ctx context.Context, n *parse.PrepareStmt, outer *Statement) error {
	st := &Statement{Name: n.Name, sql: outer.sql, shown: withoutPasswords(outer.sql), parsed: outer.parsed, kind: "utility", fromSQL: true}
	st.parsed.Node = n.Query
	for i := range n.Types {
		t, _, err := plan.TypeOf(s, &n.Types[i])
		if err != nil {
			return err
		}
		st.declared = append(st.declared, t)
	}
	if err := s.bind(ctx, st); err != nil {
		return err
	}
	return s.keep(st)
}

// execution is an EXECUTE under way: the portal of the prepared statement, whose rows go out as they come.
type execution struct{ inner *Portal }

// executePrepared is EXECUTE name (args).
func (p *Portal) executePrepared(ctx context.Context, n *parse.ExecuteStmt) error {
	st, params, err := p.prepared(ctx, n)
	if err != nil {
		return err
	}
	inner, err := p.session.Open(ctx, st, params)
	if err != nil {
		return err
	}
	st.runs++
	inner.results = p.results
	p.execution = &execution{inner}
	return nil
}

// prepared finds EXECUTE's statement and computes its arguments.
func (p *Portal) prepared(ctx context.Context, n *parse.ExecuteStmt) (*Statement, []datum.Datum, error) {
	st, err := p.session.preparedStatement(n.Name)
	if err != nil {
		return nil, nil, err
	}
	if len(n.Args) != len(st.params) {
		return nil, nil, sqlstate.New(sqlstate.SyntaxError, "wrong number of parameters for prepared statement %q", n.Name).
			WithDetail("Expected %d parameters but got %d.", len(st.params), len(n.Args))
	}
	params, err := p.arguments(ctx, n.Args, st.params)
	return st, params, err
}

// next gives the next rows of an EXECUTE.
func (e *execution) next(ctx context.Context, outer *Portal) (*datum.Batch, error) {
	b, err := e.inner.Next(ctx)
	if err == nil && b == nil {
		outer.tag = e.inner.Tag()
	}
	return b, err
}

// arguments evaluates EXECUTE's arguments as the parameters' types.
func (p *Portal) arguments(ctx context.Context, args []parse.Expr, types []*datum.Type) ([]datum.Datum, error) {
	if len(args) == 0 {
		return nil, nil
	}
	bound, err := plan.BindArguments(p.session, args, types)
	if err != nil {
		return nil, err
	}
	st := &Statement{sql: p.statement.sql, parsed: p.statement.parsed, kind: "utility", plan: bound, columns: bound.Columns,
		boundFor: p.session.planKey()}
	st.parsed.Node = &parse.SelectStmt{At: -1}
	values, err := p.session.Open(ctx, st, nil)
	if err != nil {
		return nil, err
	}
	defer values.Close()
	b, err := values.Next(ctx)
	if err != nil {
		return nil, err
	}
	return b.Row(0, nil), nil
}

// executeInside finds an EXECUTE that EXPLAIN or CREATE TABLE AS is about, with what to put the prepared statement's tree
// into.
func executeInside(n parse.Stmt) (e *parse.ExecuteStmt, around func(parse.Stmt) parse.Stmt) {
	switch n := n.(type) {
	case *parse.ExecuteStmt:
		return n, func(q parse.Stmt) parse.Stmt { return q }
	case *parse.ExplainStmt:
		if e, inner := executeInside(n.Query); e != nil {
			return e, func(q parse.Stmt) parse.Stmt {
				out := *n
				out.Query = inner(q)
				return &out
			}
		}
	case *parse.CreateTableAsStmt:
		if e, inner := executeInside(n.Query); e != nil {
			return e, func(q parse.Stmt) parse.Stmt {
				out := *n
				out.Query = inner(q)
				return &out
			}
		}
	}
	return nil, nil
}

// executeAs runs EXPLAIN EXECUTE and CREATE TABLE … AS EXECUTE: as if the prepared statement stood there, with its
// arguments.
func (p *Portal) executeAs(ctx context.Context, n *parse.ExecuteStmt, around func(parse.Stmt) parse.Stmt) error {
	st, params, err := p.prepared(ctx, n)
	if err != nil {
		return err
	}
	whole := &Statement{sql: st.sql, parsed: st.parsed, kind: st.kind, declared: st.params, values: params}
	whole.parsed.Node = around(st.parsed.Node)
	if err := p.session.bind(ctx, whole); err != nil {
		return err
	}
	inner, err := p.session.Open(ctx, whole, params)
	if err != nil {
		return err
	}
	p.execution = &execution{inner}
	return nil
}

// explainColumns are EXPLAIN's, for a plan that is not made yet.
func explainColumns(n *parse.ExplainStmt) []plan.Column {
	for _, o := range n.Options {
		if c, ok := o.Val.(*parse.Const); ok && o.Name == "format" {
			if c.Val == "json" {
				return []plan.Column{{Name: "QUERY PLAN", Type: datum.JSON, Typmod: -1}}
			}
		}
	}
	return []plan.Column{textColumn("QUERY PLAN")}
}

// deallocate is DEALLOCATE; name "" is ALL, which leaves the protocol's unnamed statement.
func (s *Session) deallocate(name string) (string, error) {
	if name == "" {
		for name := range s.statements {
			if name != "" {
				delete(s.statements, name)
			}
		}
		return "DEALLOCATE ALL", nil
	}
	if _, err := s.preparedStatement(name); err != nil {
		return "", err
	}
	delete(s.statements, name)
	return "DEALLOCATE", nil
}
