package mert

import (
	"encoding/json"
	"fmt"
)

// What the registry needs to know about MERT-v1-95M.
const (
	// Name and Version identify the generated model in the registry.
	Name    = "mert"
	Version = 1
	// Int8Version is of the arithmetic in 8 bits: 2 since its convolutions run in pieces, each
	// with scales of its own, and that of positions is among them.
	Int8Version = 2
	// SampleRateHz is the rate of the waveform that goes in.
	SampleRateHz = 24000
	// WindowSamples is five seconds.
	WindowSamples = 5 * SampleRateHz
	// Dim is the width of a hidden state.
	Dim = 768
	// Layers is the number of hidden states: the transformer's input and the
	// output of each of its twelve layers.
	Layers = 13
	// PoolingLayer is the hidden state used by default: the middle of the stack
	// serves most music tasks best (Li et al., MERT, ICLR 2024, report tasks by
	// layer).
	PoolingLayer = 6
	// InputName and OutputName are the tensors' names: waveform [1,N] in, means
	// [13,768] out.
	InputName  = "waveform"
	OutputName = "means"
)

// Config has the fields of a HuBERT config.json that change the arithmetic, and what
// the processor does before it.
type Config struct {
	HiddenSize            int     `json:"hidden_size"`
	NumHiddenLayers       int     `json:"num_hidden_layers"`
	NumAttentionHeads     int     `json:"num_attention_heads"`
	IntermediateSize      int     `json:"intermediate_size"`
	HiddenAct             string  `json:"hidden_act"`
	FeatExtractActivation string  `json:"feat_extract_activation"`
	FeatExtractNorm       string  `json:"feat_extract_norm"` // "group" or "layer"
	FeatProjLayerNorm     bool    `json:"feat_proj_layer_norm"`
	LayerNormEps          float64 `json:"layer_norm_eps"`
	ConvDim               []int   `json:"conv_dim"`
	ConvKernel            []int   `json:"conv_kernel"`
	ConvStride            []int   `json:"conv_stride"`
	ConvBias              bool    `json:"conv_bias"`
	NumConvPosEmbeddings  int     `json:"num_conv_pos_embeddings"`
	NumConvPosGroups      int     `json:"num_conv_pos_embedding_groups"`
	DoStableLayerNorm     bool    `json:"do_stable_layer_norm"`
	// RawInput leaves the processor's normalisation out: do_normalize is false.
	RawInput bool `json:"raw_input,omitempty"`
}

// Base95M is the configuration of m-a-p/MERT-v1-95M.
func Base95M() Config {
	return Config{
		HiddenSize: Dim, NumHiddenLayers: Layers - 1, NumAttentionHeads: 12, IntermediateSize: 3072,
		HiddenAct: "gelu", FeatExtractActivation: "gelu", FeatExtractNorm: "group",
		FeatProjLayerNorm: true, LayerNormEps: 1e-5,
		ConvDim:              []int{512, 512, 512, 512, 512, 512, 512},
		ConvKernel:           []int{10, 3, 3, 3, 3, 2, 2},
		ConvStride:           []int{5, 2, 2, 2, 2, 2, 2},
		NumConvPosEmbeddings: 128, NumConvPosGroups: 16,
	}
}

// Frames is the number of time steps that n samples become; 0 or less when they
// are too few.
func (c Config) Frames(n int) int {
	for i, k := range c.ConvKernel {
		if n < k {
			return 0
		}
		n = (n-k)/c.ConvStride[i] + 1
	}
	return n
}

// MinSamples is the shortest waveform that the convolutions can take: one frame.
func (c Config) MinSamples() int {
	n := 1
	for i := len(c.ConvKernel) - 1; i >= 0; i-- {
		n = (n-1)*c.ConvStride[i] + c.ConvKernel[i]
	}
	return n
}

// MinSamples is the shortest waveform of MERT-v1-95M: 400 samples, one frame.
const MinSamples = 400

// VersionOf is of the arithmetic in a precision: other versions make other embeddings.
func VersionOf(p Precision) int {
	if p == Int8 {
		return Int8Version
	}
	return Version
}

// Fingerprint names everything that decides the generated model's output: name,
// version of this package's arithmetic, source of the weights, configuration.
// Equal strings mean equal embeddings.
func Fingerprint() string {
	c, err := json.Marshal(Base95M())
	if err != nil {
		// A struct of numbers, strings and slices always marshals.
		panic(err)
	}
	return fmt.Sprintf("%s/%d splitmix64:%#x %s", Name, Version, seed, c)
}
