package textsearch

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

func itoa(n int) string { return strconv.Itoa(n) }

// firstChar is the length of the first character of a string that is not empty.
func firstChar(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// Notice is told what PostgreSQL says in a NOTICE; a nil one is not.
type Notice func(*sqlstate.Error)

// noticeCode is the SQLSTATE of a notice that is no warning.
const noticeCode sqlstate.Code = "00000"

// tokens of queries.
type queryToken byte

const (
	queryEnd queryToken = iota
	queryValue
	queryOperator
	queryOpen
	queryClose
)

// queryParser reads a query. What an operand becomes is the caller's to say: itself, or the lexemes of a configuration.
type queryParser struct {
	words      wordReader
	operand    func(p *queryParser, word string, weights byte, prefix bool) error
	next       func(p *queryParser) (queryToken, error)
	wantsValue bool
	first      bool
	open       int
	depth      int
	// the token that next found
	word     string
	weights  byte
	prefix   bool
	op       Op
	distance int

	built []*Node // finished parts, in the order they were made
}

// ParseQuery reads a query as SQL writes it: 'fat' & !rat:AB | cat:* <-> dog. Errors are 42601, 54000, 22023.
func ParseQuery(s string, notice Notice) (*Node, error) {
	p := newQueryParser(s)
	p.operand = func(p *queryParser, word string, weights byte, prefix bool) error {
		return p.push(&Node{Word: word, Weights: weights, Prefix: prefix})
	}
	return p.parse(notice)
}

func newQueryParser(s string) *queryParser {
	return &queryParser{words: wordReader{text: s, rest: s, what: "tsquery", query: true}, wantsValue: true, first: true,
		next: (*queryParser).standard}
}

func (p *queryParser) parse(notice Notice) (*Node, error) {
	if err := p.expression(); err != nil {
		return nil, err
	}
	if len(p.built) == 0 {
		if notice != nil {
			notice(sqlstate.New(noticeCode, "text-search query doesn't contain lexemes: \"%s\"", p.words.text))
		}
		return nil, nil
	}
	n := p.built[len(p.built)-1]
	if n.Count() > maxQueryNodes {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "tsquery is too large")
	}
	return n, nil
}

// push adds a finished operand.
func (p *queryParser) push(n *Node) error {
	if len(n.Word) > maxLexemeBytes {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long in tsquery: \"%s\"", p.words.text)
	}
	p.built = append(p.built, n)
	return nil
}

func (p *queryParser) pushStop() { p.built = append(p.built, &Node{stop: true}) }

// reduce makes an operator over the parts that were finished last.
func (p *queryParser) reduce(op Op, distance int) error {
	want := 2
	if op == OpNot {
		want = 1
	}
	n := len(p.built)
	if n < want {
		return p.words.syntaxError()
	}
	node := &Node{Op: op, Right: p.built[n-1]}
	if op == OpPhrase {
		node.Distance = distance
	}
	if want == 2 {
		node.Left = p.built[n-2]
	}
	p.built = append(p.built[:n-want], node)
	return nil
}

// pending is an operator that waits for its right side.
type pending struct {
	op       Op
	distance int
}

// expression reads up to the end, or to the parenthesis that closes it.
func (p *queryParser) expression() error {
	if p.depth++; p.depth > maxQueryParens {
		return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
	}
	defer func() { p.depth-- }()
	var stack []pending
	for {
		token, err := p.next(p)
		if err != nil {
			return err
		}
		switch token {
		case queryValue:
			err = p.operand(p, p.word, p.weights, p.prefix)
		case queryOperator:
			now := pending{p.op, p.distance}
			if stack, err = p.settle(stack, now.op); err == nil {
				stack = append(stack, now)
			}
		case queryOpen:
			err = p.expression()
		case queryClose, queryEnd:
			_, err = p.settle(stack, OpOr)
			return err
		}
		if err != nil {
			return err
		}
	}
}

// settle finishes the operators that bind at least as tightly as the next one. NOT alone binds to the right.
func (p *queryParser) settle(stack []pending, next Op) ([]pending, error) {
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		a, b := next.priority(), top.op.priority()
		if next != OpNot && a > b || next == OpNot && a >= b {
			return stack, nil
		}
		stack = stack[:len(stack)-1]
		if err := p.reduce(top.op, top.distance); err != nil {
			return nil, err
		}
	}
	return stack, nil
}

// standard reads the next token of a query with operators.
func (p *queryParser) standard() (queryToken, error) {
	w := &p.words
	w.rest = strings.TrimLeftFunc(w.rest, isSpace)
	if p.wantsValue {
		return p.standardOperand()
	}
	switch {
	case w.rest == "":
		if p.open > 0 {
			return 0, w.syntaxError()
		}
		return queryEnd, nil
	case w.rest[0] == '&', w.rest[0] == '|':
		p.op = map[byte]Op{'&': OpAnd, '|': OpOr}[w.rest[0]]
		w.rest = w.rest[1:]
		p.wantsValue = true
		return queryOperator, nil
	case w.rest[0] == ')':
		w.rest = w.rest[1:]
		if p.open--; p.open < 0 {
			return 0, w.syntaxError()
		}
		return queryClose, nil
	}
	ok, err := p.phraseOperator()
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, w.syntaxError()
	}
	p.wantsValue = true
	return queryOperator, nil
}

func (p *queryParser) standardOperand() (queryToken, error) {
	w := &p.words
	switch {
	case strings.HasPrefix(w.rest, "!"):
		w.rest = w.rest[1:]
		p.op, p.first = OpNot, false
		return queryOperator, nil
	case strings.HasPrefix(w.rest, "("):
		w.rest = w.rest[1:]
		p.open++
		p.first = false
		return queryOpen, nil
	case strings.HasPrefix(w.rest, ":"):
		return 0, w.syntaxError()
	}
	word, _, ok, err := w.word()
	switch {
	case err != nil:
		return 0, err
	case !ok && p.first:
		return queryEnd, nil
	case !ok:
		return 0, sqlstate.New(sqlstate.SyntaxError, "no operand in tsquery: \"%s\"", w.text)
	}
	p.word, p.wantsValue, p.first = word, false, false
	p.readWeights()
	return queryValue, nil
}

// readWeights reads :AB* after a word.
func (p *queryParser) readWeights() {
	w := &p.words
	p.weights, p.prefix = 0, false
	if !strings.HasPrefix(w.rest, ":") {
		return
	}
	for w.rest = w.rest[1:]; w.rest != ""; w.rest = w.rest[1:] {
		switch c := w.rest[0] | 0x20; {
		case w.rest[0] == '*':
			p.prefix = true
		case 'a' <= c && c <= 'd':
			p.weights |= 8 >> (c - 'a')
		default:
			return
		}
	}
}

// phraseOperator reads <-> and <3>.
func (p *queryParser) phraseOperator() (bool, error) {
	w := &p.words
	if !strings.HasPrefix(w.rest, "<") {
		return false, nil
	}
	body, rest, closed := strings.Cut(w.rest[1:], ">")
	if body == "-" && closed {
		p.op, p.distance, w.rest = OpPhrase, 1, rest
		return true, nil
	}
	if body == "" || !isDigit(rune(body[0])) {
		return false, nil
	}
	digits := body
	for i := range len(body) {
		if !isDigit(rune(body[i])) {
			digits = body[:i]
			break
		}
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > maxPosition+1 {
		return false, sqlstate.New(sqlstate.InvalidParameterValue,
			"distance in phrase operator must be an integer value between zero and %d inclusive", maxPosition+1)
	}
	if digits != body || !closed {
		return false, nil
	}
	p.op, p.distance, w.rest = OpPhrase, n, rest
	return true, nil
}

// website reads the next token of a query as search engines take it: words, "phrases", or, -not. Nothing is an error.
func (p *queryParser) website() (queryToken, error) {
	w := &p.words
	for {
		w.rest = strings.TrimLeftFunc(w.rest, isSpace)
		if !p.wantsValue {
			return p.websiteOperator(), nil
		}
		switch {
		case strings.HasPrefix(w.rest, "-"):
			w.rest = w.rest[1:]
			p.op, p.first = OpNot, false
			return queryOperator, nil
		case strings.HasPrefix(w.rest, `"`):
			p.word, w.rest, _ = strings.Cut(w.rest[1:], `"`)
			p.wantsValue, p.first, p.weights, p.prefix = false, false, 0, false
			return queryValue, nil
		case w.rest != "" && isOperator(w.rest[:1]):
			w.rest = w.rest[1:]
			p.first = false
			continue
		}
		word, _, ok, err := w.word()
		if err != nil {
			return 0, err
		}
		if !ok {
			if !p.first {
				p.pushStop()
			}
			return queryEnd, nil
		}
		p.word, p.wantsValue, p.first, p.weights, p.prefix = word, false, false, 0, false
		return queryValue, nil
	}
}

func (p *queryParser) websiteOperator() queryToken {
	w := &p.words
	for w.rest != "" && isOperator(w.rest[:1]) {
		w.rest = strings.TrimLeftFunc(w.rest[1:], isSpace)
	}
	switch {
	case w.rest == "":
		return queryEnd
	case p.orOperator():
		p.op = OpOr
	default:
		p.op = OpAnd
	}
	p.wantsValue = true
	return queryOperator
}

// orOperator takes the word or, when an operand follows.
func (p *queryParser) orOperator() bool {
	w := &p.words
	if len(w.rest) < 3 || !strings.EqualFold(w.rest[:2], "or") {
		return false
	}
	after := w.rest[2:]
	c, _ := utf8.DecodeRuneInString(after)
	if c == '-' || c == '_' || isAlpha(c) || unicode.IsDigit(c) {
		return false
	}
	if strings.TrimLeftFunc(after[firstChar(after):], isSpace) == "" {
		return false
	}
	w.rest = after
	return true
}
