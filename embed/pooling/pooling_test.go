package pooling

import (
	"errors"
	"fmt"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		text, canonical string
		states, dim     int // of width 768
	}{
		{"layer:6", "layer:6", 13, 768},
		{"layer:06", "layer:6", 13, 768},
		{"layer:0,mean", "layer:0", 13, 768},
		{"layers:4-8", "layers:4-8", 13, 5 * 768},
		{"layers:6-6", "layer:6", 13, 768},
		{"all", "layers:0-12", 13, 9984},
		{"layer:12,mean+deviation", "layer:12,mean+deviation", 13, 2 * 768},
		{"", "", 0, 768},
		{"mean", "", 0, 768},
		{"mean+deviation", "mean+deviation", 0, 2 * 768},
		{"windows:8", "windows:8", 0, 768},
		{"mean,windows:08", "windows:8", 0, 768},
		{"mean+deviation,windows:32", "mean+deviation,windows:32", 0, 2 * 768},
		{"layer:6,windows:1", "layer:6,windows:1", 13, 768},
		{"layers:4-8,mean+deviation,windows:4", "layers:4-8,mean+deviation,windows:4", 13, 10 * 768},
	} {
		p, err := Parse(c.text, c.states)
		if err != nil || p.String() != c.canonical || p.Dim(768) != c.dim {
			t.Errorf("%q: %q, %d, %v", c.text, p, p.Dim(768), err)
		}
		if again, err := Parse(p.String(), c.states); err != nil || again != p {
			t.Errorf("%q again: %v, %v", p, again, err)
		}
	}
	if got := fmt.Sprint(Pooling{First: 4, Last: 6, Layers: true}.List()); got != "[4 5 6]" {
		t.Error(got)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, states := range map[string]int{
		"": 13, "mean": 13, "mean+deviation": 13, "layer:13": 13, "layer:-1": 13, "layer:": 13, "layer:x": 13, "layer": 13,
		"layers:4": 13, "layers:8-4": 13, "layers:4-13": 13, "layers:4-5-6": 13, "all:3": 13, "layer:6,": 13,
		"layer:6,max": 13, "layer:6,mean,mean": 13, "median": 13,
		"windows:8": 13, "layer:6,windows:0": 13, "layer:6,windows:33": 13, "layer:6,windows:8,mean": 13, "layer:6,windows:": 13,
		"layer:6,windows:2,windows:2": 13, "windows:0": 0, "windows:2,mean": 0, "windows": 0, ",windows:3": 13,
		"layer:0": 0, "all": 0, "deviation": 0,
	} {
		if p, err := Parse(text, states); !errors.Is(err, ErrPooling) {
			t.Errorf("%q of %d: %v, %v", text, states, p, err)
		}
	}
}

func TestWith(t *testing.T) {
	own := Pooling{Layers: true, First: 6, Last: 6, Deviation: true}
	for text, want := range map[string]string{
		"windows:8": "layer:6,mean+deviation,windows:8", "layer:3": "layer:3", "layer:3,windows:2": "layer:3,windows:2",
	} {
		if p, err := own.With(text, 13); err != nil || p.String() != want {
			t.Errorf("%q: %v, %v", text, p, err)
		}
	}
	if _, err := own.With("windows:x", 13); !errors.Is(err, ErrPooling) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"layer:6", "layers:4-8,mean+deviation", "all", "mean", "layers:-1--1", "layer:1,windows:8"} {
		f.Add(s, 13)
	}
	f.Fuzz(func(t *testing.T, text string, states int) {
		p, err := Parse(text, max(states, 0)%100)
		if err != nil {
			return
		}
		if again, err := Parse(p.String(), max(states, 0)%100); err != nil || again != p {
			t.Fatalf("%q is %q, which is %v, %v", text, p, again, err)
		}
	})
}
