package builtin

import (
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// regexpPlaces are the functions that came with PostgreSQL 15, after Oracle's: they count characters from a start.
func regexpPlaces(r *registry) {
	r.fn(regexpCount, "regexp_count(text,text)", "regexp_count(text,text,int4)", "regexp_count(text,text,int4,text)")
	r.fn(regexpLike, "regexp_like(text,text)", "regexp_like(text,text,text)")
	for _, args := range []string{"", ",int4", ",int4,int4", ",int4,int4,int4", ",int4,int4,int4,text",
		",int4,int4,int4,text,int4"} {
		r.fn(regexpInstr, "regexp_instr(text,text"+args+")")
	}
	for _, args := range []string{"", ",int4", ",int4,int4", ",int4,int4,text", ",int4,int4,text,int4"} {
		r.fn(regexpSubstr, "regexp_substr(text,text"+args+")")
	}
}

// intArg is an optional argument that must not be below least.
func intArg(a []datum.Datum, i int, name string, least, missing int64) (int64, error) {
	if i >= len(a) {
		return missing, nil
	}
	if v := a[i].Int(); v >= least {
		return v, nil
	}
	return 0, invalidParameter("invalid value for parameter \"%s\": %d", name, a[i].Int())
}

// optionsArg are the flags at i; g makes no sense to a function that looks at every match anyway.
func optionsArg(a []datum.Datum, i int, function string) (string, error) {
	options, global := regexpFlags(a, i)
	if global {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "%s does not support the \"global\" option", function)
	}
	return options, nil
}

// matchesFrom finds the matches that begin at character start or later, as byte offsets in s. Go has no search
// from the middle, so an expression that looks for the beginning is searched from there.
func matchesFrom(s, pattern, options string, start int64) ([][]int, error) {
	re, err := compileRegexp(pattern, options)
	if err != nil {
		return nil, err
	}
	if start > int64(utf8.RuneCountInString(s))+1 {
		return nil, nil
	}
	from := offsetOf(s, start-1)
	if from == 0 || strings.ContainsAny(pattern, "^\\") {
		all := re.FindAllStringSubmatchIndex(s, -1)
		for len(all) > 0 && all[0][0] < from {
			all = all[1:]
		}
		return all, nil
	}
	all := re.FindAllStringSubmatchIndex(s[from:], -1)
	for _, m := range all {
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
	}
	return all, nil
}

func regexpCount(_ *Env, a []datum.Datum) (datum.Datum, error) {
	start, err := intArg(a, 2, "start", 1, 1)
	if err != nil {
		return datum.Null, err
	}
	options, err := optionsArg(a, 3, "regexp_count()")
	if err != nil {
		return datum.Null, err
	}
	all, err := matchesFrom(a[0].Str(), a[1].Str(), options, start)
	return datum.NewInt(int64(len(all))), err
}

func regexpLike(_ *Env, a []datum.Datum) (datum.Datum, error) {
	options, err := optionsArg(a, 2, "regexp_like()")
	if err != nil {
		return datum.Null, err
	}
	re, err := compileRegexp(a[1].Str(), options)
	if err != nil {
		return datum.Null, err
	}
	return datum.NewBool(re.MatchString(a[0].Str())), nil
}

// nthMatch is the part of the match that the arguments ask for: start at 2, n at 3, flags and group at flags. The
// offsets are -1 where there is none.
func nthMatch(a []datum.Datum, flags int, function string) (from, to int, err error) {
	start, err := intArg(a, 2, "start", 1, 1)
	if err != nil {
		return 0, 0, err
	}
	n, err := intArg(a, 3, "n", 1, 1)
	if err != nil {
		return 0, 0, err
	}
	options, err := optionsArg(a, flags, function)
	if err != nil {
		return 0, 0, err
	}
	group, err := intArg(a, flags+1, "subexpr", 0, 0)
	if err != nil {
		return 0, 0, err
	}
	all, err := matchesFrom(a[0].Str(), a[1].Str(), options, start)
	if err != nil || n > int64(len(all)) {
		return -1, -1, err
	}
	m := all[n-1]
	if len(m) == 2 && group == 1 {
		group = 0 // an expression without groups has one: the whole
	}
	if 2*group >= int64(len(m)) {
		return -1, -1, nil
	}
	return m[2*group], m[2*group+1], nil
}

func regexpInstr(_ *Env, a []datum.Datum) (datum.Datum, error) {
	end := int64(0)
	for i, name := range []string{"start", "n"} {
		if _, err := intArg(a, 2+i, name, 1, 1); err != nil {
			return datum.Null, err
		}
	}
	if len(a) > 4 {
		if end = a[4].Int(); end != 0 && end != 1 {
			return datum.Null, invalidParameter("invalid value for parameter \"endoption\": %d", end)
		}
	}
	from, to, err := nthMatch(withoutArg(a, 4), 4, "regexp_instr()")
	if err != nil || from < 0 {
		return datum.NewInt(0), err
	}
	if end == 1 {
		from = to
	}
	return datum.NewInt(int64(utf8.RuneCountInString(a[0].Str()[:from])) + 1), nil
}

func withoutArg(a []datum.Datum, i int) []datum.Datum {
	if len(a) <= i {
		return a
	}
	return append(append([]datum.Datum{}, a[:i]...), a[i+1:]...)
}

func regexpSubstr(_ *Env, a []datum.Datum) (datum.Datum, error) {
	from, to, err := nthMatch(a, 4, "regexp_substr()")
	if err != nil || from < 0 {
		return datum.Null, err
	}
	return datum.NewString(a[0].Str()[from:to]), nil
}
