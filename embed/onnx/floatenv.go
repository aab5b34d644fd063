package onnx

/*
#cgo LDFLAGS: -lm
#include <fenv.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
// MXCSR's bits 15 and 6: flush results to zero, take denormal operands for zero.
static void segue_no_denormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#elif defined(__aarch64__)
// FPCR's bit 24, FZ, is both.
static void segue_no_denormals(void) {
	unsigned long r;
	__asm__ volatile("mrs %0, fpcr" : "=r"(r));
	__asm__ volatile("msr fpcr, %0" : : "r"(r | (1ul << 24)));
}
#else
static void segue_no_denormals(void) {}
#endif
*/
import "C"

import "runtime"

// withoutDenormals calls f on a thread that takes denormal numbers for zero: arithmetic on them is a hundred times
// slower, and the tail of a quiet track is full of them. The thread gets its floating-point environment back
// afterwards. ONNX Runtime's own switch (session.set_denormal_as_zero) does neither for us: it reaches the thread that
// loads the model and not those that run it, and it stays on there, so that whatever Go code came to run on that thread
// lost its smallest numbers.
func withoutDenormals(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var saved C.fenv_t
	C.fegetenv(&saved)
	defer C.fesetenv(&saved)
	C.segue_no_denormals()
	return f()
}
