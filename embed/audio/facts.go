package audio

import (
	"cmp"
	"context"
	"math"
	"strconv"
	"strings"
)

// Facts are what a file says of itself, under the names of FactNames. A name that the
// file has nothing for is missing. Values are string, int64, float64 or []string.
// Read-only and safe to share.
type Facts map[string]any

// FactNames lists the names of Facts in the order in which people read them. Units:
// bitrate is in kbit/s, sample_rate in Hz, duration in seconds, replaygain_*_gain in dB
// to the reference of ReplayGain (an Opus file's R128 gain is converted to it).
var FactNames = []string{
	"title", "artist", "artists", "album", "album_artist", "track", "track_total", "disc", "disc_total", "year", "date",
	"genre", "composer", "bpm", "key", "isrc", "comment",
	"replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain", "replaygain_album_peak",
	"mb_recording_id", "mb_track_id", "mb_release_id", "mb_release_group_id", "mb_artist_ids", "mb_album_artist_ids", "mb_work_id",
	"format", "codec", "sample_rate", "channels", "bits_per_sample", "bitrate", "duration",
}

// ReadFacts reads what s says of itself, its length measured as Measure does.
func ReadFacts(ctx context.Context, s *Source, limits Limits) (Facts, error) {
	info, err := Measure(ctx, s, limits)
	if err != nil {
		return nil, err
	}
	var e encoding
	tags, err := readTags(s, &e)
	if err != nil {
		return nil, err
	}
	f := tags.facts()
	f.set("format", info.Format)
	f.set("codec", cmp.Or(e.codec, info.Format))
	f.set("sample_rate", int64(info.RateHz))
	f.set("channels", int64(info.Channels))
	f.set("bits_per_sample", int64(e.bitsPerSample))
	f.set("bitrate", int64(bitrate(e, s, info)))
	f["duration"] = info.Seconds
	return f, nil
}

// bitrate is the header's, or the mean of the whole file where that is unknown.
func bitrate(e encoding, s *Source, info Info) int {
	if e.bitrateKbit > 0 || info.Seconds <= 0 {
		return e.bitrateKbit
	}
	return int(math.Round(float64(s.sizeBytes) * 8 / 1000 / info.Seconds))
}

// facts are the tags by our names and types.
func (t Tags) facts() Facts {
	f := Facts{}
	for name, property := range map[string]string{
		"title": "TITLE", "artist": "ARTIST", "album": "ALBUM", "date": "DATE", "composer": "COMPOSER",
		"isrc": "ISRC", "mb_track_id": "MUSICBRAINZ_RELEASETRACKID",
		"mb_release_id": "MUSICBRAINZ_ALBUMID", "mb_release_group_id": "MUSICBRAINZ_RELEASEGROUPID",
		"mb_work_id": "MUSICBRAINZ_WORKID",
	} {
		v, _ := t.raw(property)
		f.set(name, v)
	}
	for _, name := range []string{"album_artist", "comment", "key"} {
		v, _ := t.Get(name)
		f.set(name, v)
	}
	f.set("mb_recording_id", one(t.first("MUSICBRAINZ_TRACKID", "MUSICBRAINZ TRACK ID")))
	f.setList("artists", t.first("ARTISTS", "ARTIST"))
	f.setList("genre", split(t["GENRE"]))
	f.setList("mb_artist_ids", split(t["MUSICBRAINZ_ARTISTID"]))
	f.setList("mb_album_artist_ids", split(t["MUSICBRAINZ_ALBUMARTISTID"]))
	t.number(f)
	return f
}

// number sets what is a number.
func (t Tags) number(f Facts) {
	if year, ok := t.Get("YEAR"); ok && len(year) >= 4 {
		f.setInt("year", year[:4])
	}
	for _, n := range []struct {
		name   string
		of     []string
		totals []string
	}{
		{"track", []string{"TRACKNUMBER", "TRACK"}, []string{"TRACKTOTAL", "TOTALTRACKS"}},
		{"disc", []string{"DISCNUMBER", "DISC"}, []string{"DISCTOTAL", "TOTALDISCS"}},
	} {
		number, total, _ := strings.Cut(one(t.first(n.of...)), "/")
		f.setInt(n.name, number)
		f.setInt(n.name+"_total", cmp.Or(total, one(t.first(n.totals...))))
	}
	if f.setFloat("bpm", one(t.first("BPM", "TEMPO"))); f["bpm"] == 0.0 {
		delete(f, "bpm") // what some write who do not know it
	}
	for _, kind := range []string{"track", "album"} {
		of := "REPLAYGAIN_" + strings.ToUpper(kind)
		if gain, ok := r128(one(t["R128_"+strings.ToUpper(kind)+"_GAIN"])); ok {
			f["replaygain_"+kind+"_gain"] = gain
		}
		f.setFloat("replaygain_"+kind+"_gain", one(t[of+"_GAIN"]))
		f.setFloat("replaygain_"+kind+"_peak", one(t[of+"_PEAK"]))
	}
}

// r128 turns an Opus file's gain (RFC 7845, 5.2.1: 1/256 dB, to -23 LUFS) into one to ReplayGain's -18 LUFS.
func r128(s string) (dB float64, ok bool) {
	v, err := strconv.ParseInt(s, 10, 16)
	return float64(v)/256 + 5, err == nil
}

// first is the values of the first of the properties that the file has.
func (t Tags) first(properties ...string) []string {
	for _, p := range properties {
		if len(t[p]) > 0 {
			return t[p]
		}
	}
	return nil
}

func one(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// split takes values apart at semicolons: what taggers write where the format has room for one value only. Names of artists
// are never taken apart: there is no telling a separator from a part of the name.
func split(values []string) []string {
	var out []string
	for _, v := range values {
		for part := range strings.SplitSeq(v, ";") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, part)
			}
		}
	}
	return out
}

// set keeps a value that says something.
func (f Facts) set(name string, v any) {
	if v != "" && v != int64(0) {
		f[name] = v
	}
}

func (f Facts) setList(name string, values []string) {
	if len(values) > 0 {
		f[name] = values
	}
}

func (f Facts) setInt(name, s string) {
	v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 32)
	if err == nil && v >= 0 {
		f.set(name, v)
	}
}

// setFloat reads the number that s begins with: "-6.48 dB".
func (f Facts) setFloat(name, s string) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), " ")
	s = strings.TrimSuffix(strings.TrimSuffix(s, "dB"), "DB")
	v, err := strconv.ParseFloat(strings.TrimPrefix(s, "+"), 64)
	if err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		f[name] = v
	}
}

// Text is a value as audio_tag gives it: several joined by "; ".
func (f Facts) Text(name string) (string, bool) {
	switch v := f[name].(type) {
	case string:
		return v, true
	case []string:
		return strings.Join(v, "; "), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// SizeBytes is how much text the facts hold.
func (f Facts) SizeBytes() int {
	n := 0
	for name := range f {
		text, _ := f.Text(name)
		n += len(text)
	}
	return n
}
