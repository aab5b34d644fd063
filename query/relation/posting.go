package relation

import (
	"encoding/binary"
	"fmt"

	"github.com/seguedb/segue/storage"
)

// A posting says that a row has a part. It is a key of its own, or one of a block's, which has many rows of one part:
//
//	i index(4) key(1) part… row(8)      → nothing: row has the part
//	                                    → 0: row has it no more, whatever the block says
//	i index(4) key(1) part… last(8) 0   → 1, then uvarints: the first row, and the differences of those up to last
//
// Blocks are written where an index is built, and by VACUUM; what is written to a row changes keys of its own alone, so that
// two transactions never change one key for two rows. Of a part, blocks do not overlap, and ascend, and whatever their rows'
// own keys say stands before them. A row beyond catalog.Index.Packed is in no block: where it loses a part, the key goes.
// An index without blocks, as those were that earlier builds made, reads the same.

// The first byte of a posting's value; onePosting stands for none.
const (
	lostPosting  byte = 0
	postingBlock byte = 1
	onePosting   byte = 0xff
)

// postingKind says what a key with a value is.
func postingKind(key, value []byte) (byte, error) {
	kind, least := onePosting, storage.IndexPrefixBytes+1+8
	if len(value) > 0 {
		kind = value[0]
	}
	known := len(value) == 0
	switch kind {
	case lostPosting:
		known = len(value) == 1
	case postingBlock:
		least, known = least+1, key[len(key)-1] == 0
	}
	if !known || len(key) < least {
		return 0, fmt.Errorf("%w: index entry %x, %x", storage.ErrCorrupt, key, value)
	}
	return kind, nil
}

// partOf is a posting's key without its row.
func partOf(kind byte, key []byte) []byte {
	if kind == postingBlock {
		return key[:len(key)-blockSuffixBytes]
	}
	return key[:len(key)-8]
}

// blockBytes is about the most that a block takes: a block of the store's tables has one or two of them.
const blockBytes = 2 << 10

// blockSuffixBytes is what follows the part in a block's key.
const blockSuffixBytes = 8 + 1

// blockKey is the key of a part's block.
func blockKey(part []byte, last uint64) []byte {
	key := make([]byte, 0, len(part)+blockSuffixBytes)
	return append(binary.BigEndian.AppendUint64(append(key, part...), last), 0)
}

// postingKey is the key of one posting.
func postingKey(part []byte, row uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, len(part)+8), part...), row)
}

// blockWriter writes rows, which ascend, into a block's value.
type blockWriter struct {
	last  uint64
	value []byte // nil as long as there is one row
	rows  int
}

// add adds a row beyond the last one; one that is there already does nothing.
func (w *blockWriter) add(row uint64) {
	if w.rows > 0 && row == w.last {
		return
	}
	if w.rows == 1 {
		w.begin()
	}
	if w.rows > 0 {
		w.value = binary.AppendUvarint(w.value, row-w.last)
	}
	w.last = row
	w.rows++
}

// begin writes the first row.
func (w *blockWriter) begin() { w.value = binary.AppendUvarint([]byte{postingBlock}, w.last) }

// full says that the block has enough rows.
func (w *blockWriter) full() bool { return len(w.value) >= blockBytes }

// put gives set the block of a part.
func (w *blockWriter) put(part []byte, set func(key, value []byte)) {
	if w.rows == 1 {
		w.begin()
	}
	set(blockKey(part, w.last), w.value)
}

// appendBlock appends the rows of a block's value.
func appendBlock(to []uint64, value []byte) ([]uint64, error) {
	if len(value) == 0 || value[0] != postingBlock {
		return to, errBlock(value)
	}
	rows, start := value[1:], len(to)
	row := uint64(0)
	for i := 0; i < len(rows); {
		step := uint64(rows[i])
		if step < 0x80 {
			i++
		} else {
			n := 0
			if step, n = binary.Uvarint(rows[i:]); n <= 0 {
				return to, errBlock(value)
			}
			i += n
		}
		if row+step <= row && len(to) > start || row+step < row {
			return to, errBlock(value)
		}
		row += step
		to = append(to, row)
	}
	if len(to) == start {
		return to, errBlock(value)
	}
	return to, nil
}

func errBlock(value []byte) error {
	return fmt.Errorf("%w: block of postings %x", storage.ErrCorrupt, value)
}
