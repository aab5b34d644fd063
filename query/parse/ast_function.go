package parse

// Functions and procedures.
type (
	// CreateFunctionStmt is CREATE [OR REPLACE] FUNCTION or PROCEDURE. Its options are as written: "language",
	// "as" (a list), "volatility", "strict", "security", "leakproof", "cost", "rows", "parallel", "support", "window".
	CreateFunctionStmt struct {
		At
		Name      Name
		Replace   bool
		Procedure bool
		Params    []FuncParam
		Returns   *TypeName // nil for none
		Options   []DefElem
		Sets      []*SetStmt
		Body      *FuncBody // nil where AS has it
		// SourceAt is where AS's text begins in the statement, -1 where its characters do not stand there one by one.
		// In quotes, where a quote counts twice, SourceQuoted is set.
		SourceAt     int
		SourceQuoted bool
	}
	// FuncParam is a parameter. Mode is pg_proc's letter: i, o, b (INOUT), v (VARIADIC) or t (TABLE).
	FuncParam struct {
		At
		Name    string
		Type    TypeName
		Mode    byte
		Default Expr
	}
	// FuncBody is a body in SQL's own words: RETURN Value, or BEGIN ATOMIC and statements.
	FuncBody struct {
		Return Expr
		Stmts  []Stmt
	}
	// AlterFunctionStmt is ALTER FUNCTION, PROCEDURE or ROUTINE with options.
	AlterFunctionStmt struct {
		At
		Kind    string
		Func    GrantObject
		Options []DefElem
		Sets    []*SetStmt
	}
	// DropFunctionStmt is DROP FUNCTION, PROCEDURE, ROUTINE, AGGREGATE or OPERATOR. An operator has two arguments, of which
	// the first may have no name.
	DropFunctionStmt struct {
		At
		Kind     string
		Funcs    []GrantObject
		IfExists bool
		Cascade  bool
	}
	// CallStmt is CALL procedure(…).
	CallStmt struct {
		At
		Call *FuncCall
	}
	// DoStmt is DO. Language is "" where none is named.
	DoStmt struct {
		At
		Language string
		Body     string
		// SourceAt and SourceQuoted are CreateFunctionStmt's.
		SourceAt     int
		SourceQuoted bool
	}
)

func (*CreateFunctionStmt) stmt() {}
func (*AlterFunctionStmt) stmt()  {}
func (*DropFunctionStmt) stmt()   {}
func (*CallStmt) stmt()           {}
func (*DoStmt) stmt()             {}
