package storage

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Iter walks keys in order, forwards or backwards. Key and Value are valid until the next call.
type Iter struct {
	base    *pebble.Iterator
	baseOK  bool
	layers  []cursor
	reverse bool
	started bool

	key, value []byte
	err        error
}

// cursor is a place in a layer's part of the range.
type cursor struct {
	entries []entry
	at      int
}

func newIter(r pebble.Reader, layers []*Layer, span Range, reverse bool) (*Iter, error) {
	base, err := r.NewIter(&pebble.IterOptions{LowerBound: span.Low, UpperBound: span.High})
	if err != nil {
		return nil, fmt.Errorf("iterate: %w", err)
	}
	it := &Iter{base: base, reverse: reverse}
	for i := len(layers) - 1; i >= 0; i-- { // the top one first: it wins
		if lo, hi := layers[i].bounds(span); lo < hi {
			c := cursor{entries: layers[i].entries[lo:hi]}
			if reverse {
				c.at = len(c.entries) - 1
			}
			it.layers = append(it.layers, c)
		}
	}
	return it, nil
}

// Next moves to the first key, then to the next. It returns false at the end and after an error, which Err tells.
func (it *Iter) Next() bool {
	if !it.started {
		it.started = true
		if it.reverse {
			it.baseOK = it.base.Last()
		} else {
			it.baseOK = it.base.First()
		}
	} else if len(it.layers) == 0 {
		it.stepBase()
	}
	if len(it.layers) == 0 {
		if !it.baseOK {
			return it.end()
		}
		it.key = it.base.Key()
		it.value, it.err = it.base.ValueAndErr()
		return it.err == nil
	}
	return it.merge()
}

func (it *Iter) stepBase() {
	if it.reverse {
		it.baseOK = it.base.Prev()
	} else {
		it.baseOK = it.base.Next()
	}
}

func (it *Iter) end() bool {
	it.err = it.base.Error()
	return false
}

// merge picks the next key of base and layers; of equal ones the topmost counts. The base is stepped at once, so its
// bytes are copied.
func (it *Iter) merge() bool {
	for {
		best := -1 // the base
		var key string
		have := it.baseOK
		if have {
			key = string(it.base.Key())
		}
		for i := range it.layers {
			e := it.layers[i].entry()
			if e == nil {
				continue
			}
			if !have || it.before(e.key, key) || best == -1 && e.key == key {
				best, key, have = i, e.key, true
			}
		}
		if !have {
			return it.end()
		}
		if it.take(best, key) {
			return true
		}
		if it.err != nil {
			return false
		}
	}
}

func (it *Iter) before(a, b string) bool {
	if it.reverse {
		return a > b
	}
	return a < b
}

// take reads the chosen entry and steps everything that stands on its key. It returns false for a deletion.
func (it *Iter) take(best int, key string) bool {
	live := true
	if best >= 0 {
		e := it.layers[best].entry()
		it.key, it.value, live = []byte(e.key), e.value, !e.deleted
	} else {
		value, err := it.base.ValueAndErr()
		if it.err = err; err != nil {
			return false
		}
		it.key, it.value = append([]byte(nil), it.base.Key()...), append([]byte(nil), value...)
	}
	if it.baseOK && string(it.base.Key()) == key {
		it.stepBase()
	}
	for i := range it.layers {
		if e := it.layers[i].entry(); e != nil && e.key == key {
			it.layers[i].step(it.reverse)
		}
	}
	return live
}

func (c *cursor) entry() *entry {
	if c.at < 0 || c.at >= len(c.entries) {
		return nil
	}
	return &c.entries[c.at]
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
	if it.err != nil {
		return fmt.Errorf("iterate: %w", it.err)
	}
	return nil
}

// Close ends the walk.
func (it *Iter) Close() error { return it.base.Close() }
