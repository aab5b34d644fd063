package rival

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// TreeMemory is the proportional set size of a process and its children: pages that they share count once.
func TreeMemory(pid int) (int64, error) {
	total, err := processMemory(pid)
	if err != nil {
		return 0, err
	}
	for _, child := range children(pid) {
		n, _ := processMemory(child) // it may have ended
		total += n
	}
	return total, nil
}

// PeakMemory is the most that a process has had resident so far.
func PeakMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmHWM:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM in the status of process %d", pid)
}

func processMemory(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
			kb, err := strconv.ParseInt(f[1], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no Pss in the memory of process %d", pid)
}
