// Package music holds the trained model: a network of 12 million parameters that embed/train makes, as an int8 ONNX graph
// of 14 MB inside the binary. It hears five seconds at 24 kHz and says 768 numbers: 512 of a transformer over log-mel and
// constant-Q spectra, 256 of timbre, harmony and rhythm statistics, each whitened.
//
// Its few names: [Build], the graph; [Fingerprint]. It is not where graphs are run (embed/onnx), nor where windows are cut
// and pooled (embed). CARD.md says what the model was made of, how it was measured, and what it does not know.
//
// What surprises:
//
//   - Weights have 7 bits, not 8: the products of 8 × 8 bits saturate on processors without VNNI, and the same audio must
//     have the same vector everywhere.
//   - Less than a window is heard again from its start until the window is full; nothing is padded with silence.
//   - The filter banks are not in the file: the graph makes them once when it is loaded.
package music
