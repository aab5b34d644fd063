package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
	"sync"
)

// rate is what clips are decoded at; models resample from there as from any file.
const rate = 44100

// clipVersion changes with what clips are: vectors are kept by it.
const clipVersion = 2

// Excerpts in seconds, and the kinds of excerpts that stand first in the tables.
var excerptSeconds = []int{5, 10, 30}

const (
	firstExcerpt   = "5 s"
	heardExcerpt   = "5 s, heard" // of what stands in the library
	heardTogether  = "5 s, heard, " + together
	troubleSeconds = 5
	spareSeconds   = 1 // more are cut for a damaged excerpt, so that five are left of it when it is played faster
)

// clip is what is embedded: the library's part of a track, or an excerpt.
type clip struct {
	kind  string // "" for the library's part
	audio func() ([]byte, error)
}

// clipsOf lists what is made of a track. Its first seconds stand in the library, of a short one the first 60 %; the excerpts
// are from the middle of the rest. With seconds 0 the whole track stands there, and has heard its excerpts.
func clipsOf(ctx context.Context, t track, seconds float64, troubles []trouble) []clip {
	samples := sync.OnceValues(func() ([]float32, error) {
		limit := seconds + 60
		if seconds == 0 {
			limit = 600
		}
		return decode(ctx, t.path, limit)
	})
	// excerpt is n seconds in the middle of a part of it, and what follows them up to n + spare.
	excerpt := func(part func([]float32) []float32, n, spare int) ([]float32, error) {
		all, err := samples()
		if err != nil {
			return nil, err
		}
		all = part(all)
		if len(all) < n*rate {
			return nil, errShort
		}
		from := (len(all) - n*rate) / 2
		return all[from:min(from+(n+spare)*rate, len(all))], nil
	}
	stands := func(all []float32) []float32 { return all[:split(len(all), seconds)] }
	rest := func(all []float32) []float32 { return all[split(len(all), seconds):] }
	if seconds == 0 {
		whole := func(all []float32) []float32 { return all }
		stands, rest = whole, whole
	}
	troubled := func(kind string, d trouble, part func([]float32) []float32) clip {
		return clip{kind, func() ([]byte, error) {
			x, err := excerpt(part, troubleSeconds, spareSeconds)
			if err != nil {
				return nil, err
			}
			return d.apply(ctx, x, t.stamp)
		}}
	}
	plain := func(kind string, n int, part func([]float32) []float32) clip {
		return clip{kind, func() ([]byte, error) {
			x, err := excerpt(part, n, 0)
			return wav(x, rate), err
		}}
	}
	out := []clip{{audio: func() ([]byte, error) {
		all, err := samples()
		return wav(stands(all), rate), err
	}}}
	for _, n := range excerptSeconds {
		out = append(out, plain(fmt.Sprint(n, " s"), n, rest))
	}
	for _, d := range troubles {
		out = append(out, troubled(d.name, d, rest))
		if d.name == together && seconds > 0 {
			out = append(out, troubled(heardTogether, d, stands))
		}
	}
	if seconds > 0 {
		out = append(out, plain(heardExcerpt, troubleSeconds, stands))
	}
	return out
}

// errShort is of a track that has no such excerpt.
var errShort = fmt.Errorf("the track is too short")

// split is where the library's part of so many samples ends.
func split(n int, seconds float64) int {
	return min(int(seconds*rate), n*6/10)
}

// decode reads the first seconds of a file by ffmpeg, as mono.
func decode(ctx context.Context, path string, seconds float64) ([]float32, error) {
	out, err := ffmpeg(ctx, nil, "-t", fmt.Sprint(seconds), "-i", path, "-vn", "-ac", "1", "-ar", fmt.Sprint(rate), "-f", "f32le", "-")
	if err != nil {
		return nil, err
	}
	return floats(out), nil
}

func floats(b []byte) []float32 {
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

// ffmpeg runs it over in and returns what it writes.
func ffmpeg(ctx context.Context, in []byte, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "error", "-nostdin"}, args...)...)
	if in != nil {
		cmd = exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "error"}, args...)...)
		cmd.Stdin = bytes.NewReader(in)
	}
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.Bytes(), nil
}

// wav is a mono file of 16 bits a sample.
func wav(samples []float32, rateHz int) []byte {
	le := binary.LittleEndian
	out := append([]byte("RIFF"), le.AppendUint32(nil, uint32(36+2*len(samples)))...)
	out = append(out, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	out = le.AppendUint32(le.AppendUint32(out, uint32(rateHz)), uint32(2*rateHz))
	out = append(out, "\x02\x00\x10\x00data"...)
	out = le.AppendUint32(out, uint32(2*len(samples)))
	for _, s := range samples {
		out = le.AppendUint16(out, uint16(int16(math.Round(float64(min(max(s, -1), 1))*32767))))
	}
	return out
}
