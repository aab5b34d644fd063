package storage

import (
	"runtime"
	"slices"
)

// Spill writes a layer to a file in dir, and returns the same layer out of memory. One that is there already stays.
func Spill(dir string, l *Layer) (*Layer, error) {
	if l.run != nil || l.Len() == 0 {
		return l, nil
	}
	return writeLayer(dir, []*Layer{l})
}

// MergeTo is Merge in dir rather than in memory, if one of the layers is there.
func MergeTo(dir string, layers []*Layer) (*Layer, error) {
	if len(layers) == 1 || !slices.ContainsFunc(layers, (*Layer).Spilled) {
		return Merge(layers), nil
	}
	return writeLayer(dir, layers)
}

// InMemory is the layers on top of those in files.
func InMemory(layers []*Layer) []*Layer {
	for i := len(layers) - 1; i >= 0; i-- {
		if layers[i].run != nil {
			return layers[i+1:]
		}
	}
	return layers
}

// unloadBytes is how much is read of files from one end to the other before its memory is given back.
const unloadBytes = 32 << 20

// Unload gives back the memory that reading layers in files took.
func Unload(layers []*Layer) {
	for _, l := range layers {
		if l.run != nil {
			l.run.unload()
		}
	}
}

// writeLayer merges layers into a file.
func writeLayer(dir string, layers []*Layer) (*Layer, error) {
	w, err := newRunWriter(dir)
	if err != nil {
		return nil, err
	}
	out := &Layer{}
	for _, l := range layers {
		out.bytes += l.bytes
	}
	m, unloaded := newMerge(layers), uint64(0)
	for e := m.next(); e != nil; e = m.next() {
		if err := w.add(e); err != nil {
			return nil, w.abort(err)
		}
		if w.size-unloaded > unloadBytes {
			unloaded = w.size
			Unload(layers)
		}
	}
	Unload(layers)
	runtime.KeepAlive(layers)
	out.run, err = w.finish()
	return out, err
}

// merging walks layers as one: of equal keys the topmost layer's counts.
type merging struct{ cursors []cursor }

// newMerge begins before the first key.
func newMerge(layers []*Layer) *merging {
	m := &merging{}
	for i := len(layers) - 1; i >= 0; i-- {
		if n := layers[i].Len(); n > 0 {
			m.cursors = append(m.cursors, cursor{layer: layers[i], high: n})
		}
	}
	return m
}

// next is the next entry, good until the next call; nil at the end.
func (m *merging) next() *entry {
	best := -1
	for i := range m.cursors {
		if e := m.cursors[i].entry(); e != nil && (best < 0 || e.key < m.cursors[best].entry().key) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	found := *m.cursors[best].entry()
	for i := range m.cursors {
		if e := m.cursors[i].entry(); e != nil && e.key == found.key {
			m.cursors[i].step(false)
		}
	}
	return &found
}
