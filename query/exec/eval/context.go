package eval

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
)

// Context is what the expressions of one running statement share. It belongs to one goroutine.
type Context struct {
	Fn       *builtin.Env
	Params   []datum.Datum
	Subplans Subplans
	// FileDone is called after each file embedded over a column, from any goroutine; it may be nil.
	FileDone func()

	slots []slot
	clock uint64
}

// slot is the value of an outer row's column. stamp is the clock when it last changed, so that what
// was computed from it can tell whether it still holds.
type slot struct {
	value datum.Datum
	stamp uint64
}

// Subplans builds the plans of subqueries.
type Subplans interface {
	// Prepare builds a subplan. The Rows may be opened many times; whoever owns the Subplans closes them.
	Prepare(n plan.Node) (Rows, error)
	// Routine is a user's function, to be called with the values of the call's arguments.
	Routine(call *plan.Call) (builtin.Func, error)
}

// Rows are a subplan's rows. Open starts, or starts over.
type Rows interface {
	Open(ctx context.Context) error
	// Next returns nil at the end; a batch is never empty and is valid until the next call.
	Next(ctx context.Context) (*datum.Batch, error)
	Close()
}

// NewContext makes a Context with room for a plan's outer slots.
func NewContext(fn *builtin.Env, params []datum.Datum, slots int, subplans Subplans) *Context {
	c := &Context{}
	c.Init(fn, params, slots, subplans)
	return c
}

// Init makes a Context of a zero one.
func (c *Context) Init(fn *builtin.Env, params []datum.Datum, slots int, subplans Subplans) {
	c.Fn, c.Params, c.Subplans = fn, params, subplans
	if slots > 0 {
		c.slots = make([]slot, slots)
	}
}

// SetSlot fills an outer slot.
func (c *Context) SetSlot(i int, d datum.Datum) {
	s := &c.slots[i]
	if s.stamp > 0 && identical(s.value, d) {
		return
	}
	c.clock++
	s.value, s.stamp = d, c.clock
}

// Stamp changes whenever one of the slots does.
func (c *Context) Stamp(slots []int) uint64 {
	var last uint64
	for _, i := range slots {
		last = max(last, c.slots[i].stamp)
	}
	return last
}

// identical compares the kinds that are cheap to compare; for others it says no, which only costs a
// recomputation.
func identical(a, b datum.Datum) bool {
	if a.Kind() != b.Kind() {
		return false
	}
	switch a.Kind() {
	case datum.KindNull:
		return true
	case datum.KindBool:
		return a.Bool() == b.Bool()
	case datum.KindInt:
		return a.Int() == b.Int()
	case datum.KindString:
		return a.Str() == b.Str()
	}
	return false
}
