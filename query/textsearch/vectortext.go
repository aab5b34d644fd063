package textsearch

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// ParseVector reads a vector as SQL writes it: 'fat':2A,4 'rat'. Errors are 42601, 54000.
func ParseVector(s string) (Vector, error) {
	var v Vector
	w := &wordReader{text: s, rest: s, what: "tsvector"}
	total := 0
	for {
		word, positions, ok, err := w.word()
		if err != nil {
			return nil, err
		}
		if !ok {
			return v.gather(), nil
		}
		if len(word) > maxLexemeBytes {
			return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long (%d bytes, max %d bytes)",
				len(word), maxLexemeBytes)
		}
		if total > maxVectorBytes {
			return nil, tooLong(total)
		}
		total += len(word)
		v = append(v, Lexeme{Word: word, Positions: uniquePositions(positions)})
	}
}

func tooLong(size int) error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "string is too long for tsvector (%d bytes, max %d bytes)",
		size, maxVectorBytes-1)
}

// Append writes a vector as SQL reads it.
func (v Vector) Append(dst []byte) []byte {
	for i, l := range v {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendWord(dst, l.Word)
		for j, p := range l.Positions {
			if j == 0 {
				dst = append(dst, ':')
			} else {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(p.At()), 10)
			if p.Weight() > 0 {
				dst = append(dst, p.Letter())
			}
		}
	}
	return dst
}

// appendWord writes a word in quotes.
func appendWord(dst []byte, word string) []byte {
	dst = append(dst, '\'')
	for i := range len(word) {
		if word[i] == '\'' || word[i] == '\\' {
			dst = append(dst, word[i])
		}
		dst = append(dst, word[i])
	}
	return append(dst, '\'')
}

// wordReader reads words of vectors and of queries: plain, or in single quotes, with a backslash before what is meant
// as it is. In queries operators end a word, and positions do not follow it.
type wordReader struct {
	text, rest string
	what       string // tsvector or tsquery
	query, web bool
}

func (w *wordReader) syntaxError() error {
	return sqlstate.New(sqlstate.SyntaxError, "syntax error in %s: \"%s\"", w.what, w.text)
}

// word reads the next word; ok is false at the end.
func (w *wordReader) word() (word string, positions []Position, ok bool, err error) {
	w.rest = strings.TrimLeftFunc(w.rest, isSpace)
	switch {
	case w.rest == "":
		return "", nil, false, nil
	case !w.web && w.rest[0] == '\'':
		word, err = w.quoted()
	default:
		word, err = w.plain()
	}
	if err != nil {
		return "", nil, false, err
	}
	if word == "" {
		return "", nil, false, w.syntaxError()
	}
	if !w.query && strings.HasPrefix(w.rest, ":") {
		w.rest = w.rest[1:]
		positions, err = w.positions()
	}
	return word, positions, err == nil, err
}

// escaped reads what follows a backslash.
func (w *wordReader) escaped() (string, error) {
	if w.rest = w.rest[1:]; w.rest == "" {
		return "", sqlstate.New(sqlstate.SyntaxError, "there is no escaped character: \"%s\"", w.text)
	}
	n := firstChar(w.rest)
	c := w.rest[:n]
	w.rest = w.rest[n:]
	return c, nil
}

func (w *wordReader) quoted() (string, error) {
	var out strings.Builder
	w.rest = w.rest[1:]
	for w.rest != "" {
		switch {
		case w.rest[0] == '\\':
			c, err := w.escaped()
			if err != nil {
				return "", err
			}
			out.WriteString(c)
		case strings.HasPrefix(w.rest, "''"):
			out.WriteByte('\'')
			w.rest = w.rest[2:]
		case w.rest[0] == '\'':
			w.rest = w.rest[1:]
			return out.String(), nil
		default:
			out.WriteByte(w.rest[0])
			w.rest = w.rest[1:]
		}
	}
	return "", w.syntaxError()
}

func (w *wordReader) plain() (string, error) {
	var out strings.Builder
	for w.rest != "" {
		n := firstChar(w.rest)
		c := w.rest[:n]
		switch {
		case !w.web && c == `\`:
			c, err := w.escaped()
			if err != nil {
				return "", err
			}
			out.WriteString(c)
			continue
		case startsSpace(w.rest), w.query && isOperator(c), w.web && c == `"`, c == ":" && out.Len() > 0:
			return out.String(), nil
		}
		out.WriteString(c)
		w.rest = w.rest[n:]
	}
	return out.String(), nil
}

// isOperator says whether a character is an operator of queries, and so ends a word.
func isOperator(c string) bool { return len(c) == 1 && strings.Contains("!&|()<", c) }

// positions reads 1A,2.
func (w *wordReader) positions() ([]Position, error) {
	var out []Position
	for {
		digits := 0
		for digits < len(w.rest) && isDigit(rune(w.rest[digits])) {
			digits++
		}
		if digits == 0 {
			return nil, w.syntaxError()
		}
		at, err := strconv.Atoi(w.rest[:digits])
		if err != nil {
			at = maxPosition
		}
		w.rest = w.rest[digits:]
		if at == 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "wrong position info in tsvector: \"%s\"", w.text)
		}
		weight, err := w.weight()
		if err != nil {
			return nil, err
		}
		out = append(out, newPosition(at, weight))
		if !strings.HasPrefix(w.rest, ",") {
			if w.rest != "" && !startsSpace(w.rest) {
				return nil, w.syntaxError()
			}
			return out, nil
		}
		w.rest = w.rest[1:]
	}
}

// weight reads the letters after a position, of which one may be other than D.
func (w *wordReader) weight() (weight byte, err error) {
	for w.rest != "" {
		i := strings.IndexByte("dcba*", w.rest[0]|0x20)
		if w.rest[0] == '*' {
			i = 3
		}
		if i < 0 || w.rest[0] != '*' && i > 3 {
			return weight, nil
		}
		if weight != 0 {
			return 0, w.syntaxError()
		}
		weight, w.rest = byte(i), w.rest[1:]
	}
	return weight, nil
}

func startsSpace(s string) bool { return strings.TrimLeftFunc(s, isSpace) != s }
