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
// The graph, for one window at a time:
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
//   - In 8 bits the convolutions after the first are products over [time, taps ×
//     channels], and everything after the first is time-major. Per layer, the cosine of
//     the means to float32's stays above 0.9997 (TestInt8Full), in a third of the bytes.
//     Music with louder transients loses more: five seconds of testdata/audio/x.wav keep
//     0.9994 at layer 6, and would keep 0.9999 with the convolutions in float32
//     (2026-11-30): one scale a product has to span the loudest moment.
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
