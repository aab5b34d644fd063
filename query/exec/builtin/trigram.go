package builtin

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// The functions of extension pg_trgm: texts are as alike as the sets of three characters in a row that their words have.

// trigram is three bytes: the characters themselves where each is one byte, a hash of them where not.
type trigram [3]byte

// compareTrigrams is pg_trgm's order, in which bytes are signed.
func compareTrigrams(a, b trigram) int {
	for i := range a {
		if c := cmp.Compare(int8(a[i]), int8(b[i])); c != 0 {
			return c
		}
	}
	return 0
}

// makeTrigram is compact_trigram.
func makeTrigram(chars string) trigram {
	if len(chars) == 3 {
		return trigram([]byte(chars))
	}
	crc := legacyCRC32(chars)
	return trigram{byte(crc), byte(crc >> 8), byte(crc >> 16)}
}

// legacyCRC32 is PostgreSQL's: the reflected table, used the other way round.
func legacyCRC32(s string) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc>>24)^s[i]] ^ crc<<8
	}
	return ^crc
}

// String is how show_trgm writes it.
func (t trigram) String() string {
	for _, b := range t {
		if b >= 0x80 || b != ' ' && !unicode.IsLetter(rune(b)) && !unicode.IsDigit(rune(b)) {
			return fmt.Sprintf("0x%02x%02x%02x", t[0], t[1], t[2])
		}
	}
	return string(t[:])
}

// wordTrigram is a trigram in its place: first and last say where its word begins and ends.
type wordTrigram struct {
	trigram
	first, last bool
}

// trigramsInOrder are those of a text's words, each with two blanks before and one behind.
func trigramsInOrder(s string) []wordTrigram {
	var out []wordTrigram
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for _, w := range words {
		chars := []rune("  " + w + " ")
		for i := range len(chars) - 2 {
			out = append(out, wordTrigram{makeTrigram(string(chars[i : i+3])), i == 0, i == len(chars)-3})
		}
	}
	return out
}

// trigramSet are a text's trigrams, each once, in order.
func trigramSet(s string) []trigram {
	all := trigramsInOrder(s)
	out := make([]trigram, len(all))
	for i, t := range all {
		out[i] = t.trigram
	}
	slices.SortFunc(out, compareTrigrams)
	return slices.Compact(out)
}

// alike is the share of common trigrams among all (CALCSML).
func alike(common, a, b int) float32 {
	return float32(common) / float32(a+b-common)
}

// trigramSimilarity is similarity(text, text).
func trigramSimilarity(a, b string) float32 {
	x, y := trigramSet(a), trigramSet(b)
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	common := 0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch c := compareTrigrams(x[i], y[j]); {
		case c < 0:
			i++
		case c > 0:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return alike(common, len(x), len(y))
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

func (l trigramLimit) of(env *Env) float32 {
	if env.Session != nil {
		if text, ok := env.Session.Setting(l.setting); ok {
			if v, err := strconv.ParseFloat(text, 32); err == nil {
				return float32(v)
			}
		}
	}
	return l.value
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
		for _, t := range trigramSet(a[0].Str()) {
			out = append(out, datum.NewString(t.String()))
		}
		return datum.ArrayFrom(datum.Text, out), nil
	}, "pg_trgm.show_trgm(text)")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewFloat(float64(similarityLimit.of(env))), nil
	}, "pg_trgm.show_limit()")
	r.fn(setTrigramLimit, "pg_trgm.set_limit(float4)")
}
