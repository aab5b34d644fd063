package builtin

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A template is the second argument of to_char, to_timestamp and to_date: fields such as YYYY with
// modifiers around them, and text between.

// templateFields are the fields' names in capitals, longest first where one begins another. All may be
// written in small letters too; Month, Mon, Day and Dy also as here, and print so.
var templateFields = strings.Fields(`A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY D FF1 FF2 FF3 FF4 FF5 FF6 HH24 HH12 HH
	IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y`)

// digitFields read and write numbers.
var digitFields = strings.Fields(`CC DDD DD D FF1 FF2 FF3 FF4 FF5 FF6 HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM MS
	Q SSSSS SSSS SS TZH TZM US WW W Y,YYY YYYY YYY YY Y`)

// letterCase is how a field was written, which is how its words are.
type letterCase byte

const (
	upperCase letterCase = iota
	lowerCase
	titleCase
)

// templateNode is a field, or a piece of text when field is "".
type templateNode struct {
	field   string
	letters letterCase
	fill    bool   // FM: no padding
	ordinal string // TH or th after a number
	text    string
	// quoted text is copied and skipped as it is; a single separator or space matches loosely.
	quoted bool
}

func (n *templateNode) digits() bool { return slices.Contains(digitFields, n.field) }

// separator says whether the text is one mark that is neither letter nor digit.
func (n *templateNode) separator() bool {
	return n.field == "" && !n.quoted && len(n.text) == 1 && isSeparator(n.text[0])
}

func isSeparator(c byte) bool {
	return c > ' ' && c < 0x7f && !isASCIILetter(c) && !isASCIIDigit(c)
}

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isASCIIDigit(c byte) bool { return c >= '0' && c <= '9' }

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// parseTemplate takes a template apart. fixed is FX, by which input must match it exactly.
func parseTemplate(s string) (nodes []templateNode, fixed bool) {
	for s != "" {
		fill := false
		for again := true; again; {
			switch {
			case hasPrefixFold(s, "FM"):
				s, fill = s[2:], true
			case hasPrefixFold(s, "FX"):
				s, fixed = s[2:], true
			case hasPrefixFold(s, "TM"):
				s = s[2:]
			default:
				again = false
			}
		}
		if s == "" {
			break
		}
		if n, rest, ok := cutField(s); ok {
			n.fill = fill
			if strings.HasPrefix(rest, "TH") || strings.HasPrefix(rest, "th") {
				n.ordinal, rest = rest[:2], rest[2:]
			}
			nodes, s = append(nodes, n), rest
			continue
		}
		var n templateNode
		n, s = cutText(s)
		nodes = append(nodes, n)
	}
	return nodes, fixed
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) &&
		(s[:len(prefix)] == prefix || s[:len(prefix)] == strings.ToLower(prefix))
}

func cutField(s string) (n templateNode, rest string, ok bool) {
	for _, f := range templateFields {
		if len(s) < len(f) {
			continue
		}
		head := s[:len(f)]
		switch {
		case head == f:
			n.letters = upperCase
		case head == strings.ToLower(f):
			n.letters = lowerCase
		case isWord(f) && head == f[:1]+strings.ToLower(f[1:]):
			n.letters = titleCase
		default:
			continue
		}
		n.field = f
		return n, s[len(f):], true
	}
	return n, s, false
}

func isWord(f string) bool { return f == "MONTH" || f == "MON" || f == "DAY" || f == "DY" }

// cutText takes quoted text, or one character; a backslash before a quote takes it for itself.
func cutText(s string) (templateNode, string) {
	if s[0] == '"' {
		var text strings.Builder
		s = s[1:]
		for s != "" && s[0] != '"' {
			if s[0] == '\\' && len(s) > 1 {
				s = s[1:]
			}
			text.WriteByte(s[0])
			s = s[1:]
		}
		return templateNode{text: text.String(), quoted: true}, strings.TrimPrefix(s, `"`)
	}
	if strings.HasPrefix(s, `\"`) {
		return templateNode{text: `"`}, s[2:]
	}
	_, size := utf8.DecodeRuneInString(s)
	return templateNode{text: s[:size]}, s[size:]
}
