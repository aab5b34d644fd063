package relation

import (
	"context"
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/storage"
)

// keyScan walks an index and takes the columns from its keys (an index only scan).
type keyScan struct {
	table *table
	spec  exec.ScanSpec
	it    *storage.Iter
	parts []keyScanPart
	out   *datum.Batch
	want  int
}

// keyScanPart is a key of the index, up to the last that is read.
type keyScanPart struct {
	typ  *datum.Type
	part catalog.KeyPart
	to   []int // the columns of the batch that have it
}

func newKeyScan(t *table, spec exec.ScanSpec, it *storage.Iter) *keyScan {
	s := &keyScan{table: t, spec: spec, it: it, out: datum.NewBatch(t.types(spec.Ordinals, false), datum.BatchRows)}
	for i, o := range spec.Ordinals {
		k := keyOf(t.t, spec.Index, o)
		for len(s.parts) <= k {
			part := spec.Index.Keys[len(s.parts)]
			s.parts = append(s.parts, keyScanPart{typ: keyType(t.t, part), part: part})
		}
		s.parts[k].to = append(s.parts[k].to, i)
	}
	return s
}

// keyOf is which of an index's keys a column is.
func keyOf(t *catalog.Table, ix *catalog.Index, ord int) int {
	return slices.IndexFunc(ix.Keys, func(k catalog.KeyPart) bool { return k.Expr == "" && t.Ordinal(k.AttNum) == ord })
}

// Next implements exec.RowIter. As for rows, the first batches are small.
func (s *keyScan) Next(context.Context) (*datum.Batch, error) {
	s.want = min(max(2*s.want, 8), datum.BatchRows)
	resetBatch(s.out)
	for s.out.Rows < s.want && s.it.Next() {
		if err := s.add(s.it.Key()); err != nil {
			return nil, fmt.Errorf("scan index %s: %w", s.spec.Index.Name, err)
		}
	}
	if err := s.it.Err(); err != nil {
		return nil, fmt.Errorf("scan index %s: %w", s.spec.Index.Name, err)
	}
	return orEnd(s.out), nil
}

func (s *keyScan) add(key []byte) (err error) {
	rest := key[storage.IndexPrefixBytes:]
	for _, p := range s.parts {
		var d datum.Datum
		if d, rest, err = datum.DecodeKey(p.typ, rest, p.part.Desc, p.part.NullsFirst); err != nil {
			return err
		}
		for _, c := range p.to {
			s.out.Cols[c].Append(d)
		}
	}
	s.out.Rows++
	return nil
}

// Close implements exec.RowIter.
func (s *keyScan) Close() { s.table.closeScan(s.it) }
