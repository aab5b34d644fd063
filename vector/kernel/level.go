package kernel

import "fmt"

// Level is an instruction set that the kernels are written for.
type Level uint8

const (
	// Best is the best level that this machine and this build have.
	Best Level = iota
	// Portable is plain Go.
	Portable
	// AVX2 is 256-bit vectors with fused multiply-add: x86-64-v3.
	AVX2
	// AVX512 is 512-bit vectors (the F subset).
	AVX512
)

// String returns the level's name.
func (l Level) String() string {
	switch l {
	case Best:
		return "best"
	case Portable:
		return "portable"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	}
	return fmt.Sprintf("Level(%d)", uint8(l))
}
