package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrStillRead says that somebody reads files that an erasure has replaced. They go when that ends.
var ErrStillRead = errors.New("replaced files are still being read")

// Erased is what an erasure did.
type Erased struct {
	Files int   // that were there before, and are gone or empty
	Bytes int64 // of the sorted tables among them
}

const (
	// eraseWait is how long an erasure waits for readers of the files that it has replaced.
	eraseWait  = 10 * time.Second
	erasePause = 5 * time.Millisecond
	// eraseTries bounds the compactions of a range whose files do not go: one is enough unless Pebble changes.
	eraseTries = 3
)

// Erase rewrites every file with keys in the ranges, so that no file of the store keeps a byte of what was deleted or
// overwritten in them: nor the log, nor the list of files, which names first and last keys. Snapshots that are older than
// a deletion must have been closed before, since they keep what it deleted; those taken after it do no harm. It needs
// room for the ranges' live keys a second time. After an error or a crash nothing is lost, and part of the bytes may
// remain: call it again. ErrStillRead says that only open iterators keep some.
//
// The steps: (1) an empty deletion of range keys, which the store has none of, makes a file as wide as each range, so
// that compactions down from it meet every file below and move none as it is; (2) the log is changed for a new one and
// memory written out; (3) each range is compacted to the bottom; (4) the list of files begins anew, twice, since Pebble
// keeps one older; (5) files that were there at (2) must be gone, and logs, which Pebble may keep for later, empty.
func (s *Store) Erase(ctx context.Context, ranges []Range) (Erased, error) {
	s.eraseMu.Lock()
	defer s.eraseMu.Unlock()
	defer s.logs.keepFresh()()
	if err := s.spanRanges(ranges); err != nil {
		return Erased{}, err
	}
	before, err := s.files()
	if err != nil {
		return Erased{}, err
	}
	if err := s.flush(ctx); err != nil {
		return Erased{}, err
	}
	for _, r := range ranges {
		if err := s.rewrite(ctx, r, before); err != nil {
			return Erased{}, fmt.Errorf("erase: %w", err)
		}
	}
	if err := s.renewManifest(ctx); err != nil {
		return Erased{}, fmt.Errorf("erase: %w", err)
	}
	return s.awaitGone(ctx, before)
}

// spanRanges is step (1).
func (s *Store) spanRanges(ranges []Range) error {
	b := s.NewBatch()
	for _, r := range ranges {
		if err := b.b.RangeKeyDelete(r.Low, r.High, nil); err != nil {
			return closing(b, err)
		}
	}
	return s.Commit(b)
}

// flush is step (2), and ends with the context.
func (s *Store) flush(ctx context.Context) error {
	var flushed <-chan struct{}
	s.writeMu.Lock()
	err := s.Failed()
	if err == nil {
		err = s.guard(func() (err error) {
			flushed, err = s.db.AsyncFlush()
			return err
		})
	}
	s.writeMu.Unlock()
	if err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	select {
	case <-flushed:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// rewrite is step (3) for one range.
func (s *Store) rewrite(ctx context.Context, r Range, before []storeFile) error {
	for range eraseTries {
		if err := s.db.Compact(ctx, r.Low, r.High, false); err != nil {
			return reading("compact", err)
		}
		old, err := s.tablesOf(r, before)
		if err != nil || len(old) == 0 {
			return err
		}
	}
	return fmt.Errorf("tables of the range %x to %x were not rewritten", r.Low, r.High)
}

// tablesOf lists the tables in use with keys in a range that were there before.
func (s *Store) tablesOf(r Range, before []storeFile) ([]uint64, error) {
	levels, err := s.db.SSTables()
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	var out []uint64
	for _, level := range levels {
		for i := range level {
			t := &level[i]
			number := uint64(t.BackingSSTNum)
			if bytes.Compare(t.Largest.UserKey, r.Low) >= 0 && bytes.Compare(t.Smallest.UserKey, r.High) < 0 &&
				slices.ContainsFunc(before, func(f storeFile) bool { return f.suffix == ".sst" && f.number == number }) {
				out = append(out, number)
			}
		}
	}
	return out, nil
}

// renewManifest is step (4): an edit of the list after another, until it has begun anew twice. It begins anew when the
// edits since its beginning are more than the files it lists (see pebbleOptions).
func (s *Store) renewManifest(ctx context.Context) error {
	newest := func() (n uint64, tables int, err error) {
		list, err := s.files()
		for _, f := range list {
			switch f.suffix {
			case manifestPrefix:
				n = max(n, f.number)
			case ".sst":
				tables++
			}
		}
		return n, tables, err
	}
	at, tables, err := newest()
	renewed := 0
	for edits := 0; err == nil && renewed < 2; edits++ {
		if edits > 4*tables+100 {
			return errors.New("the list of files does not begin anew")
		}
		b := s.NewBatch()
		now := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()))
		if err := b.Set(MetaKey("erased"), now); err != nil {
			return closing(b, err)
		}
		if err := s.Commit(b); err != nil {
			return err
		}
		if err := s.flush(ctx); err != nil {
			return err
		}
		last := at
		if at, _, err = newest(); at != last {
			renewed++
		}
	}
	return err
}

// awaitGone is step (5).
func (s *Store) awaitGone(ctx context.Context, before []storeFile) (Erased, error) {
	deadline := time.Now().Add(eraseWait)
	for {
		left, err := s.remaining(before)
		if err != nil {
			return Erased{}, err
		}
		if len(left) == 0 {
			return s.count(before)
		}
		if time.Now().After(deadline) {
			return Erased{}, fmt.Errorf("%w: %s", ErrStillRead, strings.Join(left, ", "))
		}
		select {
		case <-ctx.Done():
			return Erased{}, context.Cause(ctx)
		case <-time.After(erasePause):
		}
	}
}

// remaining empties old logs, and names the other files of before that are there and not in use.
func (s *Store) remaining(before []storeFile) ([]string, error) {
	used, err := s.tablesOf(Range{Low: []byte{}, High: []byte{0xff}}, before)
	if err != nil {
		return nil, err
	}
	now, err := s.files()
	if err != nil {
		return nil, err
	}
	var left []string
	for _, f := range before {
		switch {
		case !slices.Contains(now, f) || f.suffix == ".sst" && slices.Contains(used, f.number):
		case f.suffix == logSuffix:
			if err := s.logs.empty(s.logs.PathJoin(s.path, f.name)); err != nil {
				return nil, fmt.Errorf("empty %s: %w", f.name, err)
			}
		default:
			left = append(left, f.name)
		}
	}
	return left, nil
}

// count says how much of before is gone.
func (s *Store) count(before []storeFile) (Erased, error) {
	used, err := s.tablesOf(Range{Low: []byte{}, High: []byte{0xff}}, before)
	var out Erased
	for _, f := range before {
		if f.suffix == ".sst" && slices.Contains(used, f.number) {
			continue
		}
		out.Files++
		if f.suffix == ".sst" {
			out.Bytes += f.size
		}
	}
	return out, err
}

const manifestPrefix = "MANIFEST-"

// storeFile is a file of Pebble's that holds keys. The suffix of a list of files is manifestPrefix.
type storeFile struct {
	name, suffix string
	number       uint64
	size         int64 // of a table
}

// files lists them.
func (s *Store) files() ([]storeFile, error) {
	names, err := s.logs.List(s.path)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", s.path, err)
	}
	var out []storeFile
	for _, name := range names {
		f, ok := parseFile(s.logs.PathBase(name))
		if !ok {
			continue
		}
		if f.suffix == ".sst" {
			info, err := s.logs.Stat(s.logs.PathJoin(s.path, f.name))
			if err != nil {
				continue // gone meanwhile
			}
			f.size = info.Size()
		}
		out = append(out, f)
	}
	return out, nil
}

func parseFile(name string) (storeFile, bool) {
	f := storeFile{name: name}
	digits, found := strings.CutPrefix(name, manifestPrefix)
	if found {
		f.suffix = manifestPrefix
	} else {
		i := strings.IndexByte(name, '.')
		if i < 0 || !slices.Contains([]string{".sst", ".blob", logSuffix}, name[i:]) {
			return f, false
		}
		digits, f.suffix = name[:i], name[i:]
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	f.number = n
	return f, err == nil
}

// Everything spans all keys.
func Everything() Range { return Range{Low: []byte{0}, High: []byte{0xff}} }

// Gaps are the ranges between others, which do not overlap.
func Gaps(keep []Range) []Range {
	keep = slices.SortedFunc(slices.Values(keep), func(a, b Range) int { return bytes.Compare(a.Low, b.Low) })
	all := Everything()
	var out []Range
	at := all.Low
	for _, r := range keep {
		if bytes.Compare(at, r.Low) < 0 {
			out = append(out, Range{at, r.Low})
		}
		at = r.High
	}
	return append(out, Range{at, all.High})
}
