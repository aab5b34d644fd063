package audio

import (
	"errors"
	"testing"
)

// NoSpawner makes the test decode as where FFmpeg's libraries are missing.
func NoSpawner(t testing.TB) {
	beside.mu.Lock()
	defer beside.mu.Unlock()
	was := beside.unavailable
	beside.stop()
	beside.unavailable = errors.New("hidden by a test")
	t.Cleanup(func() {
		beside.mu.Lock()
		defer beside.mu.Unlock()
		beside.unavailable = was
	})
}

// StuckAfter makes children end that are without a record for so many seconds of processor time.
func StuckAfter(t testing.TB, seconds int) {
	was := stuckSeconds
	stuckSeconds = seconds
	t.Cleanup(func() { stuckSeconds = was })
}

// SpawnerPID is the process that forks; 0 when there is none.
func SpawnerPID() int {
	beside.mu.Lock()
	defer beside.mu.Unlock()
	if beside.cmd == nil {
		return 0
	}
	return beside.cmd.Process.Pid
}

// ChildPID is the process that decodes for r; 0 when there is none.
func ChildPID(r *Reader) int {
	if d, ok := r.stream.(*child); ok {
		return d.process.Pid
	}
	return 0
}
