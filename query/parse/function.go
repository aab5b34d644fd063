package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// paramModes are pg_proc's letters for the modes of parameters.
var paramModes = map[pg.FunctionParameterMode]byte{
	pg.FunctionParameterMode_FUNC_PARAM_OUT: 'o', pg.FunctionParameterMode_FUNC_PARAM_INOUT: 'b',
	pg.FunctionParameterMode_FUNC_PARAM_VARIADIC: 'v', pg.FunctionParameterMode_FUNC_PARAM_TABLE: 't',
}

// function converts the statements of ast_function.go; nil for others.
func (c *converter) function(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_ClusterStmt:
		return c.cluster(n.ClusterStmt)
	case *pg.Node_CreateFunctionStmt:
		return c.createFunction(n.CreateFunctionStmt)
	case *pg.Node_AlterFunctionStmt:
		s := n.AlterFunctionStmt
		out := &AlterFunctionStmt{At: -1, Kind: objectTitle(s.Objtype), Func: c.withArgs(s.Func)}
		out.Options, out.Sets = c.functionOptions(s.Actions)
		return out
	case *pg.Node_CallStmt:
		call, ok := c.funcCall(n.CallStmt.Funccall).(*FuncCall)
		if !ok {
			return &UnsupportedStmt{At: -1, What: "CALL"}
		}
		return &CallStmt{At: -1, Call: call}
	case *pg.Node_DoStmt:
		return c.do(n.DoStmt)
	}
	return nil
}

func (c *converter) createFunction(s *pg.CreateFunctionStmt) Stmt {
	out := &CreateFunctionStmt{At: -1, Name: name(s.Funcname), Replace: s.Replace, Procedure: s.IsProcedure}
	for _, n := range s.Parameters {
		out.Params = append(out.Params, c.funcParam(n.GetFunctionParameter()))
	}
	if s.ReturnType != nil {
		t := c.typeName(s.ReturnType)
		out.Returns = &t
	}
	out.Options, out.Sets = c.functionOptions(s.Options)
	c.placeSource(out)
	if s.SqlBody != nil {
		out.Body = &FuncBody{}
		c.functionBody(out.Body, s.SqlBody)
	}
	return out
}

func (c *converter) funcParam(p *pg.FunctionParameter) FuncParam {
	out := FuncParam{Name: p.Name, Type: c.typeName(p.ArgType), Mode: 'i', Default: c.expr(p.Defexpr)}
	out.At = out.Type.At
	if mode, ok := paramModes[p.Mode]; ok {
		out.Mode = mode
	}
	return out
}

// placeSource finds the text of AS in the statement, for the positions of errors in it.
func (c *converter) placeSource(out *CreateFunctionStmt) {
	out.SourceAt = -1
	for _, o := range out.Options {
		if o.Name == "as" && o.Pos() >= 0 {
			out.SourceAt, out.SourceQuoted = c.stringAt(o.Pos() + len("as"))
		}
	}
}

// stringAt says where the text of the string begins that follows a place of the statement, -1 for no plain one.
func (c *converter) stringAt(at int) (start int, quoted bool) {
	text := c.text[c.base:]
	if at > len(text) {
		return -1, false
	}
	at += leadingSpace(text[at:])
	switch rest := text[at:]; {
	case strings.HasPrefix(rest, "'"):
		return at + 1, true
	case strings.HasPrefix(rest, "$"):
		if end := strings.IndexByte(rest[1:], '$'); end >= 0 {
			return at + end + 2, false
		}
	}
	return -1, false
}

func (c *converter) do(s *pg.DoStmt) Stmt {
	out := &DoStmt{At: -1, SourceAt: -1}
	for _, a := range s.Args {
		switch d := a.GetDefElem(); d.GetDefname() {
		case "language":
			out.Language = str(d.Arg)
		case "as":
			out.Body = str(d.Arg)
			out.SourceAt, out.SourceQuoted = c.stringAt(int(c.at(d.Location)))
		}
	}
	return out
}

// functionOptions converts the options; SET clauses are statements of their own.
func (c *converter) functionOptions(list []*pg.Node) (options []DefElem, sets []*SetStmt) {
	for _, n := range list {
		d := n.GetDefElem()
		if set := d.GetArg().GetVariableSetStmt(); set != nil {
			if s, ok := c.set(set).(*SetStmt); ok {
				sets = append(sets, s)
			}
			continue
		}
		options = append(options, c.defElem(d))
	}
	return options, sets
}

// functionBody converts RETURN, and BEGIN ATOMIC, whose statements arrive in a list of lists.
func (c *converter) functionBody(out *FuncBody, n *pg.Node) {
	switch n := n.GetNode().(type) {
	case *pg.Node_ReturnStmt:
		out.Return = c.expr(n.ReturnStmt.Returnval)
	case *pg.Node_List:
		for _, item := range n.List.Items {
			if _, nested := item.Node.(*pg.Node_List); nested {
				c.functionBody(out, item)
			} else if r := item.GetReturnStmt(); r != nil {
				out.Stmts = append(out.Stmts, &SelectStmt{At: -1, Targets: []ResTarget{{At: -1, Val: c.expr(r.Returnval)}}})
			} else if item.GetNode() != nil {
				out.Stmts = append(out.Stmts, c.stmt(item))
			}
		}
	}
}

// withArgs converts a function as ALTER, DROP and COMMENT name it. Where modes are written, its arguments are those that
// a call gives.
func (c *converter) withArgs(o *pg.ObjectWithArgs) GrantObject {
	out := GrantObject{At: -1, Name: name(o.GetObjname()), HasArgs: !o.GetArgsUnspecified()}
	for _, a := range o.GetObjargs() {
		if a.GetTypeName() == nil { // NONE, of an operator
			out.Args = append(out.Args, TypeName{At: -1})
			continue
		}
		out.Args = append(out.Args, c.typeName(a.GetTypeName()))
	}
	return out
}

// dropFunction converts DROP FUNCTION and its kin; nil for other kinds.
func (c *converter) dropFunction(s *pg.DropStmt) Stmt {
	if !isRoutine(s.RemoveType) {
		return nil
	}
	out := &DropFunctionStmt{At: -1, Kind: objectTitle(s.RemoveType), IfExists: s.MissingOk,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	for _, n := range s.Objects {
		out.Funcs = append(out.Funcs, c.withArgs(n.GetObjectWithArgs()))
	}
	return out
}

// isRoutine says whether a kind of object is told apart by its arguments.
func isRoutine(t pg.ObjectType) bool {
	switch t {
	case pg.ObjectType_OBJECT_FUNCTION, pg.ObjectType_OBJECT_PROCEDURE, pg.ObjectType_OBJECT_ROUTINE,
		pg.ObjectType_OBJECT_AGGREGATE, pg.ObjectType_OBJECT_OPERATOR:
		return true
	}
	return false
}
