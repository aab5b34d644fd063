package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnlyTheMonitorIsSlack: no thread but the runtime's monitor has its wide timer slack. Who is not root reads that of one.
func TestOnlyTheMonitorIsSlack(t *testing.T) {
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		t.Fatal(err)
	}
	wide := 0
	for _, task := range tasks {
		text, err := os.ReadFile("/proc/" + filepath.Base(task) + "/timerslack_ns")
		if err == nil && strings.TrimSpace(string(text)) == "300000" {
			wide++
		}
	}
	if wide > 1 {
		t.Errorf("%d of %d threads have the monitor's timer slack", wide, len(tasks))
	}
}
