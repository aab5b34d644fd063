package storage

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// incomingDir is where tables lie until the store takes them in; what a crash left there goes with the next Open.
	incomingDir = "incoming"
	// incomingBytes is about the most that one of them holds before it is compressed.
	incomingBytes = 64 << 20
	incomingLevel = 0 // whose options they are written with: those of the last level would not keep deletions
)

// Incoming is a large commit in the making: a layer's rows, vectors and index entries in tables of Pebble's own, which the store
// takes in as they are. A Batch would hold all of them in memory, and write them twice. Hand it to Take, or Drop it.
type Incoming struct {
	store  *Store
	rest   []entry // other writes, which are few: definitions, sequences, counts
	tables []incomingTable
	layer  *Layer // what rest points into
}

// incomingTable is a file, and its first and last key.
type incomingTable struct {
	path        string
	first, last []byte
}

// Prepare writes a layer into tables, without what is in some ranges. It takes as long as it takes, and holds nothing up.
func (s *Store) Prepare(ctx context.Context, l *Layer, without []Range) (*Incoming, error) {
	in := &Incoming{store: s, layer: l}
	if err := s.logs.MkdirAll(s.incoming, 0o750); err != nil {
		return nil, fmt.Errorf("prepare a large commit: %w", err)
	}
	if err := in.fill(ctx, without); err != nil {
		in.Drop()
		return nil, fmt.Errorf("prepare a large commit: %w", err)
	}
	return in, nil
}

// fill is Prepare's work. A table ends where another object's storage begins, so that what the commit adds about others, or
// deletes of them, fits between.
func (in *Incoming) fill(ctx context.Context, without []Range) (err error) {
	var w *tableWriter
	defer func() {
		if w != nil {
			err = errors.Join(err, w.close())
		}
	}()
	for i := range in.layer.Len() {
		e := in.layer.at(i)
		if !isBulk(e.key) {
			in.rest = append(in.rest, e)
			continue
		}
		if slices.ContainsFunc(without, func(r Range) bool { return r.has(e.key) }) {
			continue
		}
		if w != nil && (w.bytes > incomingBytes || objectOf(e.key) != objectOf(string(w.table.last))) {
			err, w = w.close(), nil
			in.layer.Unload()
			if err != nil || ctx.Err() != nil {
				return cmp.Or(err, context.Cause(ctx))
			}
		}
		if w == nil {
			if w, err = in.newTable(); err != nil {
				return err
			}
		}
		if err := w.add(&e); err != nil {
			return err
		}
	}
	runtime.KeepAlive(in.layer)
	return nil
}

// isBulk says of a key that there may be many like it.
func isBulk(key string) bool {
	return key[0] == spaceRow || key[0] == spaceVector || key[0] == spaceIndex
}

// objectOf is the beginning of a bulk key that names what it belongs to: a table's rows, one column's vectors, an index.
func objectOf(key string) string {
	if key[0] == spaceVector {
		return key[:IndexPrefixBytes+2]
	}
	return key[:IndexPrefixBytes]
}

// has says whether a key is in the range.
func (r Range) has(key string) bool {
	return key >= string(r.Low) && (r.High == nil || key < string(r.High))
}

// Rest adds what is not in tables to a batch.
func (in *Incoming) Rest(b *Batch) error {
	for i := range in.rest {
		if err := b.add(&in.rest[i]); err != nil {
			return fmt.Errorf("fill batch: %w", err)
		}
	}
	runtime.KeepAlive(in.layer)
	return nil
}

// Take commits the tables and a batch with the rest, all of it or nothing, durably, and takes both over. Errors are as from Write;
// where the tables overlap what is in memory Pebble changes to a new log, see pebbleLogger.Fatalf.
func (s *Store) Take(ctx context.Context, in *Incoming, b *Batch) error {
	defer in.Drop()
	err := in.between(b)
	if err = errors.Join(err, b.Close()); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	paths := make([]string, len(in.tables))
	for i, t := range in.tables {
		paths[i] = t.path
	}
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if err := s.Failed(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	defer s.late.bar()() // the ingestion may be a record in the log, which Pebble waits for
	if err := s.guard(func() error { return s.db.Ingest(context.WithoutCancel(ctx), paths) }); err != nil {
		return fmt.Errorf("commit: %w", s.fail(err))
	}
	return nil
}

// Drop removes the tables. What cannot be removed goes with the next Open.
func (in *Incoming) Drop() {
	for _, t := range in.tables {
		_ = in.store.logs.Remove(t.path) // Take's are gone already
	}
	in.tables, in.rest, in.layer = nil, nil, nil
}

// between writes a batch into tables that lie between those with the rows.
func (in *Incoming) between(b *Batch) error {
	points, ranges, err := flatten(b.b)
	if err != nil {
		return err
	}
	have := in.tables // which ascend
	var w *tableWriter
	gap := -1
	place := func(low []byte) (*tableWriter, error) { // the table for what comes next
		at, _ := slices.BinarySearchFunc(have, low, func(t incomingTable, low []byte) int { return bytes.Compare(t.first, low) })
		if w != nil && at == gap {
			return w, nil
		}
		if w != nil {
			if err := w.close(); err != nil {
				return nil, err
			}
		}
		w, err = in.newTable()
		gap = at
		return w, err
	}
	for len(points) > 0 || len(ranges) > 0 {
		if len(ranges) == 0 || len(points) > 0 && points[0].key < string(ranges[0].Low) {
			w, err := place([]byte(points[0].key))
			if err != nil {
				return err
			}
			if err := w.add(&points[0]); err != nil {
				return errors.Join(err, w.close())
			}
			points = points[1:]
			continue
		}
		w, err := place(ranges[0].Low)
		if err != nil {
			return err
		}
		if err := w.w.DeleteRange(ranges[0].Low, ranges[0].High); err != nil {
			return errors.Join(err, w.close())
		}
		ranges = ranges[1:]
	}
	if w == nil {
		return nil
	}
	return w.close()
}

// flatten is what remains of a batch's operations: the last one of each key, and deleted ranges, apart and ascending. A
// range's deletion does not touch what the same commit writes there.
func flatten(b *pebble.Batch) ([]entry, []Range, error) {
	last := map[string]write{}
	var ranges []Range
	for r := b.Reader(); ; {
		kind, key, value, ok, err := r.Next()
		switch {
		case err != nil:
			return nil, nil, fmt.Errorf("read a batch: %w", err)
		case !ok:
			return sortedEntries(last), union(ranges), nil
		}
		switch kind {
		case pebble.InternalKeyKindSet:
			last[string(key)] = write{value: slices.Clone(value)}
		case pebble.InternalKeyKindDelete:
			last[string(key)] = write{deleted: true}
		case pebble.InternalKeyKindRangeDelete:
			gone := Range{slices.Clone(key), slices.Clone(value)}
			for k := range last {
				if gone.has(k) {
					delete(last, k)
				}
			}
			ranges = append(ranges, gone)
		default:
			return nil, nil, fmt.Errorf("read a batch: operation %s in a large commit", kind)
		}
	}
}

// union merges ranges that overlap or touch.
func union(ranges []Range) []Range {
	slices.SortFunc(ranges, func(a, b Range) int { return bytes.Compare(a.Low, b.Low) })
	var out []Range
	for _, r := range ranges {
		if n := len(out); n > 0 && bytes.Compare(r.Low, out[n-1].High) <= 0 {
			if bytes.Compare(r.High, out[n-1].High) > 0 {
				out[n-1].High = r.High
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// tableWriter writes one table.
type tableWriter struct {
	in    *Incoming
	w     *sstable.Writer
	table incomingTable
	bytes int
}

func (in *Incoming) newTable() (*tableWriter, error) {
	s := in.store
	t := incomingTable{path: s.logs.PathJoin(s.incoming, fmt.Sprintf("%d.sst", s.tables.Add(1)))}
	f, err := s.logs.Create(t.path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	w := sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.options.MakeWriterOptions(incomingLevel, s.db.TableFormat()))
	return &tableWriter{in: in, w: w, table: t}, nil
}

func (w *tableWriter) add(e *entry) error {
	key := []byte(e.key)
	if w.table.first == nil {
		w.table.first = key
	}
	w.table.last = key
	w.bytes += len(key) + len(e.value)
	if e.deleted {
		return w.w.Delete(key)
	}
	return w.w.Set(key, e.value)
}

// close makes the table durable, and the commit's.
func (w *tableWriter) close() error {
	w.in.tables = append(w.in.tables, w.table)
	return w.w.Close()
}
