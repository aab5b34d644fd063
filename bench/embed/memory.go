package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/bench/rival"
	"github.com/seguedb/segue/embed/onnx"
)

// memoryBar is the most that a process may have resident with two windows at once, in MiB.
const memoryBar = 1024

// memory prints what processes of their own have resident after windows were run two at a time: in one session, which is
// how Segue runs them, and in two.
func memory(ctx context.Context, b *bench) error {
	b.section("memory of a process that has run windows two at a time, in MiB")
	for i, v := range variants {
		if v.threads > 1 {
			continue
		}
		for sessions := 1; sessions <= 2; sessions++ {
			n, err := heldBy(ctx, b, i, sessions)
			if err != nil {
				return fmt.Errorf("%s, %d sessions: %w", v.name, sessions, err)
			}
			b.line(fmt.Sprintf("%s, sessions: %d", v.name, sessions), mib(n), float64(n>>20), memoryBar, true)
		}
	}
	return nil
}

// heldBy asks a worker.
func heldBy(ctx context.Context, b *bench, variant, sessions int) (int64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, self, "-dir", b.dir, "-audio", b.audio, "-worker", fmt.Sprintf("%d/%d", variant, sessions))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
}

// holdSessions is the worker's side: VARIANT/SESSIONS.
func holdSessions(ctx context.Context, o options, order string) error {
	var index, n int
	if _, err := fmt.Sscanf(order, "%d/%d", &index, &n); err != nil || index < 0 || index >= len(variants) || n < 1 {
		return fmt.Errorf("-worker wants a number of a graph and one of sessions, not %q", order)
	}
	model, err := writeModel(o.dir)
	if err != nil {
		return err
	}
	defer model.close()
	windows, err := musicWindows(ctx, o.audio, 4)
	if err != nil {
		return err
	}
	v := variants[index]
	v.callers = 2 / n
	sessions := make([]*onnx.Session, n)
	for i := range sessions {
		if sessions[i], err = v.open(model); err != nil {
			return err
		}
		defer sessions[i].Close()
	}
	failures := make(chan error, n)
	for _, s := range sessions {
		go func() {
			_, err := v.turn(ctx, s, windows)
			failures <- err
		}()
	}
	for range sessions {
		if err := <-failures; err != nil {
			return err
		}
	}
	debug.FreeOSMemory() // of the graph's bytes, which this program made
	time.Sleep(time.Second)
	used, err := rival.TreeMemory(os.Getpid())
	fmt.Println(used)
	return err
}
