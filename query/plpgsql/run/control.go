package run

import (
	"github.com/seguedb/segue/query/datum"
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

// assign is target := value.
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
	return f.assignPart(s, d, t)
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
