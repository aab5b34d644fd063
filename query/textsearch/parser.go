package textsearch

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Parse cuts a text into the tokens of the default parser.
func Parse(text string) []Token {
	var out []Token
	p := newParser(text)
	for {
		t, ok := p.next()
		if !ok {
			return out
		}
		out = append(out, t)
	}
}

// place is where the parser is in the text, and what it has of the token that it is in.
type place struct {
	at     int // in bytes
	length int // of the token so far, in bytes
	chars  int // and in characters
	state  int
	resume int // after a return: the rule to try next; 0 is the first
}

// parser runs the machine over a text.
type parser struct {
	machine  *machine
	text     string
	stack    []place // the last is the current one
	start    int     // of the token
	ignore   bool    // inside <script> or <style>
	wantHost bool    // a URL was found: its host comes next, then its path
}

func newParser(text string) *parser {
	m := parserMachine()
	return &parser{machine: m, text: text, stack: []place{{state: m.base}}}
}

func (p *parser) here() *place { return &p.stack[len(p.stack)-1] }

// char is the character at the current place, of size 0 at the end.
func (p *parser) char() (rune, int) {
	at := p.here().at
	if at >= len(p.text) {
		return 0, 0
	}
	return utf8.DecodeRuneInString(p.text[at:])
}

// next finds the next token; ok is false at the end.
func (p *parser) next() (t Token, ok bool) {
	if p.here().at >= len(p.text) {
		return Token{}, false
	}
	p.start = p.here().at
	p.here().resume = 0
	for p.here().at <= len(p.text) {
		r := p.choose()
		_, size := p.char()
		p.hook(r.hook)
		if r.do == '=' {
			t = Token{Type: r.token, Text: p.text[p.start : p.start+p.here().length]}
			p.here().length, p.here().chars = 0, 0
		}
		p.remember(r)
		if r.to != stay {
			p.here().state = r.to
		}
		if r.do == '=' {
			return t, true
		}
		if p.here().at >= len(p.text) && r.do != '&' {
			return Token{}, false
		}
		if r.do == '&' || r.do == '^' {
			continue
		}
		if size > 0 {
			h := p.here()
			h.at, h.length, h.chars = h.at+size, h.length+size, h.chars+1
		}
	}
	return Token{}, false
}

// choose finds the rule that fits the current character, and where a return would go on.
func (p *parser) choose() *rule {
	h := p.here()
	rules := p.machine.states[h.state]
	i := h.resume
	h.resume = 0
	for !p.fits(&rules[i]) {
		i++
	}
	if rules[i].do == '+' {
		p.here().resume = i + 1
	}
	return &rules[i]
}

// remember does what a rule says about remembered places.
func (p *parser) remember(r *rule) {
	n := len(p.stack)
	last := p.stack[n-1]
	switch {
	case r.do == '^':
		p.stack = p.stack[:n-1]
	case r.do == '+':
		last.resume = 0
		p.stack = append(p.stack, last)
	case r.do == '%':
		p.stack = p.stack[:n-1]
		h := p.here()
		h.at, h.length, h.chars = last.at, last.length, last.chars
		h.resume = 0
	case r.forgetAll:
		p.stack = append(p.stack[:0], last)
	case r.clear > 0 && n > 1:
		p.stack = append(p.stack[:n-2], last)
	}
}

func (p *parser) hook(name string) {
	h := p.here()
	switch name {
	case "tags":
		p.tags(h.chars)
	case "url":
		p.wantHost = true
		h.at -= h.length
	case "hyphen":
		h.at -= h.length
	case "restart":
		h.at -= h.length
		h.length, h.chars = 0, 0
	}
}

// tags notes where the text of a page is code.
func (p *parser) tags(chars int) {
	tag := func(s string) bool {
		return len(s) == chars && len(p.text) >= p.start+chars && strings.EqualFold(p.text[p.start:p.start+chars], s)
	}
	switch {
	case tag("</script"), tag("</style"):
		p.ignore = false
	case tag("<script"), tag("<style"):
		p.ignore = true
	}
}

// fits says whether a rule's test holds at the current place. Some tests, when they hold, move it.
func (p *parser) fits(r *rule) bool {
	c, size := p.char()
	switch {
	case r.test == "":
		return size == 1 && c == rune(r.char)
	case r.test == "else":
		return true
	case r.test == "eof":
		return size == 0
	}
	return tests[r.test](p, c)
}

// tests are the classes of characters and the other conditions of rules.
var tests map[string]func(p *parser, c rune) bool

func init() { tests = classes() }

func classes() map[string]func(*parser, rune) bool {
	of := func(is func(rune) bool) func(*parser, rune) bool {
		return func(p *parser, c rune) bool { return p.here().at < len(p.text) && is(c) }
	}
	return map[string]func(*parser, rune) bool{
		"alpha":    of(isAlpha),
		"alnum":    of(func(c rune) bool { return isAlpha(c) || isDigit(c) }),
		"notalnum": func(p *parser, c rune) bool { return p.here().at >= len(p.text) || !isAlpha(c) && !isDigit(c) },
		"asclet":   of(func(c rune) bool { return c < utf8.RuneSelf && isAlpha(c) }),
		"digit":    of(isDigit),
		"xdigit":   of(func(c rune) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }),
		"space":    of(isSpace),
		"special":  of(func(c rune) bool { return unicode.IsMark(c) }),
		"quote":    of(func(c rune) bool { return c == '\'' }),
		"intag":    of(func(c rune) bool { return strings.ContainsRune("=-_#/:.&?%~", c) }),
		"urlchar":  of(func(c rune) bool { return 0x20 < c && c < 0x7f && !strings.ContainsRune("\"<>\\^`{|}", c) }),
		"ignore":   func(p *parser, _ rune) bool { return p.ignore },
		"stophost": func(p *parser, _ rune) bool {
			stop := p.wantHost
			p.wantHost = false
			return stop
		},
		"host": func(p *parser, _ rune) bool {
			sub := newParser(p.text[p.here().at:])
			sub.wantHost = true
			return p.takes(sub, tokenHost)
		},
		"urlpath": func(p *parser, _ rune) bool {
			sub := newParser(p.text[p.here().at:])
			sub.stack = append(sub.stack, place{state: p.machine.url})
			return p.takes(sub, tokenURLPath)
		},
	}
}

// takes moves over the next token of the rest of the text when it is of a type.
func (p *parser) takes(sub *parser, want TokenType) bool {
	t, ok := sub.next()
	if !ok || t.Type != want {
		return false
	}
	h := p.here()
	h.at += len(t.Text)
	h.length += len(t.Text)
	h.chars += utf8.RuneCountInString(t.Text)
	return true
}

// isAlpha is iswalpha of glibc: what Unicode derives as alphabetic, and the digits of other scripts.
func isAlpha(c rune) bool {
	if c < utf8.RuneSelf {
		return 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	return unicode.IsLetter(c) || unicode.In(c, unicode.Nl, unicode.Nd, unicode.Other_Alphabetic)
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

// isSpace is iswspace of glibc: spaces that do not bind.
func isSpace(c rune) bool {
	switch c {
	case 0x85, 0xa0, 0x2007, 0x202f:
		return false
	}
	return unicode.IsSpace(c)
}
