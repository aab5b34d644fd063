package parse

import (
	"reflect"
	"slices"
)

// template makes the tree of any text of a shape out of that of one: it copies the nodes on the way to the literals, and
// shares the rest. There is none for a text whose literals are not all constants of the tree, as those that the grammar
// itself reads are not: the number in FETCH 5, the precision in numeric(10,2).
type template struct {
	statements []Statement
	places     []*place // of each statement, nil where it has no literals
}

// place is a part of a tree that has literals in it: the literal itself, or the parts of it that have some, by the index of
// their field or element.
type place struct {
	literal  int  // of a *Const, otherwise -1
	negative bool // the constant is the literal with the sign before it
	parts    []part
}

type part struct {
	index int
	*place
}

// newTemplate finds the literals of a text in its tree.
func newTemplate(text string, statements []Statement, literals []literal) *template {
	t := &template{statements: statements, places: make([]*place, len(statements))}
	f := finder{text: text, literals: literals, byPlace: make(map[int]int, len(literals)), found: make([]bool, len(literals))}
	for i, l := range literals {
		f.byPlace[l.at()] = i
	}
	for i := range statements {
		switch statements[i].Node.(type) {
		case *SelectStmt, *InsertStmt, *UpdateStmt, *DeleteStmt:
		default:
			return nil
		}
		f.offset = statements[i].Offset
		t.places[i] = f.find(reflect.ValueOf(&statements[i].Node).Elem())
	}
	if f.derived || slices.Contains(f.found, false) {
		return nil
	}
	return t
}

// finder looks for literals in a statement's tree.
type finder struct {
	text     string
	literals []literal
	byPlace  map[int]int // where a literal starts, to its number
	found    []bool
	offset   int  // of the statement in the text
	derived  bool // a constant without a place may be a literal's
}

// find returns the place of what is in v, nil for nothing.
func (f *finder) find(v reflect.Value) *place {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		if k, ok := v.Interface().(*Const); ok {
			return f.constant(k)
		}
		return f.find(v.Elem())
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return f.find(v.Elem())
	case reflect.Struct:
		return f.parts(v.NumField(), v.Field)
	case reflect.Slice:
		if k := v.Type().Elem().Kind(); k == reflect.String || k == reflect.Uint8 {
			return nil
		}
		return f.parts(v.Len(), v.Index)
	}
	return nil
}

func (f *finder) parts(n int, get func(int) reflect.Value) *place {
	var out *place
	for i := range n {
		p := f.find(get(i))
		if p == nil {
			continue
		}
		if out == nil {
			out = &place{literal: -1}
		}
		out.parts = append(out.parts, part{i, p})
	}
	return out
}

// constant tells whether a constant is a literal's: written there, and with its value. One that has a literal's value and no
// place may have been made of it.
func (f *finder) constant(k *Const) *place {
	if k.At < 0 {
		f.derived = f.derived || slices.ContainsFunc(f.literals, func(l literal) bool { return f.text[l.start:l.end] == k.Val })
		return nil
	}
	at := f.offset + int(k.At)
	n, ok := f.byPlace[at]
	negative := !ok && f.text[at] == '-' // the grammar makes one constant of a sign and a number
	if negative {
		n, ok = f.byPlace[at+1]
	}
	if !ok || k.Kind != f.literals[n].kind || k.Val != f.literals[n].value(f.text, negative) {
		return nil
	}
	f.found[n] = true
	return &place{literal: n, negative: negative}
}

// value is the value of a constant that is the literal.
func (l literal) value(text string, negative bool) string {
	v := text[l.start:l.end]
	if !negative || l.kind == ConstInt && v == "0" {
		return v
	}
	return "-" + v
}

// make is the statements of a text of the template's shape.
func (t *template) make(text string, literals []literal) []Statement {
	out := make([]Statement, len(t.statements))
	for i, s := range t.statements {
		out[i] = Statement{Text: text[s.Offset : s.Offset+len(s.Text)], Offset: s.Offset, Node: s.Node}
		if p := t.places[i]; p != nil {
			c := copier{text, literals}
			out[i].Node = c.copy(reflect.ValueOf(s.Node), p).Interface().(Stmt)
		}
	}
	return out
}

// copier copies the parts of a tree that have literals in them.
type copier struct {
	text     string
	literals []literal
}

func (c *copier) copy(v reflect.Value, p *place) reflect.Value {
	switch v.Kind() {
	case reflect.Interface:
		return c.copy(v.Elem(), p)
	case reflect.Pointer:
		if p.literal >= 0 {
			k := *v.Interface().(*Const)
			k.Val = c.literals[p.literal].value(c.text, p.negative)
			return reflect.ValueOf(&k)
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(v.Elem())
		c.into(out.Elem(), p)
		return out
	case reflect.Slice:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(out, v)
		for _, x := range p.parts {
			c.replace(out.Index(x.index), x.place)
		}
		return out
	}
	panic("parse: a literal in a " + v.Kind().String())
}

// into replaces the fields of a struct that is already a copy.
func (c *copier) into(v reflect.Value, p *place) {
	if v.Kind() != reflect.Struct { // a pointer to a slice
		v.Set(c.copy(v, p))
		return
	}
	for _, x := range p.parts {
		c.replace(v.Field(x.index), x.place)
	}
}

// replace puts a copy in the place of what is there; a struct's copy is already there.
func (c *copier) replace(v reflect.Value, p *place) {
	if v.Kind() == reflect.Struct {
		c.into(v, p)
		return
	}
	v.Set(c.copy(v, p))
}
