//go:build cgo

package kernel

/*
#cgo CFLAGS: -O3 -std=c11 -Wall
#cgo noescape segue_scan
#cgo nocallback segue_scan
#cgo noescape segue_gather
#cgo nocallback segue_gather
#cgo noescape segue_scan_codes
#cgo nocallback segue_scan_codes
#cgo noescape segue_gather_codes
#cgo nocallback segue_gather_codes
#cgo noescape segue_sift_signs
#cgo nocallback segue_sift_signs
#cgo noescape segue_sign_planes
#cgo nocallback segue_sign_planes
#cgo noescape segue_sums
#cgo nocallback segue_sums
#cgo noescape segue_rotate
#cgo nocallback segue_rotate
#cgo noescape segue_sift_codes
#cgo nocallback segue_sift_codes
#cgo noescape segue_sift_halves
#cgo nocallback segue_sift_halves
#cgo noescape segue_gather_halves
#cgo nocallback segue_gather_halves
#cgo noescape segue_encode
#cgo nocallback segue_encode
#include "codes.h"
#include "encode.h"
#include "halves.h"
#include "kernels.h"
#include "signs.h"
#include "sums.h"
*/
import "C"

import (
	"sync"
	"unsafe"
)

// bestLevel asks the CPU once.
var bestLevel = sync.OnceValue(func() Level {
	if l := Level(C.segue_level()); l != 0 {
		return l
	}
	return Portable
})

// scanC is Scan in C. The lengths were checked.
func scanC(level Level, op Op, dst, q, rows []float32) {
	C.segue_scan(C.int(level), C.int(op), (*C.float)(&dst[0]), (*C.float)(&q[0]), (*C.float)(&rows[0]),
		C.size_t(len(dst)), C.size_t(len(q)))
}

// gatherC is Gather in C. The lengths and the offsets were checked.
func gatherC(level Level, op Op, dst, q, block []float32, at []uint32) {
	C.segue_gather(C.int(level), C.int(op), (*C.float)(&dst[0]), (*C.float)(&q[0]), (*C.float)(&block[0]),
		(*C.uint32_t)(&at[0]), C.size_t(len(dst)), C.size_t(len(q)))
}

// scanCodesC is ScanCodes in C. The lengths were checked.
func scanCodesC(level Level, dst []int32, q []int8, rows []uint8) {
	C.segue_scan_codes(C.int(level), (*C.int32_t)(&dst[0]), (*C.int8_t)(&q[0]), (*C.uint8_t)(&rows[0]),
		C.size_t(len(dst)), C.size_t(len(q)))
}

// gatherCodesC is GatherCodes in C. The lengths and the offsets were checked.
func gatherCodesC(level Level, dst []int32, q []int8, block []uint8, at []uint32) {
	C.segue_gather_codes(C.int(level), (*C.int32_t)(&dst[0]), (*C.int8_t)(&q[0]), (*C.uint8_t)(&block[0]),
		(*C.uint32_t)(&at[0]), C.size_t(len(dst)), C.size_t(len(q)))
}

// siftSignsC is SiftSigns in C. The lengths were checked.
func siftSignsC(level Level, out []uint32, planes, signs []uint64, factors []float32, n int, cut *SignCut) int {
	c := C.segue_sign_cut{offset: C.double(cut.Offset), scale: C.double(cut.Scale), shift: C.double(cut.Shift),
		spread: C.double(cut.Spread), base: C.double(cut.Base), slope: C.double(cut.Slope), square: C.double(cut.Square)}
	return int(C.segue_sift_signs(C.int(level), (*C.uint32_t)(&out[0]), (*C.uint64_t)(&planes[0]), (*C.uint64_t)(&signs[0]),
		(*C.float)(&factors[0]), C.size_t(n), C.size_t(len(planes)/SignPlanes), &c))
}

// signPlanesC is SignPlanesOf in C.
func signPlanesC(level Level, planes []uint64, q, centre []float32) SignQuery {
	var out C.segue_sign_query
	C.segue_sign_planes(C.int(level), (*C.uint64_t)(&planes[0]), (*C.float)(&q[0]), (*C.float)(&centre[0]),
		C.size_t(len(q)), &out)
	return SignQuery{Step: float64(out.step), Sum: float64(out.sum), Rest: float64(out.rest), Square: float64(out.square),
		Product: float64(out.product)}
}

// rotateC is Rotate in C, in place.
func rotateC(level Level, r *Rotation, x []float32) {
	C.segue_rotate(C.int(level), (*C.float)(&x[0]), C.size_t(r.padded), C.size_t(r.span), (*C.uint32_t)(&r.flips[0]),
		rotationRounds, C.float(r.scale))
}

// unrotateC is Unrotate in C.
func unrotateC(level Level, r *Rotation, x []float32) {
	C.segue_unrotate(C.int(level), (*C.float)(&x[0]), C.size_t(r.padded), C.size_t(r.span), (*C.uint32_t)(&r.flips[0]),
		(*C.uint32_t)(&r.none[0]), rotationRounds, C.float(r.scale))
}

// siftHalvesC is SiftHalves in C. The lengths and the offsets were checked.
func siftHalvesC(level Level, out []uint32, scores []int32, q []int8, rows *HalfRows, n int, cut *HalfCut) int {
	c := C.segue_half_cut{scale: C.double(cut.Scale), zero: C.double(cut.Zero), length: C.double(cut.Length),
		constant: C.double(cut.Constant), base: C.double(cut.Base), slope: C.double(cut.Slope), square: C.double(cut.Square)}
	return int(C.segue_sift_halves(C.int(level), (*C.uint32_t)(&out[0]), (*C.int32_t)(&scores[0]), (*C.int8_t)(&q[0]),
		(*C.uint8_t)(&rows.Block[0]), (*C.uint32_t)(unsafe.SliceData(rows.At)), C.size_t(rows.First), C.size_t(n),
		C.size_t(len(q)/2), (*C.double)(&rows.Norms[0]), (*C.float)(&rows.Marks[0]), &c))
}

// gatherHalvesC is GatherHalves in C. The lengths and the offsets were checked.
func gatherHalvesC(level Level, dst []int32, q []int8, block []uint8, at []uint32) {
	C.segue_gather_halves(C.int(level), (*C.int32_t)(&dst[0]), (*C.int8_t)(&q[0]), (*C.uint8_t)(&block[0]),
		(*C.uint32_t)(&at[0]), C.size_t(len(dst)), C.size_t(len(q)/2))
}

// sumC is Sum in C. The lengths were checked.
func sumC(op Op, a, b, next []float32) float64 {
	return float64(C.segue_sums(C.int(op), (*C.float)(&a[0]), (*C.float)(&b[0]), C.size_t(len(a)), (*C.float)(&next[0])))
}

// encodeC is Encode in C. The lengths were checked.
func encodeC(codes []int8, x []float32) Encoded {
	var out C.segue_encoded
	C.segue_encode((*C.int8_t)(&codes[0]), (*C.float)(&x[0]), C.size_t(len(x)), &out)
	return Encoded{Step: float64(out.step), Rest: float64(out.rest), Squares: int(out.squares), Sum: int(out.sum)}
}

// siftCodesC is SiftCodes in C. The lengths and the offsets were checked.
func siftCodesC(level Level, out []uint32, scores []int32, q []int8, rows *CodeRows, n int, cut *CodeCut) int {
	c := C.segue_code_cut{scale: C.double(cut.Scale), zero: C.double(cut.Zero), length: C.double(cut.Length),
		base: C.double(cut.Base), slope: C.double(cut.Slope), square: C.double(cut.Square)}
	return int(C.segue_sift_codes(C.int(level), (*C.uint32_t)(&out[0]), (*C.int32_t)(&scores[0]), (*C.int8_t)(&q[0]),
		(*C.uint8_t)(&rows.Block[0]), (*C.uint32_t)(unsafe.SliceData(rows.At)), C.size_t(rows.First), C.size_t(n),
		C.size_t(len(q)), (*C.double)(&rows.Norms[0]), (*C.float)(&rows.Steps[0]), &c))
}
