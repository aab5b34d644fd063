package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress is the bar of a run: bytes of files done, how fast, and how long it will take. Between commits it moves by
// pg_stat_progress_copy, asked over a second connection. Where standard error is no terminal there is none.
type progress struct {
	stop context.CancelFunc
	done sync.WaitGroup
	bars *mpb.Progress
	bar  *mpb.Bar

	start             time.Time
	total, totalBytes int64
	files, bytes      atomic.Int64 // of finished batches
	seconds           atomic.Int64 // of audio
	running           atomic.Int64 // files of the batch under way
}

// showProgress begins to show how far the run is.
func (r *ingestion) showProgress(ctx context.Context) *progress {
	p := &progress{start: r.started, total: int64(len(r.fresh) + len(r.stale))}
	for _, f := range append(r.fresh[:len(r.fresh):len(r.fresh)], r.stale...) {
		p.totalBytes += f.bytes
	}
	if r.o.quiet || p.total == 0 || !term.IsTerminal(int(os.Stderr.Fd())) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(os.Stderr), mpb.WithWidth(40))
	say := func(f func() string) decor.Decorator { return decor.Any(func(decor.Statistics) string { return f() }) }
	p.bar = p.bars.AddBar(p.totalBytes, mpb.PrependDecorators(decor.Name("embedding "), say(p.count)),
		mpb.AppendDecorators(decor.Percentage(), say(p.rate), say(p.left)))
	ctx, p.stop = context.WithCancel(ctx)
	pid := r.conn.PID()
	p.done.Go(func() { p.poll(ctx, r.o.address, pid) })
	return p
}

func (p *progress) count() string { return fmt.Sprintf("%d / %d files ", p.soFar(), p.total) }

func (p *progress) soFar() int64 { return min(p.files.Load()+p.running.Load(), p.total) }

// rate is how fast it goes: files a second, and seconds of audio a second where the table has lengths.
func (p *progress) rate() string {
	elapsed := time.Since(p.start).Seconds()
	out := fmt.Sprintf("  %.1f files/s", float64(p.soFar())/elapsed)
	if s := p.seconds.Load(); s > 0 && p.files.Load() > 0 {
		perFile := float64(s) / float64(p.files.Load())
		out += fmt.Sprintf(", %.0f × real time", perFile*float64(p.soFar())/elapsed)
	}
	return out
}

// left is how long the rest takes if it goes on like that, by bytes: they foretell it better than the number of files.
func (p *progress) left() string {
	done := p.current()
	if done <= 0 {
		return ""
	}
	rest := time.Duration(float64(time.Since(p.start)) * float64(p.totalBytes-done) / float64(done))
	return "  " + rest.Round(time.Second).String() + " left"
}

// current is bytes done: those of the batch under way by its number of files.
func (p *progress) current() int64 {
	mean := float64(p.totalBytes-p.bytes.Load()) / float64(max(1, p.total-p.files.Load()))
	return min(p.totalBytes, p.bytes.Load()+int64(mean*float64(p.running.Load())))
}

// batchDone notes a commit.
func (p *progress) batchDone(r *ingestion) {
	p.running.Store(0)
	p.files.Store(int64(r.doneFiles))
	p.bytes.Store(r.doneBytes)
	p.seconds.Store(int64(r.seconds))
	if p.bar != nil {
		p.bar.SetCurrent(p.current())
	}
}

// poll moves the bar until ctx ends. Without a second connection it moves from commit to commit.
func (p *progress) poll(ctx context.Context, address string, pid uint32) {
	watch, err := connect(ctx, address)
	if err != nil {
		return
	}
	defer disconnect(watch)
	query := fmt.Sprintf("SELECT tuples_processed + tuples_skipped FROM pg_stat_progress_copy WHERE pid = %d", int32(pid))
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
		results, err := watch.Exec(ctx, query).ReadAll()
		if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
			continue
		}
		if n, err := strconv.ParseInt(string(results[0].Rows[0][0]), 10, 64); err == nil {
			p.running.Store(n)
			p.bar.SetCurrent(p.current())
		}
	}
}

// end takes the bar away; what was done the report says.
func (p *progress) end() {
	if p.bar == nil {
		return
	}
	p.stop()
	p.done.Wait()
	p.bar.Abort(true)
	p.bars.Wait()
}
