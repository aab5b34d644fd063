package jsonpath

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxDepth bounds recursion, as Postgres's stack depth limit does.
const maxDepth = 2000

// parser is a recursive descent over the tokens, one ahead.
type parser struct {
	lex       lexer
	token     token
	depth     int
	filters   int // how many filters we are in: @ needs one
	subscript int // and subscripts: last needs one
}

// Parse reads a path; errors are in PostgreSQL's words.
func Parse(text string) (*Path, error) {
	p := &parser{lex: lexer{text: text}}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == tokenEnd {
		return nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type jsonpath: %q", text)
	}
	out := &Path{}
	if p.token.keyword("strict") || p.token.keyword("lax") {
		out.Strict = p.token.keyword("strict")
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	var err error
	if out.Root, err = p.or(); err != nil {
		return nil, err
	}
	if p.token.kind != tokenEnd {
		return nil, p.unexpected()
	}
	return out, nil
}

func (p *parser) advance() (err error) {
	p.token, err = p.lex.next()
	return err
}

func (p *parser) unexpected() error { return syntaxError("syntax error", p.token.raw) }

// take goes past a mark, if it is next.
func (p *parser) take(mark string) (bool, error) {
	if !p.token.is(mark) {
		return false, nil
	}
	return true, p.advance()
}

// expect goes past a mark, which must be next.
func (p *parser) expect(mark string) error {
	ok, err := p.take(mark)
	if err == nil && !ok {
		err = p.unexpected()
	}
	return err
}

func (p *parser) expectWord(word string) error {
	if !p.token.keyword(word) {
		return p.unexpected()
	}
	return p.advance()
}

func (p *parser) or() (*Item, error) { return p.logic("||", Or, p.and) }

func (p *parser) and() (*Item, error) { return p.logic("&&", And, p.predicate) }

func (p *parser) logic(mark string, kind Kind, operand func() (*Item, error)) (*Item, error) {
	left, err := operand()
	for err == nil && p.token.is(mark) {
		if !left.IsPredicate() {
			return nil, p.unexpected()
		}
		var right *Item
		if err = p.advance(); err != nil {
			break
		}
		if right, err = operand(); err != nil {
			break
		}
		if !right.IsPredicate() {
			return nil, p.unexpected()
		}
		left = &Item{Kind: kind, Left: left, Right: right}
	}
	return left, err
}

// predicate is a condition, or an expression that is none.
func (p *parser) predicate() (*Item, error) {
	if p.token.is("!") {
		return p.not()
	}
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	t := p.token
	switch {
	case t.kind == tokenMark && (t.text == "==" || t.text == "!=" || t.text[0] == '<' || t.text[0] == '>'):
		return p.binaryPredicate(&Item{Kind: Compare, Text: t.text, Left: left})
	case t.keyword("starts"):
		return p.starts(left)
	case t.keyword("like_regex"):
		return p.like(left)
	}
	return left, nil
}

func (p *parser) binaryPredicate(item *Item) (*Item, error) {
	if item.Left.IsPredicate() {
		return nil, p.unexpected()
	}
	err := p.advance()
	if err != nil {
		return nil, err
	}
	if item.Right, err = p.sum(); err != nil {
		return nil, err
	}
	if item.Right.IsPredicate() {
		return nil, p.unexpected()
	}
	return item, nil
}

func (p *parser) not() (*Item, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.keyword("exists") {
		inner, err := p.exists()
		return &Item{Kind: Not, Left: inner}, err
	}
	inner, err := p.condition()
	return &Item{Kind: Not, Left: inner}, err
}

// condition is a predicate in parentheses.
func (p *parser) condition() (*Item, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	if !inner.IsPredicate() {
		return nil, p.unexpected()
	}
	return inner, p.expect(")")
}

func (p *parser) exists() (*Item, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	inner, err := p.sum()
	if err != nil {
		return nil, err
	}
	if inner.IsPredicate() {
		return nil, p.unexpected()
	}
	return &Item{Kind: Exists, Left: inner}, p.expect(")")
}

func (p *parser) starts(left *Item) (*Item, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expectWord("with"); err != nil {
		return nil, err
	}
	item := &Item{Kind: Starts, Left: left}
	switch p.token.kind {
	case tokenString:
		item.Right = &Item{Kind: String, Text: p.token.text}
	case tokenVariable:
		item.Right = &Item{Kind: Variable, Text: p.token.text}
	default:
		return nil, p.unexpected()
	}
	return item, p.advance()
}

func (p *parser) like(left *Item) (*Item, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind != tokenString {
		return nil, p.unexpected()
	}
	item := &Item{Kind: Like, Left: left, Text: p.token.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if !p.token.keyword("flag") {
		return item, nil
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind != tokenString {
		return nil, p.unexpected()
	}
	var err error
	if item.Flags, err = likeFlags(p.token.text); err != nil {
		return nil, err
	}
	return item, p.advance()
}

// likeFlags puts XQuery's flags in the order in which they are shown.
func likeFlags(s string) (string, error) {
	for i, c := range s {
		if !strings.ContainsRune("ismxq", c) {
			return "", sqlstate.New(sqlstate.SyntaxError, "invalid input syntax for type jsonpath").
				WithDetail("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", []rune(s[i:])[0])
		}
	}
	if strings.Contains(s, "x") && !strings.Contains(s, "q") {
		return "", sqlstate.New(sqlstate.FeatureNotSupported,
			"XQuery \"x\" flag (expanded regular expressions) is not implemented")
	}
	out := ""
	for _, c := range "ismxq" {
		if strings.ContainsRune(s, c) {
			out += string(c)
		}
	}
	return out, nil
}

func (p *parser) sum() (*Item, error) { return p.arithmetic("+-", p.product) }

func (p *parser) product() (*Item, error) { return p.arithmetic("*/%", p.unary) }

func (p *parser) arithmetic(marks string, operand func() (*Item, error)) (*Item, error) {
	left, err := operand()
	for err == nil && p.token.kind == tokenMark && len(p.token.text) == 1 && strings.Contains(marks, p.token.text) {
		item := &Item{Kind: Binary, Text: p.token.text, Left: left}
		if left.IsPredicate() {
			return nil, p.unexpected()
		}
		if err = p.advance(); err != nil {
			break
		}
		if item.Right, err = operand(); err == nil && item.Right.IsPredicate() {
			err = p.unexpected()
		}
		left = item
	}
	return left, err
}

func (p *parser) unary() (*Item, error) {
	if !p.token.is("+") && !p.token.is("-") {
		return p.accessors()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, tooDeep()
	}
	defer func() { p.depth-- }()
	sign := p.token.text
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.unary()
	switch {
	case err != nil:
		return nil, err
	case inner.IsPredicate():
		return nil, p.unexpected()
	case inner.Kind == Number && inner.Next == nil:
		if sign == "-" && !inner.Number.IsZero() {
			inner.Number = new(apd.Decimal).Neg(inner.Number)
		}
		return inner, nil
	}
	return &Item{Kind: Unary, Text: sign, Left: inner}, nil
}

func tooDeep() error {
	return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
}

// accessors is a primary with the steps after it.
func (p *parser) accessors() (*Item, error) {
	head, err := p.primary()
	for err == nil {
		var step *Item
		if step, err = p.step(); step == nil || err != nil {
			break
		}
		head.add(step)
	}
	return head, err
}

func (p *parser) primary() (*Item, error) {
	t := p.token
	var item *Item
	switch {
	case t.is("("):
		return p.parenthesis()
	case t.keyword("exists"):
		return p.exists()
	case t.is("$"):
		item = &Item{Kind: Root}
	case t.is("@"):
		if p.filters == 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "@ is not allowed in root expressions")
		}
		item = &Item{Kind: Current}
	case t.keyword("last"):
		if p.subscript == 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "LAST is allowed only in array subscripts")
		}
		item = &Item{Kind: Last}
	case t.keyword("null"):
		item = &Item{Kind: Null}
	case t.keyword("true"), t.keyword("false"):
		item = &Item{Kind: Bool, Flag: t.text == "true"}
	case t.kind == tokenString:
		item = &Item{Kind: String, Text: t.text}
	case t.kind == tokenVariable:
		item = &Item{Kind: Variable, Text: t.text}
	case t.kind == tokenInt, t.kind == tokenNumber:
		item = &Item{Kind: Number, Number: number(t.text)}
	default:
		return nil, p.unexpected()
	}
	return item, p.advance()
}

// number keeps the places that were written, and writes an exponent out.
func number(text string) *apd.Decimal {
	d, _, err := apd.NewFromString(text)
	if err != nil {
		return new(apd.Decimal)
	}
	if d.Exponent > 0 {
		factor := new(apd.BigInt).Exp(apd.NewBigInt(10), apd.NewBigInt(int64(d.Exponent)), nil)
		d.Coeff.Mul(&d.Coeff, factor)
		d.Exponent = 0
	}
	return d
}

// parenthesis is an expression, or a condition that may be asked whether it is unknown.
func (p *parser) parenthesis() (*Item, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, tooDeep()
	}
	defer func() { p.depth-- }()
	if err := p.advance(); err != nil {
		return nil, err
	}
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	if !p.token.keyword("is") || !inner.IsPredicate() {
		return inner, nil
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	return &Item{Kind: Unknown, Left: inner}, p.expectWord("unknown")
}

// step is one accessor, nil for none.
func (p *parser) step() (*Item, error) {
	switch {
	case p.token.is("."):
		if err := p.advance(); err != nil {
			return nil, err
		}
		return p.member()
	case p.token.is("["):
		return p.subscripts()
	case p.token.is("?"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		p.filters++
		defer func() { p.filters-- }()
		inner, err := p.condition()
		return &Item{Kind: Filter, Left: inner}, err
	}
	return nil, nil
}

// member is what follows a dot.
func (p *parser) member() (*Item, error) {
	t := p.token
	if err := p.advance(); err != nil {
		return nil, err
	}
	switch {
	case t.is("*"):
		return &Item{Kind: AnyKey}, nil
	case t.is("**"):
		return p.levels()
	case t.kind == tokenString:
		return &Item{Kind: Key, Text: t.text}, nil
	case t.kind != tokenWord:
		return nil, syntaxError("syntax error", t.raw)
	}
	name := strings.ToLower(t.text)
	if !p.token.is("(") || name != "datetime" && !isMethod(name) {
		return &Item{Kind: Key, Text: t.text}, nil
	}
	item := &Item{Kind: Method, Text: name}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if name == "datetime" && p.token.kind == tokenString {
		item.Left = &Item{Kind: String, Text: p.token.text}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	return item, p.expect(")")
}

// levels is the {2 to last} of .**
func (p *parser) levels() (*Item, error) {
	item := &Item{Kind: Any, Last: LastLevel}
	ok, err := p.take("{")
	if !ok || err != nil {
		return item, err
	}
	if item.First, err = p.level(); err != nil {
		return nil, err
	}
	item.Last = item.First
	if p.token.keyword("to") {
		if err := p.advance(); err != nil {
			return nil, err
		}
		if item.Last, err = p.level(); err != nil {
			return nil, err
		}
	}
	return item, p.expect("}")
}

func (p *parser) level() (uint32, error) {
	if p.token.keyword("last") {
		return LastLevel, p.advance()
	}
	if p.token.kind != tokenInt {
		return 0, p.unexpected()
	}
	n, err := strconv.ParseInt(p.token.text, 10, 32)
	if err != nil {
		return 0, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type %s: %q", "integer", p.token.text)
	}
	return uint32(n), p.advance()
}

func (p *parser) subscripts() (*Item, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if ok, err := p.take("*"); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return &Item{Kind: AnyArray}, p.expect("]")
	}
	p.subscript++
	defer func() { p.subscript-- }()
	item := &Item{Kind: Index}
	for {
		var s Subscript
		var err error
		if s.From, err = p.sum(); err != nil {
			return nil, err
		}
		if p.token.keyword("to") {
			if err = p.advance(); err != nil {
				return nil, err
			}
			if s.To, err = p.sum(); err != nil {
				return nil, err
			}
		}
		item.Subscripts = append(item.Subscripts, s)
		if more, err := p.take(","); !more {
			if err != nil {
				return nil, err
			}
			return item, p.expect("]")
		}
	}
}
