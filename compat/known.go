package main

import (
	"fmt"
	"os"
	"strings"
)

// known says why a check fails that is expected to: by client and check.
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
		if _, ok := k[[2]string{client, f.check}]; !ok {
			out = append(out, f)
		}
	}
	return out
}
