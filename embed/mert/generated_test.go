package mert

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"testing"

	"github.com/seguedb/segue/embed/generated"
)

// TestGeneratedBits compares every tensor of every configuration, 95 million
// parameters among them, with the reference's checksums.
func TestGeneratedBits(t *testing.T) {
	ref := readReference(t)
	if got := fmt.Sprintf("%016x", generated.FNV1a64("masked_spec_embed")); got != ref.SelfTest.FNV {
		t.Errorf("fnv1a64: %s, want %s", got, ref.SelfTest.FNV)
	}
	for name, c := range ref.Cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			weights := Generated(c.Config)
			buf := make([]byte, 0, 1<<24)
			for key, want := range c.Tensors {
				values, err := weights(key, want.Shape)
				if err != nil {
					t.Fatal(err)
				}
				buf = buf[:0]
				for _, v := range values {
					buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
				}
				if got := fmt.Sprintf("%08x", crc32.ChecksumIEEE(buf)); got != want.CRC32 {
					t.Errorf("%s %v: crc %s, want %s", key, want.Shape, got, want.CRC32)
				}
			}
		})
	}
}

func TestGeneratedRefusesUnknownTensor(t *testing.T) {
	if _, err := Generated(Base95M())("nonsense", []int{3}); err == nil {
		t.Error("a one-dimensional tensor without a rule was generated")
	}
}

// TestConfig pins the constants that the registry relies on.
func TestConfig(t *testing.T) {
	c := Base95M()
	ref := readReference(t).Cases["full"]
	if fmt.Sprint(ref.Config) != fmt.Sprint(c) {
		t.Errorf("Base95M is %v, the reference's %v", c, ref.Config)
	}
	if got := c.Frames(WindowSamples); got != ref.Frames {
		t.Errorf("%d frames in a window, want %d", got, ref.Frames)
	}
	if c.MinSamples() != MinSamples || c.Frames(MinSamples) != 1 || c.Frames(MinSamples-1) > 0 {
		t.Errorf("MinSamples: %d, %d frames at %d", c.MinSamples(), c.Frames(MinSamples), MinSamples)
	}
	for name, breakIt := range map[string]func(*Config){
		"heads":      func(c *Config) { c.NumAttentionHeads = 7 },
		"groups":     func(c *Config) { c.NumConvPosGroups = 5 },
		"norm":       func(c *Config) { c.FeatExtractNorm = "batch" },
		"activation": func(c *Config) { c.HiddenAct = "swish" },
		"stride":     func(c *Config) { c.ConvStride = c.ConvStride[1:] },
		"zero":       func(c *Config) { c.ConvKernel = []int{0, 3, 3, 3, 3, 2, 2} },
	} {
		bad := Base95M()
		breakIt(&bad)
		if _, err := Graph(bad, Generated(bad), Options{}); err == nil {
			t.Errorf("%s: a broken configuration was accepted", name)
		}
	}
}
