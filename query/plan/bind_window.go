package plan

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// windowRef stands for a window function's value until the Window nodes are made.
type windowRef struct {
	Typed
	index int
}

// windowSpec is one window: an OVER (…) or an entry of the WINDOW clause.
type windowSpec struct {
	name      string
	partition []Expr
	order     []SortKey
	options   int // the grammar's FRAMEOPTION_ bits
	start     Expr
	end       Expr
}

// windowUse is a window function with the window it is over.
type windowUse struct {
	spec *windowSpec
	call *WindowCall
}

// windowCollector gathers one query level's windows and the functions over them.
type windowCollector struct {
	specs []*windowSpec
	uses  []windowUse
}

// defaultFrame is FRAMEOPTION_DEFAULTS: RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW, not written out.
const defaultFrame = 0x00002 | 0x00020 | 0x00400

func (w *windowCollector) named(name string) *windowSpec {
	for _, s := range w.specs {
		if s.name == name && name != "" {
			return s
		}
	}
	return nil
}

// bindWindows binds the WINDOW clause, whether its windows are used or not.
func (c *selectCore) bindWindows() error {
	for i := range c.s.Windows {
		def := &c.s.Windows[i]
		if c.windows.named(def.Name) != nil {
			return fail(def.Pos(), sqlstate.WindowingError, "window %q is already defined", def.Name)
		}
		ec := c.context("WINDOW", true)
		ec.windows = &c.windows
		spec, err := ec.windowDefinition(def)
		if err != nil {
			return err
		}
		spec.name = def.Name
		c.windows.specs = append(c.windows.specs, spec)
	}
	return nil
}

// windowFunction binds f(…) OVER ….
func (c *exprContext) windowFunction(x *parse.FuncCall) (Expr, error) {
	if err := c.windowAllowed(x); err != nil {
		return nil, err
	}
	call, err := c.windowCall(x)
	if err != nil {
		return nil, err
	}
	spec, err := c.window(x.Over)
	if err != nil {
		return nil, err
	}
	return c.windows.use(spec, call), nil
}

func (c *exprContext) windowAllowed(x *parse.FuncCall) error {
	switch {
	case c.inWindow:
		return fail(x.Pos(), sqlstate.WindowingError, "window function calls cannot be nested")
	case c.inAgg:
		return fail(x.Pos(), sqlstate.GroupingError, "aggregate function calls cannot contain window function calls")
	case c.windows == nil:
		return fail(x.Pos(), sqlstate.WindowingError, "window functions are not allowed in %s", c.clause)
	}
	return nil
}

// windowCall binds the function, its arguments and its FILTER.
func (c *exprContext) windowCall(x *parse.FuncCall) (*WindowCall, error) {
	inner := *c.withoutSets("window function calls cannot contain set-returning function calls")
	inner.inWindow = true
	args, err := inner.bindAll(x.Args)
	if err != nil {
		return nil, err
	}
	if err := inner.parameterless(x); err != nil {
		return nil, err
	}
	if x.WithinGroup {
		return nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s",
			x.Name[len(x.Name)-1])
	}
	kinds := "w"
	if c.isAggregate(x) {
		kinds = "aw"
	} else if !c.hasKind(x, 'w') && c.hasKind(x, 'f') {
		kinds = "f"
	}
	p, args, ret, err := c.b.resolveProc(x, args, kinds)
	if err != nil {
		return nil, err
	}
	name := x.Name[len(x.Name)-1]
	switch {
	case p.Kind == 'f':
		return nil, fail(x.Pos(), sqlstate.WrongObjectType,
			"OVER specified, but %s is not a window function nor an aggregate function", name)
	case p.OrderedSet() != 0:
		return nil, fail(x.Pos(), sqlstate.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	case x.Distinct:
		return nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	case len(x.OrderBy) > 0:
		return nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	case x.Filter != nil && p.Kind == 'w':
		return nil, fail(x.Pos(), sqlstate.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions")
	}
	call := &WindowCall{Typed: Typed{ret, -1}, Proc: p, Args: args}
	if p.Ret.Kind == datum.KindVector && len(args) == 1 {
		call.Mod = args[0].Typmod()
	}
	if call.Steps, err = c.b.aggregateSteps(p, args); err != nil {
		return nil, at(err, x.Pos())
	}
	call.Filter, err = inner.filter(x.Filter)
	return call, err
}

// hasKind says whether a function of that name and kind exists.
func (c *exprContext) hasKind(x *parse.FuncCall, kind byte) bool {
	for _, p := range c.b.procsNamed(x.Name) {
		if p.Kind == kind {
			return true
		}
	}
	return false
}

// use notes a function over a window; the same one again is the same column.
func (w *windowCollector) use(spec *windowSpec, call *WindowCall) Expr {
	call.FrameOptions, call.StartOffset, call.EndOffset = spec.options, spec.start, spec.end
	for i, u := range w.uses {
		if u.spec == spec && sameWindowCall(u.call, call) {
			return &windowRef{Typed: call.Typed, index: i}
		}
	}
	w.uses = append(w.uses, windowUse{spec, call})
	return &windowRef{Typed: call.Typed, index: len(w.uses) - 1}
}

func sameWindowCall(a, b *WindowCall) bool {
	same := a.Proc == b.Proc && sameExprs(a.Args, b.Args) && (a.Filter == nil) == (b.Filter == nil)
	return same && (a.Filter == nil || equalExpr(a.Filter, b.Filter)) && !slices.ContainsFunc(a.Args, volatile)
}

func sameExprs(a, b []Expr) bool {
	return slices.EqualFunc(a, b, equalExpr)
}

// window finds or makes the window of an OVER.
func (c *exprContext) window(def *parse.WindowDef) (*windowSpec, error) {
	if def.Name != "" {
		if spec := c.windows.named(def.Name); spec != nil {
			return spec, nil
		}
		return nil, fail(def.Pos(), sqlstate.UndefinedObject, "window %q does not exist", def.Name)
	}
	spec, err := c.windowDefinition(def)
	if err != nil {
		return nil, err
	}
	for _, have := range c.windows.specs {
		if have.equal(spec) {
			return have, nil
		}
	}
	c.windows.specs = append(c.windows.specs, spec)
	return spec, nil
}

func (s *windowSpec) equal(o *windowSpec) bool {
	sameOffset := func(a, b Expr) bool { return (a == nil) == (b == nil) && (a == nil || equalExpr(a, b)) }
	return s.options == o.options && sameExprs(s.partition, o.partition) && slices.EqualFunc(s.order, o.order, sameKey) &&
		sameOffset(s.start, o.start) && sameOffset(s.end, o.end)
}

func sameKey(a, b SortKey) bool {
	return a.Desc == b.Desc && a.NullsFirst == b.NullsFirst && equalExpr(a.Expr, b.Expr)
}

// windowDefinition binds what stands in the parentheses, on top of the window that it refers to.
func (c *exprContext) windowDefinition(def *parse.WindowDef) (*windowSpec, error) {
	inner := *c
	inner.clause, inner.windows, inner.inWindow, inner.srfs = "window definitions", nil, false, false
	spec := &windowSpec{options: def.FrameOptions}
	for _, p := range def.PartitionBy {
		e, err := inner.bindTyped(p)
		if err != nil {
			return nil, err
		}
		if !datum.Comparable(e.Type()) {
			return nil, fail(exprStart(p), sqlstate.UndefinedFunction, "could not identify an equality operator for type %s", e.Type())
		}
		spec.partition = append(spec.partition, e)
	}
	var err error
	if spec.order, err = inner.sortKeys(def.OrderBy); err != nil {
		return nil, err
	}
	if def.RefName != "" {
		base := c.windows.named(def.RefName)
		if base == nil {
			return nil, fail(def.Pos(), sqlstate.UndefinedObject, "window %q does not exist", def.RefName)
		}
		if err := spec.refine(base, def); err != nil {
			return nil, err
		}
	}
	return spec, inner.frame(spec, def)
}

// refine adds what the window referred to says; what both say is an error.
func (s *windowSpec) refine(base *windowSpec, def *parse.WindowDef) error {
	switch {
	case len(s.partition) > 0:
		return fail(def.Pos(), sqlstate.WindowingError, "cannot override PARTITION BY clause of window %q", def.RefName)
	case len(s.order) > 0 && len(base.order) > 0:
		return fail(def.Pos(), sqlstate.WindowingError, "cannot override ORDER BY clause of window %q", def.RefName)
	case base.options != defaultFrame:
		e := sqlstate.New(sqlstate.WindowingError, "cannot copy window %q because it has a frame clause", def.RefName).At(def.Pos())
		if def.Name == "" && len(s.order) == 0 && s.options == defaultFrame {
			e.WithHint("Omit the parentheses in this OVER clause.")
		}
		return e
	}
	s.partition = slices.Clone(base.partition)
	if len(s.order) == 0 {
		s.order = slices.Clone(base.order)
	}
	return nil
}
