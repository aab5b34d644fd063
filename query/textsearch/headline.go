package textsearch

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// HeadlineOptions say how much of a document a headline shows, and how found words are marked in it.
type HeadlineOptions struct {
	StartSel, StopSel, FragmentDelimiter        string
	MinWords, MaxWords, ShortWord, MaxFragments int
	HighlightAll                                bool
}

// ParseHeadlineOptions reads MaxWords=10, StartSel="<i>" and so on; "" is the defaults. Errors are 42601, 22023, 22P02.
func ParseHeadlineOptions(s string) (*HeadlineOptions, error) {
	o := &HeadlineOptions{StartSel: "<b>", StopSel: "</b>", FragmentDelimiter: " ... ", MinWords: 15, MaxWords: 35, ShortWord: 3}
	numbers := map[string]*int{"maxwords": &o.MaxWords, "minwords": &o.MinWords, "shortword": &o.ShortWord,
		"maxfragments": &o.MaxFragments}
	texts := map[string]*string{"startsel": &o.StartSel, "stopsel": &o.StopSel, "fragmentdelimiter": &o.FragmentDelimiter}
	err := eachOption(s, func(name, value string) error {
		key := strings.ToLower(name)
		switch {
		case numbers[key] != nil:
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
			if err != nil {
				return sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type integer: \"%s\"", value)
			}
			*numbers[key] = int(n)
		case texts[key] != nil:
			*texts[key] = value
		case key == "highlightall":
			switch strings.ToLower(value) {
			case "1", "on", "true", "t", "y", "yes":
				o.HighlightAll = true
			default:
				o.HighlightAll = false
			}
		default:
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized headline parameter: \"%s\"", name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return o, o.check()
}

func (o *HeadlineOptions) check() error {
	what := ""
	switch {
	case o.HighlightAll:
	case o.MinWords >= o.MaxWords:
		what = "MinWords should be less than MaxWords"
	case o.MinWords <= 0:
		what = "MinWords should be positive"
	case o.ShortWord < 0:
		what = "ShortWord should be >= 0"
	case o.MaxFragments < 0:
		what = "MaxFragments should be >= 0"
	}
	if what == "" {
		return nil
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "%s", what)
}

// eachOption calls f for each name = value; names and values may be quoted.
func eachOption(s string, f func(name, value string) error) error {
	bad := sqlstate.New(sqlstate.SyntaxError, "invalid parameter list format: \"%s\"", s)
	rest := s
	for {
		rest = strings.TrimLeft(rest, " \t\n\r\f\v,")
		if rest == "" {
			return nil
		}
		name, after, ok := optionName(rest)
		after = strings.TrimLeft(after, " \t\n\r\f\v")
		if !ok || !strings.HasPrefix(after, "=") {
			return bad
		}
		value, after, ok := optionValue(strings.TrimLeft(after[1:], " \t\n\r\f\v"))
		if !ok {
			return bad
		}
		if err := f(name, value); err != nil {
			return err
		}
		rest = after
	}
}

func optionName(s string) (name, rest string, ok bool) {
	if s[0] == '"' {
		return cutOption(s[1:], '"')
	}
	if s[0]|0x20 < 'a' || s[0]|0x20 > 'z' {
		return "", "", false
	}
	end := strings.IndexAny(s, "= \t\n\r\f\v")
	if end < 0 {
		return "", "", false
	}
	return s[:end], s[end:], true
}

func optionValue(s string) (value, rest string, ok bool) {
	switch {
	case s == "":
		return "", "", false
	case s[0] == '\'' || s[0] == '"':
		return cutOption(s[1:], s[0])
	case strings.HasPrefix(s, "E'"):
		return cutOption(s[2:], '\'')
	}
	end := strings.IndexAny(s, ", \t\n\r\f\v")
	if end < 0 {
		end = len(s)
	}
	return s[:end], s[end:], true
}

// cutOption reads up to a quote; two of them are one of the text.
func cutOption(s string, quote byte) (text, rest string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == quote || s[i] == '\\' && quote == '\'' {
			if i+1 < len(s) && s[i+1] == s[i] {
				i++
			} else if s[i] == quote {
				return out.String(), s[i+1:], true
			}
		}
		out.WriteByte(s[i])
	}
	return "", "", false
}

// shown is a token of a document that a headline is made of.
type shown struct {
	token    Token
	at       int
	item     *Node // the operand of the query that it matches
	repeated bool  // the token before once more, for another operand
	in, skip bool
	blank    bool // a space is shown for it
}

// headline makes one.
type headline struct {
	*HeadlineOptions
	words []shown
	query *Node
	cover int // the longest stretch that is looked at
}

// Headline is ts_headline: an excerpt of a text, with what a query asks for marked.
func Headline(c *Config, text string, q *Node, o *HeadlineOptions, notice Notice) string {
	h := &headline{HeadlineOptions: o, query: q, cover: max(o.MaxWords*10, 100)}
	if o.MaxFragments > 0 {
		h.cover *= o.MaxFragments
	}
	h.read(c, text, notice)
	if o.MaxFragments == 0 {
		h.chooseWords()
	} else {
		h.chooseFragments()
	}
	return h.text()
}

func (h *headline) read(c *Config, text string, notice Notice) {
	at := 0
	var operands []*Node
	h.query.each(func(n *Node) { operands = append(operands, n) })
	for _, t := range Parse(text) {
		if len(t.Text) > maxLexemeBytes {
			if notice != nil {
				notice(tooLongToIndex())
			}
			continue
		}
		w := shown{token: t}
		d := c.Dictionary(t.Type)
		if d == nil {
			h.words = append(h.words, w)
			continue
		}
		at++
		var found []*Node
		for _, l := range d.Lexemes(t.Text) {
			w.at = min(at, maxPosition)
			for _, n := range operands {
				if n.Word == l || n.Prefix && strings.HasPrefix(l, n.Word) {
					found = append(found, n)
				}
			}
		}
		if len(found) > 0 {
			w.item = found[0]
		}
		h.words = append(h.words, w)
		for i := 1; i < len(found); i++ {
			again := w
			again.item, again.repeated = found[i], true
			h.words = append(h.words, again)
		}
	}
}

func (h *headline) interesting(i int) bool { return h.words[i].item != nil && !h.words[i].repeated }

// isWord says whether a token counts among a headline's words.
func (h *headline) isWord(i int) bool {
	switch h.words[i].token.Type {
	case tokenBlank, tokenTag, tokenURL, tokenNumHWord, tokenASCIIHWrd, tokenHWord:
		return false
	}
	return true
}

// badEnd says whether a headline had better not end at a token.
func (h *headline) badEnd(i int) bool {
	if i < 0 {
		return true
	}
	if h.interesting(i) {
		return false
	}
	switch h.words[i].token.Type {
	case tokenSFloat, tokenVersion, tokenFloat, tokenInt, tokenUint, tokenProtocol, tokenEntity:
		return true
	}
	return !h.isWord(i) || len(h.words[i].token.Text) <= h.ShortWord
}

func (h *headline) count(i int) int {
	if h.isWord(i) {
		return 1
	}
	return 0
}

// stretch is a part of the words as what a query is held against.
type stretch []shown

func (s stretch) operand(n *Node, out *places) verdict {
	found := no
	for i := range s {
		if s[i].item != n {
			continue
		}
		if out == nil {
			return yes
		}
		found = yes
		if k := len(out.at); k == 0 || out.at[k-1].At() < s[i].at {
			out.at = append(out.at, Position(s[i].at))
		}
	}
	return found
}

// nextItem is the first word from i on that the query names, -1 for none.
func (h *headline) nextItem(i int) int {
	for ; i < len(h.words); i++ {
		if h.words[i].item != nil {
			return i
		}
	}
	return -1
}

// nextCover finds the first, shortest stretch from p on that meets the query.
func (h *headline) nextCover(p int) (from, to int, ok bool) {
	if h.query == nil {
		return 0, 0, false
	}
	for p = h.nextItem(p); p >= 0; p = h.nextItem(p + 1) {
		for q := p; q >= 0 && q-p < h.cover; q = h.nextItem(q + 1) {
			if execute(h.query, stretch(h.words[p:q+1])) {
				return p, q, true
			}
		}
	}
	return 0, 0, false
}

// mark takes tokens into the headline.
func (h *headline) mark(from, to int) {
	for i := from; i <= to; i++ {
		w := &h.words[i]
		switch w.token.Type {
		case tokenTag:
			w.blank = !h.HighlightAll
		case tokenURL, tokenNumHWord, tokenASCIIHWrd, tokenHWord:
			w.skip = true
		}
		w.in = !w.repeated
	}
}

func (h *headline) text() string {
	var out strings.Builder
	fragments, inside := 0, false
	for i := range h.words {
		w := &h.words[i]
		switch {
		case w.repeated:
			continue
		case !w.in:
			inside = false
			continue
		case !inside:
			if inside = true; fragments > 0 {
				out.WriteString(h.FragmentDelimiter)
			}
			fragments++
		}
		switch {
		case w.blank:
			out.WriteByte(' ')
		case w.skip:
		case w.item != nil:
			out.WriteString(h.StartSel + w.token.Text + h.StopSel)
		default:
			out.WriteString(w.token.Text)
		}
	}
	return out.String()
}

// markBeginning shows the first words of a document in which nothing was found.
func (h *headline) markBeginning() {
	length, end := 0, -1
	for i := 0; i < len(h.words) && length < h.MinWords; i++ {
		length += h.count(i)
		end = i
	}
	h.mark(0, end)
}
