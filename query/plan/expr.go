package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// Expr is a bound expression. Type is never nil; Typmod is -1 when unknown.
type Expr interface {
	Type() *datum.Type
	Typmod() int32
}

// Typed is the type every expression carries.
type Typed struct {
	T   *datum.Type
	Mod int32
}

// Type returns the expression's type.
func (t Typed) Type() *datum.Type { return t.T }

// Typmod returns the expression's type modifier, -1 for none.
func (t Typed) Typmod() int32 { return t.Mod }

type (
	// Const is a constant.
	Const struct {
		Typed
		Value datum.Datum
		// at is where the literal stands, plus one; 0 when it was not written.
		at int
	}
	// Param is a query parameter, $1 is Index 0.
	Param struct {
		Typed
		Index int
	}
	// Col is column Index of the input row. Name is for EXPLAIN and column headings.
	Col struct {
		Typed
		Index int
		Name  string
		// at is where the reference stands, plus one, for errors found later; 0 when it was not written.
		at int
	}
	// Outer is a slot filled from a row of an enclosing query before the subplan runs.
	Outer struct {
		Typed
		Slot int
		Name string
	}
	// Call is a function or operator call. Op is the operator's name for EXPLAIN, "" for a function.
	Call struct {
		Typed
		Proc *catalog.Proc
		Op   string
		// Operator is a user's operator that was written, for pg_get_viewdef and EXPLAIN: Op is empty then, so that no rule
		// takes it for the built-in one of its name.
		Operator *catalog.Operator
		Args     []Expr
		// SQL says that it was called by words of SQL's own, such as EXTRACT(… FROM …), for pg_get_viewdef.
		SQL bool
		Pos int // byte offset in the statement, for run-time errors
		// Spread is VARIADIC: the last argument is an array whose elements are the arguments.
		Spread bool
		// ByDefault says of a call of embed that the model it names was the default.
		ByDefault bool
		// Coercion says that a user's cast called the function, and in which context; 0 for a call that was written.
		Coercion context
	}
	// Logic is AND or OR over two or more arguments, or NOT over one.
	Logic struct {
		Typed
		Op   LogicOp
		Args []Expr
	}
	// Case is CASE; Arg has been folded into the conditions. Else may be nil (NULL).
	Case struct {
		Typed
		Whens []When
		Else  Expr
		// Simple says that it was written CASE arg WHEN value, for pg_get_viewdef.
		Simple bool
	}
	// When is one arm of a Case.
	When struct{ Cond, Result Expr }
	// Cast converts Arg to the expression's type and modifier.
	Cast struct {
		Typed
		Arg      Expr
		Explicit bool
		Pos      int
		// Method is a user's cast's: 'i' through text, 'b' as the value is; 0 is the way of pg_cast's.
		Method byte
	}
	// NullTest is IS [NOT] NULL.
	NullTest struct {
		Typed
		Arg Expr
		Not bool
	}
	// BoolTest is IS [NOT] TRUE|FALSE|UNKNOWN; Value is 't', 'f', 'u'.
	BoolTest struct {
		Typed
		Arg   Expr
		Value byte
		Not   bool
	}
	// Distinct is IS DISTINCT FROM: Eq is the equality of its arguments' common type.
	Distinct struct {
		Typed
		Left, Right Expr
		Not         bool
	}
	// Coalesce is COALESCE.
	Coalesce struct {
		Typed
		Args []Expr
	}
	// NullIf is NULLIF: Eq compares Left and Right (already of one type); Result is Left uncoerced.
	NullIf struct {
		Typed
		Eq   Expr
		Left Expr
	}
	// MinMax is GREATEST or LEAST.
	MinMax struct {
		Typed
		Least bool
		Args  []Expr
	}
	// Array is ARRAY[…].
	Array struct {
		Typed
		Elems []Expr
	}
	// Subscript is arg[i][j] or a slice. A slice has Slice set and Upper beside Index; nil is open.
	Subscript struct {
		Typed
		Arg   Expr
		Slice bool
		Index []Expr
		Upper []Expr
	}
	// ArrayAssign is an array with one element, or with Slice set a slice, replaced by Value.
	ArrayAssign struct {
		Typed
		Arg   Expr
		Slice bool
		Index []Expr
		Upper []Expr
		Value Expr
	}
	// FieldAssign is a row of a composite type with field Index replaced by Value.
	FieldAssign struct {
		Typed
		Arg   Expr
		Index int
		Value Expr
	}
	// JSONAssign is a jsonb value with what the path leads to replaced by Value, which is made where it is not there. The
	// path is text; Numbered says that its first step was a number.
	JSONAssign struct {
		Typed
		Arg      Expr
		Path     []Expr
		Numbered bool
		Value    Expr
	}
	// AnyAll is left op ANY|ALL (array). Op's arguments are of the element types.
	AnyAll struct {
		Typed
		Proc        *catalog.Proc
		Op          string
		Operator    *catalog.Operator // Call's
		All         bool
		Left, Right Expr
	}
	// InList is left IN (list), all of one comparable type; when every member is constant the executor
	// uses a hash set.
	InList struct {
		Typed
		Not  bool
		Left Expr
		List []Expr
	}
	// Row is ROW(…), or with Names the row of a relation.
	Row struct {
		Typed
		Fields []Expr
		Names  []string
		// whole is the relation whose row it is, "" for what was written as a row.
		whole string
		// aliases are what the query calls the fields, where it is not by Names.
		aliases []string
	}
	// Field is field Index of a row value.
	Field struct {
		Typed
		Arg   Expr
		Index int
		Name  string
	}
	// Subquery is a subplan in an expression. Args fill the subplan's Outer slots, evaluated over the
	// row at hand. For ANY/ALL, Left op (subplan's only column) by Proc.
	// With Rows, Left is a row, compared by Op field by field with the subplan's row, the types being the same.
	Subquery struct {
		Typed
		Rows bool
		Kind SubqueryKind
		Plan Node
		// Slots[i] is the subplan's Outer slot that Args[i] fills, from the row at hand. Deps are all the
		// slots it reads, those filled further out too: its result holds as long as they keep their values,
		// and with none it runs once a statement.
		Slots    []int
		Args     []Expr
		Deps     []int
		Left     Expr
		Proc     *catalog.Proc
		Op       string
		Operator *catalog.Operator // Call's
		// Name is "SubPlan 1" or "InitPlan 1" in EXPLAIN.
		Name string
	}
	// SessionValue is CURRENT_USER and its kin, constant within a statement.
	SessionValue struct {
		Typed
		Name string
	}
	// Default stands for DEFAULT in VALUES until the INSERT is bound; never in a finished plan.
	Default struct{ Typed }
)

// LogicOp is AND, OR or NOT.
type LogicOp uint8

// Logic operators.
const (
	And LogicOp = iota
	Or
	Not
)

// SubqueryKind is how a subplan's rows become a value.
type SubqueryKind uint8

// Subquery kinds.
const (
	Scalar SubqueryKind = iota
	Exists
	Any
	All
	ArrayOf
	// RowCompare is row op (SELECT …), of one row at most.
	RowCompare
)
