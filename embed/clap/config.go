package clap

// Version is the arithmetic's. Raise it with every change of what the graphs compute.
const Version = 1

// Config has what changes the arithmetic, of config.json and preprocessor_config.json.
type Config struct {
	Audio Audio `json:"audio"`
	Text  Text  `json:"text"`
	// ProjectionDim is the length of a vector.
	ProjectionDim int `json:"projection_dim"`
}

// Audio is the tower that hears, with what is before it.
type Audio struct {
	SampleRateHz int     `json:"sampling_rate"`
	MaxSeconds   int     `json:"max_length_s"`
	FFTSize      int     `json:"fft_window_size"`
	HopSamples   int     `json:"hop_length"`
	FrequencyMin float64 `json:"frequency_min"`
	FrequencyMax float64 `json:"frequency_max"`

	MelBins        int     `json:"num_mel_bins"`
	SpecSize       int     `json:"spec_size"` // the sides of the image
	PatchSize      [2]int  `json:"patch_size"`
	PatchStride    [2]int  `json:"patch_stride"`
	PatchNorm      bool    `json:"enable_patch_layer_norm"`
	EmbedDim       int     `json:"patch_embeds_hidden_size"` // features of a patch; each stage has twice those before
	WindowSize     int     `json:"window_size"`              // patches along a side of an attention window
	Depths         []int   `json:"depths"`                   // layers of each stage
	AttentionHeads []int   `json:"num_attention_heads"`
	QKVBias        bool    `json:"qkv_bias"`
	MLPRatio       float64 `json:"mlp_ratio"`
	LayerNormEps   float64 `json:"layer_norm_eps"`
}

// Text is the tower that reads.
type Text struct {
	VocabSize        int     `json:"vocab_size"`
	HiddenSize       int     `json:"hidden_size"`
	Layers           int     `json:"num_hidden_layers"`
	AttentionHeads   int     `json:"num_attention_heads"`
	IntermediateSize int     `json:"intermediate_size"`
	MaxPositions     int     `json:"max_position_embeddings"`
	TypeVocabSize    int     `json:"type_vocab_size"`
	LayerNormEps     float64 `json:"layer_norm_eps"`
	PadToken         int     `json:"pad_token_id"`
	BeginToken       int     `json:"bos_token_id"`
	EndToken         int     `json:"eos_token_id"`
}

// WindowSamples is the most that the audio tower hears at once.
func (a Audio) WindowSamples() int { return a.MaxSeconds * a.SampleRateHz }

// MinSamples is the shortest waveform taken: one frame. The extractor would repeat even
// one sample.
func (a Audio) MinSamples() int { return a.FFTSize }

// frames is how many columns the spectrogram of a window has.
func (a Audio) frames() int { return a.WindowSamples()/a.HopSamples + 1 }

// foldRatio is how many stretches of the spectrogram lie above each other in the image.
func (a Audio) foldRatio() int { return a.SpecSize / a.MelBins }

// width is how many features stage i has.
func (a Audio) width(i int) int { return a.EmbedDim << i }

// grid is how many patches stage i has along the image's height and width.
func (a Audio) grid(i int) (h, w int) {
	return a.SpecSize / a.PatchStride[0] >> i, a.SpecSize / a.PatchStride[1] >> i
}

// hidden is how many features the layers of stage i have between their two products.
func (a Audio) hidden(i int) int { return int(a.MLPRatio * float64(a.width(i))) }

// window is the side of stage i's attention windows, and the shift of every second layer.
// An image no larger than a window is one window, and nothing is shifted.
func (a Audio) window(i int) (side, shift int) {
	h, w := a.grid(i)
	if least := min(h, w); least <= a.WindowSize {
		return least, 0
	}
	return a.WindowSize, a.WindowSize / 2
}

// outWidth is what the last stage gives, one vector for each of its patches.
func (a Audio) outWidth() int { return a.width(len(a.Depths) - 1) }

// MaxTokens is the longest text taken, with its first and last token: position numbers
// begin after the padding's.
func (t Text) MaxTokens() int { return t.MaxPositions - t.PadToken - 1 }
