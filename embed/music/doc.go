// Package music holds the trained models that embed/train makes, as ONNX graphs inside the binary. Both hear five seconds at
// 24 kHz.
//
// The default, 10 MB in int8, says 768 numbers: 320 of musicnn hardened against noise, codecs and changes of pitch (how it
// sounds), 192 of a convolutional network over constant-Q that cannot tell keys apart (what is played), 256 of timbre, harmony
// and rhythm statistics, each whitened. The tune model, 4 MB, says 192: what is played alone.
//
// Its few names: [Build] and [BuildTune], the graphs; [Fingerprint] and [TuneFingerprint]. It is not where graphs are run
// (embed/onnx), nor where windows are cut and pooled (embed). CARD.md says what the models were made of, how they were
// measured, and what they do not know.
//
// What surprises:
//
//   - Weights in int8 have 7 bits, not 8: the products of 8 × 8 bits saturate on processors without VNNI, and the same audio must
//     have the same vector everywhere.
//   - Less than a window is heard again from its start until the window is full; nothing is padded with silence.
//   - The graphs are as ONNX Runtime's optimiser left them, and are loaded without it (onnx.SessionOptions.Settled): most of the
//     time that loading took was the optimiser's. Most of what was left went into a plan of which buffers to use again; so
//     that ONNX Runtime does not make one, what constants reshape values to are inputs of the graph, with these constants as
//     defaults (embed/train/segue_train/shapes.py).
package music
