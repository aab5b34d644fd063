package main

import (
	"bufio"
	"io"
	"strings"
)

// outcome is what a client found.
type outcome struct {
	version string
	passed  int
	failed  []failure
}

// failure is one check that did not hold.
type failure struct{ check, reason string }

func (o *outcome) fail(check, reason string) { o.failed = append(o.failed, failure{check, reason}) }

// readOutcome picks the lines of the protocol out of what a client printed.
func readOutcome(r io.Reader) outcome {
	var o outcome
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		line := lines.Text()
		if v, ok := strings.CutPrefix(line, "version "); ok {
			o.version = v
		} else if strings.HasPrefix(line, "ok ") {
			o.passed++
		} else if f, ok := strings.CutPrefix(line, "FAIL "); ok {
			check, reason, _ := strings.Cut(f, ": ")
			o.fail(check, reason)
		}
	}
	return o
}
