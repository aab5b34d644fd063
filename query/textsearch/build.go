package textsearch

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// word is a lexeme where it was found.
type word struct {
	text string
	at   int
}

// reading turns texts into words, counting positions on.
type reading struct {
	config *Config
	notice Notice
	words  []word
	at     int
}

// read adds a text's words. Stop words take a position.
func (r *reading) read(text string) {
	for _, t := range Parse(text) {
		d := r.config.Dictionary(t.Type)
		if d == nil {
			continue
		}
		if len(t.Text) > maxLexemeBytes {
			if r.notice != nil {
				r.notice(tooLongToIndex())
			}
			continue
		}
		r.at++
		for _, l := range d.Lexemes(t.Text) {
			r.words = append(r.words, word{l, min(r.at, maxPosition)})
		}
	}
}

func tooLongToIndex() *sqlstate.Error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long to be indexed").
		WithDetail("Words longer than %d characters are ignored.", maxLexemeBytes+1)
}

// vector makes a vector of the words.
func (r *reading) vector() (Vector, error) {
	slices.SortStableFunc(r.words, func(a, b word) int {
		if c := strings.Compare(a.text, b.text); c != 0 {
			return c
		}
		return a.at - b.at
	})
	var v Vector
	size := 0
	for _, w := range r.words {
		if n := len(v); n == 0 || v[n-1].Word != w.text {
			size += len(w.text)
			v = append(v, Lexeme{w.text, []Position{newPosition(w.at, 0)}})
			continue
		}
		l := &v[len(v)-1]
		last := l.Positions[len(l.Positions)-1].At()
		if len(l.Positions) < maxPositions-1 && last != maxPosition && last != w.at {
			l.Positions = append(l.Positions, newPosition(w.at, 0))
		}
	}
	if size > maxVectorBytes {
		return nil, tooLong(size)
	}
	return v, nil
}

// ToVector is to_tsvector of a text.
func ToVector(c *Config, text string, notice Notice) (Vector, error) {
	r := &reading{config: c, notice: notice}
	r.read(text)
	return r.vector()
}

// ToVectorOfAll is a vector of several texts, one after the other.
func ToVectorOfAll(c *Config, texts []string, notice Notice) (Vector, error) {
	r := &reading{config: c, notice: notice}
	for _, text := range texts {
		r.read(text)
	}
	return r.vector()
}

// ToVectorOf is to_tsvector of the strings in a JSON value: between those with words a position is left out, so that no
// phrase reaches from one into the next.
func ToVectorOf(c *Config, texts []string, notice Notice) (Vector, error) {
	r := &reading{config: c, notice: notice}
	for _, text := range texts {
		before := len(r.words)
		if r.read(text); len(r.words) > before {
			r.at++
		}
	}
	return r.vector()
}

// QueryForm is how a text is taken for a query.
type QueryForm byte

// The forms: with operators (to_tsquery), words (plainto_tsquery), a phrase (phraseto_tsquery), and as search engines
// take it (websearch_to_tsquery).
const (
	FormStandard QueryForm = iota
	FormPlain
	FormPhrase
	FormWeb
)

// ToQuery makes a query of a text: its words become lexemes, its stop words go. Errors are 42601, 54000, 22023.
func ToQuery(c *Config, form QueryForm, text string, notice Notice) (*Node, error) {
	p := newQueryParser(text)
	joint := OpPhrase
	switch form {
	case FormPlain:
		joint = OpAnd
		fallthrough
	case FormPhrase:
		p.next = (*queryParser).whole
	case FormWeb:
		p.next, p.words.web = (*queryParser).website, true
	}
	p.operand = func(p *queryParser, text string, weights byte, prefix bool) error {
		return p.lexemes(c, joint, text, weights, prefix)
	}
	n, err := p.parse(notice)
	if err != nil || n == nil {
		return nil, err
	}
	return n.withoutStops(notice), nil
}

// whole takes all of the text for one operand.
func (p *queryParser) whole() (queryToken, error) {
	if p.words.rest == "" {
		return queryEnd, nil
	}
	p.word, p.words.rest, p.weights, p.prefix = p.words.rest, "", 0, false
	return queryValue, nil
}

// lexemes adds an operand's lexemes, joined by an operator. Stop words between them are kept for now, so that the
// distances of phrases come out right.
func (p *queryParser) lexemes(c *Config, joint Op, text string, weights byte, prefix bool) error {
	r := &reading{config: c}
	r.read(text)
	if len(r.words) == 0 {
		p.pushStop()
		return nil
	}
	at, joined := 0, 0
	join := func() error {
		joined++
		if joined == 1 {
			return nil
		}
		return p.reduce(joint, 1)
	}
	for _, w := range r.words {
		for at > 0 && at+1 < w.at {
			p.pushStop()
			if err := join(); err != nil {
				return err
			}
			at++
		}
		at = w.at
		if err := p.push(&Node{Word: w.text, Weights: weights, Prefix: prefix}); err != nil {
			return err
		}
		if err := join(); err != nil {
			return err
		}
	}
	return nil
}

// withoutStops takes stop words out of a query; what is beside them in a phrase moves apart by as much.
func (n *Node) withoutStops(notice Notice) *Node {
	if !n.hasStops() {
		return n
	}
	out, _, _ := n.clean()
	if out == nil && notice != nil {
		notice(sqlstate.New(noticeCode, "text-search query contains only stop words or doesn't contain lexemes, ignored"))
	}
	return out
}

func (n *Node) hasStops() bool {
	return n != nil && (n.stop || n.Left.hasStops() || n.Right.hasStops())
}

// clean returns what is left of a part, and by how much a phrase around it grows at its left and at its right.
func (n *Node) clean() (out *Node, left, right int) {
	switch {
	case n.stop:
		return nil, 0, 0
	case n.Op == opNone:
		return n, 0, 0
	case n.Op == OpNot:
		if n.Right, left, right = n.Right.clean(); n.Right == nil {
			return nil, left, right
		}
		return n, left, right
	}
	phrase, distance := n.Op == OpPhrase, 0
	if phrase {
		distance = n.Distance
	}
	l, ll, lr := n.Left.clean()
	r, rl, rr := n.Right.clean()
	n.Left, n.Right = l, r
	switch {
	case l == nil && r == nil:
		if phrase {
			return nil, ll + distance + rl, ll + distance + rl
		}
		return nil, max(ll, rl), max(ll, rl)
	case l == nil:
		if phrase {
			return r, ll + distance + rl, rr
		}
		return r, rl, rr
	case r == nil:
		if phrase {
			return l, ll, lr + distance + rr
		}
		return l, ll, lr
	case phrase:
		n.Distance += lr + rl
		return n, ll, rr
	}
	return n, 0, 0
}

// Phrase joins two queries with <-> or <n>; either may be empty. Errors are 22023.
func Phrase(a, b *Node, distance int) (*Node, error) {
	if distance < 0 || distance > maxPosition+1 {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue,
			"distance in phrase operator must be an integer value between zero and %d inclusive", maxPosition+1)
	}
	n := Join(OpPhrase, a, b)
	if n != nil && n.Op == OpPhrase && a != nil && b != nil {
		n.Distance = distance
	}
	return n, nil
}

// Join makes an operator over two queries; an empty one is left out.
func Join(op Op, a, b *Node) *Node {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &Node{Op: op, Left: a, Right: b, Distance: map[bool]int{true: 1}[op == OpPhrase]}
}

// Negate is !! of a query; the empty one stays empty.
func Negate(n *Node) *Node {
	if n == nil {
		return nil
	}
	return &Node{Op: OpNot, Right: n}
}

// Indexable is querytree: the part of a query that an index can be asked for, T for none of it, "" for an empty one.
func (n *Node) Indexable() string {
	if n == nil {
		return ""
	}
	part := n.withoutNots()
	if part == nil {
		return "T"
	}
	return string(part.Append(nil))
}

// withoutNots is a query that finds what the query finds, and maybe more.
func (n *Node) withoutNots() *Node {
	switch n.Op {
	case opNone:
		return n
	case OpNot:
		return nil
	}
	l, r := n.Left.withoutNots(), n.Right.withoutNots()
	switch {
	case n.Op == OpOr && (l == nil || r == nil):
		return nil
	case l == nil:
		return r
	case r == nil:
		return l
	}
	c := *n
	c.Left, c.Right = l, r
	return &c
}

// Contains says whether all words of b are in a: the operator @> on queries.
func Contains(a, b *Node) bool {
	words := a.operands()
	return !slices.ContainsFunc(b.operands(), func(n *Node) bool {
		return !slices.ContainsFunc(words, func(m *Node) bool { return m.Word == n.Word })
	})
}

// ParseWeight reads a weight's letter; ok is false for another.
func ParseWeight(letter byte) (weight byte, ok bool) {
	if i := strings.IndexByte("DCBA", letter&^0x20); i >= 0 && letter != 0 {
		return byte(i), true
	}
	return 0, false
}

// String is the query as SQL reads it, for messages.
func (n *Node) String() string { return string(n.Append(nil)) }
