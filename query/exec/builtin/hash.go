package builtin

import (
	"encoding/binary"
	"math/bits"

	"github.com/seguedb/segue/query/datum"
)

// hashFunctions are the hashes that clients shard and sample by, so the numbers are Postgres's. Those that end in extended
// have 64 bits and a seed.
func hashFunctions(r *registry) {
	for _, t := range []*datum.Type{datum.Text, datum.Name} {
		r.fn(textToInt(hashText), key("hash"+t.Name, t))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewInt(hashBytes([]byte(a[0].Str()), uint64(a[1].Int()))), nil
		}, key("hash"+t.Name+"extended", t, datum.Int8))
	}
	for t, word := range map[*datum.Type]func(int64) uint32{datum.Int2: hashWord, datum.Int4: hashWord, datum.Oid: hashWord,
		datum.Int8: foldBigint} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewInt(int64(int32(hashUint32(word(a[0].Int()), 0)))), nil
		}, key("hash"+t.Name, t))
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewInt(hashUint32(word(a[0].Int()), uint64(a[1].Int()))), nil
		}, key("hash"+t.Name+"extended", t, datum.Int8))
	}
}

func hashWord(i int64) uint32 { return uint32(i) }

// foldBigint gives a bigint the hash of the smaller integer that it equals.
func foldBigint(i int64) uint32 {
	if i >= 0 {
		return uint32(i) ^ uint32(i>>32)
	}
	return uint32(i) ^ ^uint32(i>>32)
}

// hashUint32 is hashBytes of a word.
func hashUint32(k uint32, seed uint64) int64 {
	a, b, c := seeded(4, seed)
	b, c = hashFinal(a+k, b, c)
	return int64(uint64(b)<<32 | uint64(c))
}

func hashText(s string) int { return int(int32(hashBytes([]byte(s), 0))) }

// seeded begins a hash of n bytes.
func seeded(n int, seed uint64) (a, b, c uint32) {
	a = uint32(0x9e3779b9) + uint32(n) + 3923095
	b, c = a, a
	if seed != 0 {
		a, b, c = hashMix(a+uint32(seed>>32), b+uint32(seed), c)
	}
	return a, b, c
}

// hashBytes is Bob Jenkins's lookup3, over the bytes read as little-endian words.
func hashBytes(k []byte, seed uint64) int64 {
	a, b, c := seeded(len(k), seed)
	for ; len(k) >= 12; k = k[12:] {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = hashMix(a, b, c)
	}
	// The last word starts one byte up: its lowest byte is where Jenkins keeps the length.
	for i, v := range k {
		switch shift := uint(i%4) * 8; i / 4 {
		case 0:
			a += uint32(v) << shift
		case 1:
			b += uint32(v) << shift
		default:
			c += uint32(v) << (shift + 8)
		}
	}
	b, c = hashFinal(a, b, c)
	return int64(uint64(b)<<32 | uint64(c))
}

func hashMix(a, b, c uint32) (uint32, uint32, uint32) {
	a = (a - c) ^ bits.RotateLeft32(c, 4)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 6)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 8)
	b += a
	a = (a - c) ^ bits.RotateLeft32(c, 16)
	c += b
	b = (b - a) ^ bits.RotateLeft32(a, 19)
	a += c
	c = (c - b) ^ bits.RotateLeft32(b, 4)
	b += a
	return a, b, c
}

func hashFinal(a, b, c uint32) (uint32, uint32) {
	c = (c ^ b) - bits.RotateLeft32(b, 14)
	a = (a ^ c) - bits.RotateLeft32(c, 11)
	b = (b ^ a) - bits.RotateLeft32(a, 25)
	c = (c ^ b) - bits.RotateLeft32(b, 16)
	a = (a ^ c) - bits.RotateLeft32(c, 4)
	b = (b ^ a) - bits.RotateLeft32(a, 14)
	c = (c ^ b) - bits.RotateLeft32(b, 24)
	return b, c
}
