package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// likeFunctions registers LIKE and its kin: % matches anything, _ one character (one byte of a bytea),
// a backslash takes the next character for itself.
func likeFunctions(r *registry) {
	for _, prefix := range []struct {
		name string
		typ  *datum.Type
	}{{"text", datum.Text}, {"name", datum.Name}, {"bpchar", datum.Bpchar}} {
		for _, not := range []bool{false, true} {
			for _, fold := range []bool{false, true} {
				k := key(prefix.name+likeName(not, fold), prefix.typ, datum.Text)
				r.funcs[k], r.vecs[k] = likeFunc(oneRune, not, fold), likeVec(not, fold)
			}
		}
	}
	r.fn(likeEscape(oneRune), "like_escape(text,text)")
	r.fn(likeEscape(oneByte), "like_escape(bytea,bytea)")
	r.fn(likeFunc(oneByte, false, false), "bytealike(bytea,bytea)")
	r.fn(likeFunc(oneByte, true, false), "byteanlike(bytea,bytea)")
}

func likeName(not, fold bool) string {
	name := "like"
	if not {
		name = "nlike"
	}
	if fold {
		name = "ic" + name
	}
	return name
}

// character is the size of the first character of a string that is not empty.
type character func(s string) int

func oneByte(string) int { return 1 }

func oneRune(s string) int { _, size := utf8.DecodeRuneInString(s); return size }

func likeFunc(char character, not, fold bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		matches, err := like(a[0].Str(), a[1].Str(), char, fold)
		return datum.NewBool(matches != not), err
	}
}

// likeVec saves the boxing; a pattern without a matching row costs what its first characters do.
func likeVec(not, fold bool) VecFunc {
	return func(_ *Env, args []*datum.Vec, n int) (*datum.Vec, error) {
		out := &datum.Vec{Type: datum.Bool, B: make([]bool, n), Nulls: eitherNull(args, n)}
		for i := range out.B {
			if out.IsNull(i) {
				continue
			}
			matches, err := like(args[0].S[i], args[1].S[i], oneRune, fold)
			if err != nil {
				return nil, &RowError{Row: i, Err: err}
			}
			out.B[i] = matches != not
		}
		return out, nil
	}
}

func like(s, pattern string, char character, fold bool) (bool, error) {
	if fold {
		s, pattern = strings.ToLower(s), strings.ToLower(pattern)
	}
	return matchLike(s, pattern, char)
}

// matchLike remembers the last % only: if what follows it does not fit here, it may fit further on, and
// no earlier % need ever be tried again. So the time is len(s)·len(pattern) at worst, and no stack.
// A backslash at the end has nothing to escape, which matters only if the match gets that far.
func matchLike(s, p string, char character) (bool, error) {
	retryS, retryP := "", ""
	retry := false
	for {
		switch {
		case p != "" && p[0] == '%':
			p = p[1:]
			retryS, retryP, retry = s, p, true
			continue
		case p == "" && s == "":
			return true, nil
		case p != "" && s != "" && p[0] == '_':
			s, p = s[char(s):], p[1:]
			continue
		case p == `\` && s != "":
			return false, sqlstate.New(sqlstate.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
		case p != "" && s != "":
			literal := p
			if p[0] == '\\' {
				literal = p[1:]
			}
			if literal[0] == s[0] {
				s, p = s[1:], literal[1:]
				continue
			}
		}
		if !retry || retryS == "" {
			return false, nil
		}
		retryS = retryS[char(retryS):]
		s, p = retryS, retryP
	}
}

// likeEscape rewrites a pattern with another escape character, or none, for backslashes.
func likeEscape(char character) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		pattern, escape := a[0].Str(), a[1].Str()
		if escape != "" && char(escape) != len(escape) {
			return datum.Null, sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
				WithHint("Escape string must be empty or one character.")
		}
		if escape == `\` {
			return a[0], nil
		}
		var out strings.Builder
		for pattern != "" {
			size := char(pattern)
			c := pattern[:size]
			pattern = pattern[size:]
			switch {
			case c == escape:
				out.WriteByte('\\')
				if pattern != "" { // what is escaped is taken for itself, even the escape
					size = char(pattern)
					out.WriteString(pattern[:size])
					pattern = pattern[size:]
				}
			case c == `\`:
				out.WriteString(`\\`)
			default:
				out.WriteString(c)
			}
		}
		return datum.NewString(out.String()), nil
	}
}
