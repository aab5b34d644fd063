package relation

import (
	"encoding/binary"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/trigram"
	"github.com/seguedb/segue/storage"
)

// An inverted index (USING gin) has an entry for every different part of a row's value: a tsvector's lexemes, an array's
// elements, the keys and scalars of a jsonb, a text's trigrams (USING gist, too). The entry's key is the index's prefix, the
// number of the index's key (1 byte, from 0), the part as datum.AppendKey writes it or a trigram's three bytes, and the row's
// identity; its value is empty.

// inverted says whether an index keeps an entry for every part of a value.
func inverted(ix *catalog.Index) bool { return ix.Inverted() }

// partsOf lists row i's entries, each once; none for a row that a partial index leaves out. rows are extended.
func (t *table) partsOf(ix *catalog.Index, rows *datum.Batch, i int, row uint64) [][]byte {
	if !t.included(ix, rows, i) {
		return nil
	}
	var out [][]byte
	for n, k := range ix.Keys {
		v := rows.Cols[t.keyColumn(ix, k)].Get(i)
		if v.IsNull() {
			continue
		}
		for _, part := range keyParts(t.t, k, v) {
			out = append(out, binary.BigEndian.AppendUint64(partKey(ix, n, part), row))
		}
	}
	slices.SortFunc(out, slices.Compare[[]byte])
	return slices.CompactFunc(out, slices.Equal[[]byte])
}

// partKey is an entry's key but for the row.
func partKey(ix *catalog.Index, key int, part []byte) []byte {
	return append(append(storage.IndexPrefix(ix.ID), byte(key)), part...)
}

// invert adds row i's entries to an inverted index.
func (t *table) invert(ix *catalog.Index, rows *datum.Batch, i int, row uint64) {
	for _, key := range t.partsOf(ix, rows, i, row) {
		t.stmt.writes.Set(key, []byte{})
	}
}

// reinvert replaces a row's entries in an inverted index.
func (t *table) reinvert(before, after [][]byte) {
	for _, key := range before {
		if _, stays := slices.BinarySearchFunc(after, key, slices.Compare[[]byte]); !stays {
			t.stmt.writes.Delete(key)
		}
	}
	for _, key := range after {
		if _, there := slices.BinarySearchFunc(before, key, slices.Compare[[]byte]); !there {
			t.stmt.writes.Set(key, []byte{})
		}
	}
}

// keyParts are the parts of a key's value.
func keyParts(t *catalog.Table, k catalog.KeyPart, v datum.Datum) [][]byte {
	if !k.OfTrigrams() {
		return valueParts(keyType(t, k), v)
	}
	var out [][]byte
	for _, g := range trigram.Set(v.Str()) {
		out = append(out, g[:])
	}
	return out
}

// valueParts are the parts of a value that an inverted index has entries for.
func valueParts(t *datum.Type, v datum.Datum) [][]byte {
	switch {
	case t == datum.TSVector:
		var out [][]byte
		for _, w := range v.TSVector().Words() {
			out = append(out, wordPart(w))
		}
		return out
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
	scalar := datum.NewString(string(n.Append(nil)))
	return append(out, datum.AppendKey([]byte{jsonScalarPart}, datum.JSONB, scalar, false, false))
}

func jsonWord(w string) []byte { return append([]byte{jsonWordPart}, wordPart(w)...) }
