package relation

import "github.com/seguedb/segue/query/datum"

// What a part of an hstore is: a key, or a key with its value. Keys are what ? asks for, pairs what @> does.
const (
	hstoreKeyPart  byte = 1
	hstorePairPart byte = 2
)

func hstoreParts(d datum.Datum) [][]byte {
	return append(hstorePairs(d), hstoreKeys(d)...)
}

func hstoreKey(key string) []byte { return append([]byte{hstoreKeyPart}, wordPart(key)...) }

func hstoreKeys(d datum.Datum) [][]byte {
	var out [][]byte
	for _, p := range d.Hstore() {
		out = append(out, hstoreKey(p.Key))
	}
	return out
}

func hstorePairs(d datum.Datum) [][]byte {
	var out [][]byte
	for _, p := range d.Hstore() {
		value := datum.NewString(p.Value)
		if p.Null {
			value = datum.Null
		}
		part := append([]byte{hstorePairPart}, wordPart(p.Key)...)
		out = append(out, datum.AppendKey(part, datum.Text, value, false, false))
	}
	return out
}

// pairsQuery is the rows with all of a value's pairs; nil for none, which all rows have.
func pairsQuery(v datum.Datum) *partQuery {
	q := &partQuery{all: true}
	for _, part := range hstorePairs(v) {
		q.kids = append(q.kids, &partQuery{part: part})
	}
	if len(q.kids) == 0 {
		return nil
	}
	return q
}
