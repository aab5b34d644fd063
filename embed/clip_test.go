package embed_test

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// sweep is a tone whose pitch rises, so that no two stretches are alike.
func sweep(from, to float64) []byte {
	const rateHz = 24000
	var samples []float32
	for i := int(from * rateHz); i < int(to*rateHz); i++ {
		t := float64(i) / rateHz
		samples = append(samples, float32(0.4*math.Sin(2*math.Pi*(200+20*t)*t)))
	}
	return audiotest.WAV(rateHz, 1, 16, samples)
}

// TestSpan: a stretch has the vector of a file that holds nothing else, whichever way it is asked for, and a place of its
// own in the cache.
func TestSpan(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "whole.wav", sweep(0, 20))
	write(t, dir, "part.wav", sweep(7, 13))
	cache := &mapCache{}
	e := engine(t, dir, cache)
	ask := func(c embed.Clip) []float32 {
		t.Helper()
		list, err := e.EmbedClips(t.Context(), []embed.Clip{c}, "dsp", nil)
		if err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	whole, part := ask(embed.Clip{Path: "whole.wav", Span: embed.Whole}), ask(embed.Clip{Path: "part.wav", Span: embed.Whole})
	stretch := ask(embed.Clip{Path: "whole.wav", Span: embed.Span{From: 7, To: 13}})
	if slices.Equal(whole, stretch) || cosine(stretch, part) < 0.9999 {
		t.Errorf("the stretch has cosine %g with the file of it, %g with the whole", cosine(stretch, part), cosine(stretch, whole))
	}
	if v := ask(embed.Clip{Data: sweep(0, 20), Span: embed.Span{From: 7, To: 13}}); !slices.Equal(v, stretch) {
		t.Error("bytes have another vector than the file")
	}
	if n := len(cache.entries); n != 3 {
		t.Errorf("%d entries in the cache, not one each of the whole, the stretch and the part", n)
	}
	if v := ask(embed.Clip{Path: "whole.wav", Span: embed.Span{From: 7, To: math.Inf(1)}}); slices.Equal(v, stretch) {
		t.Error("a stretch to the end has the vector of another")
	}
}

// TestBadSpans names what is wrong with a stretch.
func TestBadSpans(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", sweep(0, 8))
	e := engine(t, dir, nil)
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		span embed.Span
		want string
	}{
		{embed.Span{From: -1, To: 5}, "from_s must be 0 or more, not -1"},
		{embed.Span{From: 5, To: 5}, "to_s must be greater than from_s"},
		{embed.Span{From: 5, To: -inf}, "to_s must be greater than from_s"},
		{embed.Span{From: inf, To: inf}, "from_s must be 0 or more"},
		{embed.Span{From: nan, To: 5}, "must be numbers"},
		{embed.Span{From: 0, To: nan}, "must be numbers"},
		{embed.Span{From: 8, To: 9}, `the interval begins at 8 s, and audio file "a.wav" is 8.00 s long`},
		{embed.Span{From: 1e18, To: inf}, `audio file "a.wav" is 8.00 s long`},
		{embed.Span{From: 2, To: 9}, `the interval ends at 9 s, and audio file "a.wav" is 8.00 s long`},
		{embed.Span{From: 2, To: 2.001}, `is too short for model "music"`},
		{embed.Span{From: 7.999, To: inf}, `is too short for model "music"`},
	} {
		_, err := e.EmbedClips(t.Context(), []embed.Clip{{Path: "a.wav", Span: c.span}}, "music", nil)
		var bad *embed.SpanError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.span, err, c.want)
		}
	}
	if _, err := e.EmbedClips(t.Context(), []embed.Clip{{Path: "a.wav", Span: embed.Span{From: 2, To: 8.05}}}, "dsp", nil); err != nil {
		t.Errorf("a rounded duration is refused: %v", err)
	}
}

// TestWindows: a clip's windows are the same from the cache, without one, and after the cache was damaged; they cover the
// audio, and their times are those of the whole file.
func TestWindows(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.wav", sweep(0, 13))
	cache := &mapCache{}
	cached, plain := engine(t, dir, cache), engine(t, dir, nil)
	for _, span := range []embed.Span{embed.Whole, {From: 6, To: 13}} {
		clip := embed.Clip{Path: "a.wav", Span: span}
		track, want, err := plain.Windows(t.Context(), clip, "dsp")
		if err != nil {
			t.Fatal(err)
		}
		places := [][2]float64{{0, 5}, {5, 10}, {8, 13}}
		if span != embed.Whole {
			places = [][2]float64{{6, 11}, {8, 13}}
		}
		for i, w := range want {
			if len(want) != len(places) || w.From != places[i][0] || w.To != places[i][1] {
				t.Errorf("window %d of %d: %g to %g", i, len(want), w.From, w.To)
			}
		}
		for _, damage := range []bool{false, false, true} {
			if damage {
				cache.change(func(b []byte) []byte { return b[:len(b)-1] })
			}
			v, got, err := cached.Windows(t.Context(), clip, "dsp")
			same := slices.EqualFunc(got, want, func(a, b embed.Window) bool {
				return a.From == b.From && a.To == b.To && slices.Equal(a.Vector, b.Vector)
			})
			if err != nil || !same || !slices.Equal(v, track) {
				t.Errorf("from a cache (damaged: %v) come other windows: %v", damage, err)
			}
		}
	}
	if err := os.Remove(dir + "/a.wav"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := cached.Windows(t.Context(), embed.Clip{Path: "a.wav", Span: embed.Whole}, "dsp"); err == nil {
		t.Error("windows of a file that is gone")
	}
}
