package registry

import (
	"golang.org/x/sys/cpu"

	"github.com/seguedb/segue/embed/mert"
)

// BestPrecision is the faster one here: 8 bits where the processor multiplies bytes
// (VNNI or AMX), float32 elsewhere. Without them 8 bits are slower and, on processors
// of AVX2 alone, sums of two products saturate.
func BestPrecision() mert.Precision {
	if cpu.X86.HasAVX512VNNI || cpu.X86.HasAVXVNNI || cpu.X86.HasAMXInt8 {
		return mert.Int8
	}
	return mert.FP32
}
