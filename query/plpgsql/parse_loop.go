package plpgsql

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func upper(s string) string { return strings.ToUpper(s) }

// forLoop reads FOR … IN, whose kind shows only behind IN.
func (p *parser) forLoop(label string, t token) Stmt {
	outer := p.names
	p.deepen()
	p.push(label, true)
	p.next()
	first := p.i
	vars := p.peek()
	parts := p.dotted()
	for p.accept(",") {
		p.dotted()
	}
	p.expect("in")
	at := p.i
	var s Stmt
	switch {
	case p.peek().is("execute"):
		p.next()
		s = p.forExecute(label, t, first)
	case p.cursorNext():
		s = p.forCursor(label, t, first, vars)
	case p.rangeAhead():
		if len(parts) != 1 || first+2 != at {
			p.fail(vars.start, sqlstate.SyntaxError, "integer FOR loop must have only one target variable")
		}
		s = p.forRange(label, t, parts[0])
	default:
		s = p.forQuery(label, t, first)
	}
	p.names = outer
	return s
}

// target reads the variables in front of IN once the loop's kind is known.
func (p *parser) target(first int) *Into {
	at := p.i
	p.i = first
	into := p.loopTarget()
	p.i = at
	return into
}

// cursorNext says whether what is next is a cursor's variable.
func (p *parser) cursorNext() bool {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted || t.kind == tokWord && reserved[t.text] {
		return false
	}
	v, _ := p.names.Lookup([]string{t.text})
	n := p.peekAt(1)
	return v != nil && v.Type.T == datum.Refcursor && (n.is("(") || n.is("loop"))
}

// rangeAhead says whether two dots come before LOOP.
func (p *parser) rangeAhead() bool {
	if p.peek().is("reverse") {
		return true
	}
	depth := 0
	for n := 0; ; n++ {
		switch t := p.peekAt(n); {
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			depth--
		case depth == 0 && t.is(".."):
			return true
		case t.is("loop") || t.is(";") || t.kind == tokEnd:
			return false
		}
	}
}

func (p *parser) forRange(label string, t token, name string) Stmt {
	s := &ForRange{Place: p.place(t, "FOR with integer loop variable"), Label: label}
	s.Reverse = p.accept("reverse")
	s.Lower, _ = p.upTo("..", "..")
	var end string
	if s.High, end = p.upTo("LOOP", "by", "loop"); end == "by" {
		s.Step, _ = p.upTo("LOOP", "loop")
	}
	s.Var = p.declare(name, VarType{T: datum.Int4, Typmod: -1}, 0).Number
	s.Body = p.bodyBehind(label)
	return s
}

func (p *parser) forExecute(label string, t token, first int) Stmt {
	s := &ForQuery{Place: p.place(t, "FOR over EXECUTE statement"), Label: label, Into: *p.target(first)}
	s.Dynamic, _ = p.dynamic("loop")
	s.Body = p.bodyBehind(label)
	return s
}

func (p *parser) forQuery(label string, t token, first int) Stmt {
	s := &ForQuery{Place: p.place(t, "FOR over SELECT rows"), Label: label, Into: *p.target(first)}
	start, end := p.statementText("loop")
	s.Query = p.piece(start, p.src[start:end], true)
	s.Body = p.body(label)
	return s
}

func (p *parser) forCursor(label string, t token, first int, vars token) Stmt {
	s := &ForCursor{Place: p.place(t, "FOR over cursor"), Label: label}
	c := p.peek()
	v, _ := p.names.Lookup([]string{p.next().text})
	s.Cursor = v.Number
	if v.Cursor == nil {
		p.fail(c.start, sqlstate.SyntaxError, "cursor FOR loop must use a bound cursor variable")
	}
	if p.tokens[first+1].is(",") || p.tokens[first+1].is(".") {
		p.fail(vars.start, sqlstate.SyntaxError, "cursor FOR loop must have only one target variable")
	}
	s.Args = p.cursorArgs(v)
	record := VarType{T: datum.Record, Typmod: -1, Record: true}
	s.Record = p.declare(vars.text, record, 0).Number
	s.Body = p.body(label)
	return s
}

// cursorArgs reads (values) for a bound cursor's arguments, some perhaps by name; nil where it has none.
func (p *parser) cursorArgs(v *Var) *Expr {
	if v.Cursor == nil || len(v.Cursor.Args) == 0 {
		if p.peek().is("(") {
			p.fail(p.peek().start, sqlstate.SyntaxError, "cursor \"%s\" has no arguments", v.Name)
		}
		return nil
	}
	open := p.peek()
	if !p.accept("(") {
		p.fail(open.start, sqlstate.SyntaxError, "cursor \"%s\" has arguments", v.Name)
	}
	values, start := make([]string, len(v.Cursor.Args)), p.peek().start
	for i, end := 0, ","; end == ","; i++ {
		at := i
		if n := p.peekAt(1); n.is(":=") || n.is("=>") {
			at = p.argNamed(v)
		}
		if at >= len(values) {
			p.fail(p.peek().start, sqlstate.SyntaxError, "too many arguments for cursor \"%s\"", v.Name)
		}
		if values[at] != "" {
			p.fail(p.peek().start, sqlstate.SyntaxError, "value for parameter \"%s\" of cursor \"%s\" specified more than once",
				p.fn.Vars[v.Cursor.Args[at]].Name, v.Name)
		}
		var e *Expr
		e, end = p.upTo(")", ",", ")")
		values[at] = e.Text
	}
	for _, text := range values {
		if text == "" {
			p.fail(p.tokens[p.i-1].start, sqlstate.SyntaxError, "not enough arguments for cursor \"%s\"", v.Name)
		}
	}
	return p.piece(start, strings.Join(values, ", "), false)
}

// argNamed reads name := and finds the argument.
func (p *parser) argNamed(v *Var) int {
	t := p.peek()
	name := p.name()
	p.next()
	for i, n := range v.Cursor.Args {
		if p.fn.Vars[n].Name == name {
			return i
		}
	}
	p.fail(t.start, sqlstate.SyntaxError, "cursor \"%s\" has no argument named \"%s\"", v.Name, name)
	return 0
}
