// Package audio turns files into mono samples at the rate a model wants.
//
// The types: a [Root] opens files below one directory and nothing else; a
// [Source] is one opened file, or bytes in memory; [Open] makes a [Reader] of it,
// which yields float32 samples block by block; [Measure] and [ReadTags] answer
// without decoding where the file allows it. Every refusal is an [*Error] that
// wraps one of the Err sentinels and names the file.
//
// WAV, AIFF, FLAC, MP3, Ogg Vorbis and Opus are decoded in process by libsndfile
// and resampled by libsoxr. Containers that libsndfile does not read (m4a,
// matroska, wma, ...) go through an ffmpeg on the PATH, and only when their first
// bytes say what they are: a text file named .wav is refused here and never
// reaches a decoder.
//
// Memory is bounded whatever a header claims: the reader holds one block, not the
// file. Formats differ in what they promise, so a truncated file is found in
// different ways: WAV and AIFF by comparing the chunk's size with the file's
// before decoding, FLAC and MP3 with a Xing header by decoding fewer frames than
// promised, Ogg by its last page. An MP3 without a Xing header promises nothing
// and is taken as long as it is.
//
// It is not a player, an encoder, or a judge of music: silence is audio here.
package audio
