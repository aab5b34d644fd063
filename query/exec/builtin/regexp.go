package builtin

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func regexpFunctions(r *registry) {
	for _, left := range []*datum.Type{datum.Text, datum.Name, datum.Bpchar} {
		for _, fold := range []bool{false, true} {
			name := left.Name
			if fold {
				name += "ic"
			}
			for op, want := range map[string]bool{"regexeq": true, "regexne": false} {
				k := key(name+op, left, datum.Text)
				r.funcs[k], r.vecs[k] = regexpMatches(fold, want), regexpVec(fold, want)
			}
		}
	}
	r.fn(regexpMatch, "regexp_match(text,text)", "regexp_match(text,text,text)")
	r.fn(regexpReplace, "regexp_replace(text,text,text)", "regexp_replace(text,text,text,text)",
		"regexp_replace(text,text,text,int4)", "regexp_replace(text,text,text,int4,int4)",
		"regexp_replace(text,text,text,int4,int4,text)")
	r.fn(regexpSplitToArray, "regexp_split_to_array(text,text)", "regexp_split_to_array(text,text,text)")
	r.fn(substringRegexp, "substring(text,text)")
	r.fn(substringSimilar, "substring(text,text,text)")
	for _, k := range []string{"regexp_matches(text,text)", "regexp_matches(text,text,text)"} {
		r.sets[k] = regexpMatchesSet
	}
	for _, k := range []string{"regexp_split_to_table(text,text)", "regexp_split_to_table(text,text,text)"} {
		r.sets[k] = regexpSplitToTable
	}
}

// regexpCacheSize bounds the compiled expressions kept. A query uses a handful; a column of patterns
// would fill any cache, so a full one is emptied rather than managed.
const regexpCacheSize = 256

var regexps = struct {
	sync.RWMutex
	compiled map[string]*regexp.Regexp
}{compiled: map[string]*regexp.Regexp{}}

// lazyQuantifier finds *? and its kin. An expression without one takes the longest match, as POSIX has it.
var lazyQuantifier = regexp.MustCompile(`[*+?}]\?`)

// compileRegexp translates and compiles a Postgres regular expression with its option letters.
func compileRegexp(pattern, options string) (*regexp.Regexp, error) {
	return cachedRegexp(options+"\x00"+pattern, func() (string, error) { return translateRegexp(pattern, options) })
}

// RegexpSyntax is a Postgres regular expression in Go's syntax.
func RegexpSyntax(pattern string, fold bool) (string, error) {
	return translateRegexp(pattern, foldOption(fold))
}

// compileGo compiles an expression that is in Go's syntax already.
func compileGo(text string) (*regexp.Regexp, error) {
	return cachedRegexp("go\x00"+text, func() (string, error) { return text, nil })
}

func cachedRegexp(k string, translate func() (string, error)) (*regexp.Regexp, error) {
	regexps.RLock()
	re := regexps.compiled[k]
	regexps.RUnlock()
	if re != nil {
		return re, nil
	}
	text, err := translate()
	if err != nil {
		return nil, err
	}
	if re, err = regexp.Compile(text); err != nil {
		return nil, invalidRegexp(err)
	}
	if !lazyQuantifier.MatchString(text) {
		re.Longest()
	}
	regexps.Lock()
	defer regexps.Unlock()
	if len(regexps.compiled) >= regexpCacheSize {
		clear(regexps.compiled)
	}
	regexps.compiled[k] = re
	return re, nil
}

func foldOption(fold bool) string {
	if fold {
		return "i"
	}
	return ""
}

// regexpVec looks the expression up once for all the rows that share it.
func regexpVec(fold, want bool) VecFunc {
	options := foldOption(fold)
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Bool, B: make([]bool, n), Nulls: eitherNull(args, n)}
		var re *regexp.Regexp
		pattern := ""
		for i := range out.B {
			if out.IsNull(i) {
				continue
			}
			if re == nil || args[1].S[i] != pattern {
				var err error
				pattern = args[1].S[i]
				if re, err = compileRegexp(pattern, options); err != nil {
					return nil, &RowError{Row: i, Err: err}
				}
			}
			out.B[i] = re.MatchString(args[0].S[i]) == want
		}
		return out, nil
	}
}

func regexpMatches(fold, want bool) Func {
	options := foldOption(fold)
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		re, err := compileRegexp(a[1].Str(), options)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewBool(re.MatchString(a[0].Str()) == want), nil
	}
}

// regexpFlags splits a flags argument into g, for all matches, and the expression's options.
func regexpFlags(a []datum.Datum, at int) (options string, global bool) {
	if len(a) <= at {
		return "", false
	}
	flags := a[at].Str()
	return strings.ReplaceAll(flags, "g", ""), strings.Contains(flags, "g")
}

// groupsOf are the captured groups of a match, or the whole of it where there are none.
func groupsOf(s string, m []int) datum.Datum {
	if len(m) > 2 {
		m = m[2:]
	}
	out := make([]datum.Datum, 0, len(m)/2)
	for i := 0; i < len(m); i += 2 {
		if m[i] < 0 {
			out = append(out, datum.Null)
		} else {
			out = append(out, datum.NewString(s[m[i]:m[i+1]]))
		}
	}
	return datum.ArrayFrom(datum.Text, out)
}

func regexpMatch(_ *Env, a []datum.Datum) (datum.Datum, error) {
	options, global := regexpFlags(a, 2)
	if global {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue,
			"regexp_match() does not support the \"global\" option").
			WithHint("Use the regexp_matches function instead.")
	}
	re, err := compileRegexp(a[1].Str(), options)
	if err != nil {
		return datum.Null, err
	}
	m := re.FindStringSubmatchIndex(a[0].Str())
	if m == nil {
		return datum.Null, nil
	}
	return groupsOf(a[0].Str(), m), nil
}

func regexpMatchesSet(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	options, global := regexpFlags(a, 2)
	re, err := compileRegexp(a[1].Str(), options)
	if err != nil {
		return err
	}
	limit := 1
	if global {
		limit = -1
	}
	for _, m := range re.FindAllStringSubmatchIndex(a[0].Str(), limit) {
		if err := emit([]datum.Datum{groupsOf(a[0].Str(), m)}); err != nil {
			return err
		}
	}
	return nil
}

// replacement is what regexp_replace was asked: from which character, which match (0 for all).
type replacement struct {
	options string
	start   int
	nth     int64
}

func replacementOf(a []datum.Datum) (replacement, error) {
	out := replacement{nth: 1}
	rest := a[3:]
	if len(rest) > 0 && rest[0].Kind() == datum.KindString {
		options, global := regexpFlags(rest, 0)
		if options != "" && options[0] >= '0' && options[0] <= '9' {
			return out, sqlstate.New(sqlstate.InvalidParameterValue, "invalid regular expression option: \"%c\"", options[0]).
				WithHint("If you meant to use regexp_replace() with a start parameter, " +
					"cast the fourth argument to integer explicitly.")
		}
		if out.options = options; global {
			out.nth = 0
		}
		return out, nil
	}
	if len(rest) > 0 {
		if rest[0].Int() <= 0 {
			return out, invalidParameter("invalid value for parameter \"start\": %d", rest[0].Int())
		}
		out.start = offsetOf(a[0].Str(), rest[0].Int()-1)
		if rest[0].Int() > int64(utf8.RuneCountInString(a[0].Str()))+1 {
			out.start = len(a[0].Str()) + 1
		}
	}
	explicit := len(rest) > 1
	if explicit {
		if out.nth = rest[1].Int(); out.nth < 0 {
			return out, invalidParameter("invalid value for parameter \"n\": %d", out.nth)
		}
	}
	options, global := regexpFlags(rest, 2)
	if out.options = options; global && !explicit {
		out.nth = 0
	}
	return out, nil
}

func regexpReplace(_ *Env, a []datum.Datum) (datum.Datum, error) {
	r, err := replacementOf(a)
	if err != nil {
		return datum.Null, err
	}
	re, err := compileRegexp(a[1].Str(), r.options)
	if err != nil {
		return datum.Null, err
	}
	s := a[0].Str()
	var out []byte
	last, count := 0, int64(0)
	for _, m := range re.FindAllStringSubmatchIndex(s, -1) {
		if m[0] < r.start {
			continue
		}
		if count++; r.nth > 0 && count != r.nth {
			continue
		}
		out = append(out, s[last:m[0]]...)
		out = appendReplacement(out, a[2].Str(), s, m)
		last = m[1]
	}
	return datum.NewString(string(append(out, s[last:]...))), nil
}

// appendReplacement writes the replacement, where \1 to \9 are groups, \& the whole and \\ a backslash.
func appendReplacement(dst []byte, with, s string, m []int) []byte {
	for i := 0; i < len(with); i++ {
		if with[i] != '\\' || i+1 == len(with) {
			dst = append(dst, with[i])
			continue
		}
		i++
		group := 0
		switch c := with[i]; {
		case c >= '1' && c <= '9':
			group = int(c - '0')
		case c == '&':
		case c == '\\':
			dst = append(dst, '\\')
			continue
		default:
			dst = append(dst, '\\', c)
			continue
		}
		if 2*group < len(m) && m[2*group] >= 0 {
			dst = append(dst, s[m[2*group]:m[2*group+1]]...)
		}
	}
	return dst
}

// regexpPieces are what lies between matches. A match of nothing splits between characters, not at the
// ends of the string.
func regexpPieces(name string, a []datum.Datum) ([]string, error) {
	options, global := regexpFlags(a, 2)
	if global {
		return nil, invalidParameter("%s() does not support the \"global\" option", name)
	}
	re, err := compileRegexp(a[1].Str(), options)
	if err != nil {
		return nil, err
	}
	s := a[0].Str()
	var out []string
	last := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		if m[0] == m[1] && (m[0] == 0 || m[0] == len(s)) {
			continue
		}
		out = append(out, s[last:m[0]])
		last = m[1]
	}
	return append(out, s[last:]), nil
}

func regexpSplitToArray(_ *Env, a []datum.Datum) (datum.Datum, error) {
	pieces, err := regexpPieces("regexp_split_to_array", a)
	if err != nil {
		return datum.Null, err
	}
	return textArray(pieces), nil
}

func textArray(items []string) datum.Datum {
	out := make([]datum.Datum, len(items))
	for i, s := range items {
		out[i] = datum.NewString(s)
	}
	return datum.ArrayFrom(datum.Text, out)
}

func regexpSplitToTable(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	pieces, err := regexpPieces("regexp_split_to_table", a)
	if err != nil {
		return err
	}
	return emitTexts(pieces, emit)
}

func emitTexts(items []string, emit func([]datum.Datum) error) error {
	for _, s := range items {
		if err := emit([]datum.Datum{datum.NewString(s)}); err != nil {
			return err
		}
	}
	return nil
}

// substringRegexp is substring(s from pattern): the first group, or the match.
func substringRegexp(_ *Env, a []datum.Datum) (datum.Datum, error) {
	re, err := compileRegexp(a[1].Str(), "")
	if err != nil {
		return datum.Null, err
	}
	m := re.FindStringSubmatchIndex(a[0].Str())
	if m == nil {
		return datum.Null, nil
	}
	return groupsOf(a[0].Str(), m).Array().Elems[0], nil
}

// regexpFaults are Postgres's words for what Go's parser finds wrong.
var regexpFaults = map[syntax.ErrorCode]string{
	syntax.ErrMissingParen: "parentheses () not balanced", syntax.ErrUnexpectedParen: "parentheses () not balanced",
	syntax.ErrMissingBracket: "brackets [] not balanced", syntax.ErrInvalidCharRange: "invalid character range",
	syntax.ErrInvalidCharClass: "invalid character class", syntax.ErrInvalidEscape: "invalid escape \\ sequence",
	syntax.ErrMissingRepeatArgument: "quantifier operand invalid", syntax.ErrInvalidRepeatOp: "quantifier operand invalid",
	syntax.ErrInvalidRepeatSize: "invalid repetition count(s)", syntax.ErrLarge: "regular expression is too complex",
	syntax.ErrNestingDepth: "regular expression is too complex",
}

func invalidRegexp(err error) error {
	reason := "cannot be parsed"
	var fault *syntax.Error
	if errors.As(err, &fault) && regexpFaults[fault.Code] != "" {
		reason = regexpFaults[fault.Code]
	}
	return sqlstate.Wrap(err, sqlstate.InvalidRegularExpression, "invalid regular expression: %s", reason)
}
