// Package onnx runs ONNX models on the CPU through ONNX Runtime. It is the only
// package that touches that library.
//
// Two types: [Runtime], the process's one loaded copy of libonnxruntime, and
// [Session], one model ready to run. A model here takes one float32 tensor of
// shape [1, N], N free at every call, and returns float32 tensors.
//
// It does not know what a model means (that is embed), nor how a graph is made
// (that is embed/onnx/build).
//
// What surprises:
//
//   - The library is loaded once and never unloaded: ONNX Runtime keeps
//     process-wide state, and unloading it under a running session is a crash.
//   - One Session serves any number of goroutines at once. With one thread a
//     session (the default) each Run happens wholly on its caller's thread, so n
//     concurrent calls use n cores and share one copy of the weights. A session
//     per core would cost the weights again per core and win nothing.
//   - Creating a session from bytes holds the model about three times at its
//     peak: the caller's bytes, the parsed message, and the weights repacked for
//     the matrix kernels. The first may be dropped by the caller as soon as
//     NewSession returns; the second is freed by ONNX Runtime, in pieces of megabytes that
//     glibc's allocator would keep: NewSession has it give them back.
//   - A model is one protobuf message and therefore smaller than 2 GiB.
package onnx
