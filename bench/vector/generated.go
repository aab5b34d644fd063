package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/seguedb/segue/bench/rival"
	"github.com/seguedb/segue/vector"
	"github.com/seguedb/segue/vector/kernel"
)

const (
	// generatedSeal deltas are sealed at once: each row is then rewritten three times on the way to ten million.
	generatedSeal = 163_840
	// generatedApply rows are made, held against the queries and applied at once, while they are in the cache.
	generatedApply = 512
	// generatedBytes is what a row takes on disk, and a merge's result beside what it is made of.
	generatedBytes = 1300
	// leftOnDisk is not ours to fill.
	leftOnDisk = 4 << 30
)

// generated is the operator alone, of more segments than the disk has room for rows: a row's vector is made again where
// a database would read it. This process is the database, the generator and brute force.
func generated(ctx context.Context, b *bench) (err error) {
	dir := b.folder()
	store, err := vector.OpenDir(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	rows, err := fitting(dir, b.options.generated)
	if err != nil {
		return err
	}
	ix, err := vector.Open(store, vector.Options{Dim: b.dim, Apart: true, SealRows: generatedSeal})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ix.Close()) }()
	g := &growing{bench: b, ix: ix, gen: newGenerator(b.dim), source: newSource(b.dim)}
	start, cpu := time.Now(), ownCPU()
	if err := g.grow(ctx, rows); err != nil {
		return err
	}
	s := ix.Stats()
	b.section("%d × %d, generated (asked for: %d), the operator alone: %s of CPU, %s of wall; made, sealed and held against %d queries",
		g.rows, b.dim, b.options.generated, short(ownCPU()-cpu), time.Since(start).Round(time.Second), len(g.queries))
	b.line(fmt.Sprintf("bytes a vector on disk, %d segments", s.Segments), count(float64(s.SegmentBytes)/float64(g.rows)),
		float64(s.SegmentBytes)/float64(g.rows), 1000, true)
	best := g.best()
	for _, target := range []float64{0.95, 0.99, 0} {
		if err := g.at(ctx, dir, best, target); err != nil {
			return err
		}
	}
	return nil
}

// fitting is how many rows there is room for.
func fitting(dir string, wanted int) (int, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("look for room on the disk: %w", err)
	}
	room := int64(fs.Bavail)*fs.Bsize - leftOnDisk
	if room < generatedBytes*generatedSeal {
		return 0, fmt.Errorf("%s has room for %d MiB only", dir, room>>20)
	}
	return int(min(int64(wanted), room/generatedBytes)), nil
}

// growing is an index that rows are added to.
type growing struct {
	*bench
	ix      *vector.Index
	gen     *generator
	source  *generatedSource
	rows    int
	queries [][]float32
	keep    []*top
}

// grow adds rows until there are enough, or the time is up, and seals them.
func (g *growing) grow(ctx context.Context, rows int) error {
	for i := range min(g.bench.queries, 50) {
		q := make([]float32, g.dim)
		g.gen.row(firstQuery+uint64(i), q)
		g.queries, g.keep = append(g.queries, q), append(g.keep, &top{k: 2*g.k + 10})
	}
	set, _ := kernel.At(kernel.Best)
	scores := make([]float32, generatedApply)
	until := time.Now().Add(g.budget)
	for g.rows < rows && time.Now().Before(until) {
		n := min(generatedApply, rows-g.rows)
		flat := generate(g.gen, g.rows, n)
		deltas := make([]vector.Delta, n)
		for i := range deltas {
			deltas[i] = vector.Delta{Row: uint64(g.rows + i), Vec: flat[i*g.dim:][:g.dim]}
		}
		for q, t := range g.keep {
			set.Scan(kernel.Dot, scores[:n], g.queries[q], flat)
			for i, s := range scores[:n] {
				t.add(scored{g.rows + i, float64(s)})
			}
		}
		g.ix.Apply(1, deltas)
		g.rows += n
		if _, err := g.ix.SealIfNeeded(ctx, 1); err != nil {
			return err
		}
	}
	return g.ix.Seal(ctx, 1)
}

// best is brute force's answer.
func (g *growing) best() [][]scored {
	v, out := make([]float32, g.dim), make([][]scored, len(g.keep))
	for q, t := range g.keep {
		for i := range t.all {
			g.gen.row(uint64(t.all[i].row), v)
			t.all[i].score = dot64(g.queries[q], v)
		}
		slices.SortFunc(t.all, byScore)
		out[q] = t.all[:min(g.k, len(t.all))]
	}
	return out
}

// at prints the figures of a recall: first from the disk, each query once, then with what the operating system keeps.
func (g *growing) at(ctx context.Context, dir string, best [][]scored, target float64) error {
	name, p50Bar, memoryBar := fmt.Sprintf("recall ≥ %g", target), 0.0, 2048.0
	switch target {
	case 0: // which reads all codes: what the operating system keeps of the files is mapped, and counted
		name, memoryBar = "exact", 0
	case 0.95:
		p50Bar = 10
	}
	debug.FreeOSMemory()
	g.ix.Unload()
	if err := forget(dir); err != nil {
		return err
	}
	cold, err := g.ask(ctx, best, target, len(g.queries), 0)
	if err != nil {
		return err
	}
	warm, err := g.ask(ctx, best, target, 3, g.turn)
	if err != nil {
		return err
	}
	resident, err := rival.TreeMemory(os.Getpid())
	if err != nil {
		return err
	}
	n := len(warm.wall)
	g.line(name+", p50 in ms, files not in memory", short(median(cold.wall)), 0, 0, true)
	g.line(name+", p50 in ms", short(median(warm.wall)), median(warm.wall).Seconds()*1e3, p50Bar, true)
	g.line(name+", CPU a query in ms", short(warm.cpu/time.Duration(n)), 0, 0, true)
	g.line(name+", of that making vectors again", short(warm.making/time.Duration(n)), 0, 0, true)
	g.line(name+", recall", fmt.Sprintf("%.4f", cold.recall), cold.recall, exactWhenZero(target), false)
	g.line(name+", lists, codes of a bit, of a byte, vectors a query", fmt.Sprintf("%d %d %d %d", warm.stats.Lists/n,
		warm.stats.Prefiltered/n, warm.stats.Scanned/n, warm.stats.Fetched/n), 0, 0, true)
	g.line(name+", resident memory after it, in MiB", mib(resident), float64(resident>>20), memoryBar, true)
	return nil
}

// forget takes the index's files out of the operating system's memory.
func forget(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range files {
		f, openErr := os.Open(name)
		if openErr != nil {
			return openErr
		}
		err = errors.Join(err, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
	}
	return err
}

// asked is what some queries took.
type asked struct {
	wall        []time.Duration
	cpu, making time.Duration
	recall      float64
	stats       vector.SearchStats
}

// ask asks at least so many queries, for a while.
func (g *growing) ask(ctx context.Context, best [][]scored, target float64, least int, d time.Duration) (a asked, err error) {
	cpu, making, start, hits, all := ownCPU(), g.source.made(), time.Now(), 0, 0
	for i := 0; i < least || time.Since(start) < d; i++ {
		q := i % len(g.queries)
		began := time.Now()
		r, err := g.ix.Search(ctx, vector.Query{Vec: g.queries[q], K: g.k, Seq: 1, Recall: exactWhenZero(target), Source: g.source})
		if err != nil {
			return a, err
		}
		a.wall = append(a.wall, time.Since(began))
		all += len(best[q])
		for _, want := range best[q] {
			if slices.ContainsFunc(r.Hits, func(h vector.Hit) bool { return h.Row == uint64(want.row) }) {
				hits++
			}
		}
		a.stats.Lists += r.Stats.Lists
		a.stats.Prefiltered += r.Stats.Prefiltered
		a.stats.Scanned += r.Stats.Scanned
		a.stats.Fetched += r.Stats.Fetched
	}
	a.cpu, a.making, a.recall = ownCPU()-cpu, g.source.made()-making, float64(hits)/float64(all)
	return a, nil
}

// generatedSource makes the rows' vectors again.
type generatedSource struct {
	mu    sync.Mutex
	gen   *generator
	spent time.Duration
}

func newSource(dim int) *generatedSource { return &generatedSource{gen: newGenerator(dim)} }

// Vectors implements vector.Source.
func (s *generatedSource) Vectors(rows []uint64, yield func(i int, vec []float32)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := threadCPU()
	for i, row := range rows {
		v := make([]float32, s.gen.dim)
		s.gen.row(row, v)
		yield(i, v)
	}
	s.spent += threadCPU() - start
	return nil
}

// threadCPU is the processor time of the calling thread.
func threadCPU() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t)
	return time.Duration(t.Nano())
}

// made is the processor time it took.
func (s *generatedSource) made() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spent
}
