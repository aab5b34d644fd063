package storage

import (
	"github.com/cockroachdb/pebble/v2"
)

// Iter walks keys in order, forwards or backwards. Key and Value are valid until the next call.
type Iter struct {
	base    *pebble.Iterator
	baseOK  bool
	pending bool // the base still stands on the key that was returned
	layers  []cursor
	reverse bool
	started bool

	key, value []byte
	err        error
}

// cursor is a place in a layer's part of the range.
type cursor struct {
	layer         *Layer
	at, low, high int
	now           entry // of a layer in a file, the entry at nowAt-1
	nowAt         int
}

func newIter(r pebble.Reader, layers []*Layer, span Range, reverse bool) (*Iter, error) {
	base, err := r.NewIter(&pebble.IterOptions{LowerBound: span.Low, UpperBound: span.High})
	if err != nil {
		return nil, reading("iterate", err)
	}
	it := &Iter{base: base, reverse: reverse}
	for i := len(layers) - 1; i >= 0; i-- { // the top one first: it wins
		if lo, hi := layers[i].bounds(span); lo < hi {
			c := cursor{layer: layers[i], at: lo, low: lo, high: hi}
			if reverse {
				c.at = hi - 1
			}
			it.layers = append(it.layers, c)
		}
	}
	return it, nil
}

// Next moves to the first key, then to the next. It returns false at the end and after an error, which Err tells.
func (it *Iter) Next() bool {
	it.stepBase()
	for it.err == nil {
		top := it.top()
		if top == nil || it.baseOK && it.baseBefore(top.key) {
			return it.takeBase()
		}
		it.pass(top.key)
		if !top.deleted {
			it.key, it.value = append(it.key[:0:0], top.key...), top.value
			return true
		}
		it.stepBase()
	}
	return false
}

// stepBase leaves a key of the base that is done with.
func (it *Iter) stepBase() {
	switch {
	case !it.started && it.reverse:
		it.baseOK = it.base.Last()
	case !it.started:
		it.baseOK = it.base.First()
	case !it.pending:
	case it.reverse:
		it.baseOK = it.base.Prev()
	default:
		it.baseOK = it.base.Next()
	}
	it.started, it.pending = true, false
	if !it.baseOK && it.err == nil {
		it.err = it.base.Error()
	}
}

// takeBase returns the base's key, if it has one.
func (it *Iter) takeBase() bool {
	if !it.baseOK || it.err != nil {
		return false
	}
	it.pending = true
	it.key = it.base.Key()
	it.value, it.err = it.base.ValueAndErr()
	return it.err == nil
}

// top is the next entry of the layers; of equal keys the topmost layer's.
func (it *Iter) top() *entry {
	var best *entry
	for i := range it.layers {
		e := it.layers[i].entry()
		if e != nil && (best == nil || !it.reverse && e.key < best.key || it.reverse && e.key > best.key) {
			best = e
		}
	}
	return best
}

func (it *Iter) baseBefore(key string) bool {
	if it.reverse {
		return string(it.base.Key()) > key
	}
	return string(it.base.Key()) < key
}

// pass steps everything that stands on a key: what is below the topmost does not count.
func (it *Iter) pass(key string) {
	it.pending = it.baseOK && string(it.base.Key()) == key
	for i := range it.layers {
		if e := it.layers[i].entry(); e != nil && e.key == key {
			it.layers[i].step(it.reverse)
		}
	}
}

func (c *cursor) entry() *entry {
	switch {
	case c.at < c.low || c.at >= c.high:
		return nil
	case c.layer.run == nil:
		return &c.layer.entries[c.at]
	case c.nowAt != c.at+1:
		c.now, c.nowAt = c.layer.run.entry(c.at), c.at+1
	}
	return &c.now
}

func (c *cursor) step(reverse bool) {
	if reverse {
		c.at--
	} else {
		c.at++
	}
}

// Key is the key at hand.
func (it *Iter) Key() []byte { return it.key }

// Value is its value.
func (it *Iter) Value() []byte { return it.value }

// Err is what ended the walk early.
func (it *Iter) Err() error {
	return reading("iterate", it.err)
}

// Close ends the walk.
func (it *Iter) Close() error { return it.base.Close() }
