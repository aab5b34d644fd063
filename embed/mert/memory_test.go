package mert

import (
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/seguedb/segue/embed/onnx"
)

// heldBytes is the most that a process may have resident which holds the full-size model twice and has run a window in each.
const heldBytes = 1 << 30

// holderEnv makes TestMemory the process that is measured.
const holderEnv = "SEGUE_TEST_MERT_HOLDER"

// TestMemory holds the full-size model in float32, all layers, in two sessions that run at the same time, below 1 GB. Segue
// itself has one session for all callers, which takes about half.
func TestMemory(t *testing.T) {
	if os.Getenv(holderEnv) != "" {
		hold(t)
		return
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("no /proc")
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestMemory$", "-test.v")
	cmd.Env = append(os.Environ(), holderEnv+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var resident int64
	for line := range strings.Lines(string(out)) {
		if _, text, ok := strings.Cut(line, "VmRSS:"); ok {
			fmt.Sscan(text, &resident)
		}
	}
	t.Logf("%d MiB resident", resident>>10)
	if resident == 0 || resident<<10 > heldBytes {
		t.Errorf("%d KiB are resident\n%s", resident, out)
	}
}

// hold is the measured process: it prints its status.
func hold(t *testing.T) {
	sessions := make([]*onnx.Session, 2)
	for i := range sessions {
		model, err := Build(Options{})
		sessions[i] = product(t, model, err)
	}
	wave := make([]float32, WindowSamples)
	for i := range wave {
		wave[i] = float32(i%200)/200 - 0.5
	}
	var group sync.WaitGroup
	for _, s := range sessions {
		group.Go(func() {
			if _, err := s.Run(t.Context(), wave); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	debug.FreeOSMemory() // of the graphs' bytes
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(string(status))
}
