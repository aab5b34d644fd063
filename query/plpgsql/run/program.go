package run

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
)

// Program is a function ready to run. It belongs to one session.
type Program struct {
	host   Host
	fn     *plpgsql.Function
	proc   *catalog.Proc // nil of DO
	ret    *datum.Type
	set    bool
	reads  bool             // it may not write
	title  string           // in CONTEXT lines
	plans  []*planned       // by the expressions' numbers, then those of the assignments to parts, by their values'
	casts  map[castKey]bool // whether a conversion is by a cast
	idle   []*exec.Evaluator
	shapes map[*catalog.Table]*shape // of a trigger's tables
	// compiled are expressions of the idle evaluators, by those.
	compiled map[*exec.Evaluator][]compiledExpr
	epochs   uint64 // of all calls' frames
}

type castKey struct{ from, to *datum.Type }

// planned is a piece of SQL planned for variables of certain shapes.
type planned struct {
	*plan.Embedded
	key    any
	epoch  uint64 // when it was last found to hold
	shapes []usedShape
	fields *shape // of its rows, made when first asked for
	stmt   parse.Statement
	part   partKey // of an assignment to a part
}

// usedShape is the shape that a record had when the plan was made.
type usedShape struct {
	number int
	shape  *shape
}

// NewProgram makes a function ready. ret is its result as the call has it; proc is nil for DO.
func NewProgram(host Host, fn *plpgsql.Function, proc *catalog.Proc, ret *datum.Type, title string) *Program {
	p := &Program{host: host, fn: fn, proc: proc, ret: ret, title: title, plans: make([]*planned, 2*fn.Exprs),
		casts: map[castKey]bool{}, compiled: map[*exec.Evaluator][]compiledExpr{}, shapes: map[*catalog.Table]*shape{}}
	if proc != nil {
		p.reads, p.set = proc.Volatile != 'v' && proc.Kind == 'f', proc.RetSet
	}
	return p
}

// evaluator lends an evaluator to a call.
func (p *Program) evaluator(env *exec.Env) *exec.Evaluator {
	var v *exec.Evaluator
	if n := len(p.idle); n > 0 {
		v, p.idle = p.idle[n-1], p.idle[:n-1]
	} else {
		v = exec.NewEvaluator()
		p.compiled[v] = make([]compiledExpr, 2*p.fn.Exprs)
	}
	v.Use(env)
	return v
}

// maxIdle bounds the evaluators that a Program keeps: a deep recursion has one a level.
const maxIdle = 8

func (p *Program) giveBack(v *exec.Evaluator) {
	if len(p.idle) < maxIdle {
		p.idle = append(p.idle, v)
		return
	}
	delete(p.compiled, v)
}
