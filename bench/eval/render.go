package main

import (
	"math"
	"math/rand/v2"
)

// synthVersion changes with everything that a performance sounds like: vectors are kept by it.
const synthVersion = 1

// synthRate is low enough to be quick, and has all that the models hear.
const (
	synthRate    = 24000
	synthSeconds = 24
)

// instrument is a spectrum and how a note of it goes: rising in attack seconds, then falling by decay a second to sustain.
type instrument struct {
	harmonics              []float64
	attack, decay, sustain float64
	vibrato                float64
}

var instruments = []instrument{
	{[]float64{1, .8, .6, 0, .3, 0, 0, .2}, .01, 0, 1, 0},            // organ
	{[]float64{1, .5, .3, .2, .1, .05}, .005, 1.6, 0, 0},             // piano
	{[]float64{1, .15, .05}, .06, .5, .9, .004},                      // flute
	{[]float64{1, .7, .5, .4, .3, .25, .2, .15}, .12, .5, .9, .003},  // strings
	{[]float64{1, .8, .7, .6, .4, .3, .2, .2}, .002, 5, 0, 0},        // pluck
	{[]float64{.6, 1, .9, .7, .5, .4, .3, .2}, .04, 1, .8, .002},     // brass
	{[]float64{1, 0, 0, .6, 0, .4, 0, .3}, .002, .9, 0, 0},           // bell
	{[]float64{1, .1, .3, 0, 0, 0, .2}, .004, 1.2, 0, .001},          // electric piano
	{[]float64{1, .05, .7, .05, .4, .03, .2}, .03, .3, .9, .001},     // clarinet
	{[]float64{1, .5, .33, .25, .2, .17, .14, .125}, .005, 2, .3, 0}, // saw
}

var basses = []instrument{
	{[]float64{1, .6, .2}, .01, 1.5, .2, 0},
	{[]float64{1, .2}, .02, .5, .7, 0},
	{[]float64{1, .5, .33, .25, .2}, .005, 2.5, .2, 0},
}

// player fills a buffer.
type player struct {
	out []float32
	rng *rand.Rand
}

// render plays a performance.
func render(p performance) []float32 {
	pl := &player{make([]float32, synthRate*synthSeconds), rand.New(rand.NewPCG(uint64(p.rendering), 11))}
	st := p.piece.style
	sixteenth := 60 / p.tempo / 4
	bar := st.beats * 4
	tonic := 57 + p.transpose
	for i := 0; ; i++ {
		at := float64(i) * sixteenth
		if i%4 == 2 {
			at += st.swing
		}
		if at >= synthSeconds {
			break
		}
		root := int(p.piece.chords[i/bar%len(p.piece.chords)] - '1')
		if degree := p.piece.melody[i%len(p.piece.melody)]; degree > 0 {
			pl.note(instruments[p.lead], tonic+p.piece.key(degree-1), at, 2.5*sixteenth, 0.3)
		}
		if st.strum[i%bar] == 'x' {
			for _, step := range []int{0, 2, 4} {
				pl.note(instruments[p.comp], tonic+p.piece.key(root+step), at, 3*sixteenth, 0.12)
			}
		}
		if i%bar == 0 || st.kick[i%bar] == 'x' && i%4 == 0 {
			pl.note(basses[p.bass], tonic-24+p.piece.key(root), at, 4*sixteenth, 0.35)
		}
		if p.drums {
			pl.drums(st, i%bar, at)
		}
	}
	return pl.levelled()
}

// note adds one of an instrument.
func (p *player) note(in instrument, key int, at, length, level float64) {
	hz := 440 * math.Pow(2, float64(key-69)/12)
	first := int(at * synthRate)
	phase, gain := 0.0, level*(0.9+0.2*p.rng.Float64())
	release := 0.05
	for i := range int((length + release) * synthRate) {
		if first+i >= len(p.out) {
			return
		}
		t := float64(i) / synthRate
		env := min(t/in.attack, 1) * (in.sustain + (1-in.sustain)*math.Exp(-in.decay*max(t-in.attack, 0)))
		if t > length {
			env *= 1 - (t-length)/release
		}
		phase += 2 * math.Pi * hz * (1 + in.vibrato*math.Sin(2*math.Pi*5.5*t)) / synthRate
		p.out[first+i] += float32(gain * env * in.wave(phase))
	}
}

// wave sums the harmonics by Chebyshev's recurrence: one sine and one cosine a sample.
func (in instrument) wave(phase float64) float64 {
	s, c := math.Sincos(phase)
	before, now, sum := 0.0, s, 0.0
	for _, h := range in.harmonics {
		sum += h * now
		before, now = now, 2*c*now-before
	}
	return sum
}

// drums adds what sounds at a sixteenth.
func (p *player) drums(st *style, i int, at float64) {
	hit := func(pattern string) bool { return i < len(pattern) && pattern[i] == 'x' }
	if hit(st.kick) {
		p.burst(at, 0.18, func(t float64) float64 {
			return 0.7 * math.Exp(-14*t) * math.Sin(2*math.Pi*(50*t+4*(1-math.Exp(-30*t))))
		})
	}
	if hit(st.snare) {
		p.burst(at, 0.15, func(t float64) float64 {
			return 0.3 * math.Exp(-22*t) * (p.rng.NormFloat64() + math.Sin(2*math.Pi*190*t))
		})
	}
	if hit(st.hat) {
		last := 0.0
		p.burst(at, 0.05, func(t float64) float64 {
			x := p.rng.NormFloat64()
			x, last = x-last, x
			return 0.08 * math.Exp(-70*t) * x
		})
	}
}

func (p *player) burst(at, seconds float64, f func(t float64) float64) {
	first := int(at * synthRate)
	for i := range int(seconds * synthRate) {
		if first+i < len(p.out) {
			p.out[first+i] += float32(f(float64(i) / synthRate))
		}
	}
}

// levelled is the buffer with its highest sample at 0.7.
func (p *player) levelled() []float32 {
	top := float32(1e-9)
	for _, s := range p.out {
		top = max(top, s, -s)
	}
	for i := range p.out {
		p.out[i] *= 0.7 / top
	}
	return p.out
}
