// Package trigram takes texts apart into the three characters in a row that their words have, as PostgreSQL's extension
// pg_trgm does, and says which of them a text must have to meet a condition.
//
// Its types are Trigram and Query. It knows neither SQL nor indexes: extension pg_trgm's functions and the inverted indexes
// over texts both ask it. What surprises: a trigram of characters beyond one byte is a hash, so that two may be the same;
// whoever finds texts by trigrams looks at them again.
package trigram

import (
	"fmt"
	"hash/crc32"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Trigram is three bytes: the characters themselves where each is one byte, a hash of them where not.
type Trigram [3]byte

// of is compact_trigram.
func of(a, b, c rune) Trigram {
	if a < utf8.RuneSelf && b < utf8.RuneSelf && c < utf8.RuneSelf {
		return Trigram{byte(a), byte(b), byte(c)}
	}
	var chars [3 * utf8.UTFMax]byte
	crc := legacyCRC32(utf8.AppendRune(utf8.AppendRune(utf8.AppendRune(chars[:0], a), b), c))
	return Trigram{byte(crc), byte(crc >> 8), byte(crc >> 16)}
}

// legacyCRC32 is PostgreSQL's: the reflected table, used the other way round.
func legacyCRC32(s []byte) uint32 {
	crc := ^uint32(0)
	for i := range len(s) {
		crc = crc32.IEEETable[byte(crc>>24)^s[i]] ^ crc<<8
	}
	return ^crc
}

// String is how show_trgm writes it.
func (t Trigram) String() string {
	for _, b := range t {
		if b >= 0x80 || b != ' ' && !unicode.IsLetter(rune(b)) && !unicode.IsDigit(rune(b)) {
			return fmt.Sprintf("0x%02x%02x%02x", t[0], t[1], t[2])
		}
	}
	return string(t[:])
}

// Placed is a trigram in its place: First and Last say where its word begins and ends.
type Placed struct {
	Trigram
	First, Last bool
}

// ofWord says whether a character belongs to words; all others part them.
func ofWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// each gives the trigrams of a text's words, each with two blanks before and one behind.
func each(s string, f func(Placed)) {
	a, b, first := ' ', ' ', true
	for _, c := range s {
		switch c = unicode.ToLower(c); {
		case ofWord(c):
			f(Placed{Trigram: of(a, b, c), First: first})
			a, b, first = b, c, false
		case !first:
			f(Placed{Trigram: of(a, b, ' '), Last: true})
			a, b, first = ' ', ' ', true
		}
	}
	if !first {
		f(Placed{Trigram: of(a, b, ' '), Last: true})
	}
}

// InOrder are the trigrams of a text's words.
func InOrder(s string) []Placed {
	var out []Placed
	each(s, func(p Placed) { out = append(out, p) })
	return out
}

// Append appends a text's trigrams to others, as they come: some may do so more than once.
func Append(to []Trigram, s string) []Trigram {
	each(s, func(p Placed) { to = append(to, p.Trigram) })
	return to
}

// Set are a text's trigrams, each once, in order.
func Set(s string) []Trigram { return distinct(Append(nil, s)) }

// rank numbers trigrams in pg_trgm's order, in which bytes are signed.
func (t Trigram) rank() uint32 {
	return uint32(t[0]^0x80)<<16 | uint32(t[1]^0x80)<<8 | uint32(t[2]^0x80)
}

func distinct(all []Trigram) []Trigram {
	ranks := make([]uint32, len(all))
	for i, t := range all {
		ranks[i] = t.rank()
	}
	ranks = distinctRanks(ranks)
	all = all[:len(ranks)]
	for i, r := range ranks {
		all[i] = Trigram{byte(r>>16) ^ 0x80, byte(r>>8) ^ 0x80, byte(r) ^ 0x80}
	}
	return all
}

func distinctRanks(all []uint32) []uint32 {
	slices.Sort(all) // of numbers, in a third of the time that trigrams take
	return slices.Compact(all)
}

// Common counts the trigrams of two texts, and those that both have.
func Common(a, b string) (common, ofA, ofB int) {
	var roomA, roomB [128]uint32
	x, y := ranksOf(roomA[:0], a), ranksOf(roomB[:0], b)
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			common, i, j = common+1, i+1, j+1
		}
	}
	return common, len(x), len(y)
}

func ranksOf(to []uint32, s string) []uint32 {
	each(s, func(p Placed) { to = append(to, p.rank()) })
	return distinctRanks(to)
}
