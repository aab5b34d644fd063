package plpgsql

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func (p *parser) returnStmt(t token) Stmt {
	p.next()
	switch {
	case p.accept("next"):
		return p.returnNext(t)
	case p.accept("query"):
		return p.returnQuery(t)
	}
	s := &Return{Place: p.place(t, "RETURN"), Var: -1}
	n := p.peek()
	outs := p.sig.Outs && !p.sig.Procedure
	switch {
	case p.sig.Set:
		if !n.is(";") {
			p.failHint(n.start, "Use RETURN NEXT or RETURN QUERY.", "RETURN cannot have a parameter in function returning set")
		}
	case p.sig.Result == datum.Void || p.sig.Procedure:
		if !n.is(";") && p.sig.Procedure {
			p.fail(n.start, sqlstate.SyntaxError, "RETURN cannot have a parameter in a procedure")
		}
		if !n.is(";") {
			p.fail(n.start, sqlstate.DatatypeMismatch, "RETURN cannot have a parameter in function returning void")
		}
	case outs:
		if !n.is(";") {
			p.fail(n.start, sqlstate.DatatypeMismatch, "RETURN cannot have a parameter in function with OUT parameters")
		}
	default:
		if v, ok := p.loneVariable(); ok {
			s.Var = v
			return s
		}
		s.Value = p.toSemicolon()
		return s
	}
	p.expect(";")
	return s
}

// loneVariable reads a variable that is all of an expression, as which it may have any type.
func (p *parser) loneVariable() (int, bool) {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted || !p.peekAt(1).is(";") || t.kind == tokWord && reserved[t.text] {
		return -1, false
	}
	v, _ := p.names.Lookup([]string{t.text})
	if v == nil {
		return -1, false
	}
	p.next()
	p.next()
	return v.Number, true
}

func (p *parser) returnNext(t token) Stmt {
	s := &ReturnNext{Place: p.place(t, "RETURN NEXT"), Var: -1}
	if !p.sig.Set {
		p.fail(t.start, sqlstate.DatatypeMismatch, "cannot use RETURN NEXT in a non-SETOF function")
	}
	n := p.peek()
	if p.sig.Outs {
		if !n.is(";") {
			p.fail(n.start, sqlstate.DatatypeMismatch, "RETURN NEXT cannot have a parameter in function with OUT parameters")
		}
		p.next()
		return s
	}
	if v, ok := p.loneVariable(); ok {
		s.Var = v
		return s
	}
	s.Value = p.toSemicolon()
	return s
}

func (p *parser) returnQuery(t token) Stmt {
	s := &ReturnQuery{Place: p.place(t, "RETURN QUERY")}
	if !p.sig.Set {
		p.fail(t.start, sqlstate.DatatypeMismatch, "cannot use RETURN QUERY in a non-SETOF function")
	}
	s.Query, s.Dynamic = p.queryOrExecute()
	return s
}

// queryOrExecute reads a query, or EXECUTE and what gives one, up to the semicolon, which is taken.
func (p *parser) queryOrExecute() (query *Expr, dynamic *Dynamic) {
	if p.accept("execute") {
		dynamic, _ = p.dynamic(";")
		return nil, dynamic
	}
	start, end := p.statementText(";")
	p.next()
	return p.piece(start, p.src[start:end], true), nil
}

// levels are RAISE's.
var levels = wordSet("exception warning notice info log debug")

// raiseOptions are USING's.
var raiseOptions = wordSet("errcode message detail hint column constraint datatype table schema")

func (p *parser) raise(t token) Stmt {
	p.next()
	s := &Raise{Place: p.place(t, "RAISE"), Level: "EXCEPTION"}
	if p.accept(";") {
		s.Level = ""
		return s
	}
	if n := p.peek(); n.kind == tokWord && levels[n.text] {
		s.Level = upper(p.next().text)
	}
	end := ""
	switch n := p.peek(); {
	case n.kind == tokString:
		p.next()
		s.Message, s.HasFormat = n.text, true
		end = p.raiseEnd()
		for end == "," {
			var e *Expr
			e, end = p.upTo(", or ; or USING", ",", ";", "using")
			s.Args = append(s.Args, e)
		}
	case n.is("using"):
		p.next()
		end = "using"
	case n.is("sqlstate"):
		p.next()
		s.Condition = p.sqlstate()
		end = p.raiseEnd()
	case n.is(";"):
		p.syntax(n)
	default:
		if n.kind != tokWord {
			p.syntax(n)
		}
		p.next()
		s.Condition = n.text
		if conditions[n.text] == nil {
			panic(bailout{sqlstate.New(sqlstate.UndefinedObject, "unrecognized exception condition \"%s\"", n.text)})
		}
		end = p.raiseEnd()
		if end == "," {
			p.syntax(p.tokens[p.i-1])
		}
	}
	for end == "using" || end == "," {
		end = p.raiseOption(s)
	}
	p.countPlaceholders(s, t)
	return s
}

func (p *parser) raiseEnd() string {
	t := p.next()
	if !t.is(",") && !t.is(";") && !t.is("using") {
		p.syntax(t)
	}
	return t.text
}

func (p *parser) raiseOption(s *Raise) string {
	t := p.next()
	if t.kind != tokWord || !raiseOptions[t.text] {
		p.near(t, "unrecognized RAISE statement option")
	}
	if !p.accept("=") && !p.accept(":=") {
		p.near(p.peek(), "syntax error, expected \"=\"")
	}
	e, end := p.upTo(", or ;", ",", ";")
	s.Options = append(s.Options, RaiseOption{t.text, e})
	return end
}

// countPlaceholders holds a format to its arguments (check_raise_parameters).
func (p *parser) countPlaceholders(s *Raise, t token) {
	if !s.HasFormat {
		return
	}
	n := 0
	for i := 0; i < len(s.Message); i++ {
		if s.Message[i] != '%' {
			continue
		}
		if i+1 < len(s.Message) && s.Message[i+1] == '%' {
			i++
			continue
		}
		n++
	}
	switch {
	case n > len(s.Args):
		panic(bailout{sqlstate.New(sqlstate.SyntaxError, "too few parameters specified for RAISE")})
	case n < len(s.Args):
		panic(bailout{sqlstate.New(sqlstate.SyntaxError, "too many parameters specified for RAISE")})
	}
}
