package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// trouble is what happens to an excerpt before it is asked for: noise first, then ffmpeg's filters, then a codec.
type trouble struct {
	name    string
	noiseDB float64 // below the music; 0 is none
	crackle bool
	filter  string
	codec   []string // ffmpeg's words for what the file is written as; nil is WAV
}

func semitones(n float64) string {
	return fmt.Sprintf("rubberband=pitch=%.6f", math.Pow(2, n/12))
}

var (
	mp3  = []string{"-c:a", "libmp3lame", "-b:a", "64k", "-f", "mp3"}
	opus = []string{"-c:a", "libopus", "-b:a", "32k", "-f", "ogg"}
)

// Filters that more than one trouble has.
const (
	room      = "aecho=0.8:0.7:29|47|73|113|179|271:0.5|0.42|0.36|0.3|0.22|0.15"
	wow       = "vibrato=f=0.55:d=0.08"
	telephone = "highpass=f=300,lowpass=f=3400,aresample=8000,acompressor,aresample=44100"
)

// troubles are each alone, then the pilot's four together, then one of every kind at once.
var troubles = []trouble{
	{name: "mp3 64k", codec: mp3},
	{name: "Opus 32k", codec: opus},
	{name: "noise 20 dB", noiseDB: 20},
	{name: "noise 10 dB", noiseDB: 10},
	{name: "pitch +1", filter: semitones(1)},
	{name: "pitch −1", filter: semitones(-1)},
	{name: "pitch +2", filter: semitones(2)},
	{name: "pitch −2", filter: semitones(-2)},
	{name: "tempo +5 %", filter: "rubberband=tempo=1.05"},
	{name: "tempo −5 %", filter: "rubberband=tempo=0.95"},
	{name: "tempo +10 %", filter: "rubberband=tempo=1.10"},
	{name: "tempo −10 %", filter: "rubberband=tempo=0.90"},
	{name: "low-pass 4 kHz", filter: "lowpass=f=4000,lowpass=f=4000"},
	{name: "gain −20 dB", filter: "volume=-20dB"},
	{name: "reverb", filter: room},
	{name: "vinyl", crackle: true, filter: "highpass=f=40,lowpass=f=9000," + wow},
	{name: "telephone", filter: telephone},
	{name: together, noiseDB: 20, filter: semitones(1) + ",lowpass=f=4000,lowpass=f=4000", codec: opus},
	{name: atOnce, noiseDB: 20, crackle: true, codec: opus,
		filter: "rubberband=pitch=1.059463:tempo=1.05," + room + "," + wow + "," + telephone + ",volume=-20dB"},
}

const (
	together = "together"
	atOnce   = "every one at once"
)

// troublesNamed are those of a list of names with commas; all are "all".
func troublesNamed(list string) ([]trouble, error) {
	if list == "all" {
		return troubles, nil
	}
	var out []trouble
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		i := slices.IndexFunc(troubles, func(d trouble) bool { return d.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no trouble %q", name)
		}
		out = append(out, troubles[i])
	}
	return out, nil
}

// apply damages an excerpt, the same way every time for one seed, and returns five seconds of it as a file.
func (d trouble) apply(ctx context.Context, x []float32, seed string) ([]byte, error) {
	h := fnv.New64a()
	h.Write([]byte(seed + d.name))
	rng := rand.New(rand.NewPCG(h.Sum64(), 3))
	if d.noiseDB > 0 {
		x = noisy(x, d.noiseDB, rng)
	}
	if d.crackle {
		x = crackling(x, rng)
	}
	args := []string{"-f", "wav", "-i", "-"}
	if d.filter != "" {
		args = append(args, "-af", d.filter)
	}
	args = append(args, "-t", fmt.Sprint(troubleSeconds))
	if d.codec != nil {
		return ffmpeg(ctx, wav(x, rate), append(args, append(d.codec, "-")...)...)
	}
	raw, err := ffmpeg(ctx, wav(x, rate), append(args, "-ac", "1", "-ar", fmt.Sprint(rate), "-f", "f32le", "-")...)
	if err != nil {
		return nil, err
	}
	return wav(floats(raw), rate), nil
}

// noisy adds white noise so far below the music's power.
func noisy(x []float32, db float64, rng *rand.Rand) []float32 {
	power := 0.0
	for _, s := range x {
		power += float64(s) * float64(s) / float64(len(x))
	}
	level := math.Sqrt(power * math.Pow(10, -db/10))
	out := make([]float32, len(x))
	for i, s := range x {
		out[i] = s + float32(level*rng.NormFloat64())
	}
	return out
}

// crackling adds some thirty clicks a second and a soft hiss.
func crackling(x []float32, rng *rand.Rand) []float32 {
	out := noisy(x, 35, rng)
	for at := 0; at < len(out); at += 1 + int(rng.ExpFloat64()*rate/30) {
		height := float32(0.02 + 0.2*rng.Float64()*rng.Float64())
		for i := 0; i < 30 && at+i < len(out); i++ {
			out[at+i] += height
			height *= -0.8
		}
	}
	return out
}
