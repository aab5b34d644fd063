package exec

import (
	"context"

	"github.com/seguedb/segue/query/datum"
)

// Of an input where rows of one group come one after the other some groups are read at a time, up to the row that begins
// one more, and given before more is read: it is GroupAggregate, whose memory does not grow with the number of groups.

// fewGroups is how many groups are read before the first is given; there are more each time, up to a batch.
const fewGroups = 16

// nextGroups gives the next groups of an input in their order.
func (a *aggregate) nextGroups(ctx context.Context) (*datum.Batch, error) {
	for {
		if len(a.sets) > 0 && a.at < a.sets[0].groups() {
			lo := a.at
			a.at = min(lo+datum.BatchRows, a.sets[0].groups())
			return a.emit(a.sets[0], lo, a.at)
		}
		if a.ended {
			return nil, nil
		}
		if err := a.someGroups(ctx); err != nil {
			return nil, err
		}
	}
}

// someGroups reads whole groups.
func (a *aggregate) someGroups(ctx context.Context) error {
	if err := a.start(-1); err != nil {
		return err
	}
	for {
		b := a.rest
		if a.rest = nil; b == nil {
			var err error
			if b, err = a.input.Next(ctx); err != nil {
				return err
			}
		}
		if b == nil {
			a.ended = true
			break
		}
		keys, err := evalAll(a.keys, b)
		if err != nil {
			return err
		}
		cut := a.cut(keys, b.Rows)
		if cut > 0 {
			if err := a.take(b.Slice(0, cut), keys); err != nil {
				return err
			}
			a.last = oneRow(keys, cut-1)
		}
		if cut < b.Rows {
			a.rest = b.Slice(cut, b.Rows)
			break
		}
	}
	a.enough = min(4*a.enough, datum.BatchRows)
	return a.finish(ctx)
}

// cut is the first row of a batch that begins a group for which there is no place any more.
func (a *aggregate) cut(keys []*datum.Vec, n int) int {
	have, same := a.sets[0].groups(), sameKeys(keys)
	for i := range n {
		begins := i > 0 && !same(i-1, i) || i == 0 && (have == 0 || !equalRows(a.last, 0, keys, 0))
		if !begins {
			continue
		}
		if have >= a.enough {
			return i
		}
		have++
	}
	return n
}

// take feeds rows of groups, whose keys are given, perhaps with those of rows after them.
func (a *aggregate) take(b *datum.Batch, keys []*datum.Vec) error {
	own := make([]*datum.Vec, len(keys))
	for i, k := range keys {
		own[i] = k.Slice(0, b.Rows)
	}
	b, err := a.assign(b, own)
	if err != nil {
		return err
	}
	for i, call := range a.calls {
		if err := a.feed(i, call, b); err != nil {
			return err
		}
	}
	return nil
}
