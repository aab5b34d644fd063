package plpgsql

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// cursorVariable reads a variable of type refcursor.
func (p *parser) cursorVariable() *Var {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted && t.kind != tokParam {
		p.syntax(t)
	}
	parts := p.dotted()
	v, used := p.names.Lookup(parts)
	switch {
	case v == nil || used < len(parts):
		p.near(t, "cursor variable must be a simple variable")
	case v.Type.T != datum.Refcursor:
		p.fail(t.start, sqlstate.DatatypeMismatch, "variable \"%s\" must be of type cursor or refcursor", v.Name)
	}
	return v
}

func (p *parser) open(t token) Stmt {
	p.next()
	s := &Open{Place: p.place(t, "OPEN")}
	v := p.cursorVariable()
	s.Cursor = v.Number
	if v.Cursor != nil {
		s.Args = p.cursorArgs(v)
		p.expect(";")
		return s
	}
	if p.peek().is("no") && p.peekAt(1).is("scroll") {
		p.next()
		p.next()
		s.Scroll = "no scroll"
	} else if p.accept("scroll") {
		s.Scroll = "scroll"
	}
	if n := p.peek(); !p.accept("for") {
		p.near(n, "syntax error, expected \"FOR\"")
	}
	s.Query, s.Dynamic = p.queryOrExecute()
	return s
}

func (p *parser) closeStmt(t token) Stmt {
	p.next()
	s := &Close{Place: p.place(t, "CLOSE"), Cursor: p.cursorVariable().Number}
	p.expect(";")
	return s
}

func (p *parser) fetch(t token) Stmt {
	p.next()
	s := &Fetch{Place: p.place(t, upper(t.text)), Move: t.is("move")}
	p.direction(s)
	s.Cursor = p.cursorVariable().Number
	if s.Move {
		p.expect(";")
		return s
	}
	if s.All || s.Count != nil && (s.Direction == "forward" || s.Direction == "backward") || s.HowMany != 1 && s.Direction == "forward" {
		p.fail(t.start, sqlstate.FeatureNotSupported, "FETCH statement cannot return multiple rows")
	}
	p.expect("into")
	s.Into = p.intoTarget()
	p.expect(";")
	return s
}

// direction reads how far FETCH goes, and FROM or IN.
func (p *parser) direction(s *Fetch) {
	s.Direction, s.HowMany = "forward", 1
	t := p.peek()
	switch {
	case t.is("next"), t.is("prior"), t.is("first"), t.is("last"):
		s.Direction = p.next().text
	case t.is("absolute"), t.is("relative"):
		s.Direction = p.next().text
		s.Count, _ = p.upTo("FROM", "from", "in")
		return
	case t.is("all"):
		p.next()
		s.All = true
	case t.is("forward"), t.is("backward"):
		s.Direction = p.next().text
		switch n := p.peek(); {
		case n.is("all"):
			p.next()
			s.All = true
		case !n.is("from") && !n.is("in"):
			s.Count, _ = p.upTo("FROM", "from", "in")
			return
		}
	case t.is("from"), t.is("in"):
	case t.kind == tokNumber:
		n, err := strconv.ParseInt(t.text, 10, 64)
		if err != nil {
			p.syntax(t)
		}
		p.next()
		s.HowMany = n
	default: // the cursor's name alone
		return
	}
	if !p.accept("from") {
		p.expect("in")
	}
}
