package onnx

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// LibraryEnv names the environment variable that points at libonnxruntime.
const LibraryEnv = "SEGUE_ORT_LIB"

// libraryNames are the file names under which ONNX Runtime is found in a
// folder: the soname first (what the npm package onnxruntime-node ships), then
// the development link.
var libraryNames = []string{"libonnxruntime.so.1", "libonnxruntime.so"}

// ErrLibraryNotFound is wrapped by every error that means "no usable
// libonnxruntime". The error's text lists the places that were tried and what
// to do.
var ErrLibraryNotFound = errors.New("ONNX Runtime library not found")

// LibraryOptions says where to look for libonnxruntime.
type LibraryOptions struct {
	// Path, when set, is the library file itself; nothing else is tried.
	Path string
	// DataDir, when set, is searched after the executable's own folder.
	DataDir string
}

// libraryError lists the places tried. It unwraps to ErrLibraryNotFound.
type libraryError struct {
	tried []string
}

func (e *libraryError) Error() string {
	return fmt.Sprintf("%v (tried %s): put %s beside the executable or in the data directory, or set %s to its path",
		ErrLibraryNotFound, strings.Join(e.tried, ", "), libraryNames[0], LibraryEnv)
}

func (e *libraryError) Unwrap() error { return ErrLibraryNotFound }

// candidates lists what to try, in order: the explicit path alone; otherwise
// beside the executable, in the data directory, the environment variable, and
// last the bare names, which the dynamic loader resolves by its own search path.
func candidates(o LibraryOptions) []string {
	if o.Path != "" {
		return []string{o.Path}
	}
	var list []string
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		list = appendNames(list, filepath.Dir(exe))
	}
	if o.DataDir != "" {
		list = appendNames(list, o.DataDir)
	}
	if p := os.Getenv(LibraryEnv); p != "" {
		list = append(list, p)
	}
	return append(list, libraryNames...)
}

func appendNames(list []string, dir string) []string {
	for _, name := range libraryNames {
		list = append(list, filepath.Join(dir, name))
	}
	return list
}

// isFile reports whether a candidate with a folder in it is a file. A bare name
// is left to the dynamic loader.
func isFile(candidate string) bool {
	if !strings.ContainsRune(candidate, filepath.Separator) {
		return true
	}
	info, err := os.Stat(candidate)
	return err == nil && info.Mode().IsRegular()
}
