package clap

import (
	"errors"
	"fmt"
	"slices"
)

// The largest sizes taken, some times those of the largest model there is. A
// configuration is a stranger's file: the graph is made from it before any weight is
// looked at.
const (
	maxWidth  = 1 << 13
	maxLayers = 96
	maxStages = 6
	maxSpec   = 1 << 10
	maxVocab  = 1 << 20 // and below 2^24, see doc.go
)

// bound is a field with the values that it may have.
type bound struct {
	field              string
	value, least, most int
}

func (c Config) bounds() []bound {
	a, t := c.Audio, c.Text
	return []bound{
		{"projection_dim", c.ProjectionDim, 1, maxWidth},
		{"sampling_rate", a.SampleRateHz, 8000, 96000},
		{"max_length_s", a.MaxSeconds, 1, 120},
		{"fft_window_size", a.FFTSize, 16, 1 << 13},
		{"hop_length", a.HopSamples, 8, 1 << 13},
		{"num_mel_bins", a.MelBins, 1, maxSpec},
		{"spec_size", a.SpecSize, 1, maxSpec},
		{"patch_size", slices.Min(a.PatchSize[:]), 1, 64}, {"patch_size", slices.Max(a.PatchSize[:]), 1, 64},
		{"patch_stride", slices.Min(a.PatchStride[:]), 1, 64}, {"patch_stride", slices.Max(a.PatchStride[:]), 1, 64},
		{"patch_embeds_hidden_size", a.EmbedDim, 1, maxWidth},
		{"window_size", a.WindowSize, 1, 64},
		{"text_config.vocab_size", t.VocabSize, 1, maxVocab},
		{"text_config.hidden_size", t.HiddenSize, 1, maxWidth},
		{"text_config.num_hidden_layers", t.Layers, 1, maxLayers},
		{"text_config.num_attention_heads", t.AttentionHeads, 1, maxWidth},
		{"text_config.intermediate_size", t.IntermediateSize, 1, 4 * maxWidth},
		{"text_config.max_position_embeddings", t.MaxPositions, 4, 1 << 14},
		{"text_config.type_vocab_size", t.TypeVocabSize, 1, 1 << 10},
		{"text_config.pad_token_id", t.PadToken, 0, min(t.VocabSize, t.MaxPositions-3) - 1},
		{"text_config.bos_token_id", t.BeginToken, 0, t.VocabSize - 1},
		{"text_config.eos_token_id", t.EndToken, 0, t.VocabSize - 1},
	}
}

// Check refuses configurations that the graphs can't express, by the field's name.
func (c Config) Check() error {
	for _, b := range c.bounds() {
		if b.value < b.least || b.value > b.most {
			return fmt.Errorf("%s is %d, not %d to %d", b.field, b.value, b.least, b.most)
		}
	}
	if c.Text.HiddenSize%c.Text.AttentionHeads != 0 {
		return errors.New("text_config.num_attention_heads does not divide hidden_size")
	}
	for field, eps := range map[string]float64{
		"audio_config.layer_norm_eps": c.Audio.LayerNormEps, "text_config.layer_norm_eps": c.Text.LayerNormEps,
	} {
		if !(eps > 0 && eps < 1) {
			return fmt.Errorf("%s is %g", field, eps)
		}
	}
	if err := c.Audio.checkSpectrum(); err != nil {
		return err
	}
	return c.Audio.checkStages()
}

// checkSpectrum is about what comes before the image.
func (a Audio) checkSpectrum() error {
	switch {
	case a.FFTSize%2 != 0 || a.FFTSize < a.HopSamples:
		return fmt.Errorf("fft_window_size is %d, odd or less than hop_length", a.FFTSize)
	case !(a.FrequencyMin >= 0 && a.FrequencyMin < a.FrequencyMax) || a.FrequencyMax > float64(a.SampleRateHz)/2:
		return fmt.Errorf("frequency_min is %g and frequency_max %g at %d Hz", a.FrequencyMin, a.FrequencyMax, a.SampleRateHz)
	case a.SpecSize%a.MelBins != 0:
		return fmt.Errorf("num_mel_bins %d does not divide spec_size %d", a.MelBins, a.SpecSize)
	case a.frames() > a.SpecSize*a.foldRatio() || a.frames() < 4:
		return fmt.Errorf("spec_size %d has room for %d frames, and max_length_s makes %d", a.SpecSize, a.SpecSize*a.foldRatio(),
			a.frames())
	}
	return nil
}

// checkStages is about the image and its transformer.
func (a Audio) checkStages() error {
	n := len(a.Depths)
	if n == 0 || n > maxStages || len(a.AttentionHeads) != n {
		return fmt.Errorf("depths has %d stages and num_attention_heads %d", n, len(a.AttentionHeads))
	}
	for d, size := range a.PatchSize {
		stride := a.PatchStride[d]
		pad := (size - stride) / 2
		if size < stride || (a.SpecSize+2*pad-size)/stride+1 != a.SpecSize/stride || a.SpecSize%(stride<<(n-1)) != 0 {
			return fmt.Errorf("patch_size %d and patch_stride %d do not fit spec_size %d over %d stages", size, stride, a.SpecSize, n)
		}
	}
	total := 0
	for i, depth := range a.Depths {
		h, w := a.grid(i)
		side, _ := a.window(i)
		switch {
		case depth < 1 || total+depth > maxLayers:
			return fmt.Errorf("depths is %v", a.Depths)
		case side != a.WindowSize || h%side != 0 || w%side != 0:
			return fmt.Errorf("window_size %d does not divide the %d × %d patches of stage %d", a.WindowSize, h, w, i)
		case a.width(i) > maxWidth:
			return fmt.Errorf("patch_embeds_hidden_size is %d, too much for %d stages", a.EmbedDim, n)
		case a.AttentionHeads[i] < 1 || a.width(i)%a.AttentionHeads[i] != 0:
			return fmt.Errorf("num_attention_heads %d does not divide the %d features of stage %d", a.AttentionHeads[i], a.width(i), i)
		case !(a.MLPRatio > 0 && a.MLPRatio <= 16) || a.hidden(i) < 1:
			return fmt.Errorf("mlp_ratio is %g", a.MLPRatio)
		case h*w > 1<<16 || h*w*side*side*a.AttentionHeads[i] > 1<<26:
			return fmt.Errorf("window_size %d and %d heads make too large a table for %d × %d patches", side, a.AttentionHeads[i], h, w)
		}
		total += depth
	}
	if h, _ := a.grid(n - 1); h%a.foldRatio() != 0 {
		return fmt.Errorf("the last stage's %d rows are not spec_size / num_mel_bins = %d times a number", h, a.foldRatio())
	}
	return nil
}
