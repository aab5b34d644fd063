package embed

import (
	"context"
	"sync"
)

// EmbedFiles returns one unit vector a path, in order, computed on all workers; equal
// paths are computed once. done, if not nil, is called after each path that succeeds,
// from any goroutine. The error is a *PathError for the first path in the list that
// fails, or ctx's.
func (e *Engine) EmbedFiles(ctx context.Context, paths []string, modelName string, done func()) ([][]float32, error) {
	clips := make([]Clip, len(paths))
	for i, p := range paths {
		clips[i] = Clip{Path: p, Span: Whole}
	}
	return e.EmbedClips(ctx, clips, modelName, done)
}

// EmbedClips is EmbedFiles for stretches of files, and for bytes.
func (e *Engine) EmbedClips(ctx context.Context, clips []Clip, modelName string, done func()) ([][]float32, error) {
	m, err := e.model(modelName)
	if err != nil {
		return nil, err
	}
	b := &batch{engine: e, model: m, clips: clips, done: done, vectors: make([][]float32, len(clips)),
		cancels: map[int]context.CancelFunc{}}
	var group sync.WaitGroup
	for range min(len(clips), e.workers.size()) {
		group.Go(func() { b.work(ctx) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if b.failure != nil {
		return nil, b.failure
	}
	return b.vectors, nil
}

// batch is one call of EmbedClips.
type batch struct {
	engine  *Engine
	model   *model
	clips   []Clip
	done    func()
	vectors [][]float32 // each is written by whoever took its index

	mu      sync.Mutex
	next    int
	failure *PathError                 // the smallest index that failed
	cancels map[int]context.CancelFunc // of the indexes under way
}

// work embeds one path after the other until none is left or one has failed.
func (b *batch) work(ctx context.Context) {
	for {
		i, ctx, ok := b.take(ctx)
		if !ok {
			return
		}
		v, err := b.engine.embedClip(ctx, b.model, b.clips[i])
		b.vectors[i] = v
		b.finish(i, err)
		if err == nil && b.done != nil {
			b.done()
		}
	}
}

// take hands out the next index with a context of its own. Nothing is begun after a
// failure: all that could fail before it is already under way.
func (b *batch) take(ctx context.Context) (int, context.Context, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failure != nil || b.next == len(b.clips) || ctx.Err() != nil {
		return 0, nil, false
	}
	i := b.next
	b.next++
	ctx, b.cancels[i] = context.WithCancel(ctx)
	return i, ctx, true
}

// finish records a path's end. A failure cancels the paths after it and lets those
// before it go on, since one of them may be the first to fail.
func (b *batch) finish(i int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cancels[i]()
	delete(b.cancels, i)
	if err == nil || b.failure != nil && b.failure.Index < i {
		return
	}
	b.failure = &PathError{Index: i, Path: b.clips[i].Path, Err: err}
	for j, cancel := range b.cancels {
		if j > i {
			cancel()
		}
	}
}
