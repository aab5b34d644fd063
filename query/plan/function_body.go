package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Routine is a function's body ready to run: a plan a statement, whose parameters are the function's arguments.
type Routine struct {
	Proc  *catalog.Proc
	Plans []*Plan
	// Returns says that the rows of the last plan are the result.
	Returns bool
}

// BindRoutine binds and optimises the body of a user's function for arguments of those types. fields are the columns of
// a result that is a row, ret is the type of any other.
func BindRoutine(cat Catalog, p *catalog.Proc, args []*datum.Type, ret *datum.Type, fields []datum.Field) (*Routine, error) {
	d := &functionBinder{cat: cat, proc: p, args: args, ret: ret, fields: fields}
	stmts, err := d.statements()
	if err != nil {
		return nil, unplaced(err)
	}
	out := &Routine{Proc: p, Returns: ret != datum.Void}
	for i, s := range stmts {
		last := i == len(stmts)-1
		plan, err := d.statement(s, last)
		if err != nil {
			return nil, atRun(err, p, "during startup")
		}
		out.Plans = append(out.Plans, Optimize(cat, plan))
	}
	return out, nil
}

// atRun is an error that the run of a function meets, without its position in the body.
func atRun(err error, p *catalog.Proc, when string) error {
	err = unplaced(err)
	var e *sqlstate.Error
	if errors.As(err, &e) {
		return e.WithWhere("SQL function \"%s\" %s", p.Name, when)
	}
	return err
}

// functionBinder binds a function's body.
type functionBinder struct {
	cat    Catalog
	proc   *catalog.Proc
	args   []*datum.Type
	ret    *datum.Type
	fields []datum.Field
	rec    *recorder // watches the binding, for a body in SQL's own words
	ids    identities
	procs  map[catalog.OID]bool
}

// statements are the body's syntax trees. A body that is stored in SQL's own words has no positions.
func (d *functionBinder) statements() ([]parse.Statement, error) {
	f := d.proc.User
	if f.Body == nil {
		return storedTrees.parseBody(f.Source)
	}
	var out []parse.Statement
	for _, text := range f.Body.Statements {
		one, err := storedTrees.parseBody(text)
		if err != nil {
			return nil, err
		}
		out = append(out, one...)
	}
	return out, nil
}

// statement binds one statement, and fits the last one's rows to the result.
func (d *functionBinder) statement(s parse.Statement, last bool) (p *Plan, err error) {
	defer func() {
		var e *sqlstate.Error
		if errors.As(err, &e) {
			_ = e.Moved(func(at int) int { return at + s.Offset })
		}
	}()
	if err := d.allowed(s.Node, last); err != nil {
		return nil, err
	}
	b := &binder{cat: d.cat, fn: paramFrame(d.proc, d.args), rec: d.rec, ids: d.ids, procs: d.procs}
	if body := d.proc.User.Body; body != nil {
		b.path = append([]string{}, body.Path...)
	}
	p, err = bind(b, s.Node, d.args)
	if err != nil {
		return nil, err
	}
	if !last || d.ret == datum.Void {
		return p, nil
	}
	return p, d.fit(p)
}

// allowed refuses what is no query, which Postgres knows to run in functions, too.
func (d *functionBinder) allowed(s parse.Stmt, last bool) error {
	returns := false
	switch x := s.(type) {
	case *parse.SelectStmt:
		returns = x.Into == nil
	case *parse.InsertStmt:
		returns = len(x.Returning) > 0
	case *parse.UpdateStmt:
		returns = len(x.Returning) > 0
	case *parse.DeleteStmt:
		returns = len(x.Returning) > 0
	case *parse.UnsupportedStmt:
		return unsupported(x.Pos(), x.What)
	default:
		if last && d.ret != datum.Void {
			return d.noResult()
		}
		return unsupported(-1, "a statement other than SELECT, INSERT, UPDATE and DELETE in a function")
	}
	if last && d.ret != datum.Void && !returns {
		return d.noResult()
	}
	return nil
}

func (d *functionBinder) noResult() error {
	return d.mismatch().WithDetail("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.")
}

func (d *functionBinder) mismatch() *sqlstate.Error {
	return badFunction("return type mismatch in function declared to return %s", d.ret).
		WithWhere("SQL function \"%s\"", d.proc.Name)
}

// fit converts the columns of the last statement to the result's (check_sql_fn_retval).
func (d *functionBinder) fit(p *Plan) error {
	want := d.fields
	if d.ret.IsComposite() {
		if whole, err := d.fitWhole(p); whole || err != nil {
			return err
		}
		want = d.ret.Fields
	}
	if want == nil {
		if d.ret == datum.Record {
			return nil // whatever it is
		}
		if len(p.Columns) != 1 {
			return d.mismatch().WithDetail("Final statement must return exactly one column.")
		}
		want = []datum.Field{{Name: d.proc.Name, Type: d.ret, Typmod: -1}}
	}
	if d.fields != nil && !d.ret.IsComposite() && len(p.Columns) == 1 && len(want) > 1 && p.Columns[0].Type.IsRecord() {
		return d.spreadRow(p, want)
	}
	switch {
	case len(p.Columns) < len(want):
		return d.mismatch().WithDetail("Final statement returns too few columns.")
	case len(p.Columns) > len(want):
		return d.mismatch().WithDetail("Final statement returns too many columns.")
	}
	b := &binder{cat: d.cat}
	exprs, names := colsOf(p.Root), make([]string, len(want))
	for i, f := range want {
		from := p.Columns[i].Type
		e, ok, err := b.tryCoerce(exprs[i], f.Type, f.Typmod, assignment, -1)
		if err != nil {
			return err
		}
		if !ok && d.fields == nil && !d.ret.IsComposite() {
			return d.mismatch().WithDetail("Actual return type is %s.", from)
		}
		if !ok {
			return d.mismatch().WithDetail("Final statement returns %s instead of %s at column %d.", from, f.Type, i+1)
		}
		exprs[i], names[i] = e, f.Name
	}
	p.Root = project(p.Root, exprs, names)
	p.Columns = p.Root.Columns()
	return nil
}

// fitWhole fits a single column to a result of a composite type where it is, or converts to, a value of it: it stays one
// column, so that a NULL is one, unless columns are wanted.
func (d *functionBinder) fitWhole(p *Plan) (bool, error) {
	if len(p.Columns) != 1 {
		return false, nil
	}
	b := &binder{cat: d.cat}
	row := colsOf(p.Root)[0]
	if fields := row.Type().Fields; row.Type().IsRecord() && !row.Type().IsComposite() && fields != nil { // ROW(…)
		whole := &Row{Typed: Typed{row.Type(), -1}}
		for i := range fields {
			whole.Fields = append(whole.Fields, fieldAt(row, fields, i))
		}
		row = whole
	}
	e, ok, err := b.tryCoerce(row, d.ret, -1, assignment, -1)
	if err != nil || !ok || row.Type() == datum.Unknown {
		return false, nil //nolint:nilerr // its columns say what is wrong
	}
	exprs, names := []Expr{e}, []string{p.Columns[0].Name}
	if d.fields != nil {
		exprs, names = make([]Expr, len(d.fields)), make([]string, len(d.fields))
		for i, f := range d.fields {
			exprs[i], names[i] = fieldAt(e, d.fields, i), f.Name
		}
	}
	p.Root = project(p.Root, exprs, names)
	p.Columns = p.Root.Columns()
	return true, nil
}

// spreadRow makes columns of a single column that is a row with the result's fields.
func (d *functionBinder) spreadRow(p *Plan, want []datum.Field) error {
	row := colsOf(p.Root)[0]
	have := row.Type().Fields
	if len(have) != len(want) {
		return d.mismatch().WithDetail("Final statement returns too few columns.")
	}
	exprs, names := make([]Expr, len(want)), make([]string, len(want))
	for i, f := range want {
		if have[i].Type != f.Type {
			return d.mismatch().WithDetail("Final statement returns %s instead of %s at column %d.", have[i].Type, f.Type, i+1)
		}
		exprs[i] = &Field{Typed: Typed{f.Type, f.Typmod}, Arg: row, Index: i, Name: f.Name}
		names[i] = f.Name
	}
	p.Root = project(p.Root, exprs, names)
	p.Columns = p.Root.Columns()
	return nil
}

// body checks the body of a CREATE FUNCTION, and keeps it.
func (d *functionDefinition) body() error {
	switch {
	case d.f.Language == catalog.PLpgSQL:
		return d.checkBody()
	case d.s.Body != nil && len(d.as) > 0:
		return badFunction("duplicate function body specified")
	case d.s.Body != nil:
		return d.ownWords()
	case len(d.as) == 0:
		return badFunction("no function body specified")
	case len(d.as) > 1:
		return badFunction("only one AS item needed for language \"sql\"")
	}
	d.f.Source = d.as[0]
	if on, ok := d.b.cat.Setting("check_function_bodies"); ok && on == "off" {
		return nil
	}
	stmts, err := storedTrees.parseBody(d.f.Source)
	if err == nil && !d.polymorphic() {
		err = d.check(stmts, nil)
	}
	return d.placed(err)
}

// check binds every statement.
func (d *functionDefinition) check(stmts []parse.Statement, rec *recorder) error {
	fb := d.binderOf(rec)
	if len(stmts) == 0 && fb.ret != datum.Void {
		return fb.noResult()
	}
	for i, s := range stmts {
		if _, err := fb.statement(s, i == len(stmts)-1); err != nil {
			return err
		}
	}
	return nil
}

// unborn is the OID of a function that is being made, for calls of itself.
const unborn catalog.OID = 1<<32 - 1

// bornCatalog is a catalog with the function that is being made.
type bornCatalog struct {
	Catalog
	snap *catalog.Snapshot
	info catalog.SessionInfo
}

// Snapshot has the function.
func (c bornCatalog) Snapshot() *catalog.Snapshot { return c.snap }

// Info has the search path that the function sets.
func (c bornCatalog) Info() catalog.SessionInfo { return c.info }

// infoWithin is a session as a function makes it by SET search_path.
func infoWithin(info catalog.SessionInfo, config []string) catalog.SessionInfo {
	for _, setting := range config {
		list, ok := strings.CutPrefix(setting, "search_path=")
		names, err := catalog.SplitIdentifiers(list)
		if ok && err == nil {
			info.SearchPath = names
		}
	}
	return info
}

func (d *functionDefinition) binderOf(rec *recorder) *functionBinder {
	snap := d.b.cat.Snapshot().Clone()
	f := *d.f
	if f.OID == 0 {
		f.OID = unborn
	}
	if old := snap.FunctionOf(f.Schema, f.Name, d.inputTypes()); old != nil {
		snap.RemoveFunction(old.OID)
	}
	snap.PutFunction(&f)
	p := snap.ProcByOID(f.OID)
	born := bornCatalog{d.b.cat, snap, infoWithin(d.b.cat.Info(), f.Config)}
	fb := &functionBinder{cat: born, proc: p, args: p.Args, ret: p.Ret, rec: rec}
	fb.fields = resultFields(p)
	return fb
}

// resultFields are the columns of a function with OUT parameters; nil for other functions.
func resultFields(p *catalog.Proc) []datum.Field {
	if len(p.OutTypes) == 0 {
		return nil
	}
	out := make([]datum.Field, len(p.OutTypes))
	for i, t := range p.OutTypes {
		out[i] = datum.Field{Name: p.OutNames[i], Type: t, Typmod: -1}
	}
	return out
}

func (d *functionDefinition) polymorphic() bool {
	return slices.ContainsFunc(d.f.Params, func(p catalog.Parameter) bool {
		return isPolymorphic(d.b.cat.Snapshot().TypeByOID(p.Type))
	})
}

// placed moves an error's position from the body to where that stands in the statement.
func (d *functionDefinition) placed(err error) error {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		_ = e.Moved(func(offset int) int { return placedIn(d.s.SourceAt, d.s.SourceQuoted, d.f.Source, offset) })
	}
	return err
}
