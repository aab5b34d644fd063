package plpgsql

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Types looks up the types that a body names. Errors are *sqlstate.Error.
type Types interface {
	// Type reads a type's name as it stands in SQL.
	Type(text string) (VarType, error)
	// ColumnType is name%TYPE, RowType name%ROWTYPE.
	ColumnType(name []string) (VarType, error)
	RowType(name []string) (VarType, error)
}

// Param is a parameter. An input has a value from the call; an output's is a column of the result.
type Param struct {
	Name          string
	Type          VarType
	Input, Output bool
}

// Signature is what CREATE FUNCTION says about a function.
type Signature struct {
	Name      string // "" of DO
	Params    []Param
	Result    *datum.Type
	Set       bool // it returns a set
	Outs      bool // the result is that of the output parameters
	Procedure bool
	Trigger   bool
	// EventTrigger says that it is an event trigger's, whose Result is void.
	EventTrigger bool
}

// parser is one run of Parse.
type parser struct {
	src    string
	tokens []token
	i      int
	types  Types
	sig    Signature
	fn     *Function
	names  *Names
	exprs  int
}

// Parse reads a body. Errors are *sqlstate.Error, with the offset in src where there is one.
func Parse(src string, sig Signature, types Types) (fn *Function, err error) {
	tokens, err := scan(src)
	if err != nil {
		return nil, err
	}
	p := &parser{src: src, types: types, sig: sig, fn: &Function{New: -1, Old: -1, Conflict: "error"}}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(bailout)
			if !ok {
				panic(r)
			}
			fn, err = nil, p.located(e.err)
		}
	}()
	p.tokens = tokens
	p.parameters()
	p.options()
	block := p.block(p.optLabel())
	p.accept(";")
	if t := p.peek(); t.kind != tokEnd {
		p.syntax(t)
	}
	p.fn.Body, p.fn.Exprs = block, p.exprs
	return p.fn, nil
}

// located tells the line of an error that has no place of its own.
func (p *parser) located(err error) error {
	if e, ok := err.(*sqlstate.Error); ok && !e.Placed() {
		name := p.sig.Name
		return e.WithWhere("compilation of PL/pgSQL function \"%s\" near line %d", name, p.line(p.peek().start))
	}
	return err
}

// bailout carries an error from the depth of the text to Parse: nesting has no bound but maxDepth, and every step would
// do no more than hand the error on.
type bailout struct{ err error }

// maxDepth bounds nested statements.
const maxDepth = 1000

func (p *parser) fail(at int, code sqlstate.Code, format string, args ...any) {
	panic(bailout{sqlstate.New(code, format, args...).At(at)})
}

func (p *parser) failHint(at int, hint, format string, args ...any) {
	panic(bailout{sqlstate.New(sqlstate.DatatypeMismatch, format, args...).At(at).WithHint("%s", hint)})
}

// near is PostgreSQL's yyerror.
func (p *parser) near(t token, message string) {
	if t.kind == tokEnd {
		p.fail(t.start, sqlstate.SyntaxError, "%s at end of input", message)
	}
	p.fail(t.start, sqlstate.SyntaxError, "%s at or near \"%s\"", message, p.src[t.start:t.end])
}

func (p *parser) syntax(t token) { p.near(t, "syntax error") }

func (p *parser) must(err error) {
	if err != nil {
		panic(bailout{err})
	}
}

func (p *parser) peek() token { return p.tokens[p.i] }

func (p *parser) peekAt(n int) token {
	return p.tokens[min(p.i+n, len(p.tokens)-1)]
}

func (p *parser) next() token {
	t := p.tokens[p.i]
	if p.i < len(p.tokens)-1 {
		p.i++
	}
	return t
}

// accept takes a keyword or an operator if it is next.
func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) token {
	t := p.next()
	if !t.is(text) {
		p.syntax(t)
	}
	return t
}

// line is the number of the line of an offset.
func (p *parser) line(at int) int { return 1 + strings.Count(p.src[:at], "\n") }

func (p *parser) place(t token, kind string) Place { return Place{Line: p.line(t.start), Kind: kind} }

// name takes a word or a quoted one.
func (p *parser) name() string {
	t := p.next()
	if t.kind != tokWord && t.kind != tokQuoted || t.kind == tokWord && reserved[t.text] {
		p.syntax(t)
	}
	return t.text
}

// reserved are the words that are no names of PL/pgSQL unless they stand in quotes.
var reserved = wordSet("all begin by case declare else end execute for foreach from if in into loop not null or strict then " +
	"to using when while")

func wordSet(words string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(words) {
		out[w] = true
	}
	return out
}

// options are the lines that begin with #.
func (p *parser) options() {
	for p.accept("#") {
		switch t := p.next(); t.text {
		case "option":
			p.expect("dump")
		case "print_strict_params":
			switch v := p.next(); {
			case v.is("on"):
				p.fn.PrintStrict = true
			case !v.is("off"):
				p.fail(v.start, sqlstate.SyntaxError, "unrecognized print_strict_params option %s", p.src[v.start:v.end])
			}
		case "variable_conflict":
			switch v := p.next(); v.text {
			case "error", "use_variable", "use_column":
				p.fn.Conflict = v.text
			default:
				p.syntax(v)
			}
		default:
			p.syntax(t)
		}
	}
}

// parameters declares what the function has before its first block.
func (p *parser) parameters() {
	p.push(p.sig.Name, false)
	for i := range p.sig.Params {
		param := &p.sig.Params[i]
		v := p.declare(param.Name, param.Type, 0)
		if param.Input {
			p.fn.Args = append(p.fn.Args, v.Number)
			p.alias("$"+itoa(len(p.fn.Args)), v)
		}
		if param.Output {
			p.fn.Outs = append(p.fn.Outs, v.Number)
		}
	}
	if p.sig.Trigger {
		p.triggerVariables()
	}
	if p.sig.EventTrigger {
		p.fn.TG = map[string]int{}
		for _, name := range []string{"tg_event", "tg_tag"} {
			p.fn.TG[name] = p.declare(name, VarType{T: datum.Text, Typmod: -1}, 0).Number
		}
	}
	p.fn.Found = p.declare("found", VarType{T: datum.Bool, Typmod: -1}, 0).Number
}

func (p *parser) triggerVariables() {
	record := VarType{T: datum.Record, Typmod: -1, Record: true}
	p.fn.New, p.fn.Old = p.declare("new", record, 0).Number, p.declare("old", record, 0).Number
	p.fn.TG = map[string]int{}
	for _, v := range []struct {
		name string
		typ  *datum.Type
	}{{"tg_name", datum.Name}, {"tg_when", datum.Text}, {"tg_level", datum.Text}, {"tg_op", datum.Text}, {"tg_relid", datum.Oid},
		{"tg_relname", datum.Name}, {"tg_table_name", datum.Name}, {"tg_table_schema", datum.Name}, {"tg_nargs", datum.Int4},
		{"tg_argv", datum.Text.Array}} {
		p.fn.TG[v.name] = p.declare(v.name, VarType{T: v.typ, Typmod: -1}, 0).Number
	}
}

func (p *parser) push(label string, loop bool) {
	p.names = &Names{label: true, name: label, loop: loop, prev: p.names}
}

// declare makes a variable, with a name in the block at hand unless it is "".
func (p *parser) declare(name string, t VarType, line int) *Var {
	v := &Var{Number: len(p.fn.Vars), Name: name, Line: line, Type: t}
	p.fn.Vars = append(p.fn.Vars, v)
	if name != "" {
		p.alias(name, v)
	}
	return v
}

func (p *parser) alias(name string, v *Var) { p.names = &Names{name: name, v: v, prev: p.names} }

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// expr makes an expression of a piece of the source, and checks its grammar.
func (p *parser) expr(start, end int) *Expr { return p.piece(start, p.src[start:end], false) }

func (p *parser) piece(at int, text string, query bool) *Expr {
	e := &Expr{ID: p.exprs, Text: text, Query: query, At: at, Names: p.names}
	p.exprs++
	p.checkSQL(e)
	return e
}

const selectWord = "SELECT "

// SQL is the statement that an expression stands for.
func (e *Expr) SQL() string {
	if e.Query {
		return e.Text
	}
	return selectWord + e.Text
}

func (p *parser) checkSQL(e *Expr) {
	_, err := parse.Parse(e.SQL())
	if err == nil {
		return
	}
	moved, ok := err.(*sqlstate.Error)
	if !ok {
		panic(bailout{err})
	}
	before := 0
	if !e.Query {
		before = len(selectWord)
	}
	text := e.SQL()
	panic(bailout{moved.Moved(func(chars int) int {
		return e.At + max(len(string([]rune(text)[:min(chars, len([]rune(text)))]))-before, 0)
	})})
}

// upTo reads an expression to the first of the words that ends it, which is taken: see read_sql_construct.
func (p *parser) upTo(what string, ends ...string) (*Expr, string) {
	start, end, word := p.passTo("expression", "SQL expression", what, ends)
	e := p.expr(start, end)
	p.next()
	return e, word
}

// toSemicolon reads an expression up to the semicolon.
func (p *parser) toSemicolon() *Expr {
	e, _ := p.upTo(";", ";")
	return e
}

// statementText passes the tokens of a SQL statement up to one of the ends, which stays.
func (p *parser) statementText(ends ...string) (start, end int) {
	start, end, _ = p.passTo("SQL statement", "SQL statement", strings.ToUpper(ends[0]), ends)
	return start, end
}

// passTo passes tokens up to the first of the ends outside of parentheses, which stays, and returns where they lie. It fails where
// there is none before it (of what is missing), and where the text ends without it (of what it is called, and the end).
func (p *parser) passTo(missing, called, wanted string, ends []string) (start, end int, word string) {
	first, depth := p.peek(), 0
	for {
		t := p.peek()
		if depth == 0 {
			for _, word := range ends {
				if t.is(word) {
					if t.start == first.start {
						p.near(t, "missing "+missing)
					}
					return first.start, p.tokens[p.i-1].end, word
				}
			}
		}
		switch {
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			if depth--; depth < 0 {
				p.near(t, "mismatched parentheses")
			}
		case t.kind == tokEnd || t.is(";"):
			if depth != 0 {
				p.near(t, "mismatched parentheses")
			}
			p.near(t, "missing \""+wanted+"\" at end of "+called)
		}
		p.next()
	}
}
