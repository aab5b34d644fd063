package eval

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
)

// fileCall is embed, embed_text, audio_duration, audio_tag, audio_tags or audio_file over a column: each row takes from milliseconds to
// seconds, so a batch is spread over all cores.
type fileCall struct {
	ctx  *Context
	proc *catalog.Proc
	typ  *datum.Type
	args []node
}

func isFileCall(p *catalog.Proc) bool {
	if p.Schema != catalog.PublicOID || p.RetSet {
		return false
	}
	return p.Name == "embed" || p.Name == "embed_text" || p.Name == "audio_duration" || p.ReadsFiles() && p.Name != "audio_path"
}

func newFileCall(c *Context, x *plan.Call, args []node) *fileCall {
	return &fileCall{ctx: c, proc: x.Proc, typ: x.T, args: args}
}

func (x *fileCall) eval(b *datum.Batch) (*datum.Vec, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, err
	}
	rows := notNull(args, b.Rows)
	if x.proc.Name == "embed" && x.file() {
		return x.embedFiles(args, rows, b.Rows)
	}
	out, errs := make([]datum.Datum, b.Rows), make([]error, b.Rows)
	x.spread(args, rows, out, errs, true)
	for _, i := range rows {
		if errs[i] != nil {
			return nil, rowFailed(i, errs[i])
		}
	}
	return x.column(out), nil
}

// evalRows is eval that reports each row's error and goes on.
func (x *fileCall) evalRows(b *datum.Batch) (*datum.Vec, []error, error) {
	args, err := evalAll(x.args, b)
	if err != nil {
		return nil, nil, err
	}
	out, errs := make([]datum.Datum, b.Rows), make([]error, b.Rows)
	x.spread(args, notNull(args, b.Rows), out, errs, false)
	if err := x.ctx.Fn.Ctx.Err(); err != nil {
		return nil, nil, err
	}
	failed := false
	for _, err := range errs {
		if err != nil && !isDataError(err) {
			return nil, nil, err
		}
		failed = failed || err != nil
	}
	if !failed {
		errs = nil
	}
	return x.column(out), errs, nil
}

func (x *fileCall) column(values []datum.Datum) *datum.Vec {
	v := datum.NewVec(x.typ, len(values))
	for _, d := range values {
		v.Append(d)
	}
	return v
}

// notNull lists the rows without a NULL argument: all these functions are strict.
func notNull(args []*datum.Vec, n int) []int {
	rows := make([]int, 0, n)
next:
	for i := range n {
		for _, a := range args {
			if a.IsNull(i) {
				continue next
			}
		}
		rows = append(rows, i)
	}
	return rows
}

// embedFiles hands each model its whole batch of paths, so that the engine can schedule them.
func (x *fileCall) embedFiles(args []*datum.Vec, rows []int, n int) (*datum.Vec, error) {
	models, clips := map[string][]int{}, map[string][]builtin.Clip{}
	var order []string
	for _, i := range rows {
		clip, model := x.clip(args, i)
		if models[model] == nil {
			order = append(order, model)
		}
		models[model], clips[model] = append(models[model], i), append(clips[model], clip)
	}
	out := make([]datum.Datum, n)
	for _, model := range order {
		members := models[model]
		vectors, err := x.ctx.Fn.Embedder.EmbedClips(x.ctx.Fn.Ctx, clips[model], model, x.ctx.FileDone)
		if err != nil {
			return nil, widen(err, members)
		}
		for p, i := range members {
			out[i] = datum.NewVector(vectors[p])
		}
	}
	return x.column(out), nil
}

// file says that the audio is a file's, not given as bytes.
func (x *fileCall) file() bool { return x.proc.Args[0] == datum.Text }

// clip is what row i of a call of embed asks for, and by which model.
func (x *fileCall) clip(args []*datum.Vec, i int) (builtin.Clip, string) {
	values := make([]datum.Datum, len(args))
	for j, a := range args {
		values[j] = a.Get(i)
	}
	return builtin.ClipOf(x.ctx.Fn.Embedder, values, x.file())
}

// spread computes rows on all cores. stop leaves the rest undone after the first error.
func (x *fileCall) spread(args []*datum.Vec, rows []int, out []datum.Datum, errs []error, stop bool) {
	var next atomic.Int64
	var failed atomic.Bool
	var panicked atomic.Pointer[any]
	var wg sync.WaitGroup
	for range min(len(rows), runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked.Store(&p)
				}
			}()
			for {
				p := int(next.Add(1)) - 1
				if p >= len(rows) || x.ctx.Fn.Ctx.Err() != nil || stop && failed.Load() {
					return
				}
				i := rows[p]
				if out[i], errs[i] = x.one(args, i); errs[i] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p) // on the statement's own goroutine, where the connection's edge recovers
	}
	if err := x.ctx.Fn.Ctx.Err(); err != nil && stop && len(rows) > 0 && !failed.Load() {
		errs[rows[0]] = context.Cause(x.ctx.Fn.Ctx)
	}
}

// one computes one row. It may run on any goroutine.
func (x *fileCall) one(args []*datum.Vec, i int) (datum.Datum, error) {
	ctx, e, first := x.ctx.Fn.Ctx, x.ctx.Fn.Embedder, args[0].S[i]
	switch {
	case x.proc.Name == "audio_tag":
		value, ok, err := e.Tag(ctx, first, args[1].S[i])
		if err != nil || !ok {
			return datum.Null, err
		}
		return datum.NewString(value), nil
	case x.proc.Name == "embed_text":
		_, model := x.clip(args, i)
		vector, err := e.EmbedText(ctx, first, model)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewVector(vector), nil
	case x.proc.Name == "audio_tags":
		return builtin.AudioTags(x.ctx.Fn, first)
	case x.proc.Name == "audio_file":
		return builtin.AudioFileState(x.ctx.Fn, first)
	case x.proc.Name == "audio_duration":
		duration := e.Duration
		if !x.file() {
			duration = func(ctx context.Context, s string) (float64, error) { return e.DurationBytes(ctx, []byte(s)) }
		}
		seconds, err := duration(ctx, first)
		if err != nil {
			return datum.Null, err
		}
		return datum.NewFloat(seconds), nil
	default:
		clip, model := x.clip(args, i)
		vectors, err := e.EmbedClips(ctx, []builtin.Clip{clip}, model, x.ctx.FileDone)
		if err != nil {
			return datum.Null, Cause(err)
		}
		return datum.NewVector(vectors[0]), nil
	}
}
