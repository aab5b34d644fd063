package audio_test

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/seguedb/segue/embed/audio"
	"github.com/seguedb/segue/embed/audio/audiotest"
)

// tagging is how a format's file is made with ffmpeg, and what differs from what is expected of all.
type tagging struct {
	name string
	args []string
	want audio.Facts
	lost []string // what the format, or ffmpeg's writer of it, has no room for
}

// tagArguments are the tags by the names that ffmpeg's muxers know.
func tagArguments(extra ...string) []string {
	var out []string
	for _, kv := range append([]string{"title=Blue Train", "artist=Jöhn C.", "album=Álbum", "album_artist=The Band", "track=3/12",
		"disc=1/2", "date=1957-09-15", "genre=Jazz", "composer=J. C."}, extra...) {
		out = append(out, "-metadata", kv)
	}
	return out
}

var freeTags = []string{"REPLAYGAIN_TRACK_GAIN=-6.48 dB", "REPLAYGAIN_TRACK_PEAK=0.977", "REPLAYGAIN_ALBUM_GAIN=+1.5 dB",
	"MusicBrainz Track Id=rec-1", "MusicBrainz Album Id=rel-1", "MusicBrainz Artist Id=art-1"}

var vorbisTags = []string{"BPM=123.5", "INITIALKEY=Am", "REPLAYGAIN_TRACK_GAIN=-6.48 dB", "REPLAYGAIN_TRACK_PEAK=0.977",
	"REPLAYGAIN_ALBUM_GAIN=+1.5 dB", "MUSICBRAINZ_TRACKID=rec-1", "MUSICBRAINZ_ALBUMID=rel-1", "MUSICBRAINZ_ARTISTID=art-1"}

// expected is what the tags above mean.
func expected() audio.Facts {
	return audio.Facts{
		"title": "Blue Train", "artist": "Jöhn C.", "artists": []string{"Jöhn C."}, "album": "Álbum", "album_artist": "The Band",
		"track": int64(3), "track_total": int64(12), "disc": int64(1), "disc_total": int64(2), "year": int64(1957),
		"date": "1957-09-15", "genre": []string{"Jazz"}, "composer": "J. C.", "bpm": 123.5, "key": "Am",
		"replaygain_track_gain": -6.48, "replaygain_track_peak": 0.977, "replaygain_album_gain": 1.5,
		"mb_recording_id": "rec-1", "mb_release_id": "rel-1", "mb_artist_ids": []string{"art-1"},
		"sample_rate": int64(44100), "channels": int64(2),
	}
}

var taggings = []tagging{
	{"id3v24.mp3", append(tagArguments(append(freeTags, "TBPM=123.5", "TKEY=Am")...), "-id3v2_version", "4"),
		audio.Facts{"format": "mp3", "codec": "mp3"}, nil},
	{"id3v23.mp3", append(tagArguments(append(freeTags, "TBPM=123.5", "TKEY=Am")...), "-id3v2_version", "3"),
		audio.Facts{"format": "mp3", "codec": "mp3", "date": "1957-09-15"}, nil},
	{"x.flac", tagArguments(vorbisTags...), audio.Facts{"format": "flac", "codec": "flac", "bits_per_sample": int64(16)}, nil},
	{"x.ogg", append(tagArguments(vorbisTags...), "-c:a", "libvorbis"), audio.Facts{"format": "vorbis", "codec": "vorbis"}, nil},
	{"x.opus", append(tagArguments(append(vorbisTags[:2:2], append(vorbisTags[5:], "R128_TRACK_GAIN=-2939", "R128_ALBUM_GAIN=-896")...)...),
		"-c:a", "libopus"), audio.Facts{"format": "opus", "codec": "opus", "sample_rate": int64(48000),
		"replaygain_track_gain": -2939.0/256 + 5, "replaygain_album_gain": 1.5}, []string{"replaygain_track_peak"}},
	{"x.m4a", append(tagArguments("tmpo=123"), "-c:a", "aac"), audio.Facts{"format": "mp4", "codec": "aac", "bpm": 123.0},
		[]string{"key", "replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain", "mb_recording_id",
			"mb_release_id", "mb_artist_ids"}},
	{"info.wav", tagArguments(), audio.Facts{"format": "wav", "codec": "pcm", "bits_per_sample": int64(16), "date": "1957"},
		[]string{"album_artist", "composer", "bpm", "key", "disc", "disc_total", "track_total", "replaygain_track_gain",
			"replaygain_track_peak", "replaygain_album_gain", "mb_recording_id", "mb_release_id", "mb_artist_ids"}},
	{"x.aiff", append(tagArguments(append(freeTags, "TBPM=123.5", "TKEY=Am")...), "-write_id3v2", "1"),
		audio.Facts{"format": "aiff", "codec": "pcm", "bits_per_sample": int64(16)}, nil},
}

// TestFacts reads the tags of files of every format that ffmpeg writes them into.
func TestFacts(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "source.wav")
	if err := os.WriteFile(source, audiotest.WAV(44100, 2, 16, audiotest.Tone(330, 1, 44100, 2)), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := audio.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, c := range taggings {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{"-v", "error", "-i", source, "-map_metadata", "-1"}, c.args...)
			if out, err := exec.Command("ffmpeg", append(args, filepath.Join(dir, c.name))...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			got := factsOf(t, root, c.name)
			want := expected()
			maps.Copy(want, c.want)
			for _, name := range c.lost {
				delete(want, name)
			}
			if seconds, _ := got["duration"].(float64); seconds < 0.95 || seconds > 1.1 {
				t.Errorf("duration %v", got["duration"])
			}
			if kbit, _ := got["bitrate"].(int64); kbit < 16 || kbit > 1500 {
				t.Errorf("bitrate %v", got["bitrate"])
			}
			for _, name := range audio.FactNames {
				if _, ok := want[name]; !ok && slices.Contains([]string{"duration", "bitrate", "comment", "bits_per_sample"}, name) {
					continue
				}
				if !reflect.DeepEqual(got[name], want[name]) {
					t.Errorf("%s: %#v, want %#v", name, got[name], want[name])
				}
			}
			for name := range got {
				if !slices.Contains(audio.FactNames, name) {
					t.Errorf("%s is not among FactNames", name)
				}
			}
		})
	}
}

// TestFactsOfTagLib reads what ffmpeg does not write: ID3 in WAV, free-form items in MP4, the owner of an id, several values,
// ID3 of version 1 alone, and nothing at all.
func TestFactsOfTagLib(t *testing.T) {
	dir := t.TempDir()
	root, err := audio.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	tone := audiotest.Tone(330, 1, 44100, 2)
	wav := filepath.Join(dir, "x.wav")
	if err := os.WriteFile(wav, audiotest.WAV(44100, 2, 16, tone), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", wav, filepath.Join(dir, "x.m4a")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, format := range map[string]audiotest.Format{"x.mp3": audiotest.MP3, "x.flac": audiotest.FLAC, "bare.mp3": audiotest.MP3} {
		if err := audiotest.Encode(filepath.Join(dir, name), format, 44100, 2, tone, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"x.wav", "x.m4a", "x.mp3", "x.flac"} {
		tags := []string{"TITLE=Blue Train", "ARTIST=Jöhn C.", "ARTIST=M. D.", "ALBUM=Álbum", "ALBUMARTIST=The Band", "TRACKNUMBER=3/12",
			"DISCNUMBER=1/2", "DATE=1957-09-15", "GENRE=Jazz; Modal", "COMPOSER=J. C.", "BPM=123", "INITIALKEY=Am",
			"REPLAYGAIN_TRACK_GAIN=-6.48 dB", "REPLAYGAIN_TRACK_PEAK=0.977", "REPLAYGAIN_ALBUM_GAIN=+1.5 dB",
			"MUSICBRAINZ_TRACKID=rec-1", "MUSICBRAINZ_ALBUMID=rel-1", "MUSICBRAINZ_ARTISTID=art-1"}
		if err := audiotest.Tag(filepath.Join(dir, name), tags...); err != nil {
			t.Fatal(err)
		}
		got, want := factsOf(t, root, name), expected()
		want["artist"], want["artists"], want["genre"] = "Jöhn C.; M. D.", []string{"Jöhn C.", "M. D."}, []string{"Jazz", "Modal"}
		want["bpm"] = 123.0
		for fact, v := range want {
			if !reflect.DeepEqual(got[fact], v) {
				t.Errorf("%s: %s: %#v, want %#v", name, fact, got[fact], v)
			}
		}
	}
	if got := factsOf(t, root, "bare.mp3"); got["title"] != nil || got["codec"] != "mp3" || got["year"] != nil {
		t.Errorf("no tags: %v", got)
	}
	old := "TAG" + pad("Blue Train", 30) + pad("John C.", 30) + pad("Album", 30) + "1957" + pad("", 29) + "\x03\x08"
	f, err := os.OpenFile(filepath.Join(dir, "bare.mp3"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(old)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	got := factsOf(t, root, "bare.mp3")
	if got["title"] != "Blue Train" || got["artist"] != "John C." || got["album"] != "Album" || got["year"] != int64(1957) ||
		got["track"] != int64(3) || !reflect.DeepEqual(got["genre"], []string{"Jazz"}) {
		t.Errorf("ID3v1: %v", got)
	}
}

func pad(s string, n int) string { return s + strings.Repeat("\x00", n-len(s)) }

func factsOf(t *testing.T, root *audio.Root, name string) audio.Facts {
	t.Helper()
	s, err := root.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	facts, err := audio.ReadFacts(ctx, s, audio.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return facts
}

// TestWalk: audio by its extension, in order, nothing hidden, no link out, no folder but one below the root.
func TestWalk(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"music/b/2.wav", "music/b/1.FLAC", "music/a.mp3", "music/c/x.opus", "music/notes.txt",
		"music/.hidden.wav", "music/.git/y.wav", "outside.wav"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	music := filepath.Join(dir, "music")
	for link, to := range map[string]string{"in.wav": "b/2.wav", "out.wav": "../outside.wav", "gone.wav": "nowhere.wav", "loop": "."} {
		if err := os.Symlink(to, filepath.Join(music, link)); err != nil {
			t.Fatal(err)
		}
	}
	root, err := audio.OpenRoot(music)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, top := range []string{".", music, "./"} {
		var got []string
		for f, err := range root.Walk(ctx, top) {
			if err != nil {
				t.Fatal(err)
			}
			name := f.Path
			if f.Err != nil {
				name += "!"
			} else if f.SizeBytes != 1 || f.ID == "" || f.Modified.IsZero() {
				t.Errorf("%+v", f)
			}
			got = append(got, name)
		}
		want := []string{"a.mp3", "b/1.FLAC", "b/2.wav", "c/x.opus", "gone.wav!", "in.wav", "out.wav!"}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", top, got, want)
		}
	}
	for _, top := range []string{"..", "nowhere", "a.mp3", dir, "/etc", ""} {
		for f, err := range root.Walk(ctx, top) {
			if !errors.Is(err, audio.ErrNoFolder) {
				t.Errorf("%q: %+v, %v", top, f, err)
			}
		}
	}
}
