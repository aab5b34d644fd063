package builtin

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// bitStrings are the functions of bit and bit varying, which are held as their digits, and pgvector's distances of bits.
func bitStrings(r *registry) {
	for name, op := range bitOperations {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return combineBits(op, a[0].Str(), a[1].Str())
		}, "bit"+strings.ToLower(op.word)+"(bit,bit)")
		r.aggs["bit_"+name+"(bit)"] = func([]*datum.Type, *Env) AggState { return &bitStringState{op: op} }
	}
	r.fn(textToText(bitNot), "bitnot(bit)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(shiftBits(a[0].Str(), a[1].Int())), nil
	}, "bitshiftleft(bit,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(shiftBits(a[0].Str(), -a[1].Int())), nil
	}, "bitshiftright(bit,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(a[0].Str() + a[1].Str()), nil
	}, "bitcat(varbit,varbit)")
	compare := func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(strings.Compare(a[0].Str(), a[1].Str()))), nil
	}
	r.fn(compare, "bitcmp(bit,bit)", "varbitcmp(varbit,varbit)")
	r.fn(textToInt(func(s string) int { return len(s) }), "length(bit)", "bit_length(bit)")
	r.fn(textToInt(func(s string) int { return (len(s) + 7) / 8 }), "octet_length(bit)")
	r.fn(textToInt(func(s string) int { return strings.Count(s, "1") }), "bit_count(bit)")
	bitPositions(r)
	bitCasts(r)
	vectorBits(r)
}

// bitOperation combines two strings of one length, digit by digit.
type bitOperation struct {
	word string // as errors call it
	f    func(a, b byte) byte
}

var bitOperations = map[string]bitOperation{
	"and": {"AND", func(a, b byte) byte { return a & b }},
	"or":  {"OR", func(a, b byte) byte { return a | b }},
	"xor": {"XOR", func(a, b byte) byte { return a ^ b&1 }},
}

func combineBits(op bitOperation, a, b string) (datum.Datum, error) {
	if len(a) != len(b) {
		return datum.Null, sqlstate.New(sqlstate.StringDataLengthMismatch, "cannot %s bit strings of different sizes", op.word)
	}
	out := make([]byte, len(a))
	for i := range out {
		out[i] = op.f(a[i], b[i])
	}
	return datum.NewString(string(out)), nil
}

// bitStringState is bit_and, bit_or and bit_xor.
type bitStringState struct {
	op bitOperation
	v  datum.Datum
}

func (s *bitStringState) Add(a []datum.Datum) (err error) {
	switch {
	case a[0].IsNull():
	case s.v.IsNull():
		s.v = a[0]
	default:
		s.v, err = combineBits(s.op, s.v.Str(), a[0].Str())
	}
	return err
}

func (s *bitStringState) Result() (datum.Datum, error) { return s.v, nil }

func bitNot(s string) string {
	out := []byte(s)
	for i := range out {
		out[i] ^= 1
	}
	return string(out)
}

// shiftBits shifts to the left, or by less than nothing to the right; zeros follow.
func shiftBits(s string, n int64) string {
	size := int64(len(s))
	switch {
	case n >= size || -n >= size:
		return strings.Repeat("0", len(s))
	case n >= 0:
		return s[n:] + strings.Repeat("0", int(n))
	}
	return strings.Repeat("0", int(-n)) + s[:size+n]
}

// bitPositions are the functions that count bits from the first one: 1 in SQL's own, 0 in get_bit and set_bit.
func bitPositions(r *registry) {
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		s, n := a[0].Str(), a[1].Int()
		if err := checkBitIndex(n, len(s)); err != nil {
			return datum.Null, err
		}
		return datum.NewInt(int64(s[n] - '0')), nil
	}, "get_bit(bit,int4)")
	r.fn(setBitOf, "set_bit(bit,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return subBits(a[0].Str(), a[1].Int(), math.MaxInt32)
	}, "substring(bit,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return subBits(a[0].Str(), a[1].Int(), a[2].Int())
	}, "substring(bit,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return overlayBits(a[0].Str(), a[1].Str(), a[2].Int(), int64(len(a[1].Str())))
	}, "overlay(bit,bit,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return overlayBits(a[0].Str(), a[1].Str(), a[2].Int(), a[3].Int())
	}, "overlay(bit,bit,int4,int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if a[0].Str() == "" {
			return datum.NewInt(0), nil
		}
		return datum.NewInt(int64(strings.Index(a[0].Str(), a[1].Str()) + 1)), nil
	}, "position(bit,bit)")
}

func checkBitIndex(n int64, size int) error {
	if n < 0 || n >= int64(size) {
		return sqlstate.New(sqlstate.ArraySubscriptError, "bit index %d out of valid range (0..%d)", n, size-1)
	}
	return nil
}

func setBitOf(_ *Env, a []datum.Datum) (datum.Datum, error) {
	s, n, bit := []byte(a[0].Str()), a[1].Int(), a[2].Int()
	if err := checkBitIndex(n, len(s)); err != nil {
		return datum.Null, err
	}
	if bit != 0 && bit != 1 {
		return datum.Null, invalidParameter("new bit must be 0 or 1")
	}
	s[n] = '0' + byte(bit)
	return datum.NewString(string(s)), nil
}

func negativeLength() error {
	return sqlstate.New(sqlstate.SubstringError, "negative substring length not allowed")
}

// subBits clips to the string, as substring does.
func subBits(s string, start, count int64) (datum.Datum, error) {
	if count < 0 {
		return datum.Null, negativeLength()
	}
	lo, hi := max(start, 1)-1, min(start-1+count, int64(len(s)))
	if lo >= hi {
		return datum.NewString(""), nil
	}
	return datum.NewString(s[lo:hi]), nil
}

func overlayBits(s, with string, start, count int64) (datum.Datum, error) {
	switch {
	case start <= 0:
		return datum.Null, negativeLength()
	case start+count > math.MaxInt32:
		return datum.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "integer out of range")
	}
	size := int64(len(s))
	return datum.NewString(s[:min(start-1, size)] + with + s[min(max(start+count, 1)-1, size):]), nil
}

func bitCasts(r *registry) {
	r.castFn("bit", datum.Bit, datum.Bit)
	r.castFn("varbit", datum.Varbit, datum.Varbit)
	for _, t := range []*datum.Type{datum.Int4, datum.Int8} {
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.Cast(a[0], t, datum.Bit, int32(a[1].Int()), true, env.Datum)
		}, key("bit", t, datum.Int4))
		r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.Cast(a[0], datum.Bit, t, -1, true, env.Datum)
		}, key(t.Name, datum.Bit))
	}
}

// vectorBits are pgvector's: distances of bit strings, and vectors made into one bit an element.
func vectorBits(r *registry) {
	for name, f := range map[string]func(a, b string) float64{"hamming_distance": hamming, "jaccard_distance": jaccard} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			x, y := a[0].Str(), a[1].Str()
			if len(x) != len(y) {
				return datum.Null, sqlstate.New(sqlstate.DataException, "different bit lengths %d and %d", len(x), len(y))
			}
			return datum.NewFloat(f(x, y)), nil
		}, key(name, datum.Bit, datum.Bit))
	}
	for _, t := range []*datum.Type{datum.Vector, datum.Halfvec} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			out := make([]byte, len(a[0].Vector()))
			for i, f := range a[0].Vector() {
				out[i] = '0'
				if f > 0 {
					out[i] = '1'
				}
			}
			return datum.NewString(string(out)), nil
		}, key("binary_quantize", t))
	}
}

// hamming counts the digits that differ: '0' and '1' differ in one bit.
func hamming(a, b string) float64 {
	n := countWords(a, b, func(x, y uint64) uint64 { return x ^ y })
	return float64(n)
}

// jaccard is 1 where no bit is in both.
func jaccard(a, b string) float64 {
	const ones = 0x0101010101010101
	both := countWords(a, b, func(x, y uint64) uint64 { return x & y & ones })
	if both == 0 {
		return 1
	}
	either := countWords(a, b, func(x, y uint64) uint64 { return (x | y) & ones })
	return 1 - float64(both)/float64(either)
}

// countWords counts the bits of what f makes of eight digits at a time.
func countWords(a, b string, f func(x, y uint64) uint64) int {
	n := 0
	for ; len(a) >= 8; a, b = a[8:], b[8:] {
		n += bits.OnesCount64(f(word(a), word(b)))
	}
	for i := range len(a) {
		n += bits.OnesCount64(f(uint64(a[i]), uint64(b[i])))
	}
	return n
}

func word(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:8])) }
