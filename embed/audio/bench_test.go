package audio_test

import (
	"testing"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// BenchmarkDecode reports how many times faster than real time a minute of stereo
// becomes 24 kHz mono, on one thread.
func BenchmarkDecode(b *testing.B) {
	const seconds = 60
	tone := audiotest.Tone(330, seconds, 44100, 2)
	for _, tc := range []struct {
		name  string
		bytes []byte
	}{
		{"wav", audiotest.WAV(44100, 2, 16, tone)},
		{"flac", encoded(b, audiotest.FLAC, 44100, 2, tone)},
		{"mp3", encoded(b, audiotest.MP3, 44100, 2, tone)},
		{"vorbis", encoded(b, audiotest.Vorbis, 44100, 2, tone)},
		{"opus", encoded(b, audiotest.Opus, 48000, 2, audiotest.Tone(330, seconds, 48000, 2))},
	} {
		b.Run(tc.name, func(b *testing.B) {
			s, err := audio.FromBytes(tc.name, tc.bytes)
			if err != nil {
				b.Fatal(err)
			}
			block := make([]float32, 120000)
			for b.Loop() {
				r, err := audio.Open(ctx, s, 24000, audio.Limits{})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = r.Read(ctx, block)
				}
				r.Close()
			}
			b.ReportMetric(seconds*float64(b.N)/b.Elapsed().Seconds(), "×realtime")
		})
	}
}
