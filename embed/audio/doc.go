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
// matroska, wma, ...) go through FFmpeg in another process, and only when their
// first bytes say what they are: a text file named .wav is refused here and never
// reaches a decoder.
//
// That process comes about so:
//
//  1. The first such file makes the spawner (spawner.go) start this very program
//     again, under the name of segue-decoder. A constructor (spawner.c), which runs
//     before Go does, sees the name and never lets it come to main: it is a small C
//     program that listens on a socket. Nothing else has to be installed or found,
//     and a program that embeds Segue has it, too.
//  2. It loads FFmpeg's libraries, which takes as long as starting an ffmpeg does a
//     third of, once. They are not linked: segue starts without them, and as fast.
//     Where those of the major version that this was built for are missing, it ends,
//     and every file is given to an ffmpeg on the PATH instead (ffmpeg.go).
//  3. For a file it gets the file's descriptor and a pipe's, and forks: Go cannot,
//     and a fork of the server would take its locks along. The child is a child of
//     the server (CLONE_PARENT), which kills it when the context ends, and collects it.
//  4. The child (child.c) limits its memory, gives up every further descriptor, so
//     that no playlist opens a file or a socket, decodes (libav.c), mixes and
//     resamples as libsndfile's samples are, and writes records (beside.h) to the
//     pipe. What crashes it, or keeps it busy without a sample, is an error of that
//     file. It ends within a second of the server, however that ends. Apple
//     Lossless (alac.c) and WavPack (wavpack.c) have decoders of ours, for what is
//     common of them: libavcodec's are slower.
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
