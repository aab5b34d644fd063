package catalog

import "slices"

// AudioTags are the names of what audio_tags gives, and audio_tag takes besides others; COPY … (FORMAT audio) fills columns
// of these names. They are embed/audio's FactNames, which a test of package server holds together.
var AudioTags = []string{
	"title", "artist", "artists", "album", "album_artist", "track", "track_total", "disc", "disc_total", "year", "date",
	"genre", "composer", "bpm", "key", "isrc", "comment",
	"replaygain_track_gain", "replaygain_track_peak", "replaygain_album_gain", "replaygain_album_peak",
	"mb_recording_id", "mb_track_id", "mb_release_id", "mb_release_group_id", "mb_artist_ids", "mb_album_artist_ids", "mb_work_id",
	"format", "codec", "sample_rate", "channels", "bits_per_sample", "bitrate", "duration",
}

// AudioTagsColumn is the name of a column that takes all of them, as a jsonb.
const AudioTagsColumn = "tags"

// IsAudioTag says whether COPY … (FORMAT audio) fills a column of that name.
func IsAudioTag(name string) bool { return name == AudioTagsColumn || slices.Contains(AudioTags, name) }
