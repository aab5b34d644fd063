package run

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// source is the rows of a query, read as they are wanted: at the snapshot of its beginning, whatever the loop that reads
// them does in between.
type source struct {
	query *exec.Query
	env   exec.Env
	end   func(error) error
	shape *shape
	what  string // the query, for CONTEXT
	text  string
	// writes says that the query does; kept are the rows of one that had to end early, of which given are given.
	writes bool
	kept   *exec.Spool
	given  int
}

// rowsOf starts a query of a loop: one that stands in the function, or the text of EXECUTE.
func (f *frame) rowsOf(e *plpgsql.Expr, dynamic *plpgsql.Dynamic) (*source, error) {
	src := &source{what: "SQL statement"}
	var p *plan.Plan
	var params []datum.Datum
	rel, end, err := f.begin()
	if err != nil {
		return nil, err
	}
	if dynamic != nil {
		p, params, src.text, err = f.dynamicQuery(dynamic)
	} else {
		src.text = e.Text
		var pl *planned
		if pl, err = f.plan(e, false); err == nil {
			p, src.shape = pl.Plan, pl.rowShape()
			params, err = f.params(pl.Uses)
		}
	}
	if err == nil && p.Columns == nil {
		err = noCursorQuery(p)
	}
	if err == nil && f.p.reads && p.Writes {
		err = sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in a non-volatile function", p.Tag)
	}
	if err != nil {
		return nil, end(err)
	}
	if src.shape == nil {
		src.shape = shapeOfColumns(p.Columns)
	}
	src.env, src.writes = f.nestedEnv(rel, params), p.Writes
	if src.query, err = exec.Run(f.ctx, p, &src.env); err != nil {
		return nil, end(err)
	}
	src.end = end
	f.host.Within(f.env.Relations) // the loop's body is not the query's statement
	f.sources = append(f.sources, src)
	return src, nil
}

func noCursorQuery(p *plan.Plan) error {
	return sqlstate.New(sqlstate.InvalidCursorDefinition, "cannot open %s query as cursor", p.Tag)
}

func (s *source) next(f *frame) (*datum.Batch, error) {
	if s.kept != nil {
		return s.heldRows()
	}
	if s.query == nil {
		return nil, nil
	}
	b, err := s.query.Next(f.ctx)
	if err != nil {
		_ = s.stop(err) // the error that ended it is the one to tell
		return nil, err
	}
	if b == nil {
		return nil, s.stop(nil)
	}
	if f.env.EndTransaction != nil { // the query may have to go on while its rows are looked at
		all := make([]int, b.Rows)
		for i := range all {
			all[i] = i
		}
		b = b.Gather(all)
	}
	return b, nil
}

// stop ends the query with its error; what it has written stays where there is none.
func (s *source) stop(err error) error {
	if s.query == nil {
		return nil
	}
	s.query.Close()
	s.query = nil
	return s.end(err)
}

// close ends it; the frame forgets it.
func (s *source) close(f *frame) {
	_ = s.stop(nil)
	if s.kept != nil {
		s.kept.Close()
	}
	f.sources = slices.DeleteFunc(f.sources, func(o *source) bool { return o == s })
}

// dynamicText is the text of EXECUTE.
func (f *frame) dynamicText(d *plpgsql.Dynamic) (string, error) {
	text, ok, err := f.text(d.Text)
	if err == nil && !ok {
		err = sqlstate.New(sqlstate.NullValueNotAllowed, "query string argument of EXECUTE is null")
	}
	return text, err
}

// using computes the parameters of EXECUTE.
func (f *frame) using(d *plpgsql.Dynamic) ([]datum.Datum, []*datum.Type, error) {
	var values []datum.Datum
	var types []*datum.Type
	for _, e := range d.Using {
		v, t, err := f.value(e)
		if err != nil {
			return nil, nil, err
		}
		if t == datum.Unknown {
			t = datum.Text
		}
		values, types = append(values, v), append(types, t)
	}
	return values, types, nil
}

// dynamicQuery plans the text of EXECUTE, which is one query.
func (f *frame) dynamicQuery(d *plpgsql.Dynamic) (*plan.Plan, []datum.Datum, string, error) {
	text, err := f.dynamicText(d)
	if err != nil {
		return nil, nil, "", err
	}
	values, types, err := f.using(d)
	if err != nil {
		return nil, nil, text, err
	}
	stmts, err := parse.Parse(text)
	if err != nil {
		return nil, nil, text, textError(err, text)
	}
	if len(stmts) != 1 {
		return nil, nil, text, sqlstate.New(sqlstate.InvalidCursorDefinition, "cannot open multi-query plan as cursor")
	}
	p, err := f.planText(stmts[0], types)
	if err != nil {
		return nil, nil, text, textError(err, text)
	}
	return p, values, text, nil
}

// planText plans a statement of EXECUTE.
func (f *frame) planText(s parse.Statement, types []*datum.Type) (*plan.Plan, error) {
	p, err := plan.Bind(f.host, s.Node, types)
	if err != nil {
		return nil, err
	}
	p = plan.Optimize(f.host, p)
	return p, f.host.Allow(p)
}

// textError is an error about a text that was made at run time: its place is one within that.
func textError(err error, text string) error {
	if e, ok := err.(*sqlstate.Error); ok {
		return e.InQuery(strings.TrimSpace(text), 0)
	}
	return err
}
