package plpgsql

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
)

// Function is a body and its variables. Once it is read, nothing changes but the type of a CASE's variable, and
// what targets remember.
type Function struct {
	Vars []*Var
	Body *Block
	// Args are the variables of the input parameters, in their order; Outs those of the output columns.
	Args, Outs []int
	Found      int
	// New, Old and TG are a trigger function's variables, -1 and nil in others.
	New, Old int
	TG       map[string]int
	// Exprs is how many expressions there are: each has a number below it.
	Exprs int
	// Conflict is what a name means that a variable and a column have: "error", "use_variable" or "use_column".
	Conflict string
	// PrintStrict says that INTO STRICT tells the parameters when it fails.
	PrintStrict bool
}

// VarType is a variable's type. Record says that its value is a row: of a composite type, or of whatever is assigned
// where T is datum.Record.
type VarType struct {
	T      *datum.Type
	Typmod int32
	Record bool
}

// Var is a variable. Its number is its place in Function.Vars.
type Var struct {
	Number   int
	Name     string
	Line     int
	Type     VarType
	Constant bool
	NotNull  bool
	Default  *Expr
	Cursor   *CursorDecl // of a bound cursor
}

// CursorDecl is what a bound cursor stands for.
type CursorDecl struct {
	Query *Expr
	Args  []int // variables of its arguments
	// Scroll is "", "scroll" or "no scroll".
	Scroll string
}

// Expr is SQL as it stands in the source. Text of an expression is what follows SELECT; that of a Query is a statement.
type Expr struct {
	ID    int
	Text  string
	Query bool
	At    int // in the source, of the first byte
	Names *Names
	// Assignment is the whole statement where it is an assignment's value, which stands behind before bytes of it.
	Assignment string
	before     int
}

// Shown is the text that messages show, and how many bytes of SQL() stand before what is its beginning: less than none
// where it has more in front.
func (e *Expr) Shown() (text string, before int) {
	before = len(e.SQL()) - len(e.Text)
	if e.Assignment != "" {
		return e.Assignment, before - e.before
	}
	return e.Text, before
}

// What is the word for the text in messages.
func (e *Expr) What() string {
	switch {
	case e.Assignment != "":
		return "PL/pgSQL assignment"
	case e.Query:
		return "SQL statement"
	}
	return "SQL expression"
}

// Target is what is assigned to: a variable or a record's field, and of INTO a list of them. Path is what follows in an
// assignment, as "[1].x".
type Target struct {
	Var   int
	Field string
	Path  string
	steps []parse.Accessor // Path's, when they were first asked for
}

// Into is where a row goes: a record variable, or one target a column.
type Into struct {
	Record int // -1 for Row
	Row    []Target
}

// Stmt is a statement.
type Stmt interface{ Pos() Place }

// Place is where a statement stands, and what CONTEXT lines call it.
type Place struct {
	Line int
	Kind string
}

// Pos makes a Place a Stmt's.
func (p Place) Pos() Place { return p }

// The statements.
type (
	// Block is BEGIN … END. Init are the variables that it gives their first values.
	Block struct {
		Place
		Label      string
		Init       []int
		Body       []Stmt
		Handlers   []Handler
		HasHandler bool
		State      int // the variables SQLSTATE and SQLERRM of its handlers
		Message    int
	}
	// Assign is target := value.
	Assign struct {
		Place
		Target Target
		Value  *Expr
	}
	// If is IF with its ELSIFs as Branches.
	If struct {
		Place
		Branches []Branch
		Else     []Stmt
	}
	// Case is CASE. Var holds the value that is compared, -1 in a searched CASE.
	Case struct {
		Place
		Value    *Expr
		Var      int
		Branches []Branch
		HasElse  bool
		Else     []Stmt
	}
	// Loop is LOOP, and WHILE where Cond is there.
	Loop struct {
		Place
		Label string
		Cond  *Expr
		Body  []Stmt
	}
	// ForRange is FOR i IN a..b.
	ForRange struct {
		Place
		Label       string
		Var         int
		Lower, High *Expr
		Step        *Expr
		Reverse     bool
		Body        []Stmt
	}
	// ForQuery is FOR row IN query, or EXECUTE where Dynamic is there.
	ForQuery struct {
		Place
		Label   string
		Into    Into
		Query   *Expr
		Dynamic *Dynamic
		Body    []Stmt
	}
	// ForCursor is FOR row IN cursor(…).
	ForCursor struct {
		Place
		Label  string
		Record int
		Cursor int
		Args   *Expr
		Body   []Stmt
	}
	// Foreach is FOREACH x SLICE n IN ARRAY.
	Foreach struct {
		Place
		Label string
		Into  Target
		Row   []Target // several variables, for the fields of the elements; nil for Into
		Slice int
		Array *Expr
		Body  []Stmt
	}
	// Exit is EXIT, and CONTINUE.
	Exit struct {
		Place
		Continue bool
		Label    string
		When     *Expr
	}
	// Return is RETURN. Var is the variable whose value is the result where there is no Value, -1 for none.
	Return struct {
		Place
		Value *Expr
		Var   int
	}
	// ReturnNext is RETURN NEXT, of the OUT parameters where there is no Value.
	ReturnNext struct {
		Place
		Value *Expr
		Var   int
	}
	// ReturnQuery is RETURN QUERY.
	ReturnQuery struct {
		Place
		Query   *Expr
		Dynamic *Dynamic
	}
	// Raise is RAISE; without anything it raises the error at hand again.
	Raise struct {
		Place
		Level     string // EXCEPTION, WARNING, …
		Condition string // a name, or a SQLSTATE
		Message   string
		HasFormat bool
		Args      []*Expr
		Options   []RaiseOption
	}
	// Assert is ASSERT.
	Assert struct {
		Place
		Cond, Message *Expr
	}
	// SQL is any statement of SQL. Rows says that a result nobody takes is an error.
	SQL struct {
		Place
		Query  *Expr
		Into   *Into
		Strict bool
	}
	// Perform is PERFORM.
	Perform struct {
		Place
		Query *Expr
	}
	// Execute is EXECUTE.
	Execute struct {
		Place
		Dynamic
		Into   *Into
		Strict bool
	}
	// Call is CALL.
	Call struct {
		Place
		Query *Expr
	}
	// Diagnostics is GET DIAGNOSTICS.
	Diagnostics struct {
		Place
		Stacked bool
		Items   []DiagItem
	}
	// Open is OPEN. One of Query, Dynamic and the bound cursor's own query is what it opens.
	Open struct {
		Place
		Cursor  int
		Args    *Expr
		Query   *Expr
		Dynamic *Dynamic
		Scroll  string
	}
	// Fetch is FETCH, and MOVE.
	Fetch struct {
		Place
		Cursor    int
		Move      bool
		Direction string // next, prior, first, last, absolute, relative, forward, backward
		Count     *Expr
		HowMany   int64 // where there is no Count
		All       bool
		Into      *Into
	}
	// Close is CLOSE.
	Close struct {
		Place
		Cursor int
	}
	// Null is NULL.
	Null struct{ Place }
	// Transaction is COMMIT, and ROLLBACK.
	Transaction struct {
		Place
		Rollback, Chain bool
	}
)

type (
	// Branch is WHEN … THEN.
	Branch struct {
		Cond *Expr
		Body []Stmt
	}
	// Handler is EXCEPTION WHEN … THEN. Codes are SQLSTATEs; "" stands for OTHERS, and one that ends in 000 for its class.
	Handler struct {
		Codes []string
		Body  []Stmt
	}
	// Dynamic is the text of EXECUTE and its parameters.
	Dynamic struct {
		Text  *Expr
		Using []*Expr
	}
	// RaiseOption is an option of USING.
	RaiseOption struct {
		Name  string // errcode, message, detail, hint, column, constraint, datatype, table, schema
		Value *Expr
	}
	// DiagItem is target = item.
	DiagItem struct {
		Target Target
		Item   string // in lower case
	}
)
