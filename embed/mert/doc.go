// Package mert writes the ONNX graph of the HuBERT family of audio encoders, to
// which MERT-v1 belongs: waveform → seven convolutions → linear projection →
// convolutional position embedding → transformer.
//
// Its types: [Config], the fields of a Hugging Face config.json that shape the
// arithmetic; [Weights], where tensors come from; [Trace], which intermediate
// results come out beside the pooled ones. [Generated] makes MERT-v1-95M's
// tensors from their names (splitmix64), so that graph and runner can be proven
// against an independent implementation without anyone's checkpoint; such a
// model knows nothing about music.
//
// Not here: reading checkpoints, running graphs (embed/onnx), windows and
// pooling over windows (embed).
//
// The graph, for one window at a time:
//
//	waveform [1,N] ─ normalise (float64) ─ conv0 ─ GroupNorm ─ GELU ─ … conv6 ─ GELU   [1,C,T]
//	   ─ transpose [T,C] ─ LayerNorm ─ Linear [T,H] ─ + GELU(position conv) ─ LayerNorm = hidden 0
//	   ─ 12 × (attention, Add+LayerNorm, GELU MLP, Add+LayerNorm)           = hidden 1 … 12
//	means [13,H]: the mean over time of every hidden state
//
// What surprises:
//
//   - The input is the raw waveform at 24 kHz. The processor's normalisation,
//     (x-mean)/sqrt(var+1e-7) over the window, is in the graph, in float64, so
//     that no caller can forget it.
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
