package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// Postgres's advanced regular expressions and Go's RE2 share most of their syntax. What differs and is
// translated here:
//
//	options      i c s n m p w x q and the embedded (?i) and ***: ***=
//	.            matches a newline too, unless n, m or p
//	^ and $      the ends of the string only, unless n, m or w
//	\m \M \y \Y  word boundaries: \b and \B, m and M without their direction
//	\A \Z        the ends of the string
//	[[:<:]] [[:>:]]  as \m and \M
//	\uXXXX \UXXXXXXXX \e \cX \B   characters; \B is a backslash
//	x{m,}? *? +? ??  as in Go
//
// Backreferences and lookaround are refused: RE2 cannot match them in linear time. An expression without
// lazy quantifiers takes the longest match as POSIX wants; with one, Go's leftmost preference stands in
// for Postgres's rule that the first quantifier decides for the whole.

// regexpTranslator rewrites one expression.
type regexpTranslator struct {
	rest     string
	out      strings.Builder
	expanded bool // x: white space and comments are ignored
	class    bool // within brackets
}

func translateRegexp(pattern, options string) (string, error) {
	pattern, options, literal := directors(pattern, options)
	flags := "s"
	t := &regexpTranslator{rest: pattern}
	for _, c := range options {
		switch c {
		case 'i':
			flags = strings.ReplaceAll(flags, "i", "") + "i"
		case 'c':
			flags = strings.ReplaceAll(flags, "i", "")
		case 'n', 'm':
			flags = strings.NewReplacer("s", "", "m", "").Replace(flags) + "m"
		case 'p':
			flags = strings.ReplaceAll(flags, "s", "")
		case 'w':
			flags = strings.ReplaceAll(flags, "m", "") + "m"
		case 's':
			flags = strings.NewReplacer("s", "", "m", "").Replace(flags) + "s"
		case 'x':
			t.expanded = true
		case 't', 'e', 'b':
			t.expanded = t.expanded && c != 't'
		case 'q':
			literal = true
		default:
			return "", invalidParameter("invalid regular expression option: \"%c\"", c)
		}
	}
	if flags != "" {
		t.out.WriteString("(?" + flags + ")")
	}
	if literal {
		t.out.WriteString(quoteRegexp(pattern))
		return t.out.String(), nil
	}
	for t.rest != "" {
		if err := t.step(); err != nil {
			return "", err
		}
	}
	return t.out.String(), nil
}

func quoteRegexp(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// directors reads what may stand before an expression: ***: (advanced), ***= (literal), (?options).
func directors(pattern, options string) (string, string, bool) {
	if rest, ok := strings.CutPrefix(pattern, "***="); ok {
		return rest, options, true
	}
	pattern = strings.TrimPrefix(pattern, "***:")
	if strings.HasPrefix(pattern, "(?") {
		end := strings.IndexByte(pattern, ')')
		if end > 2 && strings.Trim(pattern[2:end], "bceimnpqstwx") == "" {
			return pattern[end+1:], options + pattern[2:end], false
		}
	}
	return pattern, options, false
}

func (t *regexpTranslator) take(n int) string {
	s := t.rest[:n]
	t.rest = t.rest[n:]
	return s
}

func (t *regexpTranslator) step() error {
	switch c := t.rest[0]; {
	case c == '\\':
		return t.escape()
	case t.class:
		return t.inClass(c)
	case strings.HasPrefix(t.rest, "[[:<:]]"), strings.HasPrefix(t.rest, "[[:>:]]"):
		t.take(7)
		t.out.WriteString(`\b`)
	case c == '[':
		t.openClass()
	case c == '$':
		t.take(1)
		// Without m, Go's $ is the end of the string, as Postgres's is.
		t.out.WriteByte('$')
	case c == '(' && strings.HasPrefix(t.rest, "(?"):
		return t.group()
	case c == '{' && (len(t.rest) < 2 || t.rest[1] < '0' || t.rest[1] > '9'):
		t.take(1)
		t.out.WriteString(`\{`)
	case t.expanded && strings.IndexByte(" \t\n\r\f\v", c) >= 0:
		t.take(1)
	case t.expanded && c == '#':
		end := strings.IndexByte(t.rest, '\n')
		if end < 0 {
			end = len(t.rest) - 1
		}
		t.take(end + 1)
	default:
		t.out.WriteString(t.take(1))
	}
	return nil
}

func (t *regexpTranslator) openClass() {
	t.class = true
	t.out.WriteString(t.take(1))
	if strings.HasPrefix(t.rest, "^") {
		t.out.WriteString(t.take(1))
	}
	if strings.HasPrefix(t.rest, "]") {
		t.take(1)
		t.out.WriteString(`\]`)
	}
}

func (t *regexpTranslator) inClass(c byte) error {
	switch {
	case strings.HasPrefix(t.rest, "[:"):
		end := strings.Index(t.rest, ":]")
		if end < 0 {
			return badRegexp("invalid character class")
		}
		t.out.WriteString(t.take(end + 2))
	case strings.HasPrefix(t.rest, "[."), strings.HasPrefix(t.rest, "[="):
		return unsupported("collating elements in regular expressions are not supported")
	case c == '[':
		t.take(1)
		t.out.WriteString(`\[`)
	case c == ']':
		t.class = false
		t.out.WriteString(t.take(1))
	default:
		t.out.WriteString(t.take(1))
	}
	return nil
}

func (t *regexpTranslator) group() error {
	switch {
	case strings.HasPrefix(t.rest, "(?:"):
		t.out.WriteString(t.take(3))
	case strings.HasPrefix(t.rest, "(?#"):
		end := strings.IndexByte(t.rest, ')')
		if end < 0 {
			return badRegexp("parentheses () not balanced")
		}
		t.take(end + 1)
	case strings.HasPrefix(t.rest, "(?="), strings.HasPrefix(t.rest, "(?!"), strings.HasPrefix(t.rest, "(?<"):
		return badRegexp("lookaround constraints are not supported")
	default:
		return badRegexp("quantifier operand invalid")
	}
	return nil
}

func badRegexp(reason string) error {
	return sqlstate.New(sqlstate.InvalidRegularExpression, "invalid regular expression: %s", reason)
}

func (t *regexpTranslator) escape() error {
	if len(t.rest) < 2 {
		return badRegexp("invalid escape \\ sequence")
	}
	c := t.rest[1]
	switch {
	case c >= '1' && c <= '9' && !t.class:
		return badRegexp("backreferences are not supported")
	case strings.IndexByte("mMyY", c) >= 0 && !t.class:
		t.take(2)
		if c == 'Y' {
			t.out.WriteString(`\B`)
		} else {
			t.out.WriteString(`\b`)
		}
	case c == 'Z' && !t.class:
		t.take(2)
		t.out.WriteString(`\z`)
	case c == 'A' && !t.class, strings.IndexByte("dDsSwWtnrfva", c) >= 0:
		t.out.WriteString(t.take(2))
	case c == 'e':
		t.take(2)
		t.out.WriteString(`\x1b`)
	case c == 'B':
		t.take(2)
		t.out.WriteString(`\\`)
	case c == 'b':
		t.take(2)
		t.out.WriteString(`\x08`)
	case c == 'u' && len(t.rest) >= 6:
		t.out.WriteString(`\x{` + t.take(6)[2:] + `}`)
	case c == 'U' && len(t.rest) >= 10:
		t.out.WriteString(`\x{` + t.take(10)[2:] + `}`)
	case c == 'x', c == '0':
		return t.numbered(c)
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
		return badRegexp("invalid escape \\ sequence")
	default:
		t.take(1)
		t.out.WriteString(quoteClass(t.take(1)))
	}
	return nil
}

// quoteClass keeps an escaped mark literal, within brackets and without.
func quoteClass(s string) string {
	if s[0] < 0x80 {
		return `\` + s
	}
	return s
}

// numbered is \xhhh… or \0oo.
func (t *regexpTranslator) numbered(c byte) error {
	digits, start := "01234567", 1
	if c == 'x' {
		digits, start = "0123456789abcdefABCDEF", 2
	}
	end := start
	for end < len(t.rest) && end < start+6 && strings.IndexByte(digits, t.rest[end]) >= 0 {
		end++
	}
	if end == start {
		return badRegexp("invalid escape \\ sequence")
	}
	code := t.take(end)[start:]
	if c == 'x' {
		t.out.WriteString(`\x{` + code + `}`)
		return nil
	}
	t.out.WriteString(`\` + strings.Repeat("0", max(3-len(code), 0)) + code)
	return nil
}
