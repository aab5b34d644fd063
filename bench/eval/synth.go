package main

import (
	"fmt"
	"math/rand/v2"
)

// The synthesised library: every piece is known to be of a style and an artist, and is played three times, each in another
// key, at another tempo and by other instruments. It has nothing in common with what embed/train synthesises but music.

// style is what its pieces share: beats a bar, tempo, chords to choose from, and drums as sixteenths of a bar.
type style struct {
	name         string
	beats        int
	slow, fast   float64 // beats a minute
	minor        bool
	progressions []string // degrees, a bar each
	kick, snare  string
	hat          string
	strum        string // when chords sound
	swing        float64
}

var styles = []style{
	{name: "waltz", beats: 3, slow: 140, fast: 180, progressions: []string{"1511", "1451", "1625", "6251"},
		kick: "x           ", hat: "    x   x   ", strum: "    x   x   "},
	{name: "house", beats: 4, slow: 118, fast: 128, minor: true, progressions: []string{"1637", "1111", "1645", "1736"},
		kick: "x   x   x   x   ", snare: "    x       x   ", hat: "  x   x   x   x ", strum: "x  x  x   x  x  "},
	{name: "samba", beats: 4, slow: 95, fast: 112, progressions: []string{"1251", "1625", "4325", "1425"},
		kick: "x  xx  xx  xx  x", snare: "x x xx x x x x x", hat: "xxxxxxxxxxxxxxxx", strum: "x x x  x  x x  x"},
	{name: "rock", beats: 4, slow: 110, fast: 150, minor: true, progressions: []string{"1467", "1676", "1717", "1461"},
		kick: "x     x x  x    ", snare: "    x       x   ", hat: "x x x x x x x x ", strum: "x x x x x x x x "},
	{name: "ballad", beats: 4, slow: 60, fast: 76, progressions: []string{"1564", "1345", "6415", "1264"},
		kick: "x         x     ", snare: "        x       ", hat: "x   x   x   x   ", strum: "x   x   x   x   "},
	{name: "dub", beats: 4, slow: 66, fast: 80, minor: true, progressions: []string{"1414", "1171", "1441", "1717"},
		kick: "        x       ", snare: "        x    x  ", hat: "x x x x x x x x ", strum: "    x       x   ", swing: 0.06},
}

const (
	artistsOfStyle  = 2
	piecesOfArtist  = 3
	renderingsOfOne = 3
	pieceBars       = 4 // of the melody, which repeats
)

// piece is a composition: its chords, and a melody as degrees by sixteenths, 0 for none.
type piece struct {
	style          *style
	artist, number int
	chords         string
	melody         []int
}

// performance is a rendering of a piece.
type performance struct {
	piece            *piece
	rendering        int
	transpose        int     // semitones
	tempo            float64 // beats a minute
	lead, comp, bass int     // instruments
	drums            bool
}

func (p performance) name() string {
	return fmt.Sprint(p.piece.style.name, " ", p.piece.artist, " ", p.piece.number, " ", p.rendering)
}

// performances makes the library, the same every time.
func performances() []performance {
	var out []performance
	for s := range styles {
		for artist := range artistsOfStyle {
			own := rand.New(rand.NewPCG(uint64(s), uint64(artist)))
			chords := own.Perm(len(styles[s].progressions))[:2]
			density := 0.35 + 0.3*own.Float64()
			for number := range piecesOfArtist {
				rng := rand.New(rand.NewPCG(uint64(s*100+artist), uint64(number+1)))
				p := &piece{style: &styles[s], artist: artist, number: number,
					chords: styles[s].progressions[chords[number%len(chords)]]}
				p.compose(rng, density)
				out = append(out, p.perform(rng)...)
			}
		}
	}
	return out
}

// compose walks a melody over the scale, on chord tones where beats begin.
func (p *piece) compose(rng *rand.Rand, density float64) {
	at := 7 + rng.IntN(5)
	for i := range pieceBars * p.style.beats * 4 {
		strong := i%4 == 0
		if !strong && (i%2 == 1 || rng.Float64() > density) || strong && rng.Float64() > 0.55+density/2 {
			p.melody = append(p.melody, 0)
			continue
		}
		at = min(max(at+rng.IntN(5)-2, 4), 16)
		if root := int(p.chords[i/(p.style.beats*4)%len(p.chords)] - '1'); strong && (at-root)%7%2 == 1 {
			at++
		}
		p.melody = append(p.melody, at+1)
	}
}

// perform plays it by instruments of which no two renderings share a lead or a comp.
func (p *piece) perform(rng *rand.Rand) []performance {
	var out []performance
	lead, comp := rng.Perm(len(instruments)), rng.Perm(len(instruments))
	tempo := p.style.slow + rng.Float64()*(p.style.fast-p.style.slow)
	for i := range renderingsOfOne {
		out = append(out, performance{piece: p, rendering: i, transpose: []int{0, 3, -4}[i] + rng.IntN(3) - 1,
			tempo: tempo * []float64{1, 0.9, 1.1}[i] * (0.98 + 0.04*rng.Float64()), lead: lead[i], comp: comp[i],
			bass: i % len(basses), drums: i != 1})
	}
	return out
}

// key is a degree from 0, in semitones above the tonic.
func (p *piece) key(degree int) int {
	scale := [7]int{0, 2, 4, 5, 7, 9, 11}
	if p.style.minor {
		scale = [7]int{0, 2, 3, 5, 7, 8, 10}
	}
	octave := 0
	for ; degree < 0; degree += 7 {
		octave--
	}
	return scale[degree%7] + 12*(degree/7+octave)
}
