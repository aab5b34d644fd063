package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// room is a folder of the house and the rooms that its code may look into. Tests may look anywhere
// below their own room's reach, and into the test rooms beside them.
type room struct {
	dir   string
	reach []string
}

// drawing is DESIGN.md's: cmd → segue → server → {wire, query, storage, vector, embed}; query reaches
// storage and vector through query/relation only; inside query parse → plan → exec, and plan never
// imports exec. The first room that a package is in counts, so inner rooms come before outer ones.
var drawing = []room{
	{"cmd/tidy", nil},
	{"cmd", []string{"", "bench", "server", "vector/faiss", "query/password", "embed"}},
	{"bench", []string{"", "server", "vector", "embed"}},
	{"compat", nil},
	{"server", []string{"wire", "query", "storage", "vector", "embed"}},

	{"query/sqlstate", nil},
	{"query/charset", []string{"query/sqlstate"}},
	{"query/libm", nil},
	{"query/geometry", []string{"query/libm"}},
	{"query/textsearch", []string{"query/sqlstate"}},
	{"query/trigram", nil},
	{"query/hstore", []string{"query/sqlstate"}},
	{"query/datum", []string{"query/geometry", "query/hstore", "query/sqlstate", "query/textsearch"}},
	{"query/parse", []string{"query/sqlstate"}},
	{"query/password", nil},
	{"query/catalog", []string{"query/datum", "query/parse", "query/sqlstate", "query/textsearch"}},
	{"query/plpgsql/run", []string{"query/catalog", "query/datum", "query/exec", "query/parse", "query/plan", "query/plpgsql",
		"query/sqlstate"}},
	{"query/plpgsql", []string{"query/datum", "query/parse", "query/sqlstate"}},
	{"query/plan", []string{"query/catalog", "query/charset", "query/datum", "query/parse", "query/password", "query/plpgsql",
		"query/sqlstate", "query/trigram"}},
	{"query/exec/builtin", []string{"query/catalog", "query/charset", "query/datum", "query/geometry", "query/hstore",
		"query/libm", "query/plan", "query/parse", "query/sqlstate", "query/textsearch", "query/trigram"}},
	{"query/exec", []string{"query/catalog", "query/datum", "query/plan", "query/parse", "query/sqlstate"}},
	{"query/relation", []string{"query/catalog", "query/datum", "query/plan", "query/exec", "query/sqlstate", "query/textsearch",
		"query/trigram", "storage", "vector", "vector/faiss"}},

	{"wire", nil},
	{"storage", nil},
	{"vector/faiss", nil},
	{"vector/kernel", nil},
	{"vector", nil},
	{"embed/onnx", nil},
	{"embed/audio", nil},
	{"embed/checkpoint", nil},
	{"embed/hfconfig", nil},
	{"embed/generated", nil},
	{"embed/bpe", []string{"embed/hfconfig"}},
	{"embed/mert", []string{"embed/onnx", "embed/checkpoint", "embed/hfconfig", "embed/generated"}},
	{"embed/clap", []string{"embed/onnx", "embed/checkpoint", "embed/hfconfig", "embed/generated"}},
	{"embed/dsp", []string{"embed/onnx", "embed/audio"}},
	{"embed", nil},
	{"testdata", nil},
	{"", []string{"server", "query", "storage"}},
}

// cgoRooms are the only packages with C in them.
var cgoRooms = []string{"vector/kernel", "vector/faiss", "embed/onnx", "embed/audio", "cmd/segue"}

// roomOf finds a package's room.
func roomOf(pkg string) *room {
	for i := range drawing {
		if d := drawing[i].dir; within(pkg, d) || d == "" && pkg == "" {
			return &drawing[i]
		}
	}
	return nil
}

// importRule holds the imports to the drawing.
func importRule(m *module) []string {
	var out []string
	for _, f := range m.files {
		r := roomOf(f.pkg)
		if r == nil {
			out = append(out, fmt.Sprintf("%s: the package has no room in the drawing (cmd/tidy/imports.go)", f.path))
			continue
		}
		if f.test {
			continue
		}
		for _, im := range f.syntax.Imports {
			path, _ := strconv.Unquote(im.Path.Value)
			target, ours := ownPackage(path)
			if ours && !allowed(r, target) {
				out = append(out, fmt.Sprintf("%s: imports %s against the drawing", f.path, path))
			}
		}
	}
	return out
}

// ownPackage gives an import path of ours from the module's root.
func ownPackage(path string) (string, bool) {
	if path == modulePath {
		return "", true
	}
	return strings.CutPrefix(path, modulePath+"/")
}

func allowed(r *room, target string) bool {
	if target == "" {
		return slices.Contains(r.reach, "")
	}
	if r.dir != "" && within(target, r.dir) {
		return true
	}
	return slices.ContainsFunc(r.reach, func(dir string) bool { return dir != "" && within(target, dir) })
}

// cgoRule keeps C in its rooms.
func cgoRule(m *module) []string {
	var out []string
	for _, f := range m.files {
		for _, im := range f.syntax.Imports {
			if im.Path.Value == `"C"` && !slices.ContainsFunc(cgoRooms, func(dir string) bool { return within(f.pkg, dir) }) {
				out = append(out, f.path+": uses cgo outside its rooms")
			}
		}
	}
	return out
}
