package storage

import (
	"cmp"
	"slices"
	"sort"
)

// Buffer collects the writes of a statement that runs. The zero value is empty and ready.
type Buffer struct {
	writes map[string]write
	bytes  int64
}

// write is a new value, or a deletion.
type write struct {
	value   []byte
	deleted bool
}

// Set writes a key. The buffer keeps value, which must not change afterwards.
func (b *Buffer) Set(key, value []byte) { b.put(key, write{value: value}) }

// Delete deletes a key.
func (b *Buffer) Delete(key []byte) { b.put(key, write{deleted: true}) }

func (b *Buffer) put(key []byte, w write) {
	if b.writes == nil {
		b.writes = map[string]write{}
	}
	b.writes[string(key)] = w
	b.bytes += int64(len(key) + len(w.value))
}

// Get reads what the buffer says of a key: found is false when it says nothing.
func (b *Buffer) Get(key []byte) (value []byte, deleted, found bool) {
	w, found := b.writes[string(key)]
	return w.value, w.deleted, found
}

// Empty says that nothing was written.
func (b *Buffer) Empty() bool { return len(b.writes) == 0 }

// Bytes is about how much was written.
func (b *Buffer) Bytes() int64 { return b.bytes }

// Len is how many keys were written.
func (b *Buffer) Len() int { return len(b.writes) }

// Freeze turns the buffer into a layer. The buffer must not be used afterwards.
func (b *Buffer) Freeze() *Layer {
	l := &Layer{entries: make([]entry, 0, len(b.writes)), bytes: b.bytes}
	for key, w := range b.writes {
		l.entries = append(l.entries, entry{key, w})
	}
	slices.SortFunc(l.entries, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	return l
}

// Layer is the writes of finished statements, sorted. It never changes.
type Layer struct {
	entries []entry
	bytes   int64
}

type entry struct {
	key string
	write
}

// Len is the number of keys written.
func (l *Layer) Len() int { return len(l.entries) }

// Bytes is about how much was written.
func (l *Layer) Bytes() int64 { return l.bytes }

func (l *Layer) get(key string) (value []byte, deleted, found bool) {
	i := sort.Search(len(l.entries), func(i int) bool { return l.entries[i].key >= key })
	if i == len(l.entries) || l.entries[i].key != key {
		return nil, false, false
	}
	return l.entries[i].value, l.entries[i].deleted, true
}

// Touches says whether there is a write in a range.
func (l *Layer) Touches(r Range) bool {
	lo, hi := l.bounds(r)
	return lo < hi
}

// Range calls f for the writes in a range, in order.
func (l *Layer) Range(r Range, f func(key, value []byte, deleted bool)) {
	lo, hi := l.bounds(r)
	for _, e := range l.entries[lo:hi] {
		f([]byte(e.key), e.value, e.deleted)
	}
}

// Keys calls f for every key written.
func (l *Layer) Keys(f func(key string)) {
	for i := range l.entries {
		f(l.entries[i].key)
	}
}

func (l *Layer) bounds(r Range) (lo, hi int) {
	lo = sort.Search(len(l.entries), func(i int) bool { return l.entries[i].key >= string(r.Low) })
	hi = len(l.entries)
	if r.High != nil {
		hi = sort.Search(len(l.entries), func(i int) bool { return l.entries[i].key >= string(r.High) })
	}
	return lo, max(lo, hi)
}

// Push puts a layer on top of others and returns the new list; the old one stays as it is. Layers of like size are
// merged, so that a long transaction has few of them (as a log-structured tree does).
func Push(layers []*Layer, top *Layer) []*Layer {
	if top.Len() == 0 {
		return layers
	}
	out := slices.Clone(layers)
	for len(out) > 0 && out[len(out)-1].Len() <= 2*top.Len() {
		top = merge(out[len(out)-1], top)
		out = out[:len(out)-1]
	}
	return append(out, top)
}

// Merge makes one layer of several.
func Merge(layers []*Layer) *Layer {
	if len(layers) == 1 {
		return layers[0]
	}
	out := &Layer{}
	for _, l := range layers {
		out = merge(out, l)
	}
	return out
}

// merge puts upper over lower.
func merge(lower, upper *Layer) *Layer {
	out := &Layer{entries: make([]entry, 0, len(lower.entries)+len(upper.entries)), bytes: lower.bytes + upper.bytes}
	i, j := 0, 0
	for i < len(lower.entries) || j < len(upper.entries) {
		switch {
		case j == len(upper.entries) || i < len(lower.entries) && lower.entries[i].key < upper.entries[j].key:
			out.entries = append(out.entries, lower.entries[i])
			i++
		default:
			if i < len(lower.entries) && lower.entries[i].key == upper.entries[j].key {
				i++
			}
			out.entries = append(out.entries, upper.entries[j])
			j++
		}
	}
	return out
}

// Lookup reads a key from the topmost layer that says something of it; found is false when none does.
func Lookup(layers []*Layer, key []byte) (value []byte, ok, found bool) {
	for i := len(layers) - 1; i >= 0; i-- {
		if value, deleted, found := layers[i].get(string(key)); found {
			return value, !deleted, true
		}
	}
	return nil, false, false
}
