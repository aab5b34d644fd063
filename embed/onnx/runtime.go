package onnx

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Runtime is the loaded library with its environment. There is one a process;
// it lives until the process ends.
type Runtime struct {
	path string
}

// process guards the one Runtime. The binding keeps the library handle and the
// environment in package variables and does not lock them, so every first use
// goes through here.
var process struct {
	sync.Mutex
	runtime *Runtime
}

// Open loads ONNX Runtime on the first call and returns the same Runtime on
// every later one, whatever their options: a process can hold one copy only.
// Path tells which. A failed call may be repeated. The error wraps
// [ErrLibraryNotFound] when no candidate could be loaded.
func Open(o LibraryOptions) (*Runtime, error) {
	process.Lock()
	defer process.Unlock()
	if process.runtime != nil {
		return process.runtime, nil
	}
	var tried []string
	for _, path := range candidates(o) {
		if !isFile(path) {
			tried = append(tried, path)
			continue
		}
		ort.SetSharedLibraryPath(path)
		// Every failure also comes back as an error: standard error is not for it.
		if err := ort.InitializeEnvironment(ort.WithLogLevelFatal()); err != nil {
			tried = append(tried, fmt.Sprintf("%s: %v", path, err))
			continue
		}
		if err := ort.DisableTelemetry(); err != nil {
			return nil, fmt.Errorf("turn ONNX Runtime's telemetry off: %w", err)
		}
		process.runtime = &Runtime{path: path}
		return process.runtime, nil
	}
	return nil, &libraryError{tried: tried}
}

// Path is the file (or bare library name) that was loaded.
func (r *Runtime) Path() string { return r.path }

// Version is the library's own version, for example "1.24.3".
func (r *Runtime) Version() string { return ort.GetVersion() }
