package storage

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"
)

// Points reads keys of a range that ascend, each where the one before was left: for many keys that takes a third of what Get
// takes for each. Close it.
type Points struct {
	base   *pebble.Iterator
	layers []*Layer
}

// Points begins to read keys of a range.
func (v View) Points(r Range) (*Points, error) {
	base, err := v.snap.snap.NewIter(&pebble.IterOptions{LowerBound: r.Low, UpperBound: r.High})
	if err != nil {
		return nil, reading("read keys", err)
	}
	p := &Points{base: base}
	for _, l := range v.layers {
		if l.Touches(r) {
			p.layers = append(p.layers, l)
		}
	}
	return p, nil
}

// Get reads a key as the view has it. The bytes are good until the next call.
func (p *Points) Get(key []byte) (value []byte, ok bool, err error) {
	for i := len(p.layers) - 1; i >= 0; i-- {
		if value, deleted, found := p.layers[i].get(string(key)); found {
			return value, !deleted, nil
		}
	}
	if !p.base.SeekGE(key) || !bytes.Equal(p.base.Key(), key) {
		return nil, false, reading("read key", p.base.Error())
	}
	value, err = p.base.ValueAndErr()
	return value, true, reading("read key", err)
}

// Close ends it.
func (p *Points) Close() error { return reading("read keys", p.base.Close()) }
