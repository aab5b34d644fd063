package run

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// taken are the first rows of a result, for INTO.
type taken struct {
	most int
	rows [][]datum.Datum
}

func (t *taken) again() { t.rows = nil }

func (t *taken) take(b *datum.Batch) error {
	for i := 0; i < b.Rows && len(t.rows) < t.most; i++ {
		t.rows = append(t.rows, rowAt(b, i))
	}
	if len(t.rows) == t.most {
		return errEnough
	}
	return nil
}

// sql runs a statement that stands in the function.
func (f *frame) sql(s *plpgsql.SQL) error {
	stmt, err := f.tree(s.Query)
	if err != nil {
		return err
	}
	if err := noClient(stmt.Node); err != nil {
		return err
	}
	if _, ok := stmt.Node.(*parse.ShowStmt); ok {
		return sqlstate.New(sqlstate.SyntaxError, "query has no destination for result data")
	}
	if utility(stmt.Node) {
		return f.utility(stmt, s.Query.Text)
	}
	t := &taken{most: 1}
	if s.Into != nil {
		t.most = 2
	}
	n, pl, err := f.query(s.Query, t.again, func(pl *planned, b *datum.Batch) error {
		if s.Into == nil {
			return nil
		}
		return t.take(b)
	})
	if err != nil {
		return f.inSQL(err, s.Query)
	}
	if pl.Plan.DDL || pl.Plan.Tag == "CALL" {
		f.rowCount = 0
	} else {
		f.rowCount = n
		f.setFound(n != 0)
	}
	if s.Into == nil {
		if pl.Columns == nil {
			return nil
		}
		err := sqlstate.New(sqlstate.SyntaxError, "query has no destination for result data")
		if pl.Tag == "SELECT" {
			err.WithHint("If you want to discard the results of a SELECT, use PERFORM instead.")
		}
		return err
	}
	if pl.Columns == nil {
		return sqlstate.New(sqlstate.SyntaxError, "INTO used with a command that cannot return data")
	}
	f.rowCount = int64(min(len(t.rows), 1))
	return f.into(s.Into, s.Strict, pl.Writes, t.rows, pl.rowShape(), func() string { return f.shownParams(pl.Uses) })
}

// into stores the first row of a result. STRICT wants one row, and a command that writes no more than one.
func (f *frame) into(into *plpgsql.Into, strict, writes bool, rows [][]datum.Datum, s *shape, params func() string) error {
	if len(rows) == 0 {
		if strict {
			return f.withParams(sqlstate.New(sqlstate.NoDataFound, "query returned no rows"), params)
		}
		return f.storeInto(into, s, nil)
	}
	if len(rows) > 1 && (strict || writes) {
		return f.withParams(sqlstate.New(sqlstate.TooManyRows, "query returned more than one row").
			WithHint("Make sure the query returns a single row, or use LIMIT 1."), params)
	}
	return f.storeInto(into, s, rows[0])
}

// withParams tells the parameters of a query where #print_strict_params asks for that.
func (f *frame) withParams(e *sqlstate.Error, params func() string) error {
	if f.p.fn.PrintStrict && params != nil {
		if text := params(); text != "" {
			_ = e.WithDetail("parameters: %s", text)
		}
	}
	return e
}

func (f *frame) shownParams(uses []plan.Variable) string {
	out := ""
	values, err := f.params(uses)
	if err != nil {
		return ""
	}
	for i, u := range uses {
		if i > 0 {
			out += ", "
		}
		shown := "NULL"
		if !values[i].IsNull() {
			shown = parse.QuoteLiteral(datum.Format(u.Type, values[i], f.host.DatumEnv()))
		}
		out += f.p.fn.Vars[u.Number].Name + " = " + shown
	}
	return out
}

// utility says whether the session runs a statement itself.
func utility(n parse.Stmt) bool {
	switch n.(type) {
	case *parse.TransactionStmt, *parse.SetStmt, *parse.DiscardStmt, *parse.DeallocateStmt, *parse.VacuumStmt, *parse.PrepareStmt,
		*parse.CloseStmt, *parse.UnlistenStmt, *parse.ListenStmt, *parse.NotifyStmt, *parse.CheckpointStmt, *parse.LockStmt,
		*parse.SetConstraintsStmt, *parse.ShowStmt, *parse.FetchStmt, *parse.ExecuteStmt, *parse.DeclareStmt:
		return true
	}
	return false
}

func (f *frame) utility(s parse.Statement, text string) error {
	if _, ok := s.Node.(*parse.TransactionStmt); ok {
		return sqlstate.New(sqlstate.FeatureNotSupported, "unsupported transaction command in PL/pgSQL")
	}
	f.rowCount = 0
	if f.p.reads {
		return sqlstate.New(sqlstate.FeatureNotSupported, "%s is not allowed in a non-volatile function",
			strings.ToUpper(strings.Fields(s.Text)[0]))
	}
	defer f.changed()
	return inText(f.host.Utility(f.ctx, s), "SQL statement", text)
}

func (f *frame) perform(s *plpgsql.Perform) error {
	n := int64(0)
	pl, err := f.plan(s.Query, false)
	if err != nil {
		return f.inSQL(err, s.Query)
	}
	if pl.Expr != nil {
		n = 1
		_, _, err = f.simple(s.Query, pl)
	} else {
		n, _, err = f.query(s.Query, func() {}, func(*planned, *datum.Batch) error { return nil })
	}
	if err != nil {
		return f.inSQL(err, s.Query)
	}
	f.rowCount = n
	f.setFound(n != 0)
	return nil
}

// execute is EXECUTE. Its text may hold several statements; the last one's rows are the result.
func (f *frame) execute(s *plpgsql.Execute) error {
	text, err := f.dynamicText(&s.Dynamic)
	if err != nil {
		return err
	}
	values, types, err := f.using(&s.Dynamic)
	if err != nil {
		return err
	}
	stmts, err := parse.Parse(text)
	if err != nil {
		return textError(err, text)
	}
	t := &taken{most: 1}
	if s.Into != nil {
		t.most = 2
	}
	var last *plan.Plan
	f.rowCount = 0
	for _, one := range stmts {
		if err := executable(one.Node); err != nil {
			return err
		}
		if last, err = f.executeOne(one, values, types, t, s.Into != nil); err != nil {
			return inText(textError(err, text), "SQL statement", text)
		}
	}
	if s.Into == nil {
		return nil
	}
	if last == nil || last.Columns == nil {
		return sqlstate.New(sqlstate.SyntaxError, "INTO used with a command that cannot return data")
	}
	f.rowCount = min(f.rowCount, 1)
	return f.into(s.Into, s.Strict, last.Writes, t.rows, shapeOfColumns(last.Columns), nil)
}

// executable refuses what EXECUTE does not run.
func executable(n parse.Stmt) error {
	switch n := n.(type) {
	case *parse.TransactionStmt:
		return sqlstate.New(sqlstate.FeatureNotSupported, "EXECUTE of transaction commands is not implemented")
	case *parse.SelectStmt:
		if n.Into != nil {
			return sqlstate.New(sqlstate.FeatureNotSupported, "EXECUTE of SELECT ... INTO is not implemented").
				WithHint("You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS instead.")
		}
	}
	return noClient(n)
}

// noClient refuses COPY to and from the client, whom a function does not speak to.
func noClient(n parse.Stmt) error {
	if c, ok := n.(*parse.CopyStmt); ok && c.Filename == "" {
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot COPY to/from client in PL/pgSQL")
	}
	return nil
}

func (f *frame) executeOne(s parse.Statement, values []datum.Datum, types []*datum.Type, t *taken, into bool) (*plan.Plan, error) {
	if n, ok := s.Node.(*parse.ShowStmt); ok {
		return f.show(n, t)
	}
	if utility(s.Node) {
		return nil, f.utility(s, s.Text)
	}
	var p *plan.Plan
	n, _, err := f.restarting(t.again, func(rel exec.Relations) (int64, *planned, error) {
		var err error
		if p, err = f.planText(s, types); err != nil {
			return 0, nil, err
		}
		n, err := f.drain(rel, p, values[:min(len(values), len(p.Params))], func(b *datum.Batch) error {
			if !into {
				return nil
			}
			return t.take(b)
		})
		return n, nil, err
	})
	if err == nil && !p.DDL {
		f.rowCount = n
	}
	return p, err
}

// show is SHOW of one parameter, as rows for INTO.
func (f *frame) show(n *parse.ShowStmt, t *taken) (*plan.Plan, error) {
	v, ok := f.host.Setting(n.Name)
	if !ok {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter \"%s\"", n.Name)
	}
	t.rows, f.rowCount = [][]datum.Datum{{datum.NewString(v)}}, 1
	return &plan.Plan{Tag: "SHOW", Columns: []plan.Column{{Name: n.Name, Type: datum.Text, Typmod: -1}}}, nil
}

// callStmt is CALL: what the procedure puts out goes to the variables that stand for it.
func (f *frame) callStmt(s *plpgsql.Call) error {
	pl, err := f.plan(s.Query, false)
	if err != nil {
		return f.inSQL(err, s.Query)
	}
	targets, err := f.callTargets(s.Query, pl)
	if err != nil {
		return err
	}
	t := &taken{most: 2}
	if pl, err = f.calling(s.Query, t.again, func(_ *planned, b *datum.Batch) error { return t.take(b) }); err != nil {
		return f.inSQL(err, s.Query)
	}
	if pl.Columns == nil || len(t.rows) == 0 {
		return nil
	}
	for i, target := range targets {
		if target == nil {
			continue
		}
		if err := f.storeTarget(target, t.rows[0][i], pl.Columns[i].Type); err != nil {
			return err
		}
	}
	return nil
}

// callTargets are the variables for the columns of a procedure's result, nil where the call leaves one out.
func (f *frame) callTargets(e *plpgsql.Expr, pl *planned) ([]*plpgsql.Target, error) {
	call, ok := pl.stmt.Node.(*parse.CallStmt)
	scan, runs := pl.Root.(*plan.FunctionScan)
	if !ok || !runs || pl.Columns == nil {
		return nil, nil
	}
	var out []*plpgsql.Target
	for i, param := range outputs(scan.Calls[0].Proc.User) {
		if param == nil {
			continue
		}
		target, err := f.callTarget(e, call.Call, param, i)
		if err != nil {
			return nil, err
		}
		out = append(out, target)
	}
	return out, nil
}

// outputs are a procedure's parameters by their places, nil for those that put nothing out.
func outputs(fn *catalog.Function) []*catalog.Parameter {
	out := make([]*catalog.Parameter, len(fn.Params))
	for i := range fn.Params {
		if fn.Params[i].Output() {
			out[i] = &fn.Params[i]
		}
	}
	return out
}

// callTarget is the variable that stands for an output parameter; nil where the call leaves it out.
func (f *frame) callTarget(e *plpgsql.Expr, call *parse.FuncCall, param *catalog.Parameter, place int) (*plpgsql.Target, error) {
	var arg parse.Expr
	for i, a := range call.Args {
		named := i < len(call.ArgNames) && call.ArgNames[i] != ""
		if named && call.ArgNames[i] == param.Name || !named && i == place {
			arg = a
		}
	}
	if arg == nil {
		return nil, nil
	}
	if ref, ok := arg.(*parse.ColumnRef); ok {
		v, used := e.Names.Lookup(ref.Name)
		switch {
		case v != nil && len(ref.Name) == used:
			return &plpgsql.Target{Var: v.Number}, nil
		case v != nil && len(ref.Name) == used+1 && v.Type.Record:
			return &plpgsql.Target{Var: v.Number, Field: ref.Name[used]}, nil
		}
	}
	if param.Name != "" {
		return nil, sqlstate.New(sqlstate.SyntaxError,
			"procedure parameter \"%s\" is an output parameter but corresponding argument is not writable", param.Name)
	}
	return nil, sqlstate.New(sqlstate.SyntaxError,
		"procedure parameter %d is an output parameter but corresponding argument is not writable", place+1)
}
