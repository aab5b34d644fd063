package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRepository holds the repository to its own rules.
func TestRepository(t *testing.T) {
	breaches, err := check("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

// TestRulesBite gives every rule a module that breaks it.
func TestRulesBite(t *testing.T) {
	const clean = "package storage\n"
	for name, c := range map[string]struct {
		file, text, want string
	}{
		"upward import":    {"storage/a.go", "package storage\n\nimport _ \"github.com/seguedb/segue/server\"\n", "against the drawing"},
		"plan to exec":     {"query/plan/a.go", "package plan\n\nimport _ \"github.com/seguedb/segue/query/exec\"\n", "against the drawing"},
		"no room":          {"util/a.go", "package util\n", "no room"},
		"stray cgo":        {"storage/a.go", "package storage\n\nimport \"C\"\n", "cgo"},
		"map of nowhere":   {"README.md", "See `storage/nowhere.go` for it.\n", "storage/nowhere.go"},
		"symbol of none":   {"README.md", "Call `storage.Nothing` then.\n", "storage.Nothing"},
		"machine's path":   {"README.md", "It lies in /" + "home/me.\n", "path of a machine"},
		"endless columns":  {"storage/a.go", clean + "// " + strings.Repeat("x", 200) + "\n", "columns"},
		"endless function": {"storage/a.go", clean + "func f() {\n" + strings.Repeat("\tf()\n", 90) + "}\n", "lines"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range maps {
				write(t, dir, f, "package server\n")
			}
			write(t, dir, "storage/open.go", clean)
			write(t, dir, c.file, c.text)
			breaches, err := check(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(breaches) != 1 || !strings.Contains(breaches[0], c.want) {
				t.Errorf("want one breach about %q, got %q", c.want, breaches)
			}
		})
	}
}

func write(t *testing.T, dir, path, text string) {
	t.Helper()
	path = filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
