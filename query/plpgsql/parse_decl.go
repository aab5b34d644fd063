package plpgsql

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// optLabel reads <<label>>.
func (p *parser) optLabel() string {
	if !p.accept("<<") {
		return ""
	}
	name := p.name()
	p.expect(">>")
	return name
}

// block reads a block up to its END, and the label behind it.
func (p *parser) block(label string) *Block {
	outer := p.names
	p.deepen()
	b := &Block{Label: label, State: -1, Message: -1}
	p.push(label, false)
	first := len(p.fn.Vars)
	declared := p.accept("declare")
	if declared {
		p.declarations()
	}
	for n := first; n < len(p.fn.Vars); n++ {
		if v := p.fn.Vars[n]; v.Line > 0 {
			b.Init = append(b.Init, n)
		}
	}
	b.Place = p.place(p.expect("begin"), "statement block")
	b.Body = p.statements()
	if p.accept("exception") {
		p.handlers(b)
	}
	p.expect("end")
	p.endLabel(label)
	p.names = outer
	p.depthOut()
	return b
}

func (p *parser) deepen() {
	n := 0
	for x := p.names; x != nil; x = x.prev {
		if x.label {
			n++
		}
	}
	if n > maxDepth {
		p.fail(p.peek().start, sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
}

func (p *parser) depthOut() {}

// endLabel reads the label that may stand behind END.
func (p *parser) endLabel(label string) {
	t := p.peek()
	if t.kind != tokWord && t.kind != tokQuoted {
		return
	}
	p.next()
	switch {
	case label == "":
		p.fail(t.start, sqlstate.SyntaxError, "end label \"%s\" specified for unlabeled block", t.text)
	case t.text != label:
		p.fail(t.start, sqlstate.SyntaxError, "end label \"%s\" differs from block's label \"%s\"", t.text, label)
	}
}

// declarations reads DECLARE's list. DECLARE may stand there again and again.
func (p *parser) declarations() {
	for {
		switch t := p.peek(); {
		case t.is("begin"):
			return
		case t.is("declare"):
			p.next()
		case t.is("<<"):
			p.fail(t.start, sqlstate.SyntaxError, "block label must be placed before DECLARE, not after")
		default:
			p.declaration()
		}
	}
}

func (p *parser) declaration() {
	t := p.peek()
	name := p.name()
	if p.names.here(name) != nil {
		p.near(t, "duplicate declaration")
	}
	if p.accept("alias") {
		p.expect("for")
		p.aliasFor(name)
		return
	}
	if scroll, ok := p.cursorWord(); ok {
		p.cursorDeclaration(name, t, scroll)
		return
	}
	constant := p.accept("constant")
	typ := p.dataType("", ";", "not", ":=", "=", "default", "collate")
	if p.accept("collate") {
		p.name()
	}
	not := p.peek()
	notNull := p.accept("not")
	if notNull {
		p.expect("null")
	}
	var def *Expr
	switch d := p.next(); {
	case d.is(";"):
	case d.is(":=") || d.is("=") || d.is("default"):
		def = p.toSemicolon()
	default:
		p.syntax(d)
	}
	v := p.declare(name, typ, p.line(t.start))
	v.Constant, v.NotNull, v.Default = constant, notNull, def
	if notNull && def == nil {
		p.fail(not.start, sqlstate.NullValueNotAllowed, "variable \"%s\" must have a default value, since it's declared NOT NULL", name)
	}
}

func (p *parser) aliasFor(name string) {
	t := p.next()
	parts := []string{t.text}
	if t.kind == tokParam {
		parts = []string{"$" + t.text}
	}
	for p.accept(".") {
		parts = append(parts, p.next().text)
	}
	v, used := p.names.Lookup(parts)
	if v == nil || used < len(parts) {
		p.fail(t.start, sqlstate.UndefinedObject, "variable \"%s\" does not exist", strings.Join(parts, "."))
	}
	p.expect(";")
	p.alias(name, v)
}

// cursorWord reads [NO] SCROLL CURSOR and CURSOR.
func (p *parser) cursorWord() (scroll string, ok bool) {
	switch {
	case p.peek().is("no") && p.peekAt(1).is("scroll"):
		p.next()
		p.next()
		p.expect("cursor")
		return "no scroll", true
	case p.peek().is("scroll") && p.peekAt(1).is("cursor"):
		p.next()
		p.next()
		return "scroll", true
	case p.peek().is("cursor"):
		p.next()
		return "", true
	}
	return "", false
}

// cursorDeclaration reads [(args)] FOR query.
func (p *parser) cursorDeclaration(name string, t token, scroll string) {
	outer := p.names
	c := &CursorDecl{Scroll: scroll}
	p.push("", false)
	if p.accept("(") {
		for {
			arg := p.peek()
			argName := p.name()
			typ := p.dataType("(", ",", ")")
			c.Args = append(c.Args, p.declare(argName, typ, 0).Number)
			if d := p.next(); d.is(")") {
				break
			} else if !d.is(",") {
				p.syntax(arg)
			}
		}
	}
	if !p.accept("is") {
		p.expect("for")
	}
	start, end := p.statementText(";")
	c.Query = p.piece(start, p.src[start:end], true)
	p.expect(";")
	p.names = outer
	v := p.declare(name, VarType{T: datum.Refcursor, Typmod: -1}, p.line(t.start))
	v.Cursor = c
	v.Constant = true
}

// dataType reads a type up to one of the ends, which stays.
func (p *parser) dataType(open string, ends ...string) VarType {
	first := p.peek()
	depth := 0
	for {
		t := p.peek()
		if depth == 0 && anyOf(t, ends) {
			break
		}
		switch {
		case t.kind == tokEnd || t.is(";"):
			p.near(t, incompleteType(first, t))
		case t.is("("):
			depth++
		case t.is(")"):
			if depth--; depth < 0 {
				p.near(t, "mismatched parentheses")
			}
		case t.is("%"):
			return p.copiedType(first)
		}
		p.next()
	}
	if p.peek().start == first.start {
		p.near(p.peek(), "missing data type declaration")
	}
	text := p.src[first.start:p.tokens[p.i-1].end]
	typ, err := p.types.Type(text)
	if err != nil {
		p.misplaced(err, first)
	}
	return typ
}

func incompleteType(first, t token) string {
	if first.start == t.start {
		return "missing data type declaration"
	}
	return "incomplete data type declaration"
}

// misplaced gives the error of a type's name the place of the name.
func (p *parser) misplaced(err error, first token) {
	if e, ok := err.(*sqlstate.Error); ok {
		err = e.Moved(func(int) int { return first.start }).At(first.start)
	}
	panic(bailout{err})
}

func anyOf(t token, words []string) bool {
	for _, w := range words {
		if t.is(w) {
			return true
		}
	}
	return false
}

// copiedType reads name%TYPE and name%ROWTYPE, of which the percent sign is next.
func (p *parser) copiedType(first token) VarType {
	var parts []string
	for i := p.i; ; i-- {
		t := p.tokens[i-1]
		parts = append([]string{t.text}, parts...)
		if t.start <= first.start || !p.tokens[i-2].is(".") {
			break
		}
		i--
	}
	p.expect("%")
	array := false
	switch t := p.next(); {
	case t.is("type"):
		array = p.accept("[")
		if array {
			p.expect("]")
		}
		if v, used := p.names.Lookup(parts); v != nil && used == len(parts) {
			return arrayed(v.Type, array)
		}
		typ, err := p.types.ColumnType(parts)
		p.must(unplace(err))
		return arrayed(typ, array)
	case t.is("rowtype"):
		typ, err := p.types.RowType(parts)
		p.must(unplace(err))
		return typ
	default:
		p.syntax(t)
	}
	return VarType{}
}

func arrayed(t VarType, array bool) VarType {
	if array && t.T.Array != nil {
		return VarType{T: t.T.Array, Typmod: t.Typmod}
	}
	return t
}

func unplace(err error) error {
	if e, ok := err.(*sqlstate.Error); ok {
		return e.Moved(func(int) int { return -1 })
	}
	return err
}

// handlers reads EXCEPTION's list.
func (p *parser) handlers(b *Block) {
	b.HasHandler = true
	p.push("", false)
	text := VarType{T: datum.Text, Typmod: -1}
	state, message := p.declare("sqlstate", text, 0), p.declare("sqlerrm", text, 0)
	state.Constant, message.Constant = true, true
	b.State, b.Message = state.Number, message.Number
	if !p.peek().is("when") {
		p.syntax(p.peek())
	}
	for p.accept("when") {
		h := Handler{}
		for {
			h.Codes = append(h.Codes, p.condition()...)
			if !p.accept("or") {
				break
			}
		}
		p.expect("then")
		h.Body = p.statements()
		b.Handlers = append(b.Handlers, h)
	}
}

// condition reads a condition's name, or SQLSTATE 'xxxxx'.
func (p *parser) condition() []string {
	t := p.next()
	switch {
	case t.is("sqlstate"):
		return []string{p.sqlstate()}
	case t.kind != tokWord && t.kind != tokQuoted:
		p.syntax(t)
	case t.text == "others":
		return []string{""}
	}
	codes := conditions[t.text]
	if codes == nil {
		panic(bailout{sqlstate.New(sqlstate.UndefinedObject, "unrecognized exception condition \"%s\"", t.text)})
	}
	return codes
}

// sqlstate reads the string behind SQLSTATE.
func (p *parser) sqlstate() string {
	t := p.next()
	if t.kind != tokString {
		p.syntax(t)
	}
	if len(t.text) != 5 || strings.Trim(t.text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		p.near(t, "invalid SQLSTATE code")
	}
	return t.text
}
