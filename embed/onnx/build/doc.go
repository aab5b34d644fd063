// Package build writes ONNX models in pure Go: a graph of nodes and constants in,
// the bytes of a ModelProto out, ready for ONNX Runtime or any other reader.
//
// Its types: [Graph], filled node by node through helper methods that each add
// one operator and return the name of its result; [Tensor], a constant, whose
// bytes may be made only while the model is written; [Value], a typed and shaped
// input or output.
//
// It checks names (every input of a node must exist before it, no name twice)
// and not types or shapes: ONNX Runtime does that when it loads the model.
//
// What surprises:
//
//   - The same graph gives the same bytes, always: attributes are written in
//     order of name, metadata in order of key, and nothing carries a time. A
//     model's hash is therefore a fingerprint.
//   - Constants go to the wire as raw_data and are written by several goroutines
//     straight into the one output buffer, so that a model of 380 MB is made in
//     about its own size of memory.
//   - The wire format is written by hand on protowire. The generated ONNX
//     bindings would bring a second copy of every constant, and need six messages
//     of some two hundred.
//
// Field numbers are those of onnx/onnx.proto, IR version 10 (ONNX 1.16); the
// operator sets are ai.onnx 20 and com.microsoft 1, which ONNX Runtime 1.24 to
// 1.30 read.
package build
