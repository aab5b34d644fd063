package builtin

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// Text functions count characters, the bytea ones of bytes.go bytes.

func stringFunctions(r *registry) {
	for name, f := range map[string]func(string) string{
		"lower": strings.ToLower, "upper": strings.ToUpper, "initcap": initcap, "reverse": reverse,
		"btrim": func(s string) string { return strings.Trim(s, " ") },
		"ltrim": func(s string) string { return strings.TrimLeft(s, " ") },
		"rtrim": func(s string) string { return strings.TrimRight(s, " ") },
	} {
		r.fn(textToText(f), key(name, datum.Text))
	}
	for name, f := range map[string]func(s, cutset string) string{
		"btrim": strings.Trim, "ltrim": strings.TrimLeft, "rtrim": strings.TrimRight,
	} {
		r.fn(textsToText(f), key(name, datum.Text, datum.Text))
	}
	r.fn(textsToText(func(a, b string) string { return a + b }), "textcat(text,text)")
	r.fn(textToInt(utf8.RuneCountInString), "length(text)", "char_length(text)", "character_length(text)", "textlen(text)")
	r.fn(textToInt(func(s string) int { return utf8.RuneCountInString(strings.TrimRight(s, " ")) }),
		"length(bpchar)", "char_length(bpchar)", "character_length(bpchar)")
	r.fn(textToInt(func(s string) int { return len(s) }), "octet_length(text)",
		"octet_length(bpchar)", "octet_length(bytea)")
	r.fn(textToInt(ascii), "ascii(text)")
	r.fn(chr, "chr(int4)")
	r.fn(positionText, "strpos(text,text)", "position(text,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewBool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
	}, "starts_with(text,text)")
	cuttingFunctions(r)
	r.fn(replaceText, "replace(text,text,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(translate(a[0].Str(), a[1].Str(), a[2].Str())), nil
	}, "translate(text,text,text)")
	r.fn(repeat, "repeat(text,int4)")
	r.fn(splitPart, "split_part(text,text,int4)")
	quotingFunctions(r)
}

func cuttingFunctions(r *registry) {
	r.fn(left, "left(text,int4)")
	r.fn(right, "right(text,int4)")
	r.fn(pad(true), "lpad(text,int4)", "lpad(text,int4,text)")
	r.fn(pad(false), "rpad(text,int4)", "rpad(text,int4,text)")
	r.fn(substringText, "substring(text,int4)", "substring(text,int4,int4)", "substr(text,int4)", "substr(text,int4,int4)")
	r.fn(overlayText, "overlay(text,text,int4)", "overlay(text,text,int4,int4)")
}

func quotingFunctions(r *registry) {
	r.fn(textToText(parse.QuoteIdent), "quote_ident(text)")
	r.fn(textToText(parse.QuoteLiteral), "quote_literal(text)")
	r.fn(quoteNullable, "quote_nullable(text)")
	literal := func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		return quoteNullable(env, []datum.Datum{datum.NewString(datum.Format(known(types[0]), a[0], env.Datum))})
	}
	r.typed["quote_literal(anyelement)"] = literal
	r.typed["quote_nullable(anyelement)"] = func(env *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
		if a[0].IsNull() {
			return datum.NewString("NULL"), nil
		}
		return literal(env, types, a)
	}
}

// known is the type of a literal whose type nothing decided.
func known(t *datum.Type) *datum.Type {
	if t == datum.Unknown {
		return datum.Text
	}
	return t.Root()
}

func quoteNullable(_ *Env, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.NewString("NULL"), nil
	}
	return datum.NewString(parse.QuoteLiteral(a[0].Str())), nil
}

// initcap makes the first letter of each word upper case and the rest lower; letters and digits make words.
func initcap(s string) string {
	inside := false
	return strings.Map(func(c rune) rune {
		first := !inside
		inside = unicode.IsLetter(c) || unicode.IsDigit(c)
		if first {
			return unicode.ToUpper(c)
		}
		return unicode.ToLower(c)
	}, s)
}

func reverse(s string) string {
	out := make([]byte, len(s))
	at := len(s)
	for len(s) > 0 {
		_, size := utf8.DecodeRuneInString(s)
		at -= size
		copy(out[at:], s[:size])
		s = s[size:]
	}
	return string(out)
}

func ascii(s string) int {
	if s == "" {
		return 0
	}
	c, _ := utf8.DecodeRuneInString(s)
	return int(c)
}

func chr(_ *Env, a []datum.Datum) (datum.Datum, error) {
	c := a[0].Int()
	switch {
	case c == 0:
		return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "null character not permitted")
	case c < 0:
		return datum.Null, invalidParameter("character number must be positive")
	case c > unicode.MaxRune:
		return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "requested character too large for encoding: %d", c)
	case !utf8.ValidRune(rune(c)):
		return datum.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "requested character not valid for encoding: %d", c)
	}
	return datum.NewString(string(rune(c))), nil
}

func positionText(_ *Env, a []datum.Datum) (datum.Datum, error) {
	i := strings.Index(a[0].Str(), a[1].Str())
	if i < 0 {
		return datum.NewInt(0), nil
	}
	return datum.NewInt(int64(utf8.RuneCountInString(a[0].Str()[:i])) + 1), nil
}

// offsetOf is the byte offset of character n (from 0), or the length of s.
func offsetOf(s string, n int64) int {
	if n <= 0 {
		return 0
	}
	if n >= int64(len(s)) {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

func left(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, n := a[0].Str(), a[1].Int()
	if n < 0 {
		n = max(int64(utf8.RuneCountInString(s))+n, 0)
	}
	return datum.NewString(s[:offsetOf(s, n)]), nil
}

func right(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, n := a[0].Str(), a[1].Int()
	if n >= 0 {
		n = max(int64(utf8.RuneCountInString(s))-n, 0)
	} else {
		n = -n
	}
	return datum.NewString(s[offsetOf(s, n):]), nil
}

// maxText is Postgres's MaxAllocSize: no value is larger.
const maxText = 1<<30 - 1

func tooLong() error {
	return sqlstate.New(sqlstate.ProgramLimitExceeded, "requested length too large")
}

func pad(before bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, n, fill := a[0].Str(), max(a[1].Int(), 0), " "
		if len(a) > 2 {
			fill = a[2].Str()
		}
		have := int64(utf8.RuneCountInString(s))
		if have >= n || fill == "" {
			return datum.NewString(s[:offsetOf(s, n)]), nil
		}
		per := int64(utf8.RuneCountInString(fill))
		times := (n-have)/per + 1
		if times*int64(len(fill)) > maxText {
			return datum.Null, tooLong()
		}
		filler := strings.Repeat(fill, int(times))
		filler = filler[:offsetOf(filler, n-have)]
		if before {
			return datum.NewString(filler + s), nil
		}
		return datum.NewString(s + filler), nil
	}
}

// window is the half-open range that substring(from start for length) keeps, counted from 0. Without a
// length it reaches to the end.
func window(a []datum.Datum) (lo, hi int64, err error) {
	lo, hi = a[0].Int()-1, 1<<62
	if len(a) > 1 {
		if a[1].Int() < 0 {
			return 0, 0, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
		}
		hi = lo + a[1].Int()
	}
	return max(lo, 0), max(hi, 0), nil
}

func substringText(_ *Env, a []datum.Datum) (datum.Datum, error) {
	lo, hi, err := window(a[1:])
	if err != nil {
		return datum.Null, err
	}
	s := a[0].Str()
	s = s[offsetOf(s, lo):]
	return datum.NewString(s[:offsetOf(s, hi-lo)]), nil
}

func overlayText(_ *Env, a []datum.Datum) (datum.Datum, error) {
	length := int64(utf8.RuneCountInString(a[1].Str()))
	if len(a) > 3 {
		length = a[3].Int()
	}
	start := a[2].Int()
	if start <= 0 {
		return datum.Null, sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
	}
	s := a[0].Str()
	return datum.NewString(s[:offsetOf(s, start-1)] + a[1].Str() + s[offsetOf(s, start-1+length):]), nil
}

func replaceText(_ *Env, a []datum.Datum) (datum.Datum, error) {
	if a[1].Str() == "" {
		return a[0], nil
	}
	return datum.NewString(strings.ReplaceAll(a[0].Str(), a[1].Str(), a[2].Str())), nil
}

// translate maps the characters of from to those of to, and drops those without a partner.
func translate(s, from, to string) string {
	table := map[rune]rune{}
	target := []rune(to)
	i := 0
	for _, c := range from {
		if _, seen := table[c]; !seen {
			table[c] = -1
			if i < len(target) {
				table[c] = target[i]
			}
		}
		i++
	}
	return strings.Map(func(c rune) rune {
		if m, ok := table[c]; ok {
			return m
		}
		return c
	}, s)
}

func repeat(_ *Env, a []datum.Datum) (datum.Datum, error) {
	n := max(a[1].Int(), 0)
	if n*int64(len(a[0].Str())) > maxText {
		return datum.Null, tooLong()
	}
	return datum.NewString(strings.Repeat(a[0].Str(), int(n))), nil
}

func splitPart(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, sep, n := a[0].Str(), a[1].Str(), a[2].Int()
	if n == 0 {
		return datum.Null, invalidParameter("field position must not be zero")
	}
	parts := []string{s}
	if sep != "" {
		parts = strings.Split(s, sep)
	}
	if n < 0 {
		n += int64(len(parts)) + 1
	}
	if n < 1 || n > int64(len(parts)) {
		return datum.NewString(""), nil
	}
	return datum.NewString(parts[n-1]), nil
}
