package server_test

import (
	"slices"
	"strings"
)

// record is one step of a script.
type record struct {
	comments []string
	only     string // the server that this step is for, where it is not for both
	head     string
	sql      string
	result   []string // lines after ----
	hasMark  bool
}

func parseScript(text string) []record {
	var out []record
	for _, block := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		var r record
		for _, line := range strings.Split(strings.Trim(block, "\n"), "\n") {
			switch {
			case r.hasMark:
				r.result = append(r.result, line)
			case r.head == "" && (strings.HasPrefix(line, "#") || line == ""):
				r.comments = append(r.comments, line)
			case r.head == "" && strings.HasPrefix(line, "onlyif "):
				r.only = strings.TrimPrefix(line, "onlyif ")
			case r.head == "":
				r.head = line
			case line == "----":
				r.hasMark = true
			default:
				r.sql += line + "\n"
			}
		}
		r.sql = strings.TrimSuffix(r.sql, "\n")
		out = append(out, r)
	}
	return out
}

func formatScript(records []record) string {
	var blocks []string
	for _, r := range records {
		lines := slices.Clone(r.comments)
		if r.only != "" {
			lines = append(lines, "onlyif "+r.only)
		}
		if r.head != "" {
			lines = append(lines, r.head)
		}
		if r.sql != "" {
			lines = append(lines, r.sql)
		}
		if r.hasMark {
			lines = append(append(lines, "----"), r.result...)
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	return strings.Join(blocks, "\n\n") + "\n"
}
