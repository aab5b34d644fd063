package plpgsql

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func (p *parser) ifStmt(t token) Stmt {
	p.next()
	s := &If{Place: p.place(t, "IF")}
	for {
		cond, _ := p.upTo("THEN", "then")
		s.Branches = append(s.Branches, Branch{cond, p.statements()})
		if !p.accept("elsif") && !p.accept("elseif") {
			break
		}
	}
	if p.accept("else") {
		s.Else = p.statements()
	}
	p.expect("end")
	p.expect("if")
	p.expect(";")
	return s
}

func (p *parser) caseStmt(t token) Stmt {
	p.next()
	s := &Case{Place: p.place(t, "CASE"), Var: -1}
	if !p.peek().is("when") {
		s.Value, _ = p.upTo("WHEN", "when")
		v := p.declare("", VarType{T: datum.Int4, Typmod: -1}, 0)
		v.Name, s.Var = "__Case__Variable_"+itoa(v.Number)+"__", v.Number
		p.alias(v.Name, v)
	} else {
		p.expect("when")
	}
	for {
		s.Branches = append(s.Branches, p.caseBranch(s))
		if !p.accept("when") {
			break
		}
	}
	if s.HasElse = p.accept("else"); s.HasElse {
		s.Else = p.statements()
	}
	p.expect("end")
	p.expect("case")
	p.expect(";")
	return s
}

// caseBranch reads WHEN's expression: in a simple CASE a list, which the value may be in.
func (p *parser) caseBranch(s *Case) Branch {
	if s.Var < 0 {
		cond, _ := p.upTo("THEN", "then")
		return Branch{cond, p.statements()}
	}
	start := p.peek().start
	p.upToUnchecked()
	text := p.src[start:p.tokens[p.i-2].end]
	e := p.piece(start, "\""+p.fn.Vars[s.Var].Name+"\" IN ("+text+")", false)
	return Branch{e, p.statements()}
}

// upToUnchecked passes a list of expressions and the THEN behind it.
func (p *parser) upToUnchecked() {
	first := p.peek()
	for depth := 0; ; {
		t := p.peek()
		switch {
		case depth == 0 && t.is("then"):
			if t.start == first.start {
				p.near(t, "missing expression")
			}
			p.next()
			return
		case t.is("(") || t.is("["):
			depth++
		case t.is(")") || t.is("]"):
			if depth--; depth < 0 {
				p.near(t, "mismatched parentheses")
			}
		case t.kind == tokEnd || t.is(";"):
			p.near(t, "missing \"THEN\" at end of SQL expression")
		}
		p.next()
	}
}

// body reads a loop's statements and its end.
func (p *parser) body(label string) []Stmt {
	p.expect("loop")
	return p.bodyBehind(label)
}

func (p *parser) bodyBehind(label string) []Stmt {
	out := p.statements()
	p.expect("end")
	p.expect("loop")
	p.endLabel(label)
	p.expect(";")
	return out
}

func (p *parser) loop(label string, t token) Stmt {
	outer := p.names
	p.deepen()
	p.push(label, true)
	p.next()
	s := &Loop{Place: p.place(t, "LOOP"), Label: label}
	if t.is("while") {
		s.Kind = "WHILE"
		s.Cond, _ = p.upTo("LOOP", "loop")
	}
	s.Body = p.bodyBehind(label)
	p.names = outer
	return s
}

func (p *parser) foreach(label string, t token) Stmt {
	outer := p.names
	p.push(label, true)
	p.next()
	s := &Foreach{Place: p.place(t, "FOREACH over array"), Label: label}
	into := p.loopTarget()
	switch {
	case into.Record >= 0:
		s.Into = Target{Var: into.Record}
	case len(into.Row) == 1:
		s.Into = into.Row[0]
	default:
		s.Row = into.Row
	}
	if p.accept("slice") {
		n := p.next()
		if n.kind != tokNumber {
			p.syntax(n)
		}
		s.Slice, _ = strconv.Atoi(n.text)
	}
	p.expect("in")
	p.expect("array")
	s.Array, _ = p.upTo("LOOP", "loop")
	s.Body = p.bodyBehind(label)
	p.names = outer
	return s
}

// loopTarget reads the variables of a loop over rows or elements.
func (p *parser) loopTarget() *Into {
	t := p.peek()
	at := p.i
	parts := p.dotted()
	if _, ok := p.variable(parts); !ok {
		p.fail(t.start, sqlstate.SyntaxError, "loop variable of loop over rows must be a record variable or list of scalar variables")
	}
	p.i = at
	return p.intoTarget()
}

func (p *parser) exit(t token) Stmt {
	p.next()
	s := &Exit{Place: p.place(t, "EXIT"), Continue: t.is("continue")}
	if s.Continue {
		s.Kind = "CONTINUE"
	}
	n := p.peek()
	if (n.kind == tokWord || n.kind == tokQuoted) && !n.is("when") {
		s.Label = p.name()
		label := p.names.labelled(s.Label)
		if label == nil {
			p.fail(n.start, sqlstate.SyntaxError,
				"there is no label \"%s\" attached to any block or loop enclosing this statement", s.Label)
		}
		if s.Continue && !label.loop {
			p.fail(n.start, sqlstate.SyntaxError, "block label \"%s\" cannot be used in CONTINUE", s.Label)
		}
	}
	if p.accept("when") {
		s.When = p.toSemicolon()
	} else {
		p.expect(";")
	}
	if s.Label == "" && !p.names.inLoop() {
		if s.Continue {
			p.fail(t.start, sqlstate.SyntaxError, "CONTINUE cannot be used outside a loop")
		}
		p.fail(t.start, sqlstate.SyntaxError, "EXIT cannot be used outside a loop, unless it has a label")
	}
	return s
}

func (p *parser) assert(t token) Stmt {
	p.next()
	s := &Assert{Place: p.place(t, "ASSERT")}
	var end string
	if s.Cond, end = p.upTo(", or ;", ",", ";"); end == "," {
		s.Message = p.toSemicolon()
	}
	return s
}

// diagItems are what GET DIAGNOSTICS knows, and what it knows of an error.
var (
	diagItems    = wordSet("row_count pg_context pg_routine_oid")
	stackedItems = wordSet("returned_sqlstate column_name constraint_name pg_datatype_name message_text table_name schema_name " +
		"pg_exception_detail pg_exception_hint pg_exception_context pg_context pg_routine_oid")
)

func (p *parser) diagnostics(t token) Stmt {
	p.next()
	s := &Diagnostics{Place: p.place(t, "GET DIAGNOSTICS")}
	if p.accept("stacked") {
		s.Stacked, s.Kind = true, "GET STACKED DIAGNOSTICS"
	} else {
		p.accept("current")
	}
	p.expect("diagnostics")
	for {
		item := DiagItem{Target: p.knownVariable()}
		if item.Target.Field == "" && p.fn.Vars[item.Target.Var].Type.Record {
			p.fail(t.start, sqlstate.SyntaxError, "\"%s\" is not a scalar variable", p.fn.Vars[item.Target.Var].Name)
		}
		if !p.accept(":=") {
			p.expect("=")
		}
		w := p.next()
		item.Item = w.text
		known, other := diagItems, stackedItems
		if s.Stacked {
			known, other = stackedItems, diagItems
		}
		switch {
		case w.kind != tokWord || !known[w.text] && !other[w.text]:
			p.near(w, "unrecognized GET DIAGNOSTICS item")
		case !known[w.text] && s.Stacked:
			p.fail(t.start, sqlstate.SyntaxError, "diagnostics item %s is not allowed in GET STACKED DIAGNOSTICS", upper(w.text))
		case !known[w.text]:
			p.fail(t.start, sqlstate.SyntaxError, "diagnostics item %s is not allowed in GET CURRENT DIAGNOSTICS", upper(w.text))
		}
		s.Items = append(s.Items, item)
		if !p.accept(",") {
			break
		}
	}
	p.expect(";")
	return s
}
