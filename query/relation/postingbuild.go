package relation

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// postingBuild gathers the postings of rows, which ascend, into blocks. Rows come in order, so that nothing need be sorted but
// what is written in the end: as many keys as there are parts and blocks, where there would be one for every posting.
type postingBuild struct {
	table *table
	ix    *catalog.Index
	parts map[string]*blockWriter // by the number of the key and the part
	key   []byte                  // scratch
	bytes int64                   // what parts take, about
}

// partListBytes is what a part in memory takes beside its bytes and its block: a place in a map, half of which may be free,
// and a blockWriter.
const partListBytes = 128

// fillInverted enters every row of the table into an inverted index.
func (t *table) fillInverted(ctx context.Context, ix *catalog.Index, from *table, ordinals []int) error {
	b := &postingBuild{table: t, ix: ix, parts: map[string]*blockWriter{}}
	scratch, last := &partScratch{}, uint64(0)
	err := from.eachBatch(ctx, exec.ScanSpec{Ordinals: ordinals, RowID: true}, func(batch *datum.Batch) error {
		rows, err := t.extend(ctx, spread(t.t, batch, ordinals))
		if err != nil {
			return err
		}
		for i, id := range batch.Cols[len(ordinals)].I {
			last = uint64(id)
			t.remember(ix, rows, i, last)
			t.eachPart(ix, rows, i, scratch, func(key int, part []byte) { b.add(key, part, last) })
		}
		if b.bytes >= t.stmt.tx.db.opts.SpillBytes/2 {
			b.flush()
		}
		return t.stmt.makeRoom()
	})
	if err != nil {
		return err
	}
	b.flush()
	ix.Packed = last
	return t.stmt.makeRoom()
}

// add adds a posting.
func (b *postingBuild) add(key int, part []byte, row uint64) {
	b.key = append(append(b.key[:0], byte(key)), part...)
	w := b.parts[string(b.key)]
	if w == nil {
		w = &blockWriter{}
		b.parts[string(b.key)] = w
		b.bytes += int64(len(b.key)) + partListBytes
	}
	before := cap(w.value)
	w.add(row)
	b.bytes += int64(cap(w.value) - before)
	if w.full() {
		b.bytes -= int64(cap(w.value))
		b.put(string(b.key), w)
		*w = blockWriter{}
	}
}

// put writes a part's block. One row has a key of its own, which takes less.
func (b *postingBuild) put(part string, w *blockWriter) {
	prefix, writes := append(storage.IndexPrefix(b.ix.ID), part...), &b.table.stmt.writes
	switch w.rows {
	case 0:
	case 1:
		writes.Set(postingKey(prefix, w.last), []byte{})
	default:
		w.put(prefix, writes.Set)
	}
}

// flush writes what is in memory.
func (b *postingBuild) flush() {
	for part, w := range b.parts {
		b.put(part, w)
	}
	clear(b.parts)
	b.bytes = 0
}
