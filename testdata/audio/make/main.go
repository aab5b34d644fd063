// Command make renders the sample tracks of testdata/audio from the scores in scores.go: each piece in several
// renderings, in all five formats, with tags. It needs fluidsynth, the FluidR3 soundfont (MIT licence) and ffmpeg:
// `make samples`. The files are checked in; run it again only to change them.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

const (
	outDir    = "testdata/audio"
	soundfont = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
	fadeOut   = 1.2 // seconds
)

func main() {
	if err := makeAll(); err != nil {
		fmt.Fprintln(os.Stderr, "make samples:", err)
		os.Exit(1)
	}
}

func makeAll() error {
	tmp, err := os.MkdirTemp("", "segue-samples-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for i := range pieces {
		p := &pieces[i]
		for track, r := range p.renderings {
			if err := render(tmp, p, &r, track+1); err != nil {
				return fmt.Errorf("%s (%s): %w", p.title, r.name, err)
			}
		}
	}
	return nil
}

// render plays one rendering and encodes it.
func render(tmp string, p *piece, r *rendering, track int) error {
	midi, wav := filepath.Join(tmp, "score.mid"), filepath.Join(tmp, "score.wav")
	if err := os.WriteFile(midi, score(p, r), 0o644); err != nil {
		return err
	}
	err := run("fluidsynth", "-ni", "-q", "-g", "0.7", "-r", "44100", "-F", wav, soundfont, midi)
	if err != nil {
		return err
	}
	return encode(wav, filepath.Join(outDir, r.file), p, r, track)
}

// codecs are ffmpeg's words for each format. Rates and channels vary on purpose: decoders must meet them all.
var codecs = map[string][]string{
	".wav":  {"-ac", "1", "-ar", "22050", "-c:a", "pcm_s16le"},
	".flac": {"-ac", "1", "-ar", "24000", "-c:a", "flac", "-compression_level", "12", "-sample_fmt", "s16"},
	".mp3":  {"-ac", "2", "-ar", "44100", "-c:a", "libmp3lame", "-b:a", "64k", "-id3v2_version", "3"},
	".ogg":  {"-ac", "2", "-ar", "44100", "-c:a", "libvorbis", "-q:a", "1"},
	".opus": {"-ac", "2", "-ar", "48000", "-c:a", "libopus", "-b:a", "48k"},
}

// encode cuts, fades, levels and tags. Nothing in the file depends on the day.
func encode(wav, out string, p *piece, r *rendering, track int) error {
	seconds := p.beats() * 60 / (p.bpm * r.tempo)
	if r.seconds > 0 {
		seconds = min(seconds, r.seconds)
	}
	fade := fmt.Sprintf("afade=t=out:st=%.3f:d=%.3f,loudnorm=I=-18:TP=-2:LRA=11", seconds-fadeOut, fadeOut)
	args := []string{"-v", "error", "-y", "-i", wav, "-t", fmt.Sprintf("%.3f", seconds), "-af", fade, "-map_metadata", "-1",
		"-fflags", "+bitexact", "-flags:a", "+bitexact"}
	for _, tag := range [][2]string{{"title", p.title + " (" + r.name + ")"}, {"artist", p.artist}, {"album", p.album},
		{"genre", p.genre}, {"track", strconv.Itoa(track)}, {"date", "2026"}} {
		args = append(args, "-metadata", tag[0]+"="+tag[1])
	}
	args = append(args, codecs[filepath.Ext(out)]...)
	return run("ffmpeg", append(args, out)...)
}

func run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
