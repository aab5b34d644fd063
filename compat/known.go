package main

import (
	"fmt"
	"os"
	"strings"
)

// known says why a check fails that is expected to: by client and what the failure begins with, up to a ": ".
type known map[[2]string]string

// readKnown reads known.txt: a line each, client, check and reason separated by tabs; # begins a comment.
func readKnown(path string) (known, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read what is known: %w", err)
	}
	k := known{}
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, "\t", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("%s:%d: want client, check and reason, separated by tabs", path, i+1)
		}
		k[[2]string{f[0], f[1]}] = f[2]
	}
	return k, nil
}

// unexplained is those failures of a client that known.txt says nothing about.
func (k known) unexplained(client string, failed []failure) []failure {
	var out []failure
	for _, f := range failed {
		if !k.explains(client, f) {
			out = append(out, f)
		}
	}
	return out
}

// explains finds a failure by its check, which may have colons of its own.
func (k known) explains(client string, f failure) bool {
	whole := f.check + ": " + f.reason
	for end := 0; ; {
		n := strings.Index(whole[end:], ": ")
		if n < 0 {
			return false
		}
		if _, ok := k[[2]string{client, whole[:end+n]}]; ok {
			return true
		}
		end += n + 2
	}
}
