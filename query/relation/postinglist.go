package relation

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// postingList reads the postings of a part, or of all that begin alike. Close it.
type postingList struct {
	it   *storage.Iter
	ix   *catalog.Index
	size int // of a part with what stands before it, 0 where parts differ in length

	batch []uint64 // what next found: rows that ascend
	last  uint64   // of one part: no row up to it is still to come

	part []byte   // at hand, with what stands before it
	lost []uint64 // rows that its next block has no more
}

// openPostings reads a part of an index's key; of a prefix, all parts that begin with it.
func openPostings(s *Stmt, ix *catalog.Index, key int, part []byte, prefix bool) (*postingList, error) {
	begin := partKey(ix, key, part)
	it, err := s.view.Iter(storage.PrefixRange(begin), false)
	if err != nil {
		return nil, fmt.Errorf("search index %s: %w", ix.Name, err)
	}
	l := &postingList{it: it, ix: ix}
	if !prefix {
		l.size = len(begin)
	}
	return l, nil
}

// next goes on to the next block or row.
func (l *postingList) next() (bool, error) {
	for l.it.Next() {
		if found, err := l.take(l.it.Key(), l.it.Value()); found || err != nil {
			return found, l.failed(err)
		}
	}
	return false, l.failed(l.it.Err())
}

func (l *postingList) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("search index %s: %w", l.ix.Name, err)
}

// take reads one key; found says whether it has rows.
func (l *postingList) take(key, value []byte) (found bool, err error) {
	kind, err := postingKind(key, value)
	if err != nil {
		return false, err
	}
	part := partOf(kind, key)
	if l.size > 0 && len(part) != l.size {
		return false, fmt.Errorf("%w: index entry %x, %x", storage.ErrCorrupt, key, value)
	}
	if !bytes.Equal(part, l.part) {
		l.part, l.lost = append(l.part[:0], part...), l.lost[:0]
	}
	switch kind {
	case lostPosting:
		l.lost = append(l.lost, storage.RowOf(key))
		return false, nil
	case postingBlock:
		l.last = storage.RowOf(key[:len(key)-1])
		return true, l.block(value)
	}
	row := storage.RowOf(key)
	l.batch = append(l.batch[:0], row)
	if row > l.ix.Packed {
		l.last = row
	}
	return true, nil
}

// block reads a block, but for the rows that have lost the part since.
func (l *postingList) block(value []byte) (err error) {
	l.batch, err = appendBlock(l.batch[:0], value)
	if len(l.lost) > 0 {
		l.batch = slices.DeleteFunc(l.batch, func(row uint64) bool {
			_, lost := slices.BinarySearch(l.lost, row)
			return lost
		})
		l.lost = l.lost[:0]
	}
	return err
}

// addTo adds what next found to a set.
func (l *postingList) addTo(set *roaring64.Bitmap) {
	if len(l.batch) == 1 {
		set.Add(l.batch[0])
		return
	}
	set.AddMany(l.batch)
}

func (l *postingList) close() error { return l.it.Close() }
