package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// Objects that CREATE gives a list of attributes in parentheses.
type (
	// Attribute is one name = value of a definition. Exactly one of Name's value forms is set: Type for what may be a
	// type's or a function's name, Operator for an operator's, Text otherwise; none for an attribute without a value.
	Attribute struct {
		At
		Name     string
		Type     *TypeName
		Operator Name
		Text     string
		HasText  bool
	}
	// CreateAggregateStmt is CREATE [OR REPLACE] AGGREGATE. Direct is how many of Params stand before ORDER BY, -1 for a
	// plain aggregate. OldStyle has no Params but an attribute basetype.
	CreateAggregateStmt struct {
		At
		Name       Name
		Replace    bool
		OldStyle   bool
		Params     []FuncParam
		Direct     int
		Attributes []Attribute
	}
	// CreateOperatorStmt is CREATE OPERATOR.
	CreateOperatorStmt struct {
		At
		Name       Name
		Attributes []Attribute
	}
	// AlterOperatorStmt is ALTER OPERATOR … SET (…). Operator has two arguments, of which the first may have no name.
	AlterOperatorStmt struct {
		At
		Operator   GrantObject
		Attributes []Attribute
	}
)

func (*CreateAggregateStmt) stmt() {}
func (*CreateOperatorStmt) stmt()  {}
func (*AlterOperatorStmt) stmt()   {}

// define converts CREATE of an object made of attributes; nil for kinds that the tree has no node for.
func (c *converter) define(n any) Stmt {
	if a, ok := n.(*pg.Node_AlterOperatorStmt); ok {
		return &AlterOperatorStmt{At: -1, Operator: c.withArgs(a.AlterOperatorStmt.Opername),
			Attributes: c.attributes(a.AlterOperatorStmt.Options)}
	}
	if k, ok := n.(*pg.Node_CreateCastStmt); ok {
		return c.createCast(k.CreateCastStmt)
	}
	if s := c.eventTrigger(n); s != nil {
		return s
	}
	if r, ok := n.(*pg.Node_RuleStmt); ok {
		return c.createRule(r.RuleStmt)
	}
	d, ok := n.(*pg.Node_DefineStmt)
	if !ok {
		return nil
	}
	switch d.DefineStmt.Kind {
	case pg.ObjectType_OBJECT_AGGREGATE:
		return c.createAggregate(d.DefineStmt)
	case pg.ObjectType_OBJECT_OPERATOR:
		return &CreateOperatorStmt{At: -1, Name: name(d.DefineStmt.Defnames), Attributes: c.attributes(d.DefineStmt.Definition)}
	}
	return nil
}

func (c *converter) createAggregate(s *pg.DefineStmt) Stmt {
	out := &CreateAggregateStmt{At: -1, Name: name(s.Defnames), Replace: s.Replace, OldStyle: s.Oldstyle, Direct: -1,
		Attributes: c.attributes(s.Definition)}
	if len(s.Args) == 2 { // the parameters, and how many of them are direct
		for _, n := range s.Args[0].GetList().GetItems() {
			out.Params = append(out.Params, c.funcParam(n.GetFunctionParameter()))
		}
		out.Direct = int(s.Args[1].GetInteger().GetIval())
	}
	return out
}

func (c *converter) attributes(list []*pg.Node) []Attribute {
	out := make([]Attribute, len(list))
	for i, n := range list {
		d := n.GetDefElem()
		a := Attribute{At: c.at(d.Location), Name: d.Defname}
		switch v := d.GetArg().GetNode().(type) {
		case nil:
		case *pg.Node_TypeName:
			t := c.typeName(v.TypeName)
			a.Type = &t
		case *pg.Node_List:
			a.Operator = name(v.List.Items)
		default:
			if k, ok := c.defElem(d).Val.(*Const); ok {
				a.Text, a.HasText = k.Val, true
			}
		}
		out[i] = a
	}
	return out
}
