package vector

import "github.com/RoaringBitmap/roaring/v2/roaring64"

// Overlay is what one transaction has written and not committed: rows it put and rows it deleted. It
// hides the index's versions of both. It belongs to its transaction: writing it while a Search uses
// it is a race. The zero value is empty and ready.
type Overlay struct {
	hidden roaring64.Bitmap
	added  map[uint64][]float32
}

// Put adds a row or replaces its vector. The overlay keeps vec, which must not change afterwards.
// A nil vec (a NULL) is a Delete.
func (o *Overlay) Put(row uint64, vec []float32) {
	if vec == nil {
		o.Delete(row)
		return
	}
	if o.added == nil {
		o.added = make(map[uint64][]float32)
	}
	o.hidden.Add(row)
	o.added[row] = vec
}

// Delete removes a row, whether the index or this overlay holds it.
func (o *Overlay) Delete(row uint64) {
	o.hidden.Add(row)
	delete(o.added, row)
}

// Clone returns an independent copy, for a savepoint. Vectors are shared: they never change.
func (o *Overlay) Clone() *Overlay {
	c := &Overlay{hidden: *o.hidden.Clone(), added: make(map[uint64][]float32, len(o.added))}
	for row, vec := range o.added {
		c.added[row] = vec
	}
	return c
}

// Len returns the number of rows put and not deleted since.
func (o *Overlay) Len() int {
	if o == nil {
		return 0
	}
	return len(o.added)
}

// Written are the rows that the overlay puts or deletes. The set is the overlay's, and must not be changed.
func (o *Overlay) Written() *roaring64.Bitmap { return &o.hidden }

// hides says whether the index's version of row is out of sight.
func (o *Overlay) hides(row uint64) bool { return o != nil && o.hidden.Contains(row) }

// empty says that the overlay changes nothing.
func (o *Overlay) empty() bool { return o == nil || o.hidden.IsEmpty() }
