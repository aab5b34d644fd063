package run

import (
	"errors"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// block runs a block: its variables get their first values each time.
func (f *frame) block(b *plpgsql.Block) (jump, error) {
	place := f.place
	for _, n := range b.Init {
		v := f.p.fn.Vars[n]
		f.place.Line, f.doing = v.Line, "during statement block local variable initialization"
		if err := f.initialise(v); err != nil {
			return jump{}, err
		}
	}
	f.place, f.doing = place, ""
	var j jump
	var err error
	if b.HasHandler {
		j, err = f.guarded(b)
	} else {
		j, err = f.body(b.Body)
	}
	if err == nil && j.flow == leaveLoop && j.label != "" && j.label == b.Label {
		j = jump{}
	}
	return j, err
}

func (f *frame) initialise(v *plpgsql.Var) error {
	f.vars[v.Number] = initial(v)
	switch {
	case v.Cursor != nil:
		return nil
	case v.Default != nil:
		d, t, err := f.value(v.Default)
		if err != nil {
			return err
		}
		return f.store(v.Number, d, t)
	case v.Type.T.IsDomain():
		return f.store(v.Number, datum.Null, v.Type.T)
	}
	return nil
}

// guarded runs a block with EXCEPTION: what it does is undone when it fails.
func (f *frame) guarded(b *plpgsql.Block) (jump, error) {
	outer := f.env.Relations
	inner, err := outer.Nested(f.ctx)
	if err != nil {
		return jump{}, err
	}
	undo := f.host.Settings()
	leave := f.host.Within(inner)
	f.env.Relations = inner
	f.guards++
	f.changed()
	defer f.changed()
	j, err := f.body(b.Body)
	f.guards--
	f.env.Relations = outer
	leave()
	if err == nil {
		return j, inner.Finish()
	}
	inner.Abort()
	h, caught := f.handler(b, err)
	if h == nil {
		return j, err
	}
	undo()
	f.marked, f.doing = nil, ""
	return f.handle(b, h, caught)
}

// handler finds who is for an error.
func (f *frame) handler(b *plpgsql.Block, err error) (*plpgsql.Handler, *sqlstate.Error) {
	var e *sqlstate.Error
	if !errors.As(err, &e) || errors.Is(err, exec.ErrConflict) || f.ctx.Err() != nil {
		return nil, nil //nolint:nilerr // no handler catches these
	}
	for i := range b.Handlers {
		if b.Handlers[i].Catches(string(e.Code)) {
			return &b.Handlers[i], e
		}
	}
	return nil, nil
}

func (f *frame) handle(b *plpgsql.Block, h *plpgsql.Handler, e *sqlstate.Error) (jump, error) {
	f.vars[b.State].d, f.vars[b.Message].d = datum.NewString(string(e.Code)), datum.NewString(e.Message)
	f.caught = append(f.caught, e)
	defer func() { f.caught = f.caught[:len(f.caught)-1] }()
	return f.body(h.Body)
}
