package rival

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of /proc/PID/stat: USER_HZ, which Linux has fixed at 100.
const clockTick = time.Second / 100

// TreeCPU is the processor time that a process and its children have used, in user mode and in the kernel's. On a busy
// machine it says more than a clock on the wall.
func TreeCPU(pid int) (time.Duration, error) {
	total, err := processCPU(pid)
	if err != nil {
		return 0, err
	}
	for _, child := range children(pid) {
		used, _ := processCPU(child) // it may have ended
		total += used
	}
	return total, nil
}

// processCPU reads fields 14 and 15 of proc(5)'s stat. The program's name before them may hold blanks, and ends in ")".
func processCPU(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("stat of process %d has %d fields", pid, len(f))
	}
	user, errUser := strconv.ParseInt(f[11], 10, 64)
	system, errSystem := strconv.ParseInt(f[12], 10, 64)
	if errUser != nil || errSystem != nil {
		return 0, fmt.Errorf("stat of process %d: %q", pid, text)
	}
	return time.Duration(user+system) * clockTick, nil
}

// Idle is the processor time that nobody has used since the machine started, all cores together: proc(5)'s idle and iowait.
func Idle() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	f := strings.Fields(first)
	if len(f) < 6 || f[0] != "cpu" {
		return 0, fmt.Errorf("the first line of /proc/stat is %q", first)
	}
	idle, errIdle := strconv.ParseInt(f[4], 10, 64)
	waiting, errWaiting := strconv.ParseInt(f[5], 10, 64)
	if errIdle != nil || errWaiting != nil {
		return 0, fmt.Errorf("the first line of /proc/stat is %q", first)
	}
	return time.Duration(idle+waiting) * clockTick, nil
}

// children are a process's direct children.
func children(pid int) (all []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, t := range tasks {
		text, _ := os.ReadFile(t)
		for _, f := range strings.Fields(string(text)) {
			if child, err := strconv.Atoi(f); err == nil {
				all = append(all, child)
			}
		}
	}
	return all
}
