// Package clap writes the ONNX graphs of CLAP (LAION's; transformers' ClapModel), a
// model of two towers: one hears ten seconds of audio, the other reads a text, and what
// belongs together is near in the one space that both project into.
//
// Its types: [Config], the fields of a Hugging Face directory that shape the arithmetic,
// which [ParseConfig] reads; [Weights], where tensors come from, a checkpoint
// ([FromCheckpoint]) among them; [AudioGraph] and [TextGraph], the towers.
//
// Not here: the files of checkpoints (embed/checkpoint), texts as tokens (embed/bpe),
// running graphs (embed/onnx), windows and pooling over windows (embed).
//
// The towers:
//
//	waveform [1,N] ─ repeat to 10 s, silence to the end ─ frames ─ DFT ─ mel ─ dB         [T,64]
//	   ─ batch norm ─ to 1024 frames ─ folded into an image [256,256] ─ patches           [4096,C]
//	   ─ 4 stages of Swin layers, between them 2 × 2 patches become one                   [64,8C]
//	   ─ LayerNorm ─ mean ─ linear ─ ReLU ─ linear                                        [1,512]
//
//	tokens [1,T] ─ word + position + type ─ LayerNorm ─ 12 layers of RoBERTa              [T,768]
//	   ─ first token ─ linear ─ tanh ─ linear ─ ReLU ─ linear                             [1,512]
//
// What surprises:
//
//   - The extractor that goes with the model cuts ten seconds out of longer audio at
//     random. Here a track is many windows of that length, each embedded, and their mean
//     is the track's vector (package embed): the same file has the same vector.
//   - Audio shorter than a window is repeated as often as it fits whole, and silence
//     follows, as the model has learned it ("repeatpad"). It is the one model that pads.
//   - The spectrum is computed in float64: a bin 100 dB below the loudest of its frame is
//     beyond float32's sums, and decibels would show it.
//   - A window of attention is a permutation of the patches, and so is its shift: one
//     Gather before, one after. Relative positions and the mask of the shift are one
//     constant beside the scores.
//   - In 8 bits (AudioOptions) the products of the Swin layers are, of the tower that hears
//     alone: twice as fast as float32, with a cosine of 0.9998 or more (TestInt8Full). Texts
//     are short, and their vectors the same in both precisions.
//   - Tokens are float32 numbers, since a session has one kind of input: below 2^24
//     each is exact.
//   - Models with feature fusion (enable_fusion) are refused: they want four views of a
//     whole track, three of them chosen at random.
//
// The arithmetic is that of transformers' ClapModel with ClapFeatureExtractor, checked
// against its outputs in float64; see testdata/clap/README.md.
package clap
