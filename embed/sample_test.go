package embed_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sampleDir = "../testdata/audio"

// piece is what a sample plays: the name up to the last hyphen. x.wav is one more
// rendering of the waltz (testdata/audio/README.md).
func piece(name string) string {
	if name == "x.wav" {
		return "harbour-waltz"
	}
	return name[:strings.LastIndexByte(name, '-')]
}

func samples(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(sampleDir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		switch filepath.Ext(e.Name()) {
		case ".wav", ".flac", ".mp3", ".ogg", ".opus":
			names = append(names, e.Name())
		}
	}
	if len(names) < 24 {
		t.Fatalf("%d samples", len(names))
	}
	return names
}

// TestSamplesFindTheirPiece embeds the sample tracks, in all five formats, and looks at
// each one's nearest: nearly always another rendering of the same piece, on other
// instruments or at another tempo. x.wav has three: dsp, whose weights were chosen
// looking at these tracks, puts them first; music finds the piano's first and then
// another harpsichord, the instrument of x.wav.
func TestSamplesFindTheirPiece(t *testing.T) {
	for model, first := range map[string]int{"music": 1, "dsp": 3} {
		t.Run(model, func(t *testing.T) { findTheirPiece(t, model, first) })
	}
}

func findTheirPiece(t *testing.T, model string, first int) {
	names := samples(t)
	list, err := engine(t, sampleDir, nil).EmbedFiles(t.Context(), names, model, nil)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, name := range names {
		order := make([]int, 0, len(names)-1)
		for j := range names {
			if j != i {
				order = append(order, j)
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			if cosine(list[i], list[a]) > cosine(list[i], list[b]) {
				return -1
			}
			return 1
		})
		if piece(names[order[0]]) == piece(name) {
			found++
		}
		t.Logf("%-28s %s %.2f, %s %.2f, %s %.2f", name,
			names[order[0]], cosine(list[i], list[order[0]]),
			names[order[1]], cosine(list[i], list[order[1]]),
			names[order[2]], cosine(list[i], list[order[2]]))
		if name == "x.wav" {
			for _, j := range order[:first] {
				if piece(names[j]) != "harbour-waltz" {
					t.Errorf("%s is among the %d nearest to x.wav", names[j], first)
				}
			}
		}
	}
	if found < len(names)-2 {
		t.Errorf("%d of %d have a rendering of the same piece nearest", found, len(names))
	}
}
