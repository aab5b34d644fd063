package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// modulePath is the module's own name; imports below it are ours.
const modulePath = "github.com/seguedb/segue"

// module is the source tree: its Go files, parsed, and the text of everything that people read.
type module struct {
	dir   string
	files []goFile
	texts map[string]string // by slash-separated path: Markdown, shell, C, Go, make
}

// goFile is one Go file.
type goFile struct {
	path, pkg string // from the module's root, with slashes; "" is the root package
	test      bool
	syntax    *ast.File
	set       *token.FileSet
}

// textual are the endings of files that people read.
var textual = map[string]bool{".go": true, ".md": true, ".sh": true, ".c": true, ".h": true, ".cpp": true, ".py": true,
	".yml": true, ".toml": true, ".sql": true, ".slt": true, ".ddt": true, ".tsv": true, "": true, ".mod": true}

// readModule reads every file of the module but what git ignores by name.
func readModule(dir string) (*module, error) {
	m := &module{dir: dir, texts: map[string]string{}}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if ignored(rel) {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !textual[filepath.Ext(rel)] {
			return nil
		}
		return m.read(rel)
	})
	if err != nil {
		return nil, fmt.Errorf("read the module: %w", err)
	}
	return m, nil
}

// ignored are the folders that builds, servers and compat's package managers make.
func ignored(dir string) bool {
	switch dir {
	case ".git", "bin", ".cache", "demo-data", "compat/.deps", "compat/node/node_modules":
		return true
	}
	return strings.HasSuffix(dir, "segue-data")
}

func (m *module) read(rel string) error {
	text, err := os.ReadFile(filepath.Join(m.dir, filepath.FromSlash(rel)))
	if err != nil {
		return err
	}
	m.texts[rel] = string(text)
	if filepath.Ext(rel) != ".go" {
		return nil
	}
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, rel, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	pkg := ""
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		pkg = rel[:i]
	}
	m.files = append(m.files, goFile{rel, pkg, strings.HasSuffix(rel, "_test.go"), syntax, set})
	return nil
}

// within says whether a package is dir or below it.
func within(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }
