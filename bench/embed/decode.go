package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/mert"
)

// format is a kind of file to decode: what ffmpeg is told to write it.
type format struct {
	name, suffix string
	encoder      []string
	bar          float64
}

// Real time a core that decoding has to reach; Opus is the slowest of the formats that are common.
const decodeBar, opusBar = 400, 200

var formats = []format{
	{"WAV, 16 bits", ".wav", []string{"-c:a", "pcm_s16le"}, decodeBar},
	{"WAV, 24 bits, 96 kHz", ".wav", []string{"-c:a", "pcm_s24le", "-ar", "96000"}, decodeBar},
	{"AIFF", ".aiff", []string{"-c:a", "pcm_s16be"}, decodeBar},
	{"FLAC", ".flac", []string{"-c:a", "flac", "-sample_fmt", "s16"}, decodeBar},
	{"MP3, 320 kbit/s", ".mp3", []string{"-c:a", "libmp3lame", "-b:a", "320k"}, decodeBar},
	{"MP3, 128 kbit/s", ".mp3", []string{"-c:a", "libmp3lame", "-b:a", "128k"}, decodeBar},
	{"Ogg Vorbis", ".ogg", []string{"-c:a", "libvorbis", "-q:a", "5"}, decodeBar},
	{"Opus, 128 kbit/s", ".opus", []string{"-c:a", "libopus", "-b:a", "128k", "-ar", "48000"}, opusBar},
	{"AAC in m4a", ".m4a", []string{"-c:a", "aac", "-b:a", "192k"}, decodeBar},
	{"ALAC in m4a, 16 bits", ".m4a", []string{"-c:a", "alac", "-sample_fmt", "s16p"}, decodeBar},
	{"ALAC in m4a, 24 bits", ".m4a", []string{"-c:a", "alac", "-sample_fmt", "s32p"}, decodeBar},
	{"WMA", ".wma", []string{"-c:a", "wmav2", "-b:a", "128k"}, decodeBar},
	{"WavPack, 16 bits", ".wv", []string{"-c:a", "wavpack", "-sample_fmt", "s16p"}, decodeBar},
	{"WavPack, floats", ".wv", []string{"-c:a", "wavpack", "-sample_fmt", "fltp"}, decodeBar},
}

// decode prints how many times faster than real time a core turns stereo music into mono at the model's rate, the
// processor time of the process that decodes at its side included. ffmpeg makes the files.
func decode(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		b.section("decoding: left out, since there is no ffmpeg to make the files")
		return nil //nolint:nilerr // the other measurements do without
	}
	raw := filepath.Join(b.dir, "music.f32")
	if err := writeMusic(ctx, b, raw); err != nil {
		return err
	}
	b.section("%d s of stereo music at 44.1 kHz to mono at 24 kHz: times real time, a second of processor time", b.decodeSeconds)
	for i, f := range formats {
		path := filepath.Join(b.dir, fmt.Sprintf("music%d%s", i, f.suffix))
		if err := f.encode(ctx, raw, path); err != nil {
			return err
		}
		best := 0.0
		for range b.rounds {
			rate, err := decodeRate(ctx, path)
			if err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
			best = max(best, rate)
		}
		b.line(f.name, fmt.Sprintf("%.0f", best), best, f.bar, false)
	}
	return nil
}

func (f format) encode(ctx context.Context, raw, path string) error {
	args := append([]string{"-v", "error", "-y", "-f", "f32le", "-ar", "44100", "-ac", "2", "-i", raw}, f.encoder...)
	if out, err := exec.CommandContext(ctx, "ffmpeg", append(args, path)...).CombinedOutput(); err != nil {
		return fmt.Errorf("make %s: %w\n%s", f.name, err, out)
	}
	return nil
}

// decodeRate decodes a file once. The file is in the page cache: ffmpeg has just written it.
func decodeRate(ctx context.Context, path string) (float64, error) {
	root, err := audio.OpenRoot(filepath.Dir(path))
	if err != nil {
		return 0, err
	}
	defer root.Close()
	s, err := root.Open(filepath.Base(path))
	if err != nil {
		return 0, err
	}
	defer s.Close()
	samples := 0
	before := processCPU() + usage(syscall.RUSAGE_CHILDREN)
	err = readAll(ctx, s, mert.SampleRateHz, func(block []float32) { samples += len(block) })
	used := processCPU() + usage(syscall.RUSAGE_CHILDREN) - before
	return float64(samples) / mert.SampleRateHz / max(used, time.Microsecond).Seconds(), err
}

// readAll decodes a source in the blocks that a model's windows have.
func readAll(ctx context.Context, s *audio.Source, rateHz int, each func([]float32)) error {
	r, err := audio.Open(ctx, s, rateHz, audio.Limits{})
	if err != nil {
		return err
	}
	block := make([]float32, mert.WindowSamples)
	for err == nil {
		var n int
		n, err = r.Read(ctx, block)
		each(block[:n])
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, r.Close())
}

// writeMusic makes raw stereo of two pieces, one an ear, over and over.
func writeMusic(ctx context.Context, b *bench, path string) error {
	const rateHz = 44100
	paths, err := audioBelow(b.audio)
	if err != nil {
		return err
	}
	var ears [2][]float32
	for i := range ears {
		if ears[i], err = decodeFile(ctx, filepath.Join(b.audio, paths[i*len(paths)/2]), rateHz); err != nil {
			return err
		}
	}
	raw := make([]byte, 0, 8*rateHz*b.decodeSeconds)
	for i := range rateHz * b.decodeSeconds {
		for _, ear := range ears {
			raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(ear[i%len(ear)]))
		}
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("write %s s of music: %w", strconv.Itoa(b.decodeSeconds), err)
	}
	return nil
}
