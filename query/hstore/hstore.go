// Package hstore is the values of extension hstore: sets of keys, each with a text or NULL. It reads and writes their text
// and their binary form, compares them and takes them apart and together. It knows no datums.
//
// A Value is its pairs by the length of the key, then by the key's bytes; there is one pair a key. Two values are equal
// where their binary forms (Encode) are.
package hstore

import (
	"cmp"
	"slices"
	"strings"
)

// Pair is a key and what it stands for; of a Null one Value is "".
type Pair struct {
	Key, Value string
	Null       bool
}

// Value is the pairs in order (compareKeys), no key twice. It is immutable.
type Value []Pair

// Make orders pairs, which it takes over. Of several of one key the first stays.
func Make(pairs []Pair) Value {
	slices.SortStableFunc(pairs, func(a, b Pair) int { return compareKeys(a.Key, b.Key) })
	return slices.CompactFunc(pairs, func(a, b Pair) bool { return a.Key == b.Key })
}

// compareKeys orders keys: the shorter first.
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// Find gives the pair of a key.
func (v Value) Find(key string) (p Pair, ok bool) {
	i, ok := slices.BinarySearchFunc(v, key, func(p Pair, key string) int { return compareKeys(p.Key, key) })
	if !ok {
		return Pair{}, false
	}
	return v[i], true
}

// Has says whether there is a key.
func (v Value) Has(key string) bool {
	_, ok := v.Find(key)
	return ok
}

// Concat is v with other's pairs, which replace v's.
func (v Value) Concat(other Value) Value { return Make(slices.Concat(other, v)) }

// Without is v but for the pairs that drop says.
func (v Value) Without(drop func(Pair) bool) Value { return slices.DeleteFunc(slices.Clone(v), drop) }

// Slice is the pairs of some of the keys.
func (v Value) Slice(keys []string) Value {
	var out []Pair
	for _, key := range keys {
		if p, ok := v.Find(key); ok {
			out = append(out, p)
		}
	}
	return Make(out)
}
