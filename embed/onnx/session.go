package onnx

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// ErrClosed is returned by Run after Close.
var ErrClosed = errors.New("onnx session is closed")

// SessionOptions names the model's tensors and sets its resources.
type SessionOptions struct {
	// Input is the name of the model's one input, float32 [1, N].
	Input string
	// Outputs are the names of the outputs to compute, in the order wanted.
	// What no named output needs is not computed.
	Outputs []string
	// Threads is the number of threads inside one Run; 0 means 1. More cores are
	// better used by more concurrent Runs.
	Threads int
	// Settled says that the graph is as ONNX Runtime's optimiser left it, so that loading it does not optimise again.
	Settled bool
}

// Tensor is one output. The caller owns Data, row-major.
type Tensor struct {
	Name  string
	Shape []int64
	Data  []float32
}

// Session is one loaded model, safe for concurrent use: any number of Runs at
// once, each on its caller's thread when Threads is 1.
type Session struct {
	outputs []string

	// mu is held shared by Run and alone by Close, so that Close waits for the
	// runs in flight instead of freeing the model under them.
	mu      sync.RWMutex
	session *ort.DynamicAdvancedSession
}

// NewSession loads a model from its serialised bytes. They are not kept; see
// the package comment for the memory that loading takes.
func (r *Runtime) NewSession(model []byte, o SessionOptions) (*Session, error) {
	return newSession(o, func(so *ort.SessionOptions) (*ort.DynamicAdvancedSession, error) {
		return ort.NewDynamicAdvancedSessionWithONNXData(model, []string{o.Input}, o.Outputs, so)
	})
}

// OpenSession loads a model from a file.
func (r *Runtime) OpenSession(path string, o SessionOptions) (*Session, error) {
	return newSession(o, func(so *ort.SessionOptions) (*ort.DynamicAdvancedSession, error) {
		return ort.NewDynamicAdvancedSession(path, []string{o.Input}, o.Outputs, so)
	})
}

func newSession(o SessionOptions, load func(*ort.SessionOptions) (*ort.DynamicAdvancedSession, error)) (*Session, error) {
	if o.Input == "" || len(o.Outputs) == 0 {
		return nil, errors.New("create onnx session: an input and at least one output must be named")
	}
	so, err := sessionOptions(o)
	if err != nil {
		return nil, fmt.Errorf("set onnx session options: %w", err)
	}
	defer so.Destroy()
	var s *ort.DynamicAdvancedSession
	err = withoutDenormals(func() (err error) {
		s, err = load(so)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("create onnx session: %w", err)
	}
	trimMalloc()
	return &Session{outputs: append([]string(nil), o.Outputs...), session: s}, nil
}

// sessionOptions are chosen for many hours of windows of varying length:
//
//   - no memory pattern: ONNX Runtime would keep one plan for every input length
//     it has ever seen, and every short track has its own;
//   - the arena stays on: it grows to the largest window's need, once per
//     concurrent Run, and is reused; without it every Run maps and unmaps some
//     hundred megabytes;
//   - no spinning threads: an idle database burns no CPU.
func sessionOptions(o SessionOptions) (*ort.SessionOptions, error) {
	so, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	var level ort.GraphOptimizationLevel = ort.GraphOptimizationLevelEnableAll
	if o.Settled {
		level = ort.GraphOptimizationLevelDisableAll
	}
	err = errors.Join(
		so.SetIntraOpNumThreads(max(o.Threads, 1)),
		so.SetInterOpNumThreads(1),
		so.SetExecutionMode(ort.ExecutionModeSequential),
		so.SetGraphOptimizationLevel(level),
		so.SetLogSeverityLevel(ort.LoggingLevelFatal),
		so.SetCpuMemArena(true),
		so.SetMemPattern(false),
		so.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		// Quiet inputs must not slow down a hundredfold in denormal arithmetic; see withoutDenormals.
		so.AddSessionConfigEntry("session.set_denormal_as_zero", "1"),
	)
	if err != nil {
		so.Destroy()
		return nil, err
	}
	return so, nil
}

// Run computes the session's outputs for one input of shape [1, len(input)].
// The input is only read, and not kept. Cancelling ctx stops the computation at
// the next node of the graph; the error then wraps ctx's.
func (s *Session) Run(ctx context.Context, input []float32) ([]Tensor, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("run onnx model: %w", err)
	}
	if len(input) == 0 {
		return nil, errors.New("run onnx model: empty input")
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.session == nil {
		return nil, ErrClosed
	}

	// The binding hands ONNX Runtime a pointer into Go memory that outlives the
	// call it passes it in; cgo's rules ask for a pin.
	var pin runtime.Pinner
	pin.Pin(&input[0])
	defer pin.Unpin()
	in, err := ort.NewTensor(ort.NewShape(1, int64(len(input))), input)
	if err != nil {
		return nil, fmt.Errorf("make onnx input tensor: %w", err)
	}
	defer in.Destroy()

	out := make([]ort.Value, len(s.outputs))
	defer func() {
		for _, v := range out {
			if v != nil {
				v.Destroy()
			}
		}
	}()
	if err := s.runUntil(ctx, []ort.Value{in}, out); err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("run onnx model: %w", context.Cause(ctx))
		}
		return nil, fmt.Errorf("run onnx model on %d samples: %w", len(input), err)
	}
	return s.tensors(out)
}

// runUntil runs the model and asks ONNX Runtime to stop when ctx ends. It
// returns only when no one holds the run options any more.
func (s *Session) runUntil(ctx context.Context, in, out []ort.Value) error {
	if ctx.Done() == nil {
		return withoutDenormals(func() error { return s.session.Run(in, out) })
	}
	ro, err := ort.NewRunOptions()
	if err != nil {
		return fmt.Errorf("make run options: %w", err)
	}
	defer ro.Destroy()
	stopped := make(chan struct{})
	detach := context.AfterFunc(ctx, func() {
		defer close(stopped)
		// Fails only without a native object, which ro has.
		_ = ro.Terminate()
	})
	err = withoutDenormals(func() error { return s.session.RunWithOptions(in, out, ro) })
	if !detach() {
		<-stopped
	}
	return err
}

// tensors copies the outputs' headers; the binding has already copied their
// data into Go memory, which outlives the native value.
func (s *Session) tensors(values []ort.Value) ([]Tensor, error) {
	list := make([]Tensor, len(values))
	for i, v := range values {
		t, ok := v.(*ort.Tensor[float32])
		if !ok {
			return nil, fmt.Errorf("onnx output %q is not a float32 tensor", s.outputs[i])
		}
		list[i] = Tensor{Name: s.outputs[i], Shape: t.GetShape(), Data: t.GetData()}
	}
	return list, nil
}

// Close waits for the runs in flight and frees the model. A second Close does
// nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return nil
	}
	err := s.session.Destroy()
	s.session = nil
	if err != nil {
		return fmt.Errorf("close onnx session: %w", err)
	}
	return nil
}
