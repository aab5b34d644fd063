package vector

import (
	"context"
	"math/bits"
)

// BitRows is strings of bits of one length, as they were at one moment, packed so that a scan counts 64 of them at a time.
// Its answers are exact. It does not change once it is filled, and may then be asked from any goroutine.
type BitRows struct {
	bits, words int
	rows        []uint64
	packed      []uint64 // words a row
	ones        []int32  // bits set, a row
}

// NewBitRows returns an empty one, for strings of so many bits.
func NewBitRows(bits int) *BitRows { return &BitRows{bits: bits, words: (bits + 63) / 64} }

// Bits is how long the strings are.
func (b *BitRows) Bits() int { return b.bits }

// Len is the number of rows.
func (b *BitRows) Len() int { return len(b.rows) }

// SizeBytes is the memory that it takes.
func (b *BitRows) SizeBytes() int64 { return int64(len(b.rows)) * int64(8*b.words+12) }

// Add appends a row, by its digits '0' and '1'. Rows ascend.
func (b *BitRows) Add(row uint64, digits string) {
	b.rows = append(b.rows, row)
	b.packed = PackBits(b.packed, digits)
	b.ones = append(b.ones, onesOf(b.packed[len(b.packed)-b.words:]))
}

// PackBits appends the digits as words, the last one filled up with zeros.
func PackBits(dst []uint64, digits string) []uint64 {
	for len(digits) > 0 {
		n := min(len(digits), 64)
		var w uint64
		for i := range n {
			w |= uint64(digits[i]&1) << i
		}
		dst, digits = append(dst, w), digits[n:]
	}
	return dst
}

func onesOf(words []uint64) int32 {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return int32(n)
}

// Search finds the rows nearest to a string of as many bits, which PackBits has packed, by Hamming or Jaccard. scanned is
// how many it looked at.
func (b *BitRows) Search(ctx context.Context, query []uint64, a Among) (hits []Hit, scanned int, err error) {
	found, ones := NewRanking(a), onesOf(query)
	err = a.each(ctx, b.rows, func(i int) {
		scanned++
		both := commonBits(query, b.packed[i*b.words:(i+1)*b.words])
		found.Add(b.rows[i], bitDistance(a.Metric, both, ones, b.ones[i]))
	})
	return found.Hits(), scanned, err
}

// commonBits counts the bits that are set in both.
func commonBits(x, y []uint64) int32 {
	n := 0
	y = y[:len(x)]
	for i, w := range x {
		n += bits.OnesCount64(w & y[i])
	}
	return int32(n)
}

// bitDistance is a distance by the numbers of bits set in both strings and in each.
func bitDistance(m Metric, both, x, y int32) float64 {
	switch {
	case m == Hamming:
		return float64(x + y - 2*both)
	case both == 0:
		return 1
	}
	return 1 - float64(both)/float64(x+y-both)
}

// BitDistance is the distance of two packed strings of one length.
func BitDistance(m Metric, x, y []uint64) float64 {
	return bitDistance(m, commonBits(x, y), onesOf(x), onesOf(y))
}
