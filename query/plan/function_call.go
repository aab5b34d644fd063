package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// preferred is the chosen candidate, or one that takes the same arguments with less ado: one declared with as many
// rather than a VARIADIC. Where defaults alone tell two apart, the call is ambiguous.
func preferred(cands []signature, procs []*catalog.Proc, chosen int, call *parse.FuncCall) int {
	if procs[chosen].User == nil {
		return chosen
	}
	at := slices.IndexFunc(cands, func(c signature) bool { return c.index == chosen })
	spread := func(i int) bool {
		p := procs[i]
		return p.Variadic != nil && !call.Variadic && len(call.Args) >= len(p.Args)
	}
	for _, c := range cands {
		if c.index == chosen || !slices.Equal(c.params, cands[at].params) {
			continue
		}
		switch {
		case spread(chosen) && !spread(c.index):
			chosen = c.index
		case spread(c.index) && !spread(chosen):
		default:
			return -2
		}
	}
	return chosen
}

// parameterDefault is the default of input parameter i of a user's function, as the parameter's type.
func (b *binder) parameterDefault(p *catalog.Proc, i int) (Expr, error) {
	n := -1
	for j := range p.User.Params {
		param := &p.User.Params[j]
		if !param.Input() && !(p.Kind == 'p' && param.Mode == "o") {
			continue
		}
		if n++; n != i {
			continue
		}
		if param.Default == "" {
			break
		}
		var e Expr
		err := b.inFrame(nil, b.path, func() (err error) {
			if e, err = b.stored(nil, param.Default, inDefault); err == nil && !isPolymorphic(p.Args[i]) {
				e, err = b.coerce(e, p.Args[i], -1, assignment, -1)
			}
			return err
		})
		return e, err
	}
	return nil, sqlstate.New(sqlstate.InternalError, "parameter %d of function %s has no default", i+1, p.Name)
}

// callForms are procedures as CALL sees them: OUT parameters take arguments, too.
func callForms(procs []*catalog.Proc) []*catalog.Proc {
	out := slices.Clone(procs)
	for i, p := range out {
		if p.Kind != 'p' || !slices.ContainsFunc(p.User.Params, func(q catalog.Parameter) bool { return q.Mode == "o" }) {
			continue
		}
		form := *p
		form.Args, form.ArgNames = nil, nil
		in := 0
		for j, q := range p.User.Params {
			form.ArgNames = append(form.ArgNames, q.Name)
			if q.Input() {
				form.Args = append(form.Args, p.Args[in])
				in++
			} else {
				form.Args = append(form.Args, p.OutTypes[outIndex(p.User, j)])
			}
		}
		out[i] = &form
	}
	return out
}

// outIndex is which of the outputs parameter j is.
func outIndex(f *catalog.Function, j int) int {
	n := 0
	for i := range j {
		if f.Params[i].Output() {
			n++
		}
	}
	return n
}

// noRoutine is the error for a call that finds nothing, or something of another kind.
func (b *binder) noRoutine(name string, procs []*catalog.Proc, call *parse.FuncCall, args []Expr, kinds string, pick int) error {
	other := map[string]string{"f": "p", "p": "fwa"}[kinds]
	cands, _ := procCandidates(procs, call, other)
	if at := pickOverload(b.cat.Snapshot(), cands, typesOf(args)); other != "" && at >= 0 {
		if kinds == "f" {
			return b.wrongRoutine(procs[at], args, call.Pos())
		}
		return sqlstate.New(sqlstate.WrongObjectType, "%s is not a procedure", described(call, args)).
			WithHint("To call a function, use SELECT.").At(call.Pos())
	}
	if kinds != "p" {
		return b.noProc(name, procs, call, args, pick)
	}
	if pick == -2 {
		return sqlstate.New(sqlstate.AmbiguousFunction, "procedure %s is not unique", described(call, args)).
			WithHint("Could not choose a best candidate procedure. You might need to add explicit type casts.").At(call.Pos())
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "procedure %s does not exist", described(call, args)).
		WithHint("No procedure matches the given name and argument types. You might need to add explicit type casts.").At(call.Pos())
}

// described is a call as messages have it.
func described(call *parse.FuncCall, args []Expr) string {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type().String()
	}
	return fmt.Sprintf("%s(%s)", strings.Join(call.Name, "."), strings.Join(types, ", "))
}

// callProcedure binds CALL: a scan of the procedure, which gives one row where it has OUT parameters.
func (b *binder) callProcedure(s *parse.CallStmt) (*Plan, error) {
	ec := &exprContext{b: b, scope: &scope{}, clause: "CALL arguments", noSubqueries: true}
	x := s.Call
	if x.Star || x.Distinct || x.Filter != nil || x.Over != nil || len(x.OrderBy) > 0 {
		return nil, fail(x.Pos(), sqlstate.SyntaxError, "a CALL takes arguments only")
	}
	for _, a := range x.Args {
		if q, ok := a.(*parse.SubLink); ok {
			return nil, fail(q.Pos(), sqlstate.FeatureNotSupported, "cannot use subquery in CALL argument")
		}
	}
	if err := namedLast(x); err != nil {
		return nil, err
	}
	args, err := ec.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	p, args, _, err := b.resolveProc(x, args, "p")
	if err != nil {
		return nil, err
	}
	proc := b.cat.Snapshot().ProcByOID(p.OID)
	call := &Call{Typed: Typed{proc.Ret, -1}, Proc: proc, Args: inputsOf(proc, args), Pos: x.Pos()}
	node := &FunctionScan{Calls: []*Call{call}, Alias: proc.Name}
	plan := &Plan{Root: node, Tag: "CALL", Writes: true}
	if len(proc.OutTypes) > 0 {
		call.T = datum.RecordOf(outFields(call))
		node.Cols = functionColumns(call, proc.Name)
		plan.Columns = node.Cols
	}
	return plan, nil
}

// inputsOf drops the arguments that stand for OUT parameters.
func inputsOf(p *catalog.Proc, args []Expr) []Expr {
	if len(args) == len(p.Args) {
		return args
	}
	var out []Expr
	for i := range p.User.Params {
		if p.User.Params[i].Input() && i < len(args) {
			out = append(out, args[i])
		}
	}
	return out
}
