// Package mert writes the ONNX graph of the HuBERT family of audio encoders, to
// which MERT belongs, with wav2vec 2.0: waveform → convolutions → linear projection →
// convolutional position embedding → transformer.
//
// Its types: [Config], the fields of a Hugging Face config.json that shape the
// arithmetic, which [ParseConfig] reads; [Weights], where tensors come from, a
// checkpoint ([FromCheckpoint]) among them; [Options], which layers, in which
// precision. [Generated] makes MERT-v1-95M's
// tensors from their names (splitmix64), so that graph and runner can be proven
// against an independent implementation without anyone's checkpoint; such a
// model knows nothing about music.
//
// Not here: the files of checkpoints (embed/checkpoint), running graphs (embed/onnx), windows and
// pooling over windows (embed).
//
// The graph, for one window at a time (the same arithmetic is arranged otherwise in the convolutions, and
// in 8 bits in the positions; see convProducts and positionProduct):
//
//	waveform [1,N] ─ normalise (float64) ─ conv0 ─ GroupNorm ─ GELU ─ … conv6 ─ GELU   [1,C,T]
//	   ─ transpose [T,C] ─ LayerNorm ─ Linear [T,H] ─ + GELU(position conv) ─ LayerNorm = hidden 0
//	   ─ 12 × (attention, Add+LayerNorm, GELU MLP, Add+LayerNorm)           = hidden 1 … 12
//	means [layers,H]: the mean over time of each hidden state that is kept
//
// What surprises:
//
//   - The input is the raw waveform at the model's rate. The processor's normalisation,
//     (x-mean)/sqrt(var+1e-7) over the window, is in the graph, in float64, so
//     that no caller can forget it.
//   - The convolutions are products over [time, taps × channels], and everything
//     is time-major. They run in pieces of some frames (convProducts): that is faster, takes
//     a fraction of the memory, and in 8 bits each piece has scales of its own, so a loud
//     transient costs its piece alone its precision. Per layer, the cosine of the means to float32's stays above 0.9996 with
//     the reference's window (TestInt8Full) and above 0.9995 with testdata/audio/x.wav
//     (TestInt8Music; 0.9998 at layer 6, which had 0.9994 with one scale a window).
//   - GroupNorm spans the whole window: the same second in a longer window has
//     other values. Window length is part of what an embedding means.
//   - Weight normalisation of the position convolution is folded into one weight
//     when the graph is written, in float64.
//   - There is no batch dimension inside: everything after the convolutions is
//     [T, features], because batching windows gains nothing on a CPU.
//
// The arithmetic is that of transformers' HubertModel (eager attention), checked
// for every hidden state against outputs of PyTorch in float64; see
// testdata/mert/README.md. Fused operators of ONNX Runtime (attention,
// Add+LayerNorm) are used where the proof holds with them.
package mert
