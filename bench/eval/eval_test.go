package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed"
)

// TestEvaluate makes a library of three albums by folders, and holds the table and the page to what must be in them.
func TestEvaluate(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	for i, p := range performances() {
		if p.rendering == 0 && p.piece.number < 2 && p.piece.artist == 0 && i < 50 {
			folder := filepath.Join(dir, "someone", p.piece.style.name)
			if err := os.MkdirAll(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, p.name()+".wav"), wav(render(p), synthRate), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := options{library: dir, models: "dsp", seconds: 10, cache: filepath.Join(out, "cache"), out: out,
		albums: 2, troubles: together}
	var first string
	for range 2 { // the second time from the vectors that were kept
		var table bytes.Buffer
		if err := run(context.Background(), o, &table); err != nil {
			t.Fatal(err)
		}
		rows := table.String()[strings.Index(table.String(), "\n"):]
		if first == "" {
			first = rows
		} else if rows != first {
			t.Errorf("the second time\n%s\nthe first time\n%s", rows, first)
		}
	}
	for _, want := range []string{"4 tracks of 2 albums by 1 artists", "same album, MAP", "MRR, 5 s", "together", "corrected",
		"what the library heard |", "what the library heard, together |"} {
		b, err := os.ReadFile(filepath.Join(out, "eval.md"))
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("no %q in %s (%v)", want, b, err)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, "eval.html"))
	if err != nil || strings.Count(string(page), "<circle") != 4 || strings.Contains(string(page), "http") {
		t.Errorf("the page has %d dots, or needs the network (%v)", strings.Count(string(page), "<circle"), err)
	}
	if strings.Contains(first, "30 s |") {
		t.Error("there are excerpts of 30 s of tracks of 24")
	}
}

func TestCatalogue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.tsv")
	text := "# a comment\ngame\t*/loud/*.ogg\tloud\tMIT\tout: noise\ngame\t*.ogg\tthe *\tMIT\thold\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	lines, err := readCatalogue(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"game/a/loud/x.ogg": "out: noise", "game/a/b/x.ogg": "hold", "game/x.ogg": "hold",
		"other/x.ogg": "", "game/x.mp3": ""} {
		got := ""
		if l := lineOf(lines, name); l != nil {
			got = l.split
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestSubset(t *testing.T) {
	var list []track
	for _, n := range []string{"b2", "a3", "c1", "a1", "a2", "b1"} {
		list = append(list, track{name: n, album: n[:1]})
	}
	var got []string
	for _, x := range subset(list, 2, 2) {
		got = append(got, x.name)
	}
	if want := "a1 a2 b1 b2"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestPerformances: every piece is played in three ways that differ, and nothing of it is silent or too loud.
func TestPerformances(t *testing.T) {
	list := performances()
	if want := len(styles) * artistsOfStyle * piecesOfArtist * renderingsOfOne; len(list) != want {
		t.Fatal(len(list), want)
	}
	names := map[string]bool{}
	for _, p := range list {
		names[p.name()] = true
		for _, pattern := range []string{p.piece.style.strum, p.piece.style.kick} {
			if len(pattern) < p.piece.style.beats*4 {
				t.Fatalf("%s: %q is no bar", p.name(), pattern)
			}
		}
	}
	if len(names) != len(list) {
		t.Error("performances share names")
	}
	loud := 0
	for _, s := range render(list[0]) {
		if s > 0.71 || s < -0.71 {
			t.Fatal(s)
		}
		if s > 0.05 || s < -0.05 {
			loud++
		}
	}
	if loud < synthRate {
		t.Error("hardly a sound:", loud)
	}
}

// TestTroubles: each leaves five seconds that can be read, and noise is as loud as it says.
func TestTroubles(t *testing.T) {
	engine, err := embed.New(embed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	x := render(performances()[4])[:(troubleSeconds+spareSeconds)*rate] // an octave higher than it was meant
	for _, d := range troubles {
		b, err := d.apply(context.Background(), x, "seed")
		if err != nil {
			t.Fatal(d.name, err)
		}
		if s, err := engine.DurationBytes(context.Background(), b); err != nil || s < 4.8 || s > 5.2 {
			t.Errorf("%s leaves %v seconds (%v)", d.name, s, err)
		}
	}
}
