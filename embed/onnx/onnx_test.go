package onnx_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/onnx"
	"github.com/seguedb/segue/embed/onnx/build"
	"github.com/seguedb/segue/embed/onnx/onnxtest"
)

// double is a model that doubles its input and counts nothing else.
func double(t *testing.T) []byte {
	t.Helper()
	g := build.NewGraph("double")
	x := g.Input("x", build.Float32, build.Dim{Size: 1}, build.Dim{Name: "n"})
	g.Binary("y", "Mul", x, g.Float("two", 2))
	g.Output("y", build.Float32, build.Dim{Size: 1}, build.Dim{Name: "n"})
	g.Reduce("sum", "ReduceSum", "y", 1)
	g.Output("sum", build.Float32, build.Dim{Size: 1}, build.Dim{Size: 1})
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func session(t *testing.T, model []byte, outputs ...string) *onnx.Session {
	t.Helper()
	s, err := onnxtest.Runtime(t).NewSession(model, onnx.SessionOptions{Input: "x", Outputs: outputs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestRunTakesAnyLength(t *testing.T) {
	s := session(t, double(t), "sum", "y")
	for _, n := range []int{1, 7, 1000} {
		in := make([]float32, n)
		for i := range in {
			in[i] = float32(i)
		}
		out, err := s.Run(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		sum, y := out[0], out[1]
		if sum.Name != "sum" || sum.Data[0] != float32(n*(n-1)) {
			t.Errorf("n=%d: %s is %v", n, sum.Name, sum.Data)
		}
		if y.Shape[1] != int64(n) || len(y.Data) != n || y.Data[n-1] != 2*float32(n-1) {
			t.Errorf("n=%d: y has shape %v, %d values", n, y.Shape, len(y.Data))
		}
	}
}

func TestRunFromManyGoroutines(t *testing.T) {
	s := session(t, double(t), "y")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for range 50 {
				out, err := s.Run(context.Background(), []float32{float32(i), 1})
				if err != nil || out[0].Data[0] != 2*float32(i) {
					t.Errorf("goroutine %d: %v %v", i, out, err)
				}
			}
		})
	}
	group.Wait()
}

func TestErrors(t *testing.T) {
	r := onnxtest.Runtime(t)
	for name, create := range map[string]func() (*onnx.Session, error){
		"no model": func() (*onnx.Session, error) {
			return r.NewSession(nil, onnx.SessionOptions{Input: "x", Outputs: []string{"y"}})
		},
		"not a model": func() (*onnx.Session, error) {
			return r.NewSession([]byte("RIFF"), onnx.SessionOptions{Input: "x", Outputs: []string{"y"}})
		},
		"nothing named": func() (*onnx.Session, error) { return r.NewSession(double(t), onnx.SessionOptions{}) },
		"no such file": func() (*onnx.Session, error) {
			return r.OpenSession(filepath.Join(t.TempDir(), "m.onnx"), onnx.SessionOptions{Input: "x", Outputs: []string{"y"}})
		},
	} {
		if s, err := create(); err == nil {
			s.Close()
			t.Errorf("%s: a session", name)
		}
	}
	s := session(t, double(t), "y")
	if _, err := s.Run(t.Context(), nil); err == nil {
		t.Error("an empty input was run")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Run(cancelled, []float32{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	wrong := session(t, double(t), "nothing")
	if _, err := wrong.Run(t.Context(), []float32{1}); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an output that is not there: %v", err)
	}
}

func TestCloseThenRun(t *testing.T) {
	s := session(t, double(t), "y")
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), []float32{1}); !errors.Is(err, onnx.ErrClosed) {
		t.Errorf("run after close: %v", err)
	}
}

func TestOpenSession(t *testing.T) {
	path := filepath.Join(t.TempDir(), "double.onnx")
	if err := os.WriteFile(path, double(t), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := onnxtest.Runtime(t).OpenSession(path, onnx.SessionOptions{Input: "x", Outputs: []string{"sum"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out, err := s.Run(t.Context(), []float32{3, 4})
	if err != nil || out[0].Data[0] != 14 {
		t.Errorf("%v %v", out, err)
	}
}

// TestCancelStopsARun starts something that takes many seconds (a long chain of
// large products) and cancels it.
func TestCancelStopsARun(t *testing.T) {
	g := build.NewGraph("slow")
	x := g.Input("x", build.Float32, build.Dim{Size: 1}, build.Dim{Name: "n"})
	m := g.MatMul("outer", g.Transpose("column", x, 1, 0), x)
	for i := range 200 {
		m = g.MatMul("m"+strings.Repeat("i", i+1), m, "outer")
	}
	g.Output(m, build.Float32, build.Dim{Name: "n"}, build.Dim{Name: "n"})
	model, err := g.Encode()
	if err != nil {
		t.Fatal(err)
	}
	s := session(t, model, m)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err = s.Run(ctx, make([]float32, 2500))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("after %v: %v", time.Since(start), err)
	}
	t.Logf("stopped after %v", time.Since(start))
}

// TestLibrarySearch runs in processes of their own, because a process loads the
// library once.
func TestLibrarySearch(t *testing.T) {
	if mode := os.Getenv("SEGUE_TEST_LIBRARY"); mode != "" {
		openInChild(t, mode)
		return
	}
	real := onnxtest.Runtime(t).Path()
	broken := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	if err := os.WriteFile(broken, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ mode, env, want string }{
		{"missing", "", "child: typed"},
		{broken, "", "child: typed"},
		{"env", real, "child: loaded " + real},
		// A broken one in the data directory is passed over for a good one later.
		{"datadir:" + filepath.Dir(broken), real, "child: loaded " + real},
		{"datadir:" + filepath.Dir(real), broken, "child: loaded " + real},
	} {
		cmd := exec.Command(os.Args[0], "-test.run=TestLibrarySearch", "-test.v")
		cmd.Env = append(os.Environ(), "SEGUE_TEST_LIBRARY="+c.mode, onnx.LibraryEnv+"="+c.env)
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s with %s=%q: %v\n%s", c.mode, onnx.LibraryEnv, c.env, err, out)
		}
	}
}

func openInChild(t *testing.T, mode string) {
	var o onnx.LibraryOptions
	switch dir, isDir := strings.CutPrefix(mode, "datadir:"); {
	case isDir:
		o.DataDir = dir
	case mode == "missing":
		o.Path = filepath.Join(t.TempDir(), "nothing.so")
	case mode != "env":
		o.Path = mode
	}
	r, err := onnx.Open(o)
	switch {
	case err == nil:
		t.Log("child: loaded " + r.Path())
	case errors.Is(err, onnx.ErrLibraryNotFound) && strings.Contains(err.Error(), onnx.LibraryEnv):
		t.Log("child: typed")
	default:
		t.Log("child: ", err)
	}
}
