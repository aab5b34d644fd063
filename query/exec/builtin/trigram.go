package builtin

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/query/trigram"
)

// The functions of extension pg_trgm: texts are as alike as the sets of three characters in a row that their words have.

// alike is the share of common trigrams among all (CALCSML).
func alike(common, a, b int) float32 {
	return float32(common) / float32(a+b-common)
}

// trigramSimilarity is similarity(text, text).
func trigramSimilarity(a, b string) float32 {
	common, x, y := trigram.Common(a, b)
	if x == 0 || y == 0 {
		return 0
	}
	return alike(common, x, y)
}

// trigramLimit is a threshold's setting, with what it is where nobody set it.
type trigramLimit struct {
	setting string
	value   float32
}

var (
	similarityLimit = trigramLimit{"pg_trgm.similarity_threshold", 0.3}
	wordLimit       = trigramLimit{"pg_trgm.word_similarity_threshold", 0.6}
	strictWordLimit = trigramLimit{"pg_trgm.strict_word_similarity_threshold", 0.5}
)

func (l trigramLimit) of(env *Env) float32 { return l.in(env.Session) }

func (l trigramLimit) in(s Session) float32 {
	if s != nil {
		if text, ok := s.Setting(l.setting); ok {
			if v, err := strconv.ParseFloat(text, 32); err == nil {
				return float32(v)
			}
		}
	}
	return l.value
}

// TrigramLimit is how alike the session wants texts to be of which an operator of pg_trgm says that they are; 0 of others.
func TrigramLimit(s Session, operator string) float32 {
	switch operator {
	case "%":
		return similarityLimit.in(s)
	case "%>":
		return wordLimit.in(s)
	case "%>>":
		return strictWordLimit.in(s)
	}
	return 0
}

func setTrigramLimit(env *Env, a []datum.Datum) (datum.Datum, error) {
	limit := a[0].Float()
	if !(limit >= 0 && limit <= 1) {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue,
			"%s is outside the valid range for parameter \"%s\" (0 .. 1)", strconv.FormatFloat(limit, 'g', -1, 32), similarityLimit.setting)
	}
	text := strconv.FormatFloat(limit, 'g', -1, 32)
	if err := env.Session.SetSetting(similarityLimit.setting, text, false); err != nil {
		return datum.Null, err
	}
	return datum.NewFloat(float64(similarityLimit.of(env))), nil
}

func trigramFunctions(r *registry) {
	const two = "(text,text)"
	number := func(f func(a, b string) float32) Func {
		return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewFloat(float64(f(a[0].Str(), a[1].Str()))), nil
		}
	}
	distance := func(f func(a, b string) float32) Func {
		return number(func(a, b string) float32 { return 1 - f(a, b) })
	}
	within := func(f func(a, b string) float32, l trigramLimit) Func {
		return func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(f(a[0].Str(), a[1].Str()) >= l.of(env)), nil
		}
	}
	swapped := func(f func(a, b string) float32) func(a, b string) float32 {
		return func(a, b string) float32 { return f(b, a) }
	}
	r.fn(number(trigramSimilarity), "pg_trgm.similarity"+two)
	r.fn(distance(trigramSimilarity), "pg_trgm.similarity_dist"+two)
	r.fn(within(trigramSimilarity, similarityLimit), "pg_trgm.similarity_op"+two)
	for _, w := range []struct {
		name  string
		f     func(a, b string) float32
		limit trigramLimit
	}{{"word_similarity", wordSimilarity, wordLimit}, {"strict_word_similarity", strictWordSimilarity, strictWordLimit}} {
		r.fn(number(w.f), "pg_trgm."+w.name+two)
		r.fn(within(w.f, w.limit), "pg_trgm."+w.name+"_op"+two)
		r.fn(within(swapped(w.f), w.limit), "pg_trgm."+w.name+"_commutator_op"+two)
		r.fn(distance(w.f), "pg_trgm."+w.name+"_dist_op"+two)
		r.fn(distance(swapped(w.f)), "pg_trgm."+w.name+"_dist_commutator_op"+two)
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		var out []datum.Datum
		for _, t := range trigram.Set(a[0].Str()) {
			out = append(out, datum.NewString(t.String()))
		}
		return datum.ArrayFrom(datum.Text, out), nil
	}, "pg_trgm.show_trgm(text)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(float64(similarityLimit.of(env))), nil
	}, "pg_trgm.show_limit()")
	r.fn(setTrigramLimit, "pg_trgm.set_limit(float4)")
}
