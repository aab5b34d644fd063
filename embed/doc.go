// Package embed turns audio files into unit vectors.
//
// Its types: an [Engine], which embeds files below one root and bytes in memory; a
// [Cache], where it keeps what it has computed; a [ModelInfo], one model as SQL lists
// it. A model is named NAME, or NAME/POOLING for another pooling than its own
// (embed/pooling): the same weights pooled in another way are another space of vectors.
// [Clip] is what is embedded, a file or a stretch of it, and [Window] a piece of it that a
// model hears at a time. [PathError] says which of many paths failed.
//
// One embedding, step by step:
//
//  1. identity  file → SHA-256 of its content; an unchanged file is hashed once a process
//  2. flight    content + model fingerprint: one computation, however many ask for it
//  3. entry     what the cache holds, if it is whole; anything else is a miss
//  4. window    audio → mono → the model's rate → five-second windows
//  5. model     each window → one vector, on any of the workers
//  6. pool      unit windows → their mean, at unit length: the track's vector
//
// A model of two towers (embed/clap) has vectors of texts, too ([Engine.EmbedText]): the
// text's hash for the file's, and its tokens for windows.
//
// Decoding (embed/audio), running graphs (embed/onnx), what the graphs say (embed/music,
// embed/dsp, embed/mert, embed/clap) and the models that users add (embed/registry) are elsewhere; so
// is SQL.
//
// What surprises:
//
//   - Nothing is ever padded with zeros here: models normalise over the window, so padding
//     would change the vector of the music in it. The last window ends with the audio
//     and overlaps the one before it; a track shorter than a window is one window of
//     its own length.
//   - Windows quieter than -60 dBFS are left out of the track's vector unless the
//     whole track is: they are all alike and would draw every track with a pause
//     towards every other.
//   - One caller's cancellation ends its wait, and the computation only when no one
//     else waits for it.
//   - Models load when first used, and so does the ONNX Runtime library: a database
//     without either still answers every other query.
package embed
