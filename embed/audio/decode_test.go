package audio_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

var ctx = context.Background()

// encoded returns a file of the format in memory.
func encoded(t testing.TB, format audiotest.Format, rateHz, channels int, samples []float32) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	if err := audiotest.Encode(path, format, rateHz, channels, samples, "A Title"); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t testing.TB, b []byte, rateHz int) ([]float32, audio.Info, error) {
	t.Helper()
	s, err := audio.FromBytes("x", b)
	if err != nil {
		return nil, audio.Info{}, err
	}
	defer s.Close()
	return audio.Decode(ctx, s, rateHz, audio.Limits{MaxSeconds: 60})
}

func mono(samples []float32, channels int) []float32 {
	out := make([]float32, len(samples)/channels)
	for i := range out {
		for c := range channels {
			out[i] += samples[i*channels+c] / float32(channels)
		}
	}
	return out
}

// errorDB is the error energy relative to the signal's, in decibels.
func errorDB(got, want []float32) float64 {
	var signal, noise float64
	for i := range min(len(got), len(want)) {
		d := float64(got[i]) - float64(want[i])
		signal += float64(want[i]) * float64(want[i])
		noise += d * d
	}
	return 10 * math.Log10(noise/signal+1e-30)
}

// Every format gives back what was written, as mono, to its own precision.
func TestDecodeEveryFormat(t *testing.T) {
	const rate, seconds = 44100, 2
	stereo := audiotest.Tone(330, seconds, rate, 2)
	want := mono(stereo, 2)
	for _, tc := range []struct {
		name  string
		bytes []byte
		maxDB float64
	}{
		{"wav8", audiotest.WAV(rate, 2, 8, stereo), -30},
		{"wav16", audiotest.WAV(rate, 2, 16, stereo), -70},
		{"wav24", audiotest.WAV(rate, 2, 24, stereo), -110},
		{"wav32", audiotest.WAV(rate, 2, 32, stereo), -120},
		{"wavfloat", audiotest.WAV(rate, 2, -32, stereo), -120},
		{"wavdouble", audiotest.WAV(rate, 2, -64, stereo), -120},
		{"aiff", encoded(t, audiotest.AIFF, rate, 2, stereo), -70},
		{"flac", encoded(t, audiotest.FLAC, rate, 2, stereo), -70},
		{"vorbis", encoded(t, audiotest.Vorbis, rate, 2, stereo), -20},
		{"mp3", encoded(t, audiotest.MP3, rate, 2, stereo), -20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, info, err := decode(t, tc.bytes, 0)
			if err != nil {
				t.Fatal(err)
			}
			if info.RateHz != rate || info.Channels != 2 || info.Frames != int64(len(got)) {
				t.Errorf("info %+v for %d samples", info, len(got))
			}
			if math.Abs(info.Seconds-seconds) > 0.06 {
				t.Errorf("%g seconds, want %d", info.Seconds, seconds)
			}
			if db := errorDB(got, want); db > tc.maxDB {
				t.Errorf("error %.1f dB, want below %.0f", db, tc.maxDB)
			}
		})
	}
}

// Opus always decodes at 48 kHz; its samples line up with the original's.
func TestDecodeOpus(t *testing.T) {
	stereo := audiotest.Tone(330, 2, 48000, 2)
	got, info, err := decode(t, encoded(t, audiotest.Opus, 48000, 2, stereo), 0)
	if err != nil {
		t.Fatal(err)
	}
	if info.Format != "opus" || info.RateHz != 48000 || info.Frames != 96000 {
		t.Errorf("info %+v", info)
	}
	if db := errorDB(got, mono(stereo, 2)); db > -15 {
		t.Errorf("error %.1f dB", db)
	}
}

// Resampling keeps pitch, level and length: a 1 kHz tone at 44.1 kHz is the same
// tone computed at 24 kHz, to better than 16 bits away from the ends.
func TestResample(t *testing.T) {
	sine := func(rate int) []float32 {
		x := make([]float32, 3*rate)
		for i := range x {
			x[i] = float32(0.5 * math.Sin(2*math.Pi*1000*float64(i)/float64(rate)))
		}
		return x
	}
	for _, from := range []int{8000, 22050, 44100, 48000, 96000} {
		got, _, err := decode(t, audiotest.WAV(from, 1, -32, sine(from)), 24000)
		if err != nil {
			t.Fatal(err)
		}
		want := sine(24000)
		if len(got) != len(want) {
			t.Fatalf("from %d Hz: %d samples, want %d", from, len(got), len(want))
		}
		if db := errorDB(got[2400:len(got)-2400], want[2400:]); db > -98 {
			t.Errorf("from %d Hz: error %.1f dB", from, db)
		}
	}
}

// The size of the caller's blocks must not change a bit of what comes out.
func TestBlocksDoNotMatter(t *testing.T) {
	b := encoded(t, audiotest.FLAC, 44100, 2, audiotest.Tone(220, 3, 44100, 2))
	want, _, err := decode(t, b, 24000)
	if err != nil {
		t.Fatal(err)
	}
	s, err := audio.FromBytes("x", b)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []int{1, 7, 1000, 1 << 20} {
		r, err := audio.Open(ctx, s, 24000, audio.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		var got []float32
		buf := make([]float32, block)
		for {
			n, err := r.Read(ctx, buf)
			got = append(got, buf[:n]...)
			if err != nil {
				break
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if len(got) != len(want) {
			t.Fatalf("blocks of %d: %d samples, want %d", block, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("blocks of %d: sample %d differs", block, i)
			}
		}
	}
}

// An MP3 without a Xing header, whose first frames are of a lower bitrate than the
// rest or of a higher, keeps its whole length.
func TestMP3WithoutXing(t *testing.T) {
	b := encoded(t, audiotest.MP3, 44100, 2, audiotest.Tone(330, 4, 44100, 2))
	want, _, err := decode(t, b, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for ; at < 4096 && (b[at] != 0xff || b[at+1]&0xe0 != 0xe0); at++ {
	}
	for i := at; i < at+200; i++ {
		if s := string(b[i : i+4]); s == "Xing" || s == "Info" {
			copy(b[i:], make([]byte, 40))
		}
	}
	got, _, err := decode(t, b, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) < len(want) || len(got) > len(want)+3*1152 {
		t.Errorf("%d samples without the Xing header, %d with it", len(got), len(want))
	}
}

func TestBadInput(t *testing.T) {
	tone := audiotest.Tone(330, 2, 44100, 1)
	wav := audiotest.WAV(44100, 1, 16, tone)
	flac := encoded(t, audiotest.FLAC, 44100, 1, tone)
	vorbis := encoded(t, audiotest.Vorbis, 44100, 1, tone)
	mp3 := encoded(t, audiotest.MP3, 44100, 1, tone)
	claims := append([]byte(nil), wav...)
	binary.LittleEndian.PutUint32(claims[40:], math.MaxUint32)
	binary.LittleEndian.PutUint32(claims[4:], math.MaxUint32)
	adpcm := append([]byte(nil), wav...)
	adpcm[20] = 0x11
	nan := append([]float32(nil), tone...)
	nan[5000] = float32(math.NaN())
	huge := append([]float32(nil), tone...)
	huge[5000] = math.MaxFloat32
	for _, tc := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"nothing", nil, audio.ErrEmpty},
		{"text", []byte("RIFFraff, the tune goes on, and this is a text file that someone named .wav"), audio.ErrNotAudio},
		{"playlist", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"), audio.ErrNotAudio},
		{"zeros", make([]byte, 1<<17), audio.ErrNotAudio},
		{"wav, cut", wav[:len(wav)/2], audio.ErrTruncated},
		{"wav, cut in its header", wav[:30], audio.ErrTruncated},
		{"wav that claims 4 GB", claims, audio.ErrTruncated},
		{"wav without samples", audiotest.WAV(44100, 1, 16, nil), audio.ErrEmpty},
		{"wav in ADPCM", adpcm, audio.ErrUnsupported},
		{"wav with NaN", audiotest.WAV(44100, 1, -32, nan), audio.ErrDamaged},
		{"wav with an absurd value", audiotest.WAV(44100, 1, -32, huge), audio.ErrDamaged},
		{"wav at 1 Hz", audiotest.WAV(1, 1, 16, tone), audio.ErrUnsupported},
		{"flac, cut", flac[:len(flac)*2/3], audio.ErrTruncated},
		{"vorbis, cut", vorbis[:len(vorbis)*2/3], audio.ErrTruncated},
		{"mp3, cut", mp3[:len(mp3)/2], audio.ErrTruncated},
		{"too long", audiotest.WAV(8000, 1, 8, make([]float32, 61*8000)), audio.ErrTooLong},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := decode(t, tc.bytes, 24000)
			if !errors.Is(err, tc.want) {
				t.Fatalf("error %v, want kind %v", err, tc.want)
			}
			var refusal *audio.Error
			if !errors.As(err, &refusal) {
				t.Fatalf("%T is not an *audio.Error", err)
			}
		})
	}
}

// A read after cancellation stops; so does one after Close.
func TestCancel(t *testing.T) {
	s, err := audio.FromBytes("x", audiotest.WAV(44100, 1, 16, audiotest.Tone(330, 30, 44100, 1)))
	if err != nil {
		t.Fatal(err)
	}
	cctx, cancel := context.WithCancel(ctx)
	r, err := audio.Open(cctx, s, 24000, audio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]float32, 24000)
	if _, err := r.Read(cctx, buf); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Read(cctx, buf); !errors.Is(err, context.Canceled) {
		t.Errorf("after cancel: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if n, err := r.Read(ctx, buf); n != 0 || err == nil {
		t.Errorf("after Close: %d samples, %v", n, err)
	}
}
