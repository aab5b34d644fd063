package main

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maps are the documents that tell a newcomer where things are: what they name must exist.
var maps = []string{"README.md", "server/doc.go", "storage/FORMAT.md", "CHANGELOG.md"}

var (
	// pathName is something that looks like a file or a folder of ours.
	pathName = regexp.MustCompile("[`( ]((?:[a-z_]+/)+(?:[a-zA-Z_]+\\.[a-z]+)?|(?:[a-z_]+/)*[a-zA-Z_]+\\.(?:go|md|sh|yml|tsv))[`), :;]")
	// symbolName is package.Symbol or package.Type.Method in backquotes.
	symbolName = regexp.MustCompile("`([a-z]+)\\.([A-Z][A-Za-z]*)(?:\\.([A-Z][A-Za-z]*))?(?:\\([^`]*\\))?`")
	// importedPath is a room by its folder in running text: query/parse, embed/onnx.
	roomName = regexp.MustCompile(`\b(?:query|vector|embed|cmd)/[a-z]+(?:/[a-z]+)?\b`)
)

// mapRule checks that what the maps name exists.
func mapRule(m *module) []string {
	symbols := exported(m)
	var out []string
	for _, name := range maps {
		text, ok := m.texts[name]
		if !ok {
			out = append(out, name+": missing")
			continue
		}
		for _, p := range namedPaths(text) {
			if !exists(m, name, p) {
				out = append(out, fmt.Sprintf("%s: names %s, which does not exist", name, p))
			}
		}
		for _, s := range symbolName.FindAllStringSubmatch(text, -1) {
			if known, ours := symbols[s[1]]; ours && !known[strings.TrimSuffix(s[2]+"."+s[3], ".")] {
				out = append(out, fmt.Sprintf("%s: names %s, which does not exist", name, strings.Trim(s[0], "`")))
			}
		}
	}
	return out
}

func namedPaths(text string) []string {
	var out []string
	for _, p := range pathName.FindAllStringSubmatch(text, -1) {
		out = append(out, p[1])
	}
	return append(out, roomName.FindAllString(text, -1)...)
}

// exists looks for a path from the module's root and from the document's own folder.
func exists(m *module, document, path string) bool {
	for _, base := range []string{".", filepath.Dir(document)} {
		if _, err := os.Stat(filepath.Join(m.dir, base, filepath.FromSlash(path))); err == nil {
			return true
		}
	}
	return slices.ContainsFunc(made, func(dir string) bool { return strings.HasPrefix(path, dir) })
}

// made are folders that a build or a server makes: the maps name them, a checkout lacks them.
var made = []string{"segue-data/", "bin/", "store/", "vectors/"}

// exported collects the exported names of every package, by package name: "Index", "Index.Search".
func exported(m *module) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, f := range m.files {
		if f.test {
			continue
		}
		names := out[f.syntax.Name.Name]
		if names == nil {
			names = map[string]bool{}
			out[f.syntax.Name.Name] = names
		}
		for _, d := range f.syntax.Decls {
			declare(names, d)
		}
	}
	return out
}

func declare(names map[string]bool, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil && len(d.Recv.List) == 1 {
			name = receiver(d.Recv.List[0].Type) + "." + name
		}
		names[name] = true
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names[s.Name.Name] = true
				declareMembers(names, s)
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

// declareMembers adds a struct's fields and an interface's methods.
func declareMembers(names map[string]bool, s *ast.TypeSpec) {
	var fields *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	default:
		return
	}
	for _, f := range fields.List {
		for _, n := range f.Names {
			names[s.Name.Name+"."+n.Name] = true
		}
	}
}

func receiver(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return receiver(t.X)
	case *ast.Ident:
		return t.Name
	case *ast.IndexExpr:
		return receiver(t.X)
	}
	return ""
}
