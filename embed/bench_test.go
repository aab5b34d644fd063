package embed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/audio/audiotest"
)

// BenchmarkEmbed is ingestion on all cores without a cache: WAV files of a minute at
// 44.1 kHz in stereo, decoded, resampled and embedded.
func BenchmarkEmbed(b *testing.B) {
	dir := b.TempDir()
	const files, lengthSeconds = 8, 60
	var paths []string
	for i := range files {
		paths = append(paths, fmt.Sprintf("%d.wav", i))
		write(b, dir, paths[i], audiotest.WAV(44100, 2, 16, audiotest.Tone(200+10*float64(i), lengthSeconds, 44100, 2)))
	}
	e := engine(b, dir, nil)
	for model, list := range map[string][]string{"music": paths, "dsp": paths, "mert": paths[:1]} {
		b.Run(model, func(b *testing.B) {
			// Loading the model is not what is measured.
			if _, err := e.EmbedBytes(b.Context(), tone(220, 2), model); err != nil {
				b.Fatal(err)
			}
			before := stats(e, model)
			for b.Loop() {
				if _, err := e.EmbedFiles(b.Context(), list, model, nil); err != nil {
					b.Fatal(err)
				}
			}
			after := stats(e, model)
			audioSeconds := after.AudioSeconds - before.AudioSeconds
			b.ReportMetric(audioSeconds/b.Elapsed().Seconds(), "audio-s/s")
			b.ReportMetric(audioSeconds/(after.ModelSeconds-before.ModelSeconds), "audio-s/model-s")
		})
	}
}

// BenchmarkCached is what a query pays for embed('x.wav') of a file that is known.
func BenchmarkCached(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, "a.wav", tone(220, 60))
	e := engine(b, dir, &mapCache{})
	time.Sleep(3 * time.Second) // a file just written is hashed each time
	for b.Loop() {
		if _, err := e.EmbedFiles(b.Context(), []string{"a.wav"}, "", nil); err != nil {
			b.Fatal(err)
		}
	}
}
