package storage

import (
	"cmp"
	"runtime"
	"slices"
	"sort"
)

// What an entry takes beside its key and value: of a map, half of whose places may be free, and of a list.
const (
	bufferEntryBytes = 128
	layerEntryBytes  = 64
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

// Memory is about how many bytes it takes.
func (b *Buffer) Memory() int64 { return b.bytes + bufferEntryBytes*int64(len(b.writes)) }

// Len is how many keys were written.
func (b *Buffer) Len() int { return len(b.writes) }

// Freeze turns the buffer into a layer. The buffer must not be used afterwards.
func (b *Buffer) Freeze() *Layer {
	return &Layer{entries: sortedEntries(b.writes), bytes: b.bytes}
}

func sortedEntries(writes map[string]write) []entry {
	out := make([]entry, 0, len(writes))
	for key, w := range writes {
		out = append(out, entry{key, w})
	}
	slices.SortFunc(out, func(a, b entry) int { return cmp.Compare(a.key, b.key) })
	return out
}

// Layer is the writes of finished statements, sorted: in memory, or in a file (see Spill). It never changes.
type Layer struct {
	entries []entry
	run     *run // in the place of entries
	bytes   int64
}

type entry struct {
	key string
	write
}

// Len is the number of keys written.
func (l *Layer) Len() int {
	if l.run != nil {
		return len(l.run.at)
	}
	return len(l.entries)
}

// Spilled says that the layer is in a file.
func (l *Layer) Spilled() bool { return l.run != nil }

// Unload gives back the memory that reading a layer in a file took.
func (l *Layer) Unload() { Unload([]*Layer{l}) }

// Memory is about how many bytes it takes.
func (l *Layer) Memory() int64 {
	if l.run != nil {
		return 0
	}
	return l.bytes + layerEntryBytes*int64(len(l.entries))
}

// at is the i-th entry. Of a run, it is good for as long as the layer is.
func (l *Layer) at(i int) entry {
	if l.run != nil {
		return l.run.entry(i)
	}
	return l.entries[i]
}

func (l *Layer) key(i int) string {
	if l.run != nil {
		return l.run.entry(i).key
	}
	return l.entries[i].key
}

// Bytes is about how much was written.
func (l *Layer) Bytes() int64 { return l.bytes }

func (l *Layer) get(key string) (value []byte, deleted, found bool) {
	n := l.Len()
	i := sort.Search(n, func(i int) bool { return l.key(i) >= key })
	if i == n || l.key(i) != key {
		return nil, false, false
	}
	e := l.at(i)
	if l.run != nil { // the caller may keep it for longer than the run
		e.value = slices.Clone(e.value)
		runtime.KeepAlive(l)
	}
	return e.value, e.deleted, true
}

// Touches says whether there is a write in a range.
func (l *Layer) Touches(r Range) bool {
	lo, hi := l.bounds(r)
	return lo < hi
}

// Range calls f for the writes in a range, in order. The value of a spilled layer is good for as long as the layer is.
func (l *Layer) Range(r Range, f func(key, value []byte, deleted bool)) {
	lo, hi := l.bounds(r)
	for i := lo; i < hi; i++ {
		e := l.at(i)
		f([]byte(e.key), e.value, e.deleted)
	}
	runtime.KeepAlive(l)
}

// Each calls f for every write, in order. The value of a spilled layer is good for as long as the layer is.
func (l *Layer) Each(f func(key string, value []byte, deleted bool)) {
	for i := range l.Len() {
		e := l.at(i)
		f(e.key, e.value, e.deleted)
	}
	runtime.KeepAlive(l)
}

func (l *Layer) bounds(r Range) (lo, hi int) {
	n := l.Len()
	lo = sort.Search(n, func(i int) bool { return l.key(i) >= string(r.Low) })
	hi = n
	if r.High != nil {
		hi = sort.Search(n, func(i int) bool { return l.key(i) >= string(r.High) })
	}
	return lo, max(lo, hi)
}

// Push puts a layer on top of others and returns the new list; the old one stays as it is. Layers of like size are
// merged, so that a long transaction has few of them (as a log-structured tree does); those in files stay.
func Push(layers []*Layer, top *Layer) []*Layer {
	if top.Len() == 0 {
		return layers
	}
	out := slices.Clone(layers)
	for len(out) > 0 && top.run == nil && out[len(out)-1].run == nil && out[len(out)-1].Len() <= 2*top.Len() {
		top = merge(out[len(out)-1], top)
		out = out[:len(out)-1]
	}
	return append(out, top)
}

// Merge makes one layer of several that are in memory.
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

// merge puts upper over lower. It takes half the time of merging, which walks any number of layers, and a long transaction does
// it at every statement.
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
