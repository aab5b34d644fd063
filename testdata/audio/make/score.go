package main

import (
	"strconv"
	"strings"
)

// piece is a composition: a melody over one chord a bar, with ways to accompany it.
type piece struct {
	title, artist, album, genre string

	bpm        float64
	meter      int    // beats a bar
	tonic      int    // MIDI key of degree 1
	minor      bool   // natural minor with a raised seventh where written as 7#
	chords     string // a degree a bar, space-separated: "1 4 5 1"
	melody     string // notes: degree, marks ' and , for octaves, # and b, a colon and beats; r rests
	comp       string // how chords are broken: see accompany
	bass       string // degrees above the chord's root a bar: "1 . 5 ."
	drums      string // lines of sixteenths or triplets, "k:x...x..." and so on
	swing      float64
	renderings []rendering
}

// rendering is one performance of a piece.
type rendering struct {
	file, name       string
	lead, comp, bass int // General MIDI programs from 0; -1 leaves the part out
	drums            bool
	tempo            float64 // factor
	transpose        int     // semitones
	seconds          float64 // cut there; 0 plays to the end
}

var (
	majorScale = [7]int{0, 2, 4, 5, 7, 9, 11}
	minorScale = [7]int{0, 2, 3, 5, 7, 8, 10}
)

// beats is the piece's length.
func (p *piece) beats() float64 { return float64(len(strings.Fields(p.chords)) * p.meter) }

// key gives the MIDI key of a written degree: "5", "3'", "7#,".
func (p *piece) key(degree string) int {
	n := int(degree[0] - '1')
	scale := majorScale
	if p.minor {
		scale = minorScale
	}
	key := p.tonic + scale[n%7] + 12*(n/7)
	for _, mark := range degree[1:] {
		switch mark {
		case '\'':
			key += 12
		case ',':
			key -= 12
		case '#':
			key++
		case 'b':
			key--
		}
	}
	return key
}

// score writes a rendering as a MIDI file.
func score(p *piece, r *rendering) []byte {
	t := &track{}
	t.program(0, max(r.lead, 0))
	t.program(1, max(r.comp, 0))
	t.program(2, max(r.bass, 0))
	if r.lead >= 0 {
		playMelody(t, p, r)
	}
	for bar, chord := range strings.Fields(p.chords) {
		start := float64(bar * p.meter)
		if r.comp >= 0 {
			accompany(t, p, r, chord, start)
		}
		if r.bass >= 0 {
			playBass(t, p, r, chord, start)
		}
		if r.drums {
			playDrums(t, p, start)
		}
	}
	return t.file(p.bpm * r.tempo)
}

func playMelody(t *track, p *piece, r *rendering) {
	at := 0.0
	for at < p.beats() {
		for _, token := range strings.Fields(p.melody) {
			degree, length, _ := strings.Cut(token, ":")
			beats, err := strconv.ParseFloat(length, 64)
			if err != nil {
				panic("melody of " + p.title + ": " + token) // a slip in scores.go
			}
			if degree != "r" && at < p.beats() {
				t.note(0, p.key(degree)+r.transpose, 96, swung(p, at), beats)
			}
			at += beats
		}
	}
}

// swung delays the off-beat eighth.
func swung(p *piece, at float64) float64 {
	if frac := at - float64(int(at)); frac == 0.5 {
		return at + p.swing
	}
	return at
}

// triad is the chord on a degree, below the melody.
func (p *piece) triad(chord string) [3]int {
	n := int(chord[0] - '1')
	var out [3]int
	for i := range out {
		out[i] = p.key(strconv.Itoa(n%7+1)) - 12
		step := n + 2*i
		scale := majorScale
		if p.minor {
			scale = minorScale
		}
		out[i] = p.tonic - 12 + scale[step%7] + 12*(step/7)
	}
	if strings.HasSuffix(chord, "#") { // the dominant's third, raised
		out[1]++
	}
	return out
}

// accompany breaks a bar's chord: "block" strikes it on the beats, "waltz" on the second and third, "arp" plays its
// notes in eighths, "pad" holds it, "off" strikes the off-beats, "alberti" rocks.
func accompany(t *track, p *piece, r *rendering, chord string, start float64) {
	triad := p.triad(chord)
	strike := func(at, beats float64, velocity int, keys ...int) {
		for _, k := range keys {
			t.note(1, k+r.transpose, velocity, swung(p, at), beats)
		}
	}
	bar := float64(p.meter)
	switch p.comp {
	case "block":
		for b := range p.meter {
			strike(start+float64(b), 0.9, 66, triad[:]...)
		}
	case "waltz":
		strike(start+1, 0.8, 62, triad[:]...)
		strike(start+2, 0.8, 58, triad[:]...)
	case "pad":
		strike(start, bar, 70, triad[:]...)
	case "off":
		for b := range p.meter {
			strike(start+float64(b)+0.5, 0.4, 70, triad[:]...)
		}
	case "arp":
		for i := range 2 * p.meter {
			strike(start+float64(i)/2, 0.5, 64, triad[[4]int{0, 1, 2, 1}[i%4]])
		}
	case "alberti":
		for i := range 4 * p.meter {
			strike(start+float64(i)/4, 0.25, 60, triad[[4]int{0, 2, 1, 2}[i%4]])
		}
	}
}

// playBass plays the pattern's intervals above the chord's root, evenly over the bar.
func playBass(t *track, p *piece, r *rendering, chord string, start float64) {
	steps := strings.Fields(p.bass)
	each := float64(p.meter) / float64(len(steps))
	root := p.triad(chord)[0] - 12
	intervals := map[string]int{"1": 0, "3": 4, "5": 7, "6": 9, "7": 10, "8": 12}
	for i, s := range steps {
		if v, ok := intervals[s]; ok {
			t.note(2, root+v+r.transpose, 92, start+float64(i)*each, each)
		}
	}
}

// playDrums plays the pattern once a bar: one line a drum, x a stroke, o a soft one.
func playDrums(t *track, p *piece, start float64) {
	keys := map[string]int{"k": 36, "s": 38, "h": 42, "o": 46, "r": 51, "c": 39, "t": 45, "b": 63, "m": 70, "j": 37}
	for _, line := range strings.Fields(p.drums) {
		drum, pattern, _ := strings.Cut(line, ":")
		each := float64(p.meter) / float64(len(pattern))
		for i, stroke := range pattern {
			velocity := map[rune]int{'x': 100, 'o': 60}[stroke]
			if velocity > 0 {
				t.note(9, keys[drum], velocity, start+float64(i)*each, each/2)
			}
		}
	}
}
