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
#include "codes.h"
#include "kernels.h"
*/
import "C"

import "sync"

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
