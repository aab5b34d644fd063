package parse

import "strings"

// The bytes that stand in a shape for a literal's. UTF-8 has neither, so no shape is like a text or like another's.
const (
	digitPlace  = 0xFF
	stringPlace = 0xFE
)

const (
	// maxShapeBytes and maxShapeLiterals bound the texts that have shapes: a long INSERT has one of its own each time.
	maxShapeBytes    = 8 << 10
	maxShapeLiterals = 64
	// intDigits is the most digits of an integer that surely is an int4 to the grammar, and floatDigits the fewest of one that
	// surely is not: those it treats as it does decimal fractions.
	intDigits, floatDigits = 9, 11
)

// literal is a place in a text: a plain number, or what stands between the quotes of a plain string.
type literal struct {
	start, end int
	kind       ConstKind
}

// at is where the literal's token starts.
func (l literal) at() int {
	if l.kind == ConstString {
		return l.start - 1
	}
	return l.start
}

// shapeOf cuts a text's literals out. Texts of the same shape are the same tokens at the same places, but for the value of
// their literals, each as long as its counterpart: what one is parsed into, the other is, too. That needs care with what counts
// as a literal: an integer without leading zeros of which its length says whether it fits an int4, a decimal fraction without
// exponent, and a string of no special kind that is not empty and has neither quotes nor backslashes in it. ok is false where
// that leaves none, or the text is long.
func shapeOf(text string) (shape string, literals []literal, ok bool) {
	if len(text) > maxShapeBytes {
		return "", nil, false
	}
	s := shaper{text: text, shape: make([]byte, 0, len(text))}
	for i := 0; i < len(text); {
		end := s.token(i)
		if from := len(s.shape); from < end {
			s.shape = append(s.shape, text[from:end]...)
		}
		i = end
	}
	if n := len(s.literals); n == 0 || n > maxShapeLiterals {
		return "", nil, false
	}
	return string(s.shape), s.literals, true
}

// shaper walks the tokens of a text. shape is as long as what it has written of the text.
type shaper struct {
	text     string
	shape    []byte
	literals []literal
}

// token returns where the token at i ends. A literal's place is written; everything else is left to the caller to copy.
func (s *shaper) token(i int) int {
	text, b := s.text, s.text[i]
	switch {
	case isWordStart(b):
		return s.word(i)
	case b == '\'':
		return s.quoted(i)
	case b == '"':
		return skipQuoted(text, i)
	case isDigit(b):
		return s.number(i)
	case b == '.': // what follows is a number's fraction, or a name
		if end := i + 1; end < len(text) && isDigit(text[end]) {
			return skipNumber(text, end)
		}
	case b == '$':
		end := skipDollar(text, i)
		if end == i+1 && end < len(text) && isDigit(text[end]) {
			return skipNumber(text, end)
		}
		return end
	case strings.HasPrefix(text[i:], "--"):
		return skipLineComment(text, i)
	case strings.HasPrefix(text[i:], "/*"):
		return skipBlockComment(text, i)
	}
	return i + 1
}

// word passes a word, with the string that it is the prefix of.
func (s *shaper) word(i int) int {
	end := skipWord(s.text, i)
	if end == len(s.text) || s.text[end] != '\'' {
		return end
	}
	if word := s.text[i:end]; word == "e" || word == "E" {
		return skipEscaped(s.text, end)
	}
	return skipQuoted(s.text, end)
}

func (s *shaper) quoted(i int) int {
	end := skipQuoted(s.text, i)
	l := literal{i + 1, end - 1, ConstString}
	if l.end <= l.start || s.text[l.end] != '\'' || strings.ContainsAny(s.text[l.start:l.end], `'\`) {
		return end
	}
	s.place(l, stringPlace)
	return end
}

func (s *shaper) number(i int) int {
	end := skipNumber(s.text, i)
	points := 0
	for at := i; at < end; at++ {
		switch b := s.text[at]; {
		case b == '.' && at > i && at < end-1:
			points++
		case !isDigit(b):
			return end
		}
	}
	zero := s.text[i] == '0' && end-i > 1
	switch {
	case points == 0 && end-i <= intDigits && !zero:
		s.place(literal{i, end, ConstInt}, digitPlace)
	case points == 0 && end-i >= floatDigits && !zero, points == 1:
		s.place(literal{i, end, ConstFloat}, digitPlace)
	}
	return end
}

// place writes the text up to a literal, and then what stands for it: the point of a fraction stays.
func (s *shaper) place(l literal, b byte) {
	s.shape = append(s.shape, s.text[len(s.shape):l.start]...)
	for _, c := range []byte(s.text[l.start:l.end]) {
		if c == '.' && l.kind == ConstFloat {
			s.shape = append(s.shape, c)
		} else {
			s.shape = append(s.shape, b)
		}
	}
	s.literals = append(s.literals, l)
}
