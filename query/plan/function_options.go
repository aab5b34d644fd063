package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// readOptions reads what stands behind the parameters of CREATE FUNCTION.
func (d *functionDefinition) readOptions() error {
	seen := map[string]bool{}
	for _, o := range d.s.Options {
		if seen[o.Name] {
			return fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		switch o.Name {
		case "as":
			d.as = o.List
		case "language":
			d.language = optionWord(o)
		case "window":
			return unsupported(o.Pos(), "WINDOW for functions of users")
		case "transform":
			return unsupported(o.Pos(), "TRANSFORM FOR TYPE")
		default:
			if d.s.Procedure && o.Name != "security" {
				return badFunction("invalid attribute in procedure definition").At(o.Pos())
			}
			if err := functionOption(d.f, o); err != nil {
				return err
			}
		}
	}
	return d.b.functionSettings(d.f, d.s.Sets)
}

// functionSettings applies SET and RESET clauses.
func (b *binder) functionSettings(f *catalog.Function, sets []*parse.SetStmt) (err error) {
	for _, set := range sets {
		if f.Config, err = b.changeSettings(append([]string(nil), f.Config...), set); err != nil {
			return err
		}
	}
	return nil
}

// functionOption applies one option that CREATE and ALTER FUNCTION share.
func functionOption(f *catalog.Function, o parse.DefElem) (err error) {
	switch o.Name {
	case "volatility":
		f.Volatile = map[string]string{"immutable": "i", "stable": "s", "volatile": "v"}[optionWord(o)]
	case "strict":
		f.Strict, err = optionBool(o)
	case "security":
		f.SecurityDefiner, err = optionBool(o)
	case "leakproof":
		f.Leakproof, err = optionBool(o)
	case "cost":
		f.Cost, err = positiveNumber(o)
	case "rows":
		f.Rows, err = positiveNumber(o)
	case "parallel":
		word := optionWord(o)
		if word != "safe" && word != "restricted" && word != "unsafe" {
			return sqlstate.New(sqlstate.SyntaxError, "parameter \"parallel\" must be SAFE, RESTRICTED, or UNSAFE")
		}
		f.Parallel = word[:1]
	default:
		return unsupported(o.Pos(), strings.ToUpper(o.Name)+" for functions of users")
	}
	return err
}

// alterFunction binds ALTER FUNCTION with options.
func (b *binder) alterFunction(s *parse.AlterFunctionStmt) (*Plan, error) {
	p, err := b.userRoutine(s.Kind, s.Func)
	if err != nil {
		return nil, err
	}
	if p.Kind == 'a' {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is an aggregate function", p.Name)
	}
	f := *p.User
	seen := map[string]bool{}
	for _, o := range s.Options {
		if seen[o.Name] {
			return nil, fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		seen[o.Name] = true
		if p.Kind == 'p' && o.Name != "security" {
			return nil, badFunction("invalid attribute in procedure definition").At(o.Pos())
		}
		if err := functionOption(&f, o); err != nil {
			return nil, err
		}
		if o.Name == "rows" && !f.RetSet {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "ROWS is not applicable when function does not return a set")
		}
	}
	if err := b.functionSettings(&f, s.Sets); err != nil {
		return nil, err
	}
	return functionPlan(p, &f, "ALTER "+strings.ToUpper(s.Kind)), nil
}

func functionPlan(p *catalog.Proc, f *catalog.Function, tag string) *Plan {
	return &Plan{Root: &ChangeFunction{Old: p.User, New: f}, Tag: tag, Writes: true, DDL: true}
}
