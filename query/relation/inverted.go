package relation

import (
	"encoding/binary"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/trigram"
	"github.com/seguedb/segue/storage"
)

// An inverted index (USING gin) has a posting for every different part of a row's value: a tsvector's lexemes, an array's
// elements, the keys and scalars of a jsonb, the keys and the pairs of an hstore, a text's trigrams (USING gist, these two, too).
// How they are stored is posting.go's.

// inverted says whether an index keeps an entry for every part of a value.
func inverted(ix *catalog.Index) bool { return ix.Inverted() }

// partsOf lists the keys of row i's postings, each once; none for a row that a partial index leaves out. rows are extended.
func (t *table) partsOf(ix *catalog.Index, rows *datum.Batch, i int, row uint64) [][]byte {
	var out [][]byte
	t.eachPart(ix, rows, i, &partScratch{}, func(n int, part []byte) {
		out = append(out, binary.BigEndian.AppendUint64(partKey(ix, n, part), row))
	})
	slices.SortFunc(out, slices.Compare[[]byte])
	return slices.CompactFunc(out, slices.Equal[[]byte])
}

// partScratch is memory that eachPart uses again.
type partScratch struct{ trigrams []trigram.Trigram }

// eachPart gives the parts of row i with the numbers of their keys, some more than once. A part is good until f returns.
func (t *table) eachPart(ix *catalog.Index, rows *datum.Batch, i int, scratch *partScratch, f func(key int, part []byte)) {
	if !t.included(ix, rows, i) {
		return
	}
	for n, k := range ix.Keys {
		v := rows.Cols[t.keyColumn(ix, k)].Get(i)
		switch {
		case v.IsNull():
		case k.OfTrigrams():
			scratch.trigrams = trigram.Append(scratch.trigrams[:0], v.Str())
			for j := range scratch.trigrams {
				f(n, scratch.trigrams[j][:])
			}
		case ix.Empties && keyType(t.t, k).Root().IsArray() && len(v.Array().Elems) == 0:
			f(n, emptyPart)
		default:
			for _, part := range valueParts(keyType(t.t, k).Root(), v) {
				f(n, part)
			}
		}
	}
}

// partKey is a posting's key but for the row.
func partKey(ix *catalog.Index, key int, part []byte) []byte {
	return append(append(storage.IndexPrefix(ix.ID), byte(key)), part...)
}

// invert adds row i's postings to an inverted index.
func (t *table) invert(ix *catalog.Index, rows *datum.Batch, i int, row uint64) {
	for _, key := range t.partsOf(ix, rows, i, row) {
		t.stmt.writes.Set(key, []byte{})
	}
}

// reinvert replaces a row's postings in an inverted index.
func (t *table) reinvert(ix *catalog.Index, row uint64, before, after [][]byte) {
	for _, key := range before {
		if _, stays := slices.BinarySearchFunc(after, key, slices.Compare[[]byte]); stays {
			continue
		}
		if row <= ix.Packed {
			t.stmt.writes.Set(key, []byte{lostPosting})
		} else {
			t.stmt.writes.Delete(key)
		}
	}
	for _, key := range after {
		if _, there := slices.BinarySearchFunc(before, key, slices.Compare[[]byte]); !there {
			t.stmt.writes.Set(key, []byte{})
		}
	}
}

// emptyPart is the part of an array without elements. No element's begins with its byte.
var emptyPart = []byte{0}

// valueParts are the parts of a value that an inverted index has entries for.
func valueParts(t *datum.Type, v datum.Datum) [][]byte {
	switch {
	case t == datum.TSVector:
		var out [][]byte
		for _, w := range v.TSVector().Words() {
			out = append(out, wordPart(w))
		}
		return out
	case t == datum.Hstore:
		return hstoreParts(v)
	case t == datum.JSONB:
		node, err := datum.ParseJSONTree(v.Str())
		if err != nil { // which only damage makes; a scan of the table reports it
			return nil
		}
		return jsonParts(nil, &node)
	}
	var out [][]byte
	for _, e := range v.Array().Elems {
		if !e.IsNull() {
			out = append(out, datum.AppendKey(nil, t.Elem, e, false, false))
		}
	}
	return out
}

func wordPart(w string) []byte {
	return datum.AppendKey(nil, datum.Text, datum.NewString(w), false, false)
}

// What a part of a jsonb is: a key of an object or a string, which ? takes for the same, or another scalar.
const (
	jsonWordPart   byte = 1
	jsonScalarPart byte = 2
)

func jsonParts(out [][]byte, n *datum.JSONNode) [][]byte {
	for _, key := range n.Keys {
		out = append(out, jsonWord(key))
	}
	switch n.Kind {
	case datum.JSONStringNode:
		return append(out, jsonWord(n.Text))
	case datum.JSONArrayNode, datum.JSONObjectNode:
		for i := range n.Items {
			out = jsonParts(out, &n.Items[i])
		}
		return out
	}
	return append(out, jsonScalar(n))
}

func jsonScalar(n *datum.JSONNode) []byte {
	return datum.AppendKey([]byte{jsonScalarPart}, datum.JSONB, datum.NewString(string(n.Append(nil))), false, false)
}

func jsonWord(w string) []byte { return append([]byte{jsonWordPart}, wordPart(w)...) }
