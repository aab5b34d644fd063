package eval

import (
	"context"
	"errors"
	"testing"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Expressions in SQL are tested by package exec's scripts. Here is what SQL cannot show.

func integer(i int64) plan.Expr {
	return &plan.Const{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Value: datum.NewInt(i)}
}

func input(i int) plan.Expr { return &plan.Col{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Index: i} }

func intOp(t *testing.T, op string, l, r plan.Expr) plan.Expr {
	t.Helper()
	for _, o := range catalog.Builtin().OperatorsNamed(op) {
		if o.Left == datum.Int4 && o.Right == datum.Int4 {
			return &plan.Call{Typed: plan.Typed{T: o.Result, Mod: -1}, Proc: o.Proc, Args: []plan.Expr{l, r}, Pos: 7}
		}
	}
	t.Fatalf("no operator %s", op)
	return nil
}

func compile(t *testing.T, c *Context, e plan.Expr) *Expr {
	t.Helper()
	out, err := Compile(e, c)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func newContext(slots int, subplans Subplans) *Context {
	return NewContext(&builtin.Env{Ctx: context.Background()}, nil, slots, subplans)
}

func column1(values ...int64) *datum.Batch {
	return &datum.Batch{Rows: len(values), Cols: []*datum.Vec{{Type: datum.Int4, I: values}}}
}

// TestErrorsNameTheRow: the row is the batch's own, even where the failing arm saw fewer rows.
func TestErrorsNameTheRow(t *testing.T) {
	inverse := intOp(t, "=", intOp(t, "/", integer(1), input(0)), integer(1))
	guarded := &plan.Logic{Typed: plan.Typed{T: datum.Bool, Mod: -1}, Op: plan.And,
		Args: []plan.Expr{intOp(t, "<", input(0), integer(5)), inverse}}
	_, err := compile(t, newContext(0, nil), guarded).Eval(column1(9, 1, 9, 0, 2))
	var row *builtin.RowError
	if !errors.As(err, &row) || sqlstate.CodeOf(err) != sqlstate.DivisionByZero {
		t.Fatalf("%v, want a division by zero in a row", err)
	}
	if row.Row != 3 {
		t.Errorf("the error is in row %d, want 3", row.Row)
	}
}

// TestEvalRowsGoesOn: rows that fail are NULL and have their error, the others their value.
func TestEvalRowsGoesOn(t *testing.T) {
	e := compile(t, newContext(0, nil), intOp(t, "/", integer(12), input(0)))
	v, errs, err := e.EvalRows(column1(3, 0, 4))
	if err != nil {
		t.Fatal(err)
	}
	if v.Get(0).Int() != 4 || !v.IsNull(1) || v.Get(2).Int() != 3 {
		t.Errorf("values %v %v %v", v.Get(0), v.Get(1), v.Get(2))
	}
	if errs[0] != nil || sqlstate.CodeOf(errs[1]) != sqlstate.DivisionByZero || errs[2] != nil {
		t.Errorf("errors %v", errs)
	}
}

// counted is a subplan of one row, which says how often it ran.
type counted struct {
	c    *Context
	runs int
	done bool
}

func (s *counted) Prepare(plan.Node) (Rows, error)          { return s, nil }
func (s *counted) Routine(*plan.Call) (builtin.Func, error) { return nil, nil }
func (s *counted) Open(context.Context) error               { s.runs++; s.done = false; return nil }
func (s *counted) Close()                                   {}
func (s *counted) Next(context.Context) (*datum.Batch, error) {
	if s.done {
		return nil, nil
	}
	s.done = true
	return &datum.Batch{Rows: 1, Cols: []*datum.Vec{{Type: datum.Int4, I: []int64{s.c.slots[0].value.Int() * 10}}}}, nil
}

// TestSubqueryRunsAsNeeded: once for each of the outer values, also where they come again later.
func TestSubqueryRunsAsNeeded(t *testing.T) {
	rows := &counted{}
	c := newContext(1, rows)
	rows.c = c
	node := &plan.Values{}
	node.Cols = []plan.Column{{Type: datum.Int4, Typmod: -1}}
	q := &plan.Subquery{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Kind: plan.Scalar, Plan: node, Slots: []int{0},
		Args: []plan.Expr{input(0)}, Deps: []int{0}}
	v, err := compile(t, c, q).Eval(column1(1, 1, 1, 2, 2, 1))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{10, 10, 10, 20, 20, 10} {
		if got := v.Get(i).Int(); got != want {
			t.Errorf("row %d: %d, want %d", i, got, want)
		}
	}
	if rows.runs != 2 {
		t.Errorf("the subplan ran %d times, want 2", rows.runs)
	}
}

// TestOuterSlotsRenewConstants: what is computed once is computed again when a slot changes.
func TestOuterSlotsRenewConstants(t *testing.T) {
	c := newContext(1, nil)
	slot := &plan.Outer{Typed: plan.Typed{T: datum.Int4, Mod: -1}, Slot: 0}
	e := compile(t, c, intOp(t, "+", slot, integer(1)))
	for _, outer := range []int64{5, 5, 6} {
		c.SetSlot(0, datum.NewInt(outer))
		d, err := e.Value()
		if err != nil || d.Int() != outer+1 {
			t.Errorf("slot %d gives %d, %v", outer, d.Int(), err)
		}
	}
}
