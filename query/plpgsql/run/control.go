package run

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

func (f *frame) ifStmt(s *plpgsql.If) (jump, error) {
	for i := range s.Branches {
		yes, err := f.boolean(s.Branches[i].Cond)
		if err != nil {
			return jump{}, err
		}
		if yes {
			return f.statements(s.Branches[i].Body)
		}
	}
	return f.statements(s.Else)
}

func (f *frame) caseStmt(s *plpgsql.Case) (jump, error) {
	if s.Var >= 0 {
		d, t, err := f.value(s.Value)
		if err != nil {
			return jump{}, err
		}
		v := f.p.fn.Vars[s.Var]
		if v.Type.T != t { // the plans of the branches are for the type of the first value
			v.Type = plpgsql.VarType{T: t, Typmod: -1}
			for i := range s.Branches {
				f.p.plans[s.Branches[i].Cond.ID] = nil
			}
		}
		f.vars[s.Var].d = d
		defer func() { f.vars[s.Var].d = datum.Null }()
	}
	for i := range s.Branches {
		yes, err := f.boolean(s.Branches[i].Cond)
		if err != nil {
			return jump{}, err
		}
		if yes {
			return f.statements(s.Branches[i].Body)
		}
	}
	if !s.HasElse {
		return jump{}, sqlstate.New(sqlstate.CaseNotFound, "case not found").WithHint("CASE statement is missing ELSE part.")
	}
	return f.statements(s.Else)
}

// exit is EXIT, and CONTINUE.
func (f *frame) exit(s *plpgsql.Exit) (jump, error) {
	if s.When != nil {
		if yes, err := f.boolean(s.When); err != nil || !yes {
			return jump{}, err
		}
	}
	if s.Continue {
		return jump{nextRound, s.Label}, nil
	}
	return jump{leaveLoop, s.Label}, nil
}

// assign is target := value. A path, as in a[1].x := 2, makes a new value of the whole variable.
func (f *frame) assign(s *plpgsql.Assign) error {
	d, t, err := f.value(s.Value)
	if err != nil {
		return err
	}
	if s.Target.Path == "" {
		err := f.storeTarget(&s.Target, d, t)
		if pl := f.p.plans[s.Value.ID]; err != nil && pl != nil && pl.Expr != nil {
			err = f.foldable(err, s.Value, pl)
		}
		return err
	}
	path, err := s.Target.Accessors()
	if err != nil {
		return err
	}
	v, val := f.p.fn.Vars[s.Target.Var], &f.vars[s.Target.Var]
	whole := plan.Assignment{Name: v.Name, Old: val.d, Type: v.Type.T, Typmod: v.Type.Typmod, Path: path}
	if v.Type.Record {
		whole.Old, whole.Type, whole.Typmod = val.whole(), datum.Record, -1
		if val.shape != nil {
			whole.Type = val.shape.t
		}
	}
	if s.Target.Field != "" {
		i, err := fieldIndex(v, val, s.Target.Field)
		if err != nil {
			return err
		}
		whole.Name, whole.Old, whole.Type, whole.Typmod = s.Target.Field, val.field(i), val.shape.types[i], val.shape.typmod[i]
	}
	sight := &inSight{f: f, names: s.Value.Names}
	bound, err := plan.BindAssignment(f.host, &whole, d, t, sight)
	if err != nil {
		return inQuery(err, s.Value)
	}
	params, err := f.params(bound.Uses)
	if err != nil {
		return err
	}
	row := &datum.Batch{Rows: 1}
	for i, p := range params {
		row.Cols = append(row.Cols, datum.Constant(bound.Uses[i].Type, p, 1))
	}
	e, err := f.eval.Compile(bound.Expr)
	if err != nil {
		return err
	}
	if d, err = f.eval.Value(f.ctx, e, row); err != nil {
		return err
	}
	return f.storeTarget(&s.Target, d, whole.Type)
}

func (f *frame) assert(s *plpgsql.Assert) error {
	if on, ok := f.host.Setting("plpgsql.check_asserts"); ok && on == "off" {
		return nil
	}
	if yes, err := f.boolean(s.Cond); err != nil || yes {
		return err
	}
	message := "assertion failed"
	if s.Message != nil {
		text, ok, err := f.text(s.Message)
		if err != nil {
			return err
		}
		if ok {
			message = text
		}
	}
	return sqlstate.New(sqlstate.AssertFailure, "%s", message)
}
