package main

import (
	"fmt"
	"go/ast"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxFunctionLines = 80
	maxColumns       = 140
)

// machinePath is a path into somebody's home or workplace.
var machinePath = regexp.MustCompile(`(^|[^A-Za-z0-9_.])/(home|root|work|farm|Users)/[A-Za-z.]`)

// machineRule finds paths of a machine.
func machineRule(m *module) []string {
	var out []string
	for path, text := range m.texts {
		for i, line := range strings.Split(text, "\n") {
			if machinePath.MatchString(line) {
				out = append(out, fmt.Sprintf("%s:%d: carries a path of a machine", path, i+1))
			}
		}
	}
	return out
}

// sizeRule keeps functions and lines short. Tests may have long tables.
func sizeRule(m *module) []string {
	var out []string
	for _, f := range m.files {
		if ast.IsGenerated(f.syntax) {
			continue
		}
		for _, d := range f.syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || f.test {
				continue
			}
			first, last := f.set.Position(fn.Pos()), f.set.Position(fn.End())
			if n := last.Line - first.Line + 1; n > maxFunctionLines {
				out = append(out, fmt.Sprintf("%s:%d: %s has %d lines, over %d", f.path, first.Line, fn.Name.Name, n, maxFunctionLines))
			}
		}
		for i, line := range strings.Split(m.texts[f.path], "\n") {
			n := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t")
			if n > maxColumns && !strings.Contains(line, "http") && !f.test {
				out = append(out, fmt.Sprintf("%s:%d: %d columns, over %d", f.path, i+1, n, maxColumns))
			}
		}
	}
	return out
}
