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

// operator binds left op right (left nil for a prefix operator).
func (b *binder) operator(name parse.Name, left, right Expr, pos int) (Expr, error) {
	args := []Expr{right}
	if left != nil {
		args = []Expr{left, right}
	}
	op, err := b.findOperator(name, args, pos)
	if err != nil {
		return nil, err
	}
	params := []*datum.Type{op.Right}
	if left != nil {
		params = []*datum.Type{op.Left, op.Right}
	}
	ret, err := b.coerceArgs(args, params, op.Result, pos)
	if err != nil {
		return nil, err
	}
	if op.User != nil {
		return &Call{Typed: Typed{ret, -1}, Proc: op.Proc, Op: orderSymbol(op), Operator: op, Args: args, Pos: pos}, nil
	}
	return b.similarityCutOff(&Call{Typed: Typed{ret, -1}, Proc: op.Proc, Op: op.Name, Args: args, Pos: pos}), nil
}

// meant names an operator that is not written but meant: the = of IN, the >= of BETWEEN. A stored definition has no place
// for the OID of one, so that it finds it in whatever schema it is.
func meant(op string) parse.Name { return parse.Name{"", op} }

func (b *binder) findOperator(name parse.Name, args []Expr, pos int) (*catalog.Operator, error) {
	if oid, ok := b.frozenOID(name); ok {
		return b.frozenOperator(oid, name, pos)
	}
	unnamed := len(name) == 2 && name[0] == ""
	if unnamed {
		name = name[1:]
	}
	opName := name[len(name)-1]
	if opName == "!=" {
		opName = "<>"
	}
	schema, err := b.operatorSchema(name, pos)
	if err != nil {
		return nil, err
	}
	named, types := b.cat.Snapshot().OperatorsNamed(opName), typesOf(args)
	if stored := b.path != nil && len(b.path) == 0; len(named) > 0 && named[len(named)-1].User != nil && !(unnamed && stored) {
		named = b.operatorsNamed(append(slices.Clone(name[:len(name)-1]), opName))
	}
	if o := exactOperator(named, types); o != nil && schema == 0 {
		return b.usedOperator(o, pos)
	}
	var ops []*catalog.Operator
	var cands []signature
	for _, o := range named {
		if (o.Left == nil) != (len(args) == 1) || schema != 0 && o.Schema != schema {
			continue
		}
		params := []*datum.Type{o.Right}
		if o.Left != nil {
			params = []*datum.Type{o.Left, o.Right}
		}
		cands = append(cands, signature{params, len(ops)})
		ops = append(ops, o)
	}
	i := pickOverload(b.cat.Snapshot(), cands, types)
	if i >= 0 {
		return b.usedOperator(ops[i], pos)
	}
	shown := strings.Join(append(slices.Clone(name[:len(name)-1]), opName), ".")
	desc := shown + " " + args[0].Type().String()
	if len(args) == 2 {
		desc = args[0].Type().String() + " " + shown + " " + args[1].Type().String()
	}
	if i == -2 {
		return nil, sqlstate.New(sqlstate.AmbiguousFunction, "operator is not unique: %s", desc).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(pos)
	}
	return nil, noOperator(desc, pos)
}

func noOperator(desc string, pos int) error {
	return sqlstate.New(sqlstate.UndefinedFunction, "operator does not exist: %s", desc).
		WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(pos)
}

// frozenOperator is the operator that a stored definition has by its OID.
func (b *binder) frozenOperator(oid catalog.OID, name parse.Name, pos int) (*catalog.Operator, error) {
	o := b.cat.Snapshot().OperatorByOID(oid)
	if o == nil || o.User == nil {
		return nil, fail(pos, sqlstate.UndefinedFunction, "operator %s with OID %d does not exist", name[len(name)-1], oid)
	}
	return b.usedOperator(o, pos)
}

// usedOperator notes the use of an operator. Of a user's shell there is only the name.
func (b *binder) usedOperator(o *catalog.Operator, pos int) (*catalog.Operator, error) {
	if o.User == nil {
		return o, nil
	}
	if o.User.Shell() {
		return nil, fail(pos, sqlstate.UndefinedFunction, "operator is only a shell: %s", b.operatorWords(o))
	}
	procs := b.procs
	b.procs = nil // what uses an operator depends on that alone
	b.callAccess(o.Proc)
	if b.procs = procs; procs != nil {
		procs[o.OID] = true
	}
	b.userCalls++
	return o, nil
}

// orderSymbol is the symbol of a user's operator that compares as its type's indexes do, an extension's: the rules know it by
// that. It is "" for all others.
func orderSymbol(o *catalog.Operator) string {
	for _, symbol := range []string{"=", "<>", "<", "<=", ">", ">="} {
		if o.Proc.OfOrder() && o.Name == orderName(o.Left, symbol) {
			return symbol
		}
	}
	return ""
}

// orderName is what a type's operator class of btrees has in the place of <, say: #<# of hstore.
func orderName(t *datum.Type, symbol string) string {
	if t != nil && t.Root() == datum.Hstore && symbol[0] != '=' && symbol != "<>" {
		return "#" + symbol + "#"
	}
	return symbol
}

func (b *binder) operatorWords(o *catalog.Operator) string {
	if o.Left == nil {
		return o.Name + " " + o.Right.String()
	}
	return o.Left.String() + " " + o.Name + " " + o.Right.String()
}

// exactOperator is exactMatch for operators, without the candidates' list: most calls end here.
func exactOperator(named []*catalog.Operator, args []*datum.Type) *catalog.Operator {
	var want [2]*datum.Type // the left operand's type, nil for none, and the right one's
	for i := range args {
		if want[2-len(args)+i] = exactType(args, i); want[2-len(args)+i] == datum.Unknown {
			return nil
		}
	}
	for _, o := range named {
		if o.Left == want[0] && o.Right == want[1] {
			return o
		}
	}
	return nil
}

// operatorSchema is the schema of OPERATOR(schema.op), 0 for an operator without.
func (b *binder) operatorSchema(name parse.Name, pos int) (catalog.OID, error) {
	if len(name) < 2 {
		return 0, nil
	}
	if s := b.cat.Snapshot().Schema(name[len(name)-2]); s != nil {
		return s.OID, nil
	}
	return 0, fail(pos, sqlstate.InvalidSchemaName, "schema %q does not exist", name[len(name)-2])
}

// coerceArgs converts args in place to a candidate's parameters and returns the result type, with
// polymorphic types resolved.
func (b *binder) coerceArgs(args []Expr, params []*datum.Type, ret *datum.Type, pos int) (*datum.Type, error) {
	stand, _ := deduce(params, typesOf(args))
	for i := range args {
		want, err := stand.concrete(params[i], args[i].Type(), pos)
		if err != nil {
			return nil, err
		}
		if args[i], err = b.coerce(args[i], want, -1, implicit, pos); err != nil {
			return nil, err
		}
	}
	return stand.concrete(ret, nil, pos)
}

// procCandidates spreads each overload over the actual arguments: named ones put in place, defaults
// left off, VARIADIC repeated.
func procCandidates(procs []*catalog.Proc, call *parse.FuncCall, kinds string) (out []signature, orders [][]int) {
	n := len(call.Args)
	orders = make([][]int, len(procs))
	for i, p := range procs {
		if !strings.ContainsRune(kinds, rune(p.Kind)) {
			continue
		}
		order := argumentOrder(p, call)
		if order == nil {
			continue
		}
		params := make([]*datum.Type, 0, n)
		for _, a := range order {
			params = append(params, paramAt(p, a, call.Variadic))
		}
		orders[i] = order
		if out = append(out, signature{params, i}); p.User == nil {
			out = withoutDefaulted(out, procs, n)
		}
	}
	return out, orders
}

// withoutDefaulted drops the last candidate, or the one of the same parameters that it stands beside, when its arguments
// are not all given and those of the other are: of our own functions alone, for PostgreSQL calls such pairs ambiguous.
func withoutDefaulted(cands []signature, procs []*catalog.Proc, given int) []signature {
	last := cands[len(cands)-1]
	for i, c := range cands[:len(cands)-1] {
		if procs[c.index].User != nil || !slices.Equal(c.params, last.params) {
			continue
		}
		if all := len(procs[last.index].Args) == given; all == (len(procs[c.index].Args) == given) {
			continue
		} else if all {
			cands[i] = last
		}
		return cands[:len(cands)-1]
	}
	return cands
}

func paramAt(p *catalog.Proc, i int, variadicArray bool) *datum.Type {
	last := len(p.Args) - 1
	if p.Variadic != nil && i >= last && !variadicArray {
		return p.Variadic
	}
	return p.Args[i]
}

// argumentOrder maps each actual argument to a parameter; nil when the counts or names do not fit.
func argumentOrder(p *catalog.Proc, call *parse.FuncCall) []int {
	n := len(call.Args)
	if p.Variadic != nil && !call.Variadic && n >= len(p.Args) {
		if len(call.ArgNames) > 0 {
			return nil
		}
	} else if n > len(p.Args) || n < len(p.Args)-p.Defaults {
		return nil
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
		if i < len(call.ArgNames) && call.ArgNames[i] != "" {
			order[i] = slices.Index(p.ArgNames, call.ArgNames[i])
			if order[i] < 0 || slices.Contains(order[:i], order[i]) {
				return nil
			}
		}
	}
	for required := range len(p.Args) - p.Defaults {
		if len(call.ArgNames) > 0 && !slices.Contains(order, required) {
			return nil
		}
	}
	return order
}

// resolveProc picks the overload for a call over bound arguments and coerces them; the arguments come
// back in parameter order. Defaults that the catalog gives no values for are 0 (those of make_interval).
func (b *binder) resolveProc(
	call *parse.FuncCall, args []Expr, kinds string,
) (*catalog.Proc, []Expr, *datum.Type, error) {
	name := call.Name[len(call.Name)-1]
	procs := b.procsNamed(call.Name)
	if kinds == "p" {
		procs = callForms(procs)
	}
	cands, orders := procCandidates(procs, call, kinds)
	i := pickOverload(b.cat.Snapshot(), cands, typesOf(args))
	if i >= 0 {
		i = preferred(cands, procs, i, call)
	}
	if i < 0 {
		return nil, nil, nil, b.noRoutine(name, procs, call, args, kinds, i)
	}
	p := procs[i]
	n := len(args)
	if len(call.ArgNames) > 0 {
		n = slices.Max(orders[i]) + 1 // names may skip parameters that have defaults
	}
	if p.DefaultValues != nil && !call.Variadic {
		n = len(p.Args)
	}
	if p.User != nil {
		n = max(n, len(p.Args))
	}
	spread := call.Variadic || p.Variadic != nil && len(args) < len(p.Args)
	params := make([]*datum.Type, n)
	ordered := make([]Expr, n)
	for j, a := range orders[i] {
		ordered[a] = args[j]
	}
	for a := range ordered {
		params[a] = paramAt(p, a, spread)
		if ordered[a] != nil {
			continue
		}
		var err error
		if ordered[a], err = b.defaultArg(p, a); err != nil {
			return nil, nil, nil, err
		}
	}
	stand, _ := deduce(params, typesOf(ordered))
	called := stand.concreteOuts(p)
	ret, err := b.coerceArgs(ordered, params, p.Ret, call.Pos())
	if err != nil {
		return nil, nil, nil, err
	}
	if p.Variadic != nil && p.Variadic != datum.Any && !spread {
		ordered = packVariadic(p, ordered)
	}
	b.callAccess(p)
	if madeByUser(p) {
		b.notes(call, p.OID)
	}
	if b.rec != nil && p.User != nil && len(call.ArgNames) == 0 && len(args) < len(ordered) && p.Variadic == nil {
		ordered = ordered[:len(args)] // it is written back as it was, without the defaults
	}
	return called, ordered, ret, nil
}

// defaultArg is the value of a parameter that the call leaves out.
func (b *binder) defaultArg(p *catalog.Proc, i int) (Expr, error) {
	if p.User != nil {
		return b.parameterDefault(p, i)
	}
	value := "0"
	if at := i - len(p.Args) + p.Defaults; at >= 0 && at < len(p.DefaultValues) {
		value = p.DefaultValues[at]
	}
	return &Const{Typed: Typed{datum.Unknown, -1}, Value: datum.NewString(value)}, nil
}

// packVariadic gathers trailing arguments into the array that the function is declared with.
func packVariadic(p *catalog.Proc, args []Expr) []Expr {
	fixed := len(p.Args) - 1
	arr := &Array{Typed: Typed{p.Args[fixed], -1}, Elems: args[fixed:]}
	return append(slices.Clone(args[:fixed]), arr)
}

func (b *binder) procsNamed(name parse.Name) []*catalog.Proc {
	procs := catalog.Builtin().ProcsNamed(name[len(name)-1])
	if users := b.usersProcs(name); len(users) > 0 {
		procs = append(slices.Clone(procs), users...)
	}
	if _, ok := b.frozenOID(name); ok || len(name) < 2 {
		return procs
	}
	sc := b.anySchema(name[len(name)-2])
	if sc != nil && !b.uses(sc) {
		sc = nil
	}
	var out []*catalog.Proc
	for _, p := range procs {
		if sc != nil && p.Schema == sc.OID {
			out = append(out, p)
		}
	}
	return out
}

func (b *binder) noProc(name string, procs []*catalog.Proc, call *parse.FuncCall, args []Expr, pick int) error {
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type().String()
		if i < len(call.ArgNames) && call.ArgNames[i] != "" {
			types[i] = call.ArgNames[i] + " => " + types[i]
		}
	}
	desc := fmt.Sprintf("%s(%s)", strings.Join(call.Name, "."), strings.Join(types, ", "))
	if pick == -2 {
		return sqlstate.New(sqlstate.AmbiguousFunction, "function %s is not unique", desc).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.").At(call.Pos())
	}
	if refused := noXML(call.Name); refused != nil {
		return refused.At(call.Pos())
	}
	return sqlstate.New(sqlstate.UndefinedFunction, "function %s does not exist", desc).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").
		At(call.Pos())
}
