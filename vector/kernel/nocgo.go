//go:build !cgo || !amd64

package kernel

// bestLevel: without the C kernels there is the portable level alone.
func bestLevel() Level { return Portable }

// These are never called: At gives no Set that would.
func scanC(Level, Op, []float32, []float32, []float32) { panic("kernel: no C in this build") }
func gatherC(Level, Op, []float32, []float32, []float32, []uint32) {
	panic("kernel: no C in this build")
}
func scanCodesC(Level, []int32, []int8, []uint8) { panic("kernel: no C in this build") }
func gatherCodesC(Level, []int32, []int8, []uint8, []uint32) {
	panic("kernel: no C in this build")
}
func siftSignsC(Level, []uint32, []uint64, []uint64, []float32, int, *SignCut) int {
	panic("kernel: no C in this build")
}
func rotateC(Level, *Rotation, []float32) { panic("kernel: no C in this build") }

func unrotateC(Level, *Rotation, []float32) { panic("kernel: no C in this build") }
func signPlanesC(Level, []uint64, []float32, []float32) SignQuery {
	panic("kernel: no C in this build")
}
func siftHalvesC(Level, []uint32, []int32, []int8, *HalfRows, int, *HalfCut) int {
	panic("kernel: no C in this build")
}
func gatherHalvesC(Level, []int32, []int8, []uint8, []uint32) { panic("kernel: no C in this build") }
func sumC(Op, []float32, []float32, []float32) float64        { panic("kernel: no C in this build") }
func siftCodesC(Level, []uint32, []int32, []int8, *CodeRows, int, *CodeCut) int {
	panic("kernel: no C in this build")
}
func encodeC([]int8, []float32) Encoded { panic("kernel: no C in this build") }
