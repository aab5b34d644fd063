package exec

import (
	"github.com/seguedb/segue/query/datum"
)

// keyTable numbers distinct keys 0, 1, 2… in order of arrival. One integer or one text column, by
// far the most common keys, have their own maps; other keys are turned into bytes that are equal
// exactly when the values are (datum.AppendHashKey).
type keyTable struct {
	types []*datum.Type
	// nullsMatch says that NULL is a key like any other (grouping) and not never found (joining).
	nullsMatch bool
	ints       map[int64]int32
	strings    map[string]int32
	bytes      map[string]int32
	null       int32 // number of the NULL key of ints and strings, -1 for none
	n          int
	scratch    []byte
}

func newKeyTable(types []*datum.Type, nullsMatch bool) *keyTable {
	t := &keyTable{types: types, nullsMatch: nullsMatch, null: -1}
	switch {
	case len(types) == 1 && types[0].Kind == datum.KindInt:
		t.ints = map[int64]int32{}
	case len(types) == 1 && isPlainText(types[0]):
		t.strings = map[string]int32{}
	default:
		t.bytes = map[string]int32{}
	}
	return t
}

// insert gives each of n rows its key's number, numbering new keys. fresh is called for each new
// key with the row that brought it; it may be nil.
func (t *keyTable) insert(cols []*datum.Vec, n int, out []int32, fresh func(row int)) []int32 {
	return t.number(cols, n, out, true, fresh)
}

// find gives each of n rows its key's number, -1 for those not in the table.
func (t *keyTable) find(cols []*datum.Vec, n int, out []int32) []int32 {
	return t.number(cols, n, out, false, nil)
}

func (t *keyTable) number(cols []*datum.Vec, n int, out []int32, add bool, fresh func(int)) []int32 {
	out = out[:0]
	for i := range n {
		var k int32
		var found bool
		switch {
		case t.bytes == nil && cols[0].IsNull(i):
			k, found = t.null, t.null >= 0
			if !t.nullsMatch {
				found, k = true, -1
			} else if !found && add {
				t.null, k = int32(t.n), int32(t.n)
			}
		case t.ints != nil:
			if k, found = t.ints[cols[0].I[i]]; !found && add {
				k = int32(t.n)
				t.ints[cols[0].I[i]] = k
			}
		case t.strings != nil:
			if k, found = t.strings[cols[0].S[i]]; !found && add {
				k = int32(t.n)
				t.strings[cols[0].S[i]] = k
			}
		default:
			k, found = t.byteKey(cols, i, add)
		}
		if !found && !add {
			k = -1
		}
		if !found && add {
			t.n++
			if fresh != nil {
				fresh(i)
			}
		}
		out = append(out, k)
	}
	return out
}

func (t *keyTable) byteKey(cols []*datum.Vec, i int, add bool) (k int32, found bool) {
	key, null := appendKey(t.scratch[:0], t.types, cols, i)
	t.scratch = key
	if null && !t.nullsMatch {
		return -1, true
	}
	if k, found = t.bytes[string(key)]; !found && add {
		k = int32(t.n)
		t.bytes[string(key)] = k
	}
	return k, found
}

// appendKey appends row i's hash key over some columns, and says whether one of them is NULL.
func appendKey(dst []byte, types []*datum.Type, cols []*datum.Vec, i int) (key []byte, null bool) {
	for c, v := range cols {
		d := v.Get(i)
		null = null || d.IsNull()
		dst = datum.AppendHashKey(dst, types[c], d)
	}
	return dst, null
}
