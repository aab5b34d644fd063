package plpgsql

import (
	"strings"

	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// statements reads statements up to a word that ends them, which stays.
func (p *parser) statements() []Stmt {
	var out []Stmt
	for {
		t := p.peek()
		if t.kind == tokEnd {
			p.near(t, "syntax error")
		}
		if t.kind == tokWord {
			switch t.text {
			case "end", "else", "elsif", "elseif", "exception", "when":
				if !p.assigns(t) {
					return out
				}
			}
		}
		out = append(out, p.statement())
	}
}

// assigns says whether the word next is assigned to, which makes it no keyword.
func (p *parser) assigns(t token) bool {
	if reserved[t.text] {
		return false
	}
	n := p.peekAt(1)
	return n.is(":=") || n.is("=") || n.is("[")
}

// keywordStatements are the words that begin a statement of PL/pgSQL.
var keywordStatements map[string]func(*parser, token) Stmt

func init() {
	keywordStatements = map[string]func(*parser, token) Stmt{
		"if": (*parser).ifStmt, "case": (*parser).caseStmt, "exit": (*parser).exit, "continue": (*parser).exit,
		"return": (*parser).returnStmt, "raise": (*parser).raise, "assert": (*parser).assert, "perform": (*parser).perform,
		"call": (*parser).call, "do": (*parser).call, "execute": (*parser).execute, "get": (*parser).diagnostics,
		"open": (*parser).open, "fetch": (*parser).fetch, "move": (*parser).fetch, "close": (*parser).closeStmt,
		"null": (*parser).null, "commit": (*parser).transaction, "rollback": (*parser).transaction,
		"declare": (*parser).innerBlock, "begin": (*parser).innerBlock, "loop": (*parser).labelled,
		"while": (*parser).labelled, "for": (*parser).labelled, "foreach": (*parser).labelled,
	}
}

func (p *parser) statement() Stmt {
	t := p.peek()
	switch {
	case t.is("<<"):
		return p.labelledStmt(p.optLabel())
	case t.kind == tokWord && !p.assigns(t):
		if read := keywordStatements[t.text]; read != nil {
			return read(p, t)
		}
		if reserved[t.text] && t.text != "all" {
			p.syntax(t)
		}
	case t.kind != tokWord && t.kind != tokQuoted && t.kind != tokParam:
		p.syntax(t)
	}
	if s := p.assignment(t); s != nil {
		return s
	}
	return p.sql(t)
}

func (p *parser) innerBlock(token) Stmt {
	b := p.block("")
	p.expect(";")
	return b
}

func (p *parser) labelled(token) Stmt { return p.labelledStmt("") }

// labelledStmt reads a block or a loop behind its label.
func (p *parser) labelledStmt(label string) Stmt {
	switch t := p.peek(); {
	case t.is("declare"), t.is("begin"):
		b := p.block(label)
		p.expect(";")
		return b
	case t.is("loop"), t.is("while"):
		return p.loop(label, t)
	case t.is("for"):
		return p.forLoop(label, t)
	case t.is("foreach"):
		return p.foreach(label, t)
	default:
		p.syntax(t)
	}
	return nil
}

// dotted reads a name of up to three parts: what the lexer takes for one token.
func (p *parser) dotted() []string {
	t := p.next()
	parts := []string{t.text}
	if t.kind == tokParam {
		parts[0] = "$" + t.text
	}
	for len(parts) < 3 && p.peek().is(".") && (p.peekAt(1).kind == tokWord || p.peekAt(1).kind == tokQuoted) {
		p.next()
		parts = append(parts, p.next().text)
	}
	return parts
}

// variable finds what a dotted name assigns to; false when it is no variable.
func (p *parser) variable(parts []string) (Target, bool) {
	v, used := p.names.Lookup(parts)
	switch {
	case v == nil || len(parts) > used+1:
		return Target{Var: -1}, false
	case len(parts) == used:
		return Target{Var: v.Number}, true
	case !v.Type.Record:
		return Target{Var: -1}, false
	}
	return Target{Var: v.Number, Field: parts[used]}, true
}

// assignment reads target := value; nil where the statement is none.
func (p *parser) assignment(t token) Stmt {
	at := p.i
	if parts := p.dotted(); len(parts) > 0 {
		target, ok := p.variable(parts)
		n := p.peek()
		switch {
		case ok && (n.is(":=") || n.is("=") || n.is("[") || n.is(".")):
			return p.assign(t, target)
		case !ok && (n.is(":=") || n.is("=") || n.is("[") && p.indexAssigned()):
			p.fail(t.start, sqlstate.SyntaxError, "\"%s\" is not a known variable", strings.Join(parts, "."))
		}
	}
	p.i = at
	return nil
}

// indexAssigned looks behind the subscript that is next for an assignment.
func (p *parser) indexAssigned() bool {
	for n := 0; ; n++ {
		t := p.peekAt(n)
		switch {
		case t.is(":=") || t.is("="):
			return true
		case t.is(";") || t.kind == tokEnd:
			return false
		}
	}
}

func (p *parser) assign(t token, target Target) Stmt {
	s := &Assign{Place: p.place(t, "assignment"), Target: target}
	p.assignable(target, t)
	start, depth := p.peek().start, 0
	for {
		n := p.peek()
		if depth == 0 && (n.is(":=") || n.is("=")) {
			break
		}
		switch {
		case n.is("[") || n.is("("):
			depth++
		case n.is("]") || n.is(")"):
			depth--
		case n.is(";") || n.kind == tokEnd:
			p.syntax(n)
		}
		p.next()
	}
	s.Target.Path = strings.TrimSpace(p.src[start:p.peek().start])
	p.next()
	s.Value = p.toSemicolon()
	s.Value.Assignment, s.Value.before = p.src[t.start:p.tokens[p.i-2].end], s.Value.At-t.start
	return s
}

// assignable refuses to change constants.
func (p *parser) assignable(target Target, t token) {
	if v := p.fn.Vars[target.Var]; v.Constant {
		p.fail(t.start, sqlstate.ErrorInAssignment, "variable \"%s\" is declared CONSTANT", v.Name)
	}
}

// intoTarget reads the target of INTO and of FOR.
func (p *parser) intoTarget() *Into {
	t := p.peek()
	target := p.knownVariable()
	if target.Field == "" && p.fn.Vars[target.Var].Type.Record {
		if n := p.peek(); n.is(",") {
			p.fail(n.start, sqlstate.SyntaxError, "record variable cannot be part of multiple-item INTO list")
		}
		return &Into{Record: target.Var}
	}
	into := &Into{Record: -1, Row: []Target{target}}
	for p.accept(",") {
		t = p.peek()
		next := p.knownVariable()
		if next.Field == "" && p.fn.Vars[next.Var].Type.Record {
			p.fail(t.start, sqlstate.SyntaxError, "\"%s\" is not a scalar variable", p.fn.Vars[next.Var].Name)
		}
		into.Row = append(into.Row, next)
	}
	return into
}

// knownVariable reads the name of a variable that may be assigned to.
func (p *parser) knownVariable() Target {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted && t.kind != tokParam || t.kind == tokWord && reserved[t.text] {
		p.syntax(t)
	}
	parts := p.dotted()
	target, ok := p.variable(parts)
	if !ok {
		p.fail(t.start, sqlstate.SyntaxError, "\"%s\" is not a known variable", strings.Join(parts, "."))
	}
	p.assignable(target, t)
	return target
}

// sql reads a SQL statement. Its INTO is taken out: blanks stay, so that places in it are those of the source.
func (p *parser) sql(first token) Stmt {
	s := &SQL{Place: p.place(first, "SQL statement")}
	start, depth, prev := first.start, 0, token{}
	var cut [2]int
	for {
		t := p.peek()
		switch {
		case t.is(";") && depth == 0:
			if t.start == start {
				p.syntax(t)
			}
			text := p.src[start:p.tokens[p.i-1].end]
			if cut[1] > 0 {
				text = p.src[start:cut[0]] + strings.Repeat(" ", cut[1]-cut[0]) + p.src[cut[1]:p.tokens[p.i-1].end]
			}
			s.Query = p.piece(start, strings.TrimRight(text, " "), true)
			p.next()
			return s
		case t.kind == tokEnd:
			p.near(t, "unexpected end of function definition")
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case t.is("into") && !prev.is("insert") && !prev.is("merge") && !first.is("import"):
			if s.Into != nil {
				p.near(t, "INTO specified more than once")
			}
			p.next()
			s.Strict = p.accept("strict")
			s.Into = p.intoTarget()
			cut = [2]int{t.start, p.tokens[p.i-1].end}
			prev = t
			continue
		}
		prev = t
		p.next()
	}
}

func (p *parser) perform(t token) Stmt {
	p.next()
	p.statementText(";")
	query := "SELECT" + p.src[t.end:p.tokens[p.i-1].end]
	p.next()
	return &Perform{Place: p.place(t, "PERFORM"), Query: p.piece(t.start+len("PERFORM")-len("SELECT"), query, true)}
}

// call reads CALL and DO, whose text begins with the word.
func (p *parser) call(t token) Stmt {
	kind := strings.ToUpper(t.text)
	start, end := p.statementText(";")
	p.next()
	return &Call{Place: p.place(t, kind), Query: p.piece(start, p.src[start:end], true)}
}

func (p *parser) null(t token) Stmt {
	p.next()
	p.expect(";")
	return &Null{p.place(t, "NULL")}
}

func (p *parser) transaction(t token) Stmt {
	p.next()
	s := &Transaction{Place: p.place(t, strings.ToUpper(t.text)), Rollback: t.text == "rollback"}
	if p.accept("and") {
		s.Chain = !p.accept("no")
		p.expect("chain")
	}
	p.expect(";")
	return s
}

// dynamic reads the text of EXECUTE, up to one of the ends, and USING; it returns what it ended with.
func (p *parser) dynamic(ends ...string) (*Dynamic, string) {
	d := &Dynamic{}
	var end string
	d.Text, end = p.upTo(ends[0], append([]string{"using"}, ends...)...)
	for end == "using" || end == "," {
		var e *Expr
		e, end = p.upTo(ends[0], append([]string{","}, ends...)...)
		d.Using = append(d.Using, e)
	}
	return d, end
}

// execute reads EXECUTE text [INTO …] [USING …], in either order.
func (p *parser) execute(t token) Stmt {
	p.next()
	s := &Execute{Place: p.place(t, "EXECUTE")}
	var end string
	s.Text, end = p.upTo("INTO", "into", "using", ";")
	for end != ";" {
		switch {
		case end == "into" && s.Into == nil:
			s.Strict = p.accept("strict")
			s.Into = p.intoTarget()
			n := p.next()
			if end = n.text; !n.is(";") && !n.is("using") && !n.is("into") {
				p.syntax(n)
			}
		case end == "using" && s.Using == nil:
			for end == "using" || end == "," {
				var e *Expr
				e, end = p.upTo("INTO", ",", "into", ";")
				s.Using = append(s.Using, e)
			}
		default:
			p.syntax(p.tokens[p.i-1])
		}
	}
	return s
}

// pathOf reads what follows a target's name: "[1].x".
func pathOf(text string) ([]parse.Accessor, error) {
	stmts, err := parse.Parse("UPDATE t SET v" + text + " = NULL")
	if err != nil {
		return nil, err
	}
	u, ok := stmts[0].Node.(*parse.UpdateStmt)
	if !ok || len(u.Set) != 1 {
		return nil, sqlstate.New(sqlstate.SyntaxError, "syntax error at or near \"%s\"", text)
	}
	return u.Set[0].Path, nil
}

// Accessors are the steps of a target's path.
func (t *Target) Accessors() ([]parse.Accessor, error) {
	if t.Path == "" || t.steps != nil {
		return t.steps, nil
	}
	var err error
	t.steps, err = pathOf(t.Path)
	return t.steps, err
}
