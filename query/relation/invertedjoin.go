package relation

import (
	"cmp"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
)

// maxJoined bounds the parts whose rows are intersected: what so many leave is few, and is looked at anyway.
const maxJoined = 16

// leaves counts the kids that are whole parts, whose entries come in the order of their rows.
func (q *partQuery) leaves() int {
	n := 0
	for _, kid := range q.kids {
		if kid.whole() {
			n++
		}
	}
	return n
}

func (q *partQuery) whole() bool { return q.part != nil && !q.prefix }

// rowsOfAll collects the rows that all kids find, or some more of them where looking at those takes less than reading on.
func (q *partQuery) rowsOfAll(s *Stmt, ix *catalog.Index, key int) (*roaring64.Bitmap, error) {
	var parts [][]byte
	var others []*partQuery
	for _, kid := range q.kids {
		if kid.whole() {
			parts = append(parts, kid.part)
		} else {
			others = append(others, kid)
		}
	}
	out, err := joinParts(s, ix, key, parts)
	for _, kid := range others {
		if err != nil || out.GetCardinality() <= fewRows {
			break
		}
		var found *roaring64.Bitmap
		if found, err = kid.rows(s, ix, key); err == nil {
			out.And(found)
		}
	}
	return out, err
}

// joinParts intersects parts' rows. How many a part has is not kept: all are read side by side until the rarest is at its end,
// and of the others no more than pays, the rarer first.
func joinParts(s *Stmt, ix *catalog.Index, key int, parts [][]byte) (*roaring64.Bitmap, error) {
	lists := make([]*partList, 0, maxJoined)
	defer func() {
		for _, l := range lists {
			_ = l.close() // it has been read: nothing is lost
		}
	}()
	every := (len(parts) + maxJoined - 1) / maxJoined
	for i := 0; i < len(parts); i += every {
		l, err := listOf(s, ix, key, parts[i])
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	ended := false
	for want := uint64(firstEntries); !ended; want *= 2 {
		for _, l := range lists {
			if err := l.read(want); err != nil {
				return nil, err
			}
			ended = ended || l.ended
		}
	}
	return intersect(lists)
}

// firstEntries are read of each part at first.
const firstEntries = 128

// How many postings are read in the time that a row is fetched and looked at: those with keys of their own, and those in blocks.
const (
	entriesPerRow = 16
	blockedPerRow = 512
)

// intersect finishes joinParts: one list at least is whole.
func intersect(lists []*partList) (*roaring64.Bitmap, error) {
	slices.SortStableFunc(lists, func(a, b *partList) int {
		return cmp.Or(-compareBool(a.ended, b.ended), -cmp.Compare(a.last, b.last))
	})
	out := lists[0].rows
	for _, l := range lists[1:] {
		out = l.within(out)
	}
	for _, l := range lists[1:] {
		if l.ended || out.IsEmpty() || l.last >= out.Maximum() {
			continue
		}
		left := float64(l.rows.GetCardinality()) * float64(out.Maximum()-l.last) / float64(l.last)
		perRow := uint64(entriesPerRow)
		if l.last <= l.ix.Packed {
			perRow = blockedPerRow
		}
		if float64(out.GetCardinality()*perRow) <= left {
			break
		}
		if err := l.read(math.MaxUint64); err != nil {
			return nil, err
		}
		out = l.within(out)
	}
	return out, nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// partList is the rows of a part, as far as they have been read: up to last, and perhaps some beyond.
type partList struct {
	*postingList
	rows  *roaring64.Bitmap
	found uint64
	ended bool
}

func listOf(s *Stmt, ix *catalog.Index, key int, part []byte) (*partList, error) {
	l, err := openPostings(s, ix, key, part, false)
	if err != nil {
		return nil, err
	}
	return &partList{postingList: l, rows: roaring64.New()}, nil
}

// read goes on until so many rows have been found, or to the end.
func (l *partList) read(want uint64) error {
	for l.found < want && !l.ended {
		ok, err := l.next()
		if err != nil {
			return err
		}
		if l.ended = !ok; ok {
			l.addTo(l.rows)
			l.found += uint64(len(l.batch))
		}
	}
	return nil
}

// within takes the rows out of a set that the list has not, as far as it has been read.
func (l *partList) within(set *roaring64.Bitmap) *roaring64.Bitmap {
	out := roaring64.And(set, l.rows)
	if !l.ended {
		rest := set.Clone()
		rest.RemoveRange(0, l.last+1)
		out.Or(rest)
	}
	return out
}
