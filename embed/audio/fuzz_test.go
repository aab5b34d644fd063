package audio_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// fuzzDecode feeds mutations of small files to everything that reads foreign
// bytes. FFmpeg is left out: its own process is its wall (fuzzBeside), and
// starting one would leave no time for the rest.
func fuzzDecode(f *testing.F, seeds ...[]byte) {
	f.Setenv("PATH", "")
	audio.NoSpawner(f)
	fuzzAll(f, seeds...)
}

func fuzzAll(f *testing.F, seeds ...[]byte) {
	for _, seed := range seeds {
		f.Add(seed)
		f.Add(seed[:len(seed)*2/3])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		start := time.Now()
		s, err := audio.FromBytes("fuzz", b)
		if err != nil {
			return
		}
		defer s.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		limits := audio.Limits{MaxSeconds: 60}
		r, err := audio.Open(ctx, s, 24000, limits)
		if err != nil && strings.Contains(err.Error(), "crashed") {
			t.Fatal(err)
		}
		if err == nil {
			buf := make([]float32, 24000)
			for n, err := r.Read(ctx, buf); err == nil; n, err = r.Read(ctx, buf) {
				for _, v := range buf[:n] {
					if v != v {
						t.Fatal("a NaN came through")
					}
				}
			}
			r.Close()
		}
		if _, err := audio.Measure(ctx, s, limits); errors.Is(err, io.EOF) {
			t.Fatal("io.EOF as a refusal")
		}
		audio.ReadTags(s)
		if facts, err := audio.ReadFacts(ctx, s, limits); err == nil && facts["format"] == nil {
			t.Fatal("facts without a format")
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Fatalf("%d bytes took %v", len(b), d)
		}
	})
}

func seed(f *testing.F, format audiotest.Format) []byte {
	return encoded(f, format, 24000, 1, audiotest.Tone(330, 0.2, 24000, 1))
}

func FuzzDecodeWAV(f *testing.F) {
	tone := audiotest.Tone(330, 0.02, 24000, 2)
	fuzzDecode(f, audiotest.WAV(44100, 2, 8, tone), audiotest.WAV(44100, 2, 24, tone), audiotest.WAV(8000, 2, -32, tone))
}
func FuzzDecodeAIFF(f *testing.F)   { fuzzDecode(f, seed(f, audiotest.AIFF)) }
func FuzzDecodeFLAC(f *testing.F)   { fuzzDecode(f, seed(f, audiotest.FLAC)) }
func FuzzDecodeMP3(f *testing.F)    { fuzzDecode(f, seed(f, audiotest.MP3)) }
func FuzzDecodeVorbis(f *testing.F) { fuzzDecode(f, seed(f, audiotest.Vorbis)) }
func FuzzDecodeOpus(f *testing.F)   { fuzzDecode(f, seed(f, audiotest.Opus)) }

// The children of the spawner read these.
func FuzzDecodeAAC(f *testing.F)      { fuzzBeside(f, "aac, ") }
func FuzzDecodeALAC(f *testing.F)     { fuzzBeside(f, "alac") }
func FuzzDecodeWavPack(f *testing.F)  { fuzzBeside(f, "wavpack") }
func FuzzDecodeMatroska(f *testing.F) { fuzzBeside(f, "pcm in matroska") }

func fuzzBeside(f *testing.F, word string) {
	files, err := makeBeside(0.1, word)
	if err != nil {
		f.Fatal(err)
	}
	fuzzAll(f, slices.Collect(maps.Values(files))...)
}

// FuzzSniff mixes the magic bytes of every container.
func FuzzSniff(f *testing.F) {
	fuzzDecode(f, []byte("ID3\x03\x00\x00\x00\x00\x00\x02xxfLaC"), []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00"),
		[]byte("\x1a\x45\xdf\xa3\x01\x00\x00\x00"), []byte("\xff\xf1\x50\x80\x01\x1f\xfc"))
}
