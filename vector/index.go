package vector

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/vector/kernel"
)

// Index finds the nearest rows of one vector column. All methods may be called from any goroutine;
// Apply has one caller at a time by its contract.
type Index struct {
	opts  Options
	store SegmentStore
	set   kernel.Set
	// rotation comes before codes of one bit; nil where vectors are too short for them.
	rotation *kernel.Rotation

	view   atomic.Pointer[view] // nil when closed
	rows   atomic.Int64         // live rows
	mark   atomic.Uint64        // Watermark
	seals  atomic.Uint64
	merges atomic.Uint64

	// mu orders the writers of memory: Apply, and the moments at which a seal freezes the tail and
	// publishes a segment. Nobody does I/O under it, and Search never takes it.
	mu      sync.Mutex
	cur     *tail
	frozen  *tail // being sealed, or left by a seal that failed
	lastSeq uint64
	floor   uint64 // deltas up to here were in the files at Open, or in the Rebuild
	// While journaling, deaths outside cur are noted for the segment being written.
	journaling bool
	journal    []death
	// staged are files that no view has and that a commit to come wants.
	staged map[string]bool

	// sealMu admits one seal, merge, rebuild, reset or close at a time. Taken before mu.
	sealMu   sync.Mutex
	building bool
	nextID   uint64
}

// Open loads the index kept in store, or starts one in an empty store. It reads and verifies every
// byte of every segment. If files are damaged, missing, or of another dimension the error wraps
// ErrCorrupt and the Index returned with it is empty and usable: the owner calls Rebuild, or Reset and
// Apply. With any other error the Index is nil. The store belongs to the index until Close.
func Open(store SegmentStore, o Options) (*Index, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	set, ok := kernel.At(o.Kernel)
	if !ok {
		return nil, fmt.Errorf("vector: this machine has no %s kernels", o.Kernel)
	}
	ix := &Index{opts: o, store: store, set: set, cur: newTail(o.Dim)}
	if o.Dim >= codesPay {
		ix.rotation = kernel.NewRotation(o.Dim, signSeed)
	}
	segments, err := ix.load()
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return nil, err
	}
	ix.view.Store(newView(segments))
	return ix, err
}

// load reads the manifest and its segments, and removes segments that it does not name.
func (ix *Index) load() ([]*segment, error) {
	names, err := ix.store.List()
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	m, err := ix.loadManifest(len(names) > 0)
	if err != nil {
		return nil, err
	}
	var segments []*segment
	for _, ms := range m.segments {
		s, err := ix.loadSegment(ms)
		if err != nil {
			for _, s := range segments {
				err = errors.Join(err, s.data.Close())
			}
			return nil, err
		}
		segments = append(segments, s)
	}
	ix.nextID, ix.lastSeq, ix.floor = m.nextID, m.watermark, m.watermark
	ix.mark.Store(m.watermark)
	for _, s := range segments {
		ix.rows.Add(int64(s.len()) - s.deaths.Load())
	}
	ix.removeOrphans(names, segments)
	return segments, nil
}

// loadManifest reads the manifest; a store with no file at all gets its first one, so that a manifest
// missing next to segments is known for the loss that it is.
func (ix *Index) loadManifest(haveSegments bool) (*manifest, error) {
	data, err := ix.store.ReadManifest()
	if errors.Is(err, fs.ErrNotExist) {
		if haveSegments {
			return nil, fmt.Errorf("%w: no manifest", ErrCorrupt)
		}
		m := &manifest{dim: ix.opts.Dim, nextID: 1}
		return m, ix.writeManifest(m)
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	m, err := decodeManifest(data)
	switch {
	case err != nil:
		return nil, err
	case m.dim != ix.opts.Dim:
		return nil, fmt.Errorf("%w: manifest of %d dimensions in an index of %d", ErrCorrupt, m.dim, ix.opts.Dim)
	case m.building:
		return nil, fmt.Errorf("%w: a rebuild was interrupted", ErrCorrupt)
	}
	return m, nil
}

func (ix *Index) writeManifest(m *manifest) error {
	if err := ix.store.WriteManifest(m.encode()); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}

// loadSegment opens a segment and buries its dead.
func (ix *Index) loadSegment(ms manifestSegment) (*segment, error) {
	s, err := openSegment(ix.store, ms.id, ix.opts.Dim, ix.opts.Apart)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, err
	}
	if s.sum != ms.sum {
		return nil, errors.Join(fmt.Errorf("%w: segment %s is not the one in the manifest", ErrCorrupt, s.name), s.data.Close())
	}
	for _, d := range ms.dead {
		if int(d.index) >= s.len() || d.died == alive || s.died[d.index].Load() != alive {
			return nil, errors.Join(fmt.Errorf("%w: tombstone %d of segment %s", ErrCorrupt, d.index, s.name), s.data.Close())
		}
		s.kill(int(d.index), d.died)
	}
	return s, nil
}

// removeOrphans deletes the segments that a crash left between a commit and the next manifest. One
// that cannot be removed costs disk space, and is tried again at the next Open.
func (ix *Index) removeOrphans(names []string, segments []*segment) {
	for _, name := range names {
		if slices.ContainsFunc(segments, func(s *segment) bool { return s.name == name }) {
			continue
		}
		if err := ix.store.Remove(name); err != nil {
			ix.opts.Logger.Warn("vector: remove orphaned segment", "name", name, "error", err)
		}
	}
}

// Watermark returns the sequence number up to which every delta is in sealed files: after a restart
// the owner replays those after it. An owner whose log no longer reaches back to it must Rebuild; one
// whose log ends before it lost commits that the index has seen, and must Rebuild too.
func (ix *Index) Watermark() uint64 { return ix.mark.Load() }

// Len returns the number of rows after the last Apply.
func (ix *Index) Len() int { return int(ix.rows.Load()) }

// Dim returns the number of dimensions.
func (ix *Index) Dim() int { return ix.opts.Dim }

// Unload gives back the memory of the files' pages that searches have read. The next ones read them again, from the
// operating system's cache while it has them.
func (ix *Index) Unload() {
	v := ix.acquireView()
	if v == nil {
		return
	}
	defer ix.releaseView(v)
	for _, s := range v.segments {
		s.data.Unload()
	}
}

// Reset empties the index and its files, and sets the watermark to 0.
func (ix *Index) Reset() error {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	return ix.reset()
}

// reset is Reset under sealMu. The manifest goes first: from then on the old segments are orphans.
func (ix *Index) reset() error {
	if ix.view.Load() == nil {
		return ErrClosed
	}
	names, err := ix.store.List()
	if err != nil {
		return fmt.Errorf("list segments: %w", err)
	}
	for _, name := range names { // damaged manifests cannot say which names were used
		var id uint64
		if _, err := fmt.Sscanf(name, "%16x", &id); err == nil && id < math.MaxUint64 {
			ix.nextID = max(ix.nextID, id+1)
		}
	}
	ix.nextID = max(ix.nextID, 1)
	if err := ix.writeManifest(&manifest{dim: ix.opts.Dim, nextID: ix.nextID, building: ix.building}); err != nil {
		return err
	}
	ix.mu.Lock()
	ix.cur, ix.frozen = newTail(ix.opts.Dim), nil
	ix.lastSeq, ix.floor = 0, 0
	ix.rows.Store(0)
	ix.mark.Store(0)
	ix.publish(newView(nil))
	ix.mu.Unlock()
	ix.removeOrphans(names, nil)
	return nil
}

// Rebuild replaces everything by rows, which are the owner's rows as of commit seq, each id once, and
// seals as it goes, so that memory stays bounded. The watermark is then seq. An interrupted Rebuild is
// ErrCorrupt at the next Open. Apply must not be called meanwhile, and Search sees parts of the rows.
func (ix *Index) Rebuild(ctx context.Context, seq uint64, rows func(yield func(row uint64, vec []float32) bool)) error {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	ix.building = true
	defer func() { ix.building = false }()
	if err := ix.reset(); err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	var err error
	rows(func(row uint64, vec []float32) bool {
		ix.apply(seq, []Delta{{Row: row, Vec: vec}})
		if ix.cur.deltas >= ix.opts.SealRows {
			err = ix.sealTail(ctx, seq)
		}
		return err == nil
	})
	if err == nil {
		ix.building = false
		err = ix.finishRebuild(ctx, seq)
	}
	if err == nil {
		err = ix.mergeAll(ctx, seq)
	}
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	return nil
}

// finishRebuild seals the last rows and the watermark.
func (ix *Index) finishRebuild(ctx context.Context, seq uint64) error {
	ix.mu.Lock()
	ix.lastSeq = seq
	ix.cur.deltas++ // even without rows there is a watermark to write
	ix.mu.Unlock()
	if err := ix.sealTail(ctx, seq); err != nil {
		return err
	}
	ix.mu.Lock()
	ix.floor = seq
	ix.mu.Unlock()
	return nil
}

// Close lets go of the files; searches that are running finish first, in their own time. What was not
// sealed is in the owner's log. A closed index answers ErrClosed; closing twice is no error.
func (ix *Index) Close() error {
	ix.sealMu.Lock()
	defer ix.sealMu.Unlock()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if v := ix.view.Swap(nil); v != nil {
		return v.release()
	}
	return nil
}
