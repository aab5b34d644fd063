package trigram

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

// maxStrings bounds the strings that a part of a regular expression is taken for, and maxClass the characters of a class of
// which each is one: beyond, the part says nothing but what it must contain.
const (
	maxStrings = 16
	maxClass   = 8
)

// part is what is known of the text that a part of a regular expression matches: that it is one of strings, in lower case and
// with a blank for the ends of a text, or nil; and what it has in any case.
type part struct {
	strings []string
	has     *Query
}

// OfRegexp is the query of a regular expression in Go's syntax. It follows Cox, Regular Expression Matching with a Trigram
// Index, without the prefixes and suffixes that he keeps of what has no list of strings.
func OfRegexp(text string) (*Query, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("parse regular expression: %w", err)
	}
	return partOf(re.Simplify()).query(), nil
}

// query is what the text around the part has in any case.
func (p part) query() *Query {
	if p.strings == nil {
		return p.has
	}
	var kids []*Query
	for _, s := range p.strings {
		var w words
		for _, r := range s {
			w.add(r)
		}
		w.end(false)
		kids = append(kids, all(distinct(w.found)))
	}
	return and(p.has, or(kids...))
}

func partOf(re *syntax.Regexp) part {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return part{strings: []string{""}}
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return part{strings: []string{" "}} // beyond it there is nothing, or a new line: no word goes on there
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return partOf(re.Sub[0])
	case syntax.OpQuest:
		return either([]part{partOf(re.Sub[0]), {strings: []string{""}}})
	case syntax.OpPlus:
		return part{has: partOf(re.Sub[0]).query()}
	case syntax.OpConcat:
		parts := make([]part, len(re.Sub))
		for i, sub := range re.Sub {
			parts[i] = partOf(sub)
		}
		return inRow(parts)
	case syntax.OpAlternate:
		parts := make([]part, len(re.Sub))
		for i, sub := range re.Sub {
			parts[i] = partOf(sub)
		}
		return either(parts)
	}
	return part{}
}

func literal(re *syntax.Regexp) part {
	var parts []part
	for _, r := range re.Rune {
		chars := []rune{r, r}
		if re.Flags&syntax.FoldCase != 0 {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				chars = append(chars, f, f)
			}
		}
		parts = append(parts, class(chars))
	}
	return inRow(parts)
}

// class is one character of those that are in pairs of a first and a last.
func class(pairs []rune) part {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1]-pairs[i] >= maxClass {
			return part{}
		}
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			out = append(out, strings.ToLower(string(r)))
		}
	}
	slices.Sort(out)
	if out = slices.Compact(out); len(out) == 0 || len(out) > maxClass {
		return part{}
	}
	return part{strings: out}
}

// either is one of several parts.
func either(parts []part) part {
	var out []string
	var kids []*Query
	for _, p := range parts {
		if kids = append(kids, p.query()); p.strings == nil || p.has != nil || len(out)+len(p.strings) > maxStrings {
			out = nil
			break
		}
		out = append(out, p.strings...)
	}
	if out != nil {
		return part{strings: out}
	}
	for _, p := range parts[len(kids):] {
		kids = append(kids, p.query())
	}
	return part{has: or(kids...)}
}

// inRow is parts one behind the other. Strings that are too many to go on with say what they say alone.
func inRow(parts []part) part {
	now := part{strings: []string{""}}
	whole := true
	for _, p := range parts {
		switch {
		case p.strings == nil || p.has != nil:
			now = part{strings: []string{""}, has: and(now.query(), p.query())}
			whole = false
		case len(now.strings)*len(p.strings) > maxStrings:
			now = part{strings: p.strings, has: now.query()}
			whole = false
		default:
			now.strings = product(now.strings, p.strings)
		}
	}
	if whole {
		return now
	}
	return part{has: now.query()}
}

func product(a, b []string) []string {
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}
